"""Books that another program keeps: one subscriber, a question on the desk, or nobody while it is silent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from comity.model.desk import CaseState
from comity.model.lease import Asked, Lease, Window
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Prepared
from comity.services.receive.subscribers.asking_readers import AskingReaders
from comity.services.receive.subscribers.outside import HELD, PAUSE, OutsideBook
from comity.services.receive.subscribers.whose import Whose
from comity.services.receive.working_off import LostReader, Task
from comity.store.engine import Store

from ...stores import store
from ..intake import NOW, OWN, arf, cases, prepared
from .test_whose import keep, row

__all__ = ["store"]

SEEN = NOW - timedelta(hours=2)
POOL = "192.0.2.7"


class Program:
    """A program of the operator's, in memory: what it knows, what it was asked, whether it answers."""

    def __init__(self, *leases: Lease) -> None:
        self.leases, self.asked, self.fault = list(leases), list[tuple[Asked, ...]](), ""
        self.now, self.logged = NOW, list[tuple[str, dict[str, object]]]()
        self.book = OutsideBook(self, clock=lambda: self.now, log=self._log)

    def __call__(self, asked: Sequence[Asked], now: datetime) -> list[Lease] | str:
        self.asked.append(tuple(asked))
        return self.fault or self.leases

    def _log(self, event: str, /, **facts: object) -> None:
        self.logged.append((event, facts))


class Read:
    """Readers who have read already."""

    def __init__(self, *read: Prepared | LostReader) -> None:
        self._read = list(read)

    def send(self, batch: Sequence[Task]) -> None:
        """Nothing is left to read."""

    def receive(self) -> list[Prepared | LostReader]:
        return self._read


def lease(who: str = "line-7", **facts: Any) -> Lease:
    from ipaddress import ip_network

    known = {
        "network": ip_network(POOL),
        "began": SEEN - timedelta(hours=1),
        "known_until": NOW,
        "identity": who.encode(),
    }
    return Lease(subscriber=who, **{**known, **facts})


def work_off(store: Store, program: Program, *items: bytes) -> None:
    """Read, ask, write: as the worker does."""
    terms = Terms(own=OWN, outside=program.book)
    fetch = Whose(terms.own, terms.leases, outside=terms.outside).fetch
    read = AskingReaders(Read(LostReader(reason="reader-died"), *map(prepared, items)), fetch).receive()
    with store.write() as records:
        Ingest(terms).apply([each for each in read if isinstance(each, Prepared)], records, NOW)


def test_the_program_says_whose_it_is(store: Store) -> None:
    """It is asked once for a batch, about addresses of ours alone, and each question once."""
    program = Program(lease())
    work_off(store, program, arf(1), arf(2), arf(3, source="203.0.113.9"), arf(4, source="8.8.4.4"))
    (asked,) = program.asked
    assert [(each.address, each.port) for each in asked] == [(POOL, None), ("203.0.113.9", None)]
    assert asked[0].window.first == SEEN - timedelta(minutes=2)
    assert {case.key for case in cases(store).values() if case.state is CaseState.NEW} == {"subscriber:line-7"}


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ([lease("line-7"), lease("line-8", began=SEEN + timedelta(seconds=60))], "changed-hands"),
        ([lease(is_shared=True)], "shared-line"),
        ([lease(first_port=1024, last_port=2047)], "port-missing"),
    ],
)
def test_what_leaves_doubt_in_our_own_books_leaves_doubt_here(store: Store, known: list[Lease], reason: str) -> None:
    """The same rule decides; nobody is told."""
    work_off(store, Program(*known), arf())
    (case,) = cases(store).values()
    assert case.question is not None
    assert (case.key, case.question.code) == (f"address:{POOL}", reason)


def test_two_books_are_one(store: Store) -> None:
    """What was imported and what is asked stand beside each other: where they differ, a person decides."""
    keep(store, row("line-9", SEEN - timedelta(hours=1), SEEN + timedelta(hours=1)))
    work_off(store, Program(lease("line-7")), arf(seen=SEEN + timedelta(seconds=7)))
    (case,) = cases(store).values()
    assert case.question is not None
    assert (case.question.code, set(case.question.candidates)) == ("overlapping", {"line-7", "line-9"})


def test_while_it_is_silent_nobody_is_told(store: Store) -> None:
    """Mail goes on; it is asked twice, then left alone for a while, then asked again."""
    program = Program(lease())
    program.fault = "away"
    work_off(store, program, arf(1))
    work_off(store, program, arf(2, source="192.0.2.8"))
    assert len(program.asked) == 2
    assert {case.question.code for case in cases(store).values() if case.question} == {"lease-service-silent"}
    assert program.logged == [("lease-service-silent", {"reason": "away", "n": 1})]
    program.fault, program.now = "", NOW + PAUSE
    work_off(store, program, arf(3))
    assert "subscriber:line-7" in {case.key for case in cases(store).values()}
    assert program.logged[-1] == ("lease-service-back", {})


def test_an_answer_holds_for_a_minute_and_not_many_are_held() -> None:
    """What is asked again and again costs one conversation; a flood of addresses no memory."""
    program = Program(lease())
    whose = Whose(OWN, outside=program.book)
    read = prepared(arf())
    assert read.facts is not None
    for seconds in (0, 59, 60):
        program.now = NOW + timedelta(seconds=seconds)
        whose.fetch(read.facts.evidence)
    assert len(program.asked) == 2
    (question,) = program.asked[0]
    for number in range(HELD):
        program.book.fetch([Asked(address=f"192.0.2.{number % 250}", port=number, window=question.window)])
    assert program.book.of(question) is None


def test_as_many_as_are_asked_for_at_once_are_answered() -> None:
    """A part of a long feed asks more than are held otherwise: none of its rows is without an answer."""
    program = Program()
    window = Window(first=SEEN, last=SEEN)
    many = [Asked(address=f"192.0.2.{at % 250}", port=at, window=window) for at in range(HELD + 700)]
    program.book.fetch(many[:9])
    program.book.fetch(many)
    assert [program.book.of(each) for each in many] == [()] * len(many)
    assert sum(map(len, program.asked)) == len(many)  # the nine were fresh
    program.book.fetch(many[-1:])
    assert program.book.of(many[0]) is None
