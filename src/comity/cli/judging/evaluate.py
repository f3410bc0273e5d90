"""``comity evaluate INDEX``: how good the filter is on mail whose labels are known.

Answers:    the figures of the TREC spam track, one JSON object with ``--json``; exit status 65 when the index named no mail.
            The run begins with nothing, or with a filter that learnt something already, and says with which.
Limits:     no kept model is changed. Whether a filter learnt from the very mails of the index nobody knows but who taught it:
            that it may have is said, and how many of them it remembers.
"""

import json
import resource
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.bootstrap.judging import Named
    from comity.services.judge.evaluating import Run


class Starter(StrEnum):
    """A starter model of the package."""

    BILINGUAL = "bilingual"
    ENGLISH = "english"


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
    model: Annotated[Path | None, typer.Option("--model")] = None,
    in_use: Annotated[bool, typer.Option("--in-use")] = False,
    starter: Annotated[Starter | None, typer.Option("--starter")] = None,
) -> Outcome:
    """Run the protocol."""
    from comity.services.judge.evaluating import Protocol, began_with, read_index, run

    begun = _begun(model, starter, in_use=in_use, seed=seed)
    beginning = began_with(*begun)
    lines = list(read_index(index.read_text(encoding="utf-8", errors="surrogateescape")))
    with progress(speaker().say("evaluate.progress"), len(lines)) as line:
        done = run(
            lines,
            begun.judge,
            Protocol(delay=delay, partial=partial, wrong=wrong, batch=batch, seed=seed),
            fetch=lambda path: _fetched(index.parent / path),
            clock=time.process_time,
            told=line.advance,
        )
    if beginning is not None:
        beginning["recognised"] = done.recognised
    figures = done.figures() | {"peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
    if scores is not None:
        rows = zip(done.labels, done.scores, strict=True)
        scores.write_text("".join(f"{'spam' if label else 'ham'} {score:.6f}\n" for label, score in rows), "ascii")
    _show(figures | {"began_with": beginning, "reliability": done.reliability()}, as_json)
    if done.labels and (plot is not None or not as_json):
        _draw(done, plot, as_json)
    return Outcome.DONE if done.labels else Outcome.BAD_INPUT


def _begun(model: Path | None, starter: Starter | None, *, in_use: bool, seed: int) -> "Named":
    """The filter that the run begins with."""
    from comity.bootstrap import judging

    if (model is not None) + in_use + (starter is not None) > 1:
        raise ComityError("evaluate-begins-twice", "a run begins with one filter", outcome=Outcome.USAGE)
    if model is not None:
        return judging.named(settings(), model)
    if in_use:
        return judging.in_use(settings())
    if starter is not None:
        return judging.shipped(settings(), starter)
    return judging.Named(judging.new_filter(settings(), seed), None, None)


def _say_beginning(beginning: dict[str, Any] | None) -> None:
    say = speaker().say
    if beginning is None:
        sys.stdout.write(f"{say('evaluate.began-with-nothing')}\n")
        return
    for name in ("file", "sha256", "spam", "legitimate", "threshold"):
        value = beginning[name]
        shown = f"{value:,}" if isinstance(value, int | float) else plain(str(value))
        sys.stdout.write(f"{say(f'evaluate.began-with.{name}')}: {shown}\n")
    for each in beginning["sources"]:
        words = {name: plain(str(each.get(name, "-"))) for name in ("name", "spam", "legitimate")}
        sys.stdout.write(f"{say('evaluate.began-with.source', **words)}\n")
    recognised = beginning["recognised"]
    told = say("evaluate.has-learnt", n=recognised) if recognised else say("evaluate.may-have-learnt")
    sys.stdout.write(f"{told}\n")


def _draw(done: "Run", plot: Path | None, as_json: bool) -> None:
    from comity.services.judge.curves import learning_curve, roc_curve

    say = speaker().say
    charts = (roc_curve(done.labels, done.scores), learning_curve(done.labels, done.called_spam))
    if plot is not None:
        from comity.web.charts import svg

        drawing = svg(charts, say)
        if plot.suffix.lower() == ".png":
            from comity.outlets.typesetting import png

            plot.write_bytes(png(drawing))
        else:
            plot.write_text(drawing, "utf-8")
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
    _say_beginning(figures["began_with"])
    for name, value in figures.items():
        if name not in {"began_with", "reliability"}:
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
