"""A refused leaf is named on both sides and holds what follows for a while; then it stands disputed, and all else goes on."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from comity.ledger import day_close
from comity.ledger.leaf import LeafType
from comity.model.entry import RefusedLeaf
from comity.services.prove.closing import Closing, Summed, counted
from comity.services.prove.leaves.objecting import Disputed, disputes

from ..two_sides import CLOSE_TERMS, EAST, NOW, WEST, Side, both, give, later

ORIGIN = "west.example/to/east.example/2026q4"
MONDAY = NOW.date()
DIRECTIONS = [(WEST, EAST), (EAST, WEST)]


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def answers_nothing(west: Side, name: str = "cr9-1") -> None:
    """West answers what east never reported."""
    facts = {"report": name, "outcome": "stopped"}
    west.write(west.event(EAST, 0, event_id=f"{name}.out", leaf_type=LeafType.OUTCOME, facts=facts, payload=None))


def refused(side: Side) -> list[RefusedLeaf]:
    with side.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        return rows.history.refused(channel.channel_id) if channel else []


def disputed(side: Side) -> list[Disputed]:
    with side.store.read() as rows:
        return disputes(rows.closes, DIRECTIONS)


def counts(side: Side) -> tuple[int, int]:
    with side.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        return rows.ledger.exchanged(channel.channel_id)


def test_what_lies_before_a_refused_leaf_goes_on_at_once(sides: tuple[Side, Side]) -> None:
    """And the leaf is named with its reason; what lies behind it waits."""
    west, east = sides
    west.reports(EAST, 0, 3)
    answers_nothing(west)
    west.reports(EAST, 3, 5)
    steps = give(west, east)
    assert [(each.given, each.reason) for each in steps] == [(0, "answers-nothing"), (3, None), (0, "answers-nothing")]
    assert east.size(ORIGIN) == 3
    assert [(each.position, each.code, each.detail, each.passed) for each in refused(west)] == [
        (3, "answers-nothing", "cr9-1", None)
    ]


def test_after_some_hours_all_else_goes_on(sides: tuple[Side, Side]) -> None:
    """The leaf stands in both trees and is disputed by the other side; both ledgers verify, and counts are those of reports."""
    west, east = sides
    answers_nothing(west)
    west.reports(EAST, 0, 4)
    give(west, east)
    assert east.size(ORIGIN) == 0
    later(west, hours=6)
    later(east, hours=6)
    assert give(west, east)[-1].given == 5
    assert (east.size(ORIGIN), refused(west)[0].passed) == (5, west.now)
    assert counts(west) == counts(east) == (4, 4)
    assert west.faults() == east.faults() == []
    (said,) = disputed(east)
    assert (said.by, said.of, said.place, said.reason) == (EAST, WEST, f"{ORIGIN}#0", "answers-nothing")
    give(east, west)
    assert disputed(west) == [said]
    west.reports(EAST, 4, 6)
    assert give(west, east)[-1].given == 2


def test_a_refused_leaf_that_fits_later_is_taken(sides: tuple[Side, Side]) -> None:
    """The report that it answers comes back to the other side: nothing is disputed, and nothing is remembered."""
    west, east = sides
    answers_nothing(west)
    give(west, east)
    east.write(east.event(WEST, 0, event_id="cr9-1"))
    assert give(west, east)[-1].given == 1
    assert (refused(west), disputed(east)) == ([], [])


def test_many_refused_leaves_are_named_at_once(sides: tuple[Side, Side]) -> None:
    """The hours run for all of them together; what builds on a refused leaf is refused with it."""
    west, east = sides
    for number in range(5):
        answers_nothing(west, f"cr9-{number}")
    give(west, east)
    assert [each.position for each in refused(west)] == list(range(5))
    later(west, hours=6)
    later(east, hours=6)
    assert give(west, east)[-1].given == 5
    assert len(disputed(east)) == 5


def test_a_lost_answer_disputes_nothing_twice(sides: tuple[Side, Side]) -> None:
    """The posting that went on without a leaf is sent again: the same receipt, one dispute."""
    from ..two_sides import forwarding, way_to

    west, east = sides
    answers_nothing(west)
    give(west, east)
    later(west, hours=6)
    later(east, hours=6)
    give(west, east, forwarding(west, east, way_to(east, lost_answers=1)))
    give(west, east)
    assert (len(disputed(east)), refused(west)[0].passed) == (1, west.now)


def close(side: Side, day: date = MONDAY, **lies: int) -> None:
    """Side closes its own direction; cells may say more than its leaves."""
    with side.store.write() as rows:
        channel = rows.ledger.channel(ORIGIN, reporting=WEST, reported=EAST, quarter="2026q4")
        counts, late = counted(rows.closes, channel, (0, channel.size), day=day, terms=CLOSE_TERMS)
        counts.update({key.replace("_", "/"): n for key, n in lies.items()})
        summed = Summed(channel=channel, day=day, span=(0, channel.size), counts=counts, late=late)
        Closing(side.scribe, CLOSE_TERMS).write(rows, summed, last=None, now=side.now)


def test_a_close_is_counted_again_before_it_is_cosigned(sides: tuple[Side, Side]) -> None:
    """One that its leaves bear out is cosigned without a word."""
    west, east = sides
    west.reports(EAST, 0, 3)
    close(west)
    assert give(west, east)[-1].reason is None
    assert disputed(east) == []


def test_a_close_that_lies_is_disputed_with_its_receipt(sides: tuple[Side, Side]) -> None:
    """The receipt says that we saw it, the dispute in the same transaction what does not hold."""
    west, east = sides
    west.reports(EAST, 0, 3)
    close(west, report=2)
    assert give(west, east)[-1].given == 4
    (said,) = disputed(east)
    assert (said.place, said.reason) == (f"{ORIGIN}#3", "close-differs")
    assert ["day/report", 5, 3] in [list(each) for each in said.cells]


def test_leaves_cannot_be_counted_in_two_closes(sides: tuple[Side, Side]) -> None:
    """A second close that begins again at the first leaf is disputed, and nothing is folded for it."""
    west, east = sides
    west.reports(EAST, 0, 3)
    close(west)
    close(west, NOW.date() + timedelta(days=1))
    give(west, east)
    (said,) = disputed(east)
    assert [list(each) for each in said.cells] == [["start", 0, 3]]


def test_a_refused_leaf_may_say_anything() -> None:
    """A day whose leaves include one with an impossible time is closed all the same."""
    assert day_close.day_of({"submitted": 10**15}) is None
    assert day_close.day_of({"submitted": True}) is None
    assert day_close.day_of({"submitted": int(NOW.timestamp())}) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "said", [5, [5], [[0, "x y", None]], [[9, "quota", None]], [[True, "quota", 3]], [["0", "q", ""]]]
)
def test_what_a_peer_says_of_refusals_is_a_claim(sides: tuple[Side, Side], said: Any) -> None:
    """Places outside what was posted, and what is no name, are passed over."""
    from ..two_sides import forwarding

    west, east = sides
    west.reports(EAST, 0, 2)
    give(west, east, forwarding(west, east, lambda _: (422, {"error": "leaf-field", "refused": said})))
    assert refused(west) == []
