"""Complaints are looked at in processes with bounds; what happens there costs one complaint, not the program."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from comity.attribution.replay import Seen
from comity.model.agreement import Agreement
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.readers.pool import ReaderLimits, ReaderPool
from comity.services.complain import deciding
from comity.services.complain.deciding import Deciding
from comity.services.complain.looking import AtHand, Looked, Looking, Task, Unseen
from comity.services.complain.rows import DueComplaint
from comity.services.receive.working_off import LostReader
from comity.store.engine import Records, Store
from comity.store.tables import sending

from ...engines import ONLY_SQLITE
from .conftest import line_of_west

if TYPE_CHECKING:
    from conftest import Desk

DEADLY = "13.eml"
LATE = "14.eml"


class Fragile:
    """Looks as the program does, unless the name of the mail says otherwise."""

    def __init__(self) -> None:
        self.look = Looking(line_of_west())

    def __call__(
        self,
        due: DueComplaint,
        now: datetime,
        seen: Mapping[bytes, Seen],
        signed: tuple[Agreement, ...],
        lowered: frozenset[str],
    ) -> Looked | None:
        if due.name == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if due.name == LATE:
            signal.pause()
        return self.look(due, now, seen, signed, lowered)


def pool(events: list[str], *, seconds: float = 60) -> ReaderPool[Task, Looked | None]:
    """Two processes."""
    limits = ReaderLimits(seconds=seconds)
    return ReaderPool(Fragile, readers=2, log=lambda event, /, **_: events.append(event), limits=limits)


def states(desk: "Desk") -> dict[str, str]:
    """The state of each complaint, by the name of its mail."""
    with desk.store.read() as view:
        query = select(sending.complaint.c.name, sending.complaint.c.state).order_by(sending.complaint.c.id)
        return {row.name: row.state for row in view.connection.execute(query)}


@ONLY_SQLITE  # the store is asked once, before
def test_it_makes_no_difference_where_complaints_are_looked_at(desk: "Desk") -> None:
    """In processes of their own or in this one: the same answers, byte for byte, in the same order."""
    for number in range(100, 220):
        desk.complain(number, address="198.51.100.7" if number % 5 else "192.0.2.1")
    desk.later(minutes=16)
    with desk.store.read() as view:
        tasks: list[Task] = [
            (due, desk.now, {}, (), frozenset()) for due in view.sending.due(desk.now, 120, room=1 << 20)
        ]
    with closing(pool([])) as others:
        others.send(tasks)
        apart = others.receive()
    at_hand = AtHand(Looking(desk.line))
    at_hand.send(tasks)
    assert apart == at_hand.receive()
    assert sum(len(each.reports) for each in apart if isinstance(each, Looked)) == 96


def test_a_run_goes_on_from_batch_to_batch(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    """Each complaint is decided once, although the next batch is looked at while one is written."""
    monkeypatch.setattr(deciding, "BATCH", 100)
    desk.live("east")
    for number in range(100, 350):
        desk.complain(number)
    desk.later(minutes=16)
    desk.deciding = Deciding(
        desk.store, pool([]), desk.exchange, pacing=desk.pacing, new_token=desk.deciding._new_token
    )
    with closing(desk.deciding):
        decided = desk.decide()
    assert (decided.complaints, decided.released) == (250, 250)
    assert desk.decide().complaints == 0
    assert desk.leaves() == {"report": 250}


class Asked(AtHand):
    """As those who look in processes of their own, who keep the answers to one batch."""

    is_looking = False

    def send(self, batch: Sequence[Task]) -> None:
        assert not self.is_looking, "the answers to the batch before would be taken for those of this one"
        self.is_looking = True
        super().send(batch)

    def receive(self) -> list[Looked | Unseen | LostReader]:
        self.is_looking = False
        return super().receive()


class Away:
    """A store that is away once, when it is read for the time that is named."""

    def __init__(self, store: Store, at: int) -> None:
        self.store, self.left, self.write = store, at, store.write

    @contextmanager
    def read(self) -> Iterator[Records]:
        self.left -= 1
        if self.left == 0:
            raise ComityError("store-away", "the line to the server broke", outcome=Outcome.TRY_AGAIN)
        with self.store.read() as view:
            yield view


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_store_that_is_away_while_they_look_mixes_no_answers(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """The run ends, the next one begins anew, and each complaint has its own answer."""
    monkeypatch.setattr(deciding, "BATCH", 10)
    desk.live("east")
    for number in range(20):
        desk.complain(number)
    desk.later(minutes=16)
    desk.deciding = Deciding(
        Away(desk.store, at),
        Asked(Looking(desk.line)),
        desk.exchange,
        pacing=desk.pacing,
        new_token=desk.deciding._new_token,
    )
    with pytest.raises(ComityError, match="line"):
        desk.decide()
    desk.decide()
    assert set(states(desk).values()) == {"decided"}
    assert (desk.faults(), desk.leaves()) == ([], {"report": 20})


def test_what_kills_those_who_look_is_shunted_alone(desk: "Desk") -> None:
    """A complaint that kills its process twice, and one that never ends, cost themselves: the others are decided, in order."""
    desk.live("east")
    for number in range(30):
        desk.complain(number)
    desk.later(minutes=16)
    events: list[str] = []
    desk.deciding = Deciding(
        desk.store, pool(events, seconds=4), desk.exchange, pacing=desk.pacing, new_token=desk.deciding._new_token
    )
    with closing(desk.deciding):
        decided = desk.decide()
    assert (decided.complaints, decided.released, decided.shunted) == (28, 28, 2)
    assert events == ["reader-died"] * 4
    assert {name for name, state in states(desk).items() if state != "decided"} == {DEADLY, LATE}
    assert (desk.faults(), desk.leaves()) == ([], {"report": 28})
