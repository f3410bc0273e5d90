"""``comity evaluate INDEX``: how good the filter is on mail whose labels are known.

Answers:    the figures of the TREC spam track, one JSON object with ``--json``; exit status 65 when the index named no mail.
Limits:     the filter of the run begins with nothing; no kept model is read or changed.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.judge.evaluating import Run


def command(  # noqa: PLR0913, PLR0917 - the options of a command line
    index: Annotated[Path, typer.Argument()],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    scores: Annotated[Path | None, typer.Option("--scores")] = None,
    plot: Annotated[Path | None, typer.Option("--plot")] = None,
    delay: Annotated[int, typer.Option(min=0)] = 0,
    partial: Annotated[float, typer.Option(min=0.0, max=1.0)] = 1.0,
    wrong: Annotated[float, typer.Option(min=0.0, max=1.0)] = 0.0,
    batch: Annotated[float | None, typer.Option(min=0.0, max=1.0)] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> Outcome:
    """Run the protocol."""
    from comity.bootstrap.judging import new_filter
    from comity.services.judge.evaluating import Protocol, read_index, run

    lines = list(read_index(index.read_text(encoding="utf-8", errors="surrogateescape")))
    with progress(speaker().say("evaluate.progress"), len(lines)) as line:
        done = run(
            lines,
            new_filter(settings(), seed),
            Protocol(delay=delay, partial=partial, wrong=wrong, batch=batch, seed=seed),
            fetch=lambda path: _fetched(index.parent / path),
            clock=time.process_time,
            told=line.advance,
        )
    figures = done.figures() | {"peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
    if scores is not None:
        rows = zip(done.labels, done.scores, strict=True)
        scores.write_text("".join(f"{'spam' if label else 'ham'} {score:.6f}\n" for label, score in rows), "ascii")
    _show(figures | {"reliability": done.reliability()}, as_json)
    if done.labels and (plot is not None or not as_json):
        _draw(done, plot, as_json)
    return Outcome.DONE if done.labels else Outcome.BAD_INPUT


def _draw(done: "Run", plot: Path | None, as_json: bool) -> None:
    from comity.services.judge.curves import learning_curve, roc_curve

    say = speaker().say
    charts = (roc_curve(done.labels, done.scores), learning_curve(done.labels, done.called_spam))
    if plot is not None:
        from comity.web.charts import svg

        plot.write_text(svg(charts, say), "utf-8")
    if not as_json:
        from comity.cli.judging.terminal_chart import drawn

        for chart in charts:
            sys.stdout.write("\n" + drawn(chart, say))


def _fetched(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _show(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    say = speaker().say
    for name, value in figures.items():
        if name != "reliability":
            shown = "-" if value is None else f"{value:,}"
            sys.stdout.write(f"{say('evaluate.' + name.replace('_', '-'))}: {shown}\n")
    sys.stdout.write(f"{say('evaluate.reliability')}:\n")
    for row in figures["reliability"]:
        percent = {name: f"{100 * row[name]:.4g}" for name in ("from", "to", "said", "spam_share")}
        words = {
            "begin": percent["from"],
            "end": percent["to"],
            "said": percent["said"],
            "share": percent["spam_share"],
        }
        sys.stdout.write(f"  {say('evaluate.reliability-row', n=row['n'], **words)}\n")
