"""Days are counted alike where leaves were refused, and where those of one quarter come before those of another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.ledger.leaf import LeafType
from comity.model.outcomes import ComityError
from comity.services.prove.closing import all_closes
from comity.services.prove.leaves.examining import examine_copies
from comity.services.prove.leaves.objecting import disputes

from ..two_sides import give
from .a_pair import CLOSE_TERMS, EAST, MONDAY, WEST, Pair
from .lies import begun, disputed, honest, lied, named


def test_a_refused_leaf_stands_in_its_own_day(pair: Pair) -> None:
    """Leaves of two days are refused, and taken at once when they have waited: the second day begins where west says."""
    begun(pair)
    honest(pair, 0)
    event = replace(pair.west.event(EAST, 5), leaf_type=LeafType.RETRACT, payload=None, observed=None)
    for day, hour in ((1, 20), (2, 0)):
        pair.at(day, hour)
        facts = {"report": "never-there", "reason": "x"}
        pair.west.write(replace(event, event_id=f"odd-{day}", facts=facts))
        assert "retracts-nothing" in {step.reason for step in give(pair.west, pair.east)}
    pair.at(2, 8)
    give(pair.west, pair.east)
    closed = pair.close(pair.east, 1)
    pair.exchange()
    assert closed.said.answers is not None and list(closed.said.answers.seen.values()) == [6]
    assert [each for each in pair.found(closed) if each[0].startswith("answers/seen")] == []


def test_a_close_in_the_channel_of_the_quarter_before_comes_first(pair: Pair) -> None:
    """In January something is taken back in the channel of the year before: its close names one that is still to come to east,
    which does not dispute it for that, and counts it when both are there.
    """
    pair.at(37)  # 30 December
    pair.report(1, 2)
    pair.exchange()
    pair.at(40, 0)
    pair.close(pair.west, 39)  # 1 January is not given yet
    pair.at(40)
    pair.take_back(1)
    pair.at(41, 0)
    closed = pair.close(pair.west, 40)
    pair.exchange()
    with pair.east.store.read() as rows:
        assert list(disputes(rows.closes, [(EAST, WEST)])) == []
        old = [each for each in all_closes(rows.closes, (WEST, EAST), WEST) if each.channel.quarter == "2026q4"]
        assert old[-1].said.previous is not None and "2027q1" in old[-1].said.previous
        assert closed.said.previous == old[-1].name
        span = (MONDAY, MONDAY + timedelta(days=60))
        assert examine_copies(rows.closes, (WEST, EAST), span, terms=CLOSE_TERMS) == []


def test_a_close_that_waits_for_ever_is_counted_all_the_same(pair: Pair) -> None:
    """Whoever names a close that never comes is not asked at once, and named when something is to be stated."""
    begun(pair)
    honest(pair, 0)
    closed = lied(pair, 1, {"previous": "east.example/to/west.example/2027q1#7"})
    assert disputed(pair) == []
    assert named(pair, closed) == {"previous-missing"}
    with pytest.raises(ComityError) as refused:
        pair.made("2026-11-24")
    assert refused.value.code == "close-disputed"
