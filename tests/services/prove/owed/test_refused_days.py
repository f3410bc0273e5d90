"""Days are counted alike where leaves were refused."""

from dataclasses import replace

from comity.ledger.leaf import LeafType

from ..two_sides import give
from .a_pair import EAST, Pair
from .lies import begun, honest


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
