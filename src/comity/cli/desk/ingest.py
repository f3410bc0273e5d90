"""``comity ingest PATH...|-``: work off feedback of any kind: .eml, mbox, Maildir, folder, CSV, ZIP, XARF JSON, IMAP.

Trust:      items are strangers'. Nothing is answered, followed or sent.
Answers:    a table of what became of the items; ``--json``: an object for each, once it is on the disk. Exit status 0 means that
            all of them are: what could not be read is kept too (``comity shunt list``). 65: a file could not be opened.
Limits:     run again, it counts nothing twice.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.password import password
from comity.cli.progress import Progress, progress
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Condition
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.receive.planning import Ingested
    from comity.services.receive.working_off import Task


def command(
    sources: Annotated[list[str], typer.Argument(metavar="PATH...|-")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Read, decide, write."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.retention import erase_due
    from comity.bootstrap.working import bench
    from comity.services.operate.housekeeping import keep_house
    from comity.services.receive.batches import work_off

    tally, store = _Tally(), desk_store(settings())
    with store.read() as records:
        before = records.arrived.in_all()[0]
    with bench(settings()) as place, progress(speaker().say("ingest.progress")) as bar:
        for each in work_off(_tasks(sources, bar, tally), place):
            tally.count(each)
            if as_json:
                print(json.dumps(_object(each), ensure_ascii=True))
        now = datetime.now(UTC)
        with store.write() as records:
            keep_house(records, now)
            tally.letters = records.arrived.in_all()[0] - before
        for _ in erase_due(settings(), store, now=now):
            pass
    if not as_json:
        for line in tally.lines():
            print(line)
    return Outcome.BAD_INPUT if tally.closed else Outcome.DONE


def _tasks(sources: list[str], bar: Progress, tally: "_Tally") -> "Iterator[Task]":
    """Every item of every source; what cannot be opened is said and passed over."""
    from comity.outlets.mailboxes import Opening, open_source
    from comity.services.receive.prepare import Delivery

    for source in sources:
        gate = "stdin" if source == "-" else source.partition("://")[0].lower() if "://" in source else "file"
        for item in open_source(source, Opening(password=password)):
            bar.advance(share=item.share if len(sources) == 1 else None)
            if item.condition is Condition.CLOSED:
                tally.closed += 1
                why = speaker().say("ingest.closed", name=plain(item.name), reason=plain(item.detail or ""))
                print(f"comity: {why}", file=sys.stderr)
                continue
            delivery = Delivery(gate=gate, name=item.name, arrived=datetime.now(UTC), condition=item.condition)
            yield item.data, delivery


@dataclass(slots=True)
class _Tally:
    """What is counted for the table at the end."""

    items: int = 0
    closed: int = 0
    reports: int = 0
    repeats: int = 0
    unmatched: int = 0
    letters: int = 0  # that a person is to read
    fates: Counter[str] = field(default_factory=Counter)
    cases: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)

    def count(self, done: "Ingested") -> None:
        self.items += 1
        self.fates[done.fate.value] += 1
        self.reports += done.reports
        self.repeats += done.repeats
        self.unmatched += done.unmatched
        self.cases.update(done.cases)
        self.opened.update(done.opened)

    def lines(self) -> Iterator[str]:
        say = speaker().say
        yield say("ingest.summary", n=self.items, reports=self.reports)
        for fate, count in self.fates.most_common():
            yield f"{count:>9,}  {say(f'ingest.fate.{fate}')}"
        yield say("ingest.cases", n=len(self.cases), opened=len(self.opened))
        if self.unmatched:
            yield say("ingest.unmatched", n=self.unmatched)
        if self.letters > 0:
            yield say("ingest.letters", n=self.letters)
        if self.fates["shunted"]:
            yield say("ingest.shunted")
        if self.closed:
            yield say("ingest.some-closed", n=self.closed)


def _object(done: "Ingested") -> dict[str, Any]:
    return {
        "path": done.name,
        "fate": done.fate.value,
        "kind": done.kind,
        "reason": done.reason,
        "reports": done.reports,
        "repeats": done.repeats,
        "unmatched": done.unmatched,
        "cases": list(done.cases),
        "opened": list(done.opened),
    }
