"""``comity bench playbook``: what one step of a case costs when few cases are open, and when many are.

Answers:    CPU microseconds for each timer that ends and for each report that joins, at each number of open cases; and how much
            more it is at the most than at the fewest. Exit status 65 where that is more than a fifth.
Limits:     stores of its own in a folder that is removed; the middle of several rounds, so that another process counts less. The
            cases of a round began together, as those do whose timers end together; ``--scattered`` takes them from all over the
            store, so that each is on pages of its own.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.services.receive.playbook.following import Following
    from comity.store.engine import Store

_ALLOWED = 1.2
_ROUNDS = 7


def command(  # noqa: PLR0917 - the options of a command line
    cases: Annotated[str, typer.Option("--cases", metavar="N,N")] = "10000,100000",
    steps: Annotated[int, typer.Option(min=100, max=5000)] = 1000,
    scattered: Annotated[bool, typer.Option("--scattered")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure the playbook."""
    from comity.bootstrap.benches.playbook import chosen, crowd
    from comity.bootstrap.playbook import playbook_named
    from comity.model.playbook import ActionKind
    from comity.services.receive.playbook.following import Following
    from comity.services.receive.playbook.writing_down import WritingDown

    sizes = [int(each) for each in cases.split(",") if each.strip().isdigit()]
    if not sizes or min(sizes) < steps or max(sizes) > 10**7:
        raise ComityError("bench-cases", cases, outcome=Outcome.USAGE, details={"text": cases, "steps": steps})
    playbook, now = playbook_named("hoster", Path()), datetime.now(UTC)
    following = Following(playbook, WritingDown(tuple(ActionKind)))
    rows: list[dict[str, float | int]] = []
    with (
        TemporaryDirectory(prefix="comity-bench-") as folder,
        progress(speaker().say("bench.progress"), len(sizes)) as line,
    ):
        for size in sorted(sizes):
            store = crowd(Path(folder) / f"{size}.db", size, now, playbook=playbook.name)
            lots = [chosen(store, steps, turn=turn, scattered=scattered) for turn in range(2 * _ROUNDS)]
            timers = [_timers(store, following, ids, now=now) for ids in lots[:_ROUNDS]]
            joins = [_joins(store, following, ids, now=now) for ids in lots[_ROUNDS:]]
            store.close()
            rows.append({"open_cases": size, "timer_us": median(timers), "report_us": median(joins)})
            line.advance()
    worst = max(rows[-1][name] / rows[0][name] for name in ("timer_us", "report_us"))
    for row in rows:
        if as_json:
            print(json.dumps({name: round(value, 1) for name, value in row.items()}))
        else:
            facts = {"n": row["open_cases"], "timer": f"{row['timer_us']:.0f}", "joined": f"{row['report_us']:.0f}"}
            print(speaker().say("bench.playbook", **facts))
    if as_json:
        print(json.dumps({"ratio": round(worst, 3), "allowed": _ALLOWED}))
    else:
        print(speaker().say("bench.playbook-ratio", ratio=f"{worst:.2f}"))
    return Outcome.DONE if worst <= _ALLOWED else Outcome.BAD_INPUT


def _timers(store: "Store", following: "Following", ids: list[str], *, now: datetime) -> float:
    """CPU microseconds for each timer that ends, with all that is written."""
    from comity.bootstrap.benches.playbook import make_due

    make_due(store, ids, now)
    begun, looked = time.process_time(), 0
    while True:
        with store.write() as records:
            found = following.tick(records, now)
        if not found:
            break
        looked += found
    return (time.process_time() - begun) * 1e6 / max(looked, 1)


def _joins(store: "Store", following: "Following", ids: list[str], *, now: datetime) -> float:
    """CPU microseconds for each report that joins a case, with all that is written, two hundred in a transaction."""
    from comity.model.case import EvidenceClass
    from comity.model.playbook import Mark, Reported
    from comity.services.receive.playbook.rows import Join

    with store.read() as records:
        before = dict(records.cases.by_id(ids))
    joins = [
        Join(
            case_id=case_id,
            mark=at,
            reported=Reported(
                evidence_class=EvidenceClass.COMPLAINT,
                when=now,
                marks=(Mark(kind="address", value=f"{case_id}@mail.example"),),
            ),
        )
        for at, case_id in enumerate(ids)
    ]
    begun = time.process_time()
    for at in range(0, len(joins), 200):
        with store.write() as records:
            following.joined(records, joins[at : at + 200], before, new_marks=range(at, at + 200), now=now)
    return (time.process_time() - begun) * 1e6 / max(len(joins), 1)
