"""A signal from its proposal to the list of the other side, and off it again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from comity.accord.signals.rules import Audience, standing
from comity.model.outcomes import ComityError
from comity.model.recourse import Measure
from comity.model.signal import SignalKind
from comity.model.tlp import Tlp
from comity.services.prove.signals.publishing import on_lists

from ..recourse.test_recourse import post
from ..two_sides import EAST, NOW, WEST
from .signal_sides import REASON, WARNING, SignalSide, both, later

Sides = tuple[SignalSide, SignalSide]


@pytest.fixture
def sides() -> Iterator[Sides]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def listed(side: SignalSide, audience: Audience = Audience.ORGANISATION) -> list[str]:
    with side.store.read() as rows:
        return [each.signal.subject for each in on_lists(rows, audience, side.now)]


def test_the_whole_way(sides: Sides) -> None:
    """Proposed and warned, given, on no list of the reader; adopted by a person, warned again, listed; and over by itself."""
    west, east = sides
    made = west.propose("198.51.100.7", EAST)
    assert (made.signal.begins, west.warned) == (NOW + WARNING, ["198.51.100.7/32"])
    assert west.give(east).given == 1
    (kept,) = east.kept()
    assert (kept.signal, kept.note) == (made.signal, made.note)
    later(sides, NOW + WARNING)
    assert (listed(west), listed(east)) == (["198.51.100.7/32"], [])
    adopted = east.adopt(kept, until=NOW + timedelta(days=10))
    assert adopted.adoption is not None and adopted.adoption.by == "Bob"
    assert (listed(east), east.warned, standing(adopted, east.now)) == ([], ["198.51.100.7/32"], "not-begun")
    later(sides, NOW + 2 * WARNING)
    assert listed(east) == ["198.51.100.7/32"]
    later(sides, NOW + timedelta(days=10))
    assert (listed(west), listed(east)) == (["198.51.100.7/32"], [])
    later(sides, NOW + timedelta(days=20))
    assert listed(west) == []
    assert (west.steps(), east.steps()) == (["proposed"], ["adopted"])


def test_adopting_blocks_nobody(sides: Sides) -> None:
    """Whatever is adopted, by hand or by rule: the consequence is a listing, and nothing else is imposed."""
    west, east = sides
    east.rule()
    west.propose("198.51.100.7", EAST, is_severe=True)
    west.give(east)
    with east.store.read() as rows:
        assert [made.measure for made, _ in rows.recourses.all()] == [Measure.LISTED]


def test_granted_recourse_at_the_issuer_takes_it_off_everywhere(sides: Sides) -> None:
    """At once off our list; withdrawn with our signature; off the list of whoever adopted it."""
    west, east = sides
    made = west.propose("198.51.100.7", EAST, is_severe=True)
    west.give(east)
    east.adopt(made, is_severe=True)
    assert (listed(west), listed(east)) == (["198.51.100.7/32"], ["198.51.100.7/32"])
    with west.store.write() as rows:
        desk = west.recourse(rows, "Cho")
        desk.argue(made.signal.reference, "Not us.")
        desk.answer(made.signal.reference, "You are right.", grants=True)
    assert listed(west) == []
    with west.store.write() as rows:
        assert west.desk(rows, "comity").settle() == 1
        assert west.desk(rows, "comity").settle() == 0
    west.give(east)
    assert (listed(east), standing(east.again(made), east.now)) == ([], "withdrawn")
    with east.store.read() as rows:
        assert all(each.lifted is not None for each, _ in rows.recourses.all())
    assert (west.steps(), east.steps()) == (["proposed", "withdrawn"], ["adopted", "dropped"])


def test_granted_recourse_at_the_reader_takes_it_off_there(sides: Sides) -> None:
    """Who lists answers for it: the issuer's list stays as it is."""
    west, east = sides
    made = west.propose("198.51.100.7", EAST, is_severe=True)
    west.give(east)
    adopted = east.adopt(made, is_severe=True)
    assert adopted.adoption is not None and adopted.adoption.reference is not None
    assert adopted.adoption.reference != made.signal.reference
    with east.store.write() as rows:
        desk = east.recourse(rows, "Cho")
        desk.argue(adopted.adoption.reference, "Not us.")
        desk.answer(adopted.adoption.reference, "You are right.", grants=True)
    assert (listed(west), listed(east), standing(east.again(made), east.now)) == (["198.51.100.7/32"], [], "lifted")
    with pytest.raises(ComityError, match="signal-lifted"):
        east.adopt(made)


def test_what_was_dropped_can_be_adopted_again(sides: Sides) -> None:
    """With a consequence of its own each time."""
    west, east = sides
    made = west.propose("198.51.100.7", EAST)
    west.give(east)
    first = east.adopt(made, is_severe=True)
    with pytest.raises(ComityError, match="signal-adopted"):
        east.adopt(made)
    with east.store.write() as rows:
        east.desk(rows, "Bob").drop(east.again(made, rows), "Bob: not needed")
    assert standing(east.again(made), east.now) == "dropped"
    later(sides, NOW + timedelta(seconds=5))
    second = east.adopt(made, is_severe=True)
    assert first.adoption is not None and second.adoption is not None
    assert first.adoption.reference != second.adoption.reference
    assert east.steps() == ["adopted", "dropped", "adopted"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"evidence": {"complaint": 90_000, "fraud": 2, "other": 1}}, "complaints-alone"),
        ({"evidence": {}}, "no-evidence"),
        ({"evidence": {"declared": 1}}, "no-evidence"),
        ({"subject": "10.1.2.0/24"}, "reserved-space"),
        ({"subject": "127.0.0.1"}, "reserved-space"),
        ({"subject": "224.0.0.5"}, "reserved-space"),
        ({"subject": "fe80::1"}, "reserved-space"),
        ({"subject": "::ffff:198.51.100.7"}, "reserved-space"),
        ({"subject": "2002:c633:6407::/48"}, "reserved-space"),
        ({"subject": "198.50.0.0/15"}, "network-too-wide"),
        ({"subject": "0.0.0.0/0"}, "reserved-space"),
        ({"subject": "2001:db0::/28"}, "network-too-wide"),
        ({"subject": "co.uk"}, "public-suffix"),
        ({"subject": "192.0.2.77"}, "issuers-own"),
        ({"subject": "192.0.0.0/16"}, "reserved-space"),
        ({"subject": "192.0.2.0/23"}, "issuers-own"),
        ({"subject": "mail.west.example"}, "issuers-own"),
        ({"subject": "203.0.113.0/25"}, "readers-own"),
        ({"subject": "shop.east.test"}, "readers-own"),
        ({"ends": NOW + timedelta(days=93)}, "end-far"),
        ({"ends": NOW + timedelta(days=1)}, "end-past"),
        ({"ends": NOW}, "times-out-of-order"),
        ({"subject": "campaign:" + "a" * 64, "ends": NOW + timedelta(days=8)}, "end-far"),
        ({"subject": "campaign:" + "a" * 64, "kind": SignalKind.GOOD_STANDING}, "kind-does-not-fit"),
        ({"subject": "south.example", "kind": SignalKind.DYNAMIC_RANGE}, "kind-does-not-fit"),
        ({"subject": "198.51.100.0/24", "kind": SignalKind.DYNAMIC_RANGE}, "not-issuers-own"),
        ({"subject": "south.example", "kind": SignalKind.BULK_SENDER}, "not-issuers-own"),
        ({"subject": "west.example", "kind": SignalKind.GOOD_STANDING}, "self-praise"),
        ({"subject": "not a subject"}, "subject"),
        ({"subject": "198.51.100.7/24"}, "subject"),
        ({"reason": REASON | {"zh": "no Chinese here"}}, "reason"),
        ({"reason": REASON | {"en": "two\nlines"}}, "reason"),
        ({"evidence": {"gossip": 1}}, "class"),
    ],
)
def test_what_may_not_be_proposed(sides: Sides, changes: dict[str, Any], why: str) -> None:
    """It is refused by name, and nothing of it is kept: no signal, no consequence, no leaf."""
    west, _ = sides
    said = {"subject": "198.51.100.7", **changes}
    with pytest.raises(ComityError) as caught:
        west.propose(said.pop("subject"), EAST, **said)
    assert caught.value.code in (f"signal-{why}", f"recourse-{why}")
    assert (west.kept(), west.steps()) == ([], [])
    with west.store.read() as rows:
        assert rows.recourses.all() == []


def test_a_rule_adopts_within_its_bounds(sides: Sides) -> None:
    """Kinds, evidence, width, number a day, days; never before somebody was warned, also where the issuer says severe."""
    west, east = sides
    found = east.rule(classes=("trap",), least_evidence=3, per_day=2)
    given = [
        west.propose("198.51.100.7", EAST, is_severe=True),
        west.propose("198.51.0.0/23", EAST),
        west.propose("198.51.100.8", EAST, evidence={"bot": 50}),
        west.propose("198.51.100.9", EAST, evidence={"trap": 2}),
        west.propose("198.51.100.10", EAST),
        west.propose("198.51.100.11", EAST),
        west.propose("192.0.2.0/24", EAST, kind=SignalKind.DYNAMIC_RANGE),
    ]
    assert west.give(east).given == len(given)
    adopted = [east.again(each).adoption for each in given]
    assert [each is not None for each in adopted] == [True, False, False, False, True, False, False]
    first = adopted[0]
    assert first is not None
    assert (first.rule_id, first.by, first.why) == (found.rule_id, "comity", "agreed")
    assert first.begins == first.until == NOW + timedelta(days=7)
    east.now = NOW + timedelta(days=7) - timedelta(seconds=1)
    assert (listed(east), standing(east.again(given[0]), east.now)) == ([], "unwarned")


def test_what_a_rule_lists_begins_after_somebody_was_warned(sides: Sides) -> None:
    """Where a program warns nobody a person does, and the listed side has its two days from then on; too late is never."""
    west, east = sides
    east.rule()
    made = [west.propose(f"198.51.100.{n}", EAST) for n in (7, 8)]
    west.give(east)
    reference, late = (adoption.reference or "" for each in made if (adoption := east.again(each).adoption))
    at, writes = NOW + timedelta(days=3), post()
    with east.store.write() as rows:
        waiting = east.recourse(rows, "Bob").find(reference)[0]
        assert "from 2026-11-25 12:00 (UTC)" in writes.warn(rows, waiting, by="Bob", now=NOW).text, (
            "to be handed on now"
        )
        assert east.recourse(rows, "Bob").find(reference)[0].waits, "nothing was mailed"
        writes.handed_on(rows, waiting, "by telephone", by="Bob", now=at)
        with pytest.raises(ComityError) as error:
            writes.handed_on(
                rows, east.recourse(rows, "Bob").find(late)[0], "by fax", by="Bob", now=NOW + timedelta(days=6)
            )
        counts = rows.practices.counts(at)
    assert (error.value.code, counts["hurting"], counts["warned"]) == ("recourse-end-past", 1, 1)
    for hours, found in ((47, []), (48, ["198.51.100.7/32"])):
        east.now = at + timedelta(hours=hours)
        assert listed(east) == found


@pytest.mark.parametrize("changes", [{"until": NOW}, {"ended": NOW}, {"peer": "south.example"}, {"days": 1}])
def test_a_rule_that_is_over_or_too_short_adopts_nothing(sides: Sides, changes: dict[str, Any]) -> None:
    """What would be over before it begins stays for a person."""
    west, east = sides
    east.rule(**changes)
    made = west.propose("198.51.100.7", EAST)
    assert west.give(east).given == 1
    assert east.again(made).adoption is None


def test_a_campaign_needs_no_warning(sides: Sides) -> None:
    """It is nobody, and over in hours: its fingerprint begins at once, also by rule."""
    west, east = sides
    east.rule()
    west.propose("campaign:" + "a" * 64, EAST, ends=NOW + timedelta(days=2))
    west.give(east)
    assert listed(west) == listed(east) == ["campaign:" + "a" * 64]
    with east.store.read() as rows:
        assert rows.recourses.all() == []


@pytest.mark.parametrize(
    ("tlp", "seen"),
    [
        (Tlp.CLEAR, "public community clients organisation"),
        (Tlp.GREEN, "community clients organisation"),
        (Tlp.AMBER, "clients organisation"),
        (Tlp.AMBER_STRICT, "organisation"),
        (Tlp.RED, ""),
    ],
)
def test_the_label_says_who_may_see_it(sides: Sides, tlp: Tlp, seen: str) -> None:
    """What is RED stands in no export at all."""
    west, _ = sides
    west.propose(tlp=tlp, is_severe=True)
    assert [each.value for each in Audience if listed(west, each)] == seen.split()


def test_a_peer_that_refuses_one_takes_the_others(sides: Sides) -> None:
    """The refusal is kept by name, and nobody sends that signal again."""
    west, east = sides
    first = west.propose("198.51.100.7", EAST)
    second = west.propose("198.51.100.8", EAST)
    later([east], NOW + timedelta(days=40))
    assert west.give(east).refused == ("signal-made-long-ago", "signal-made-long-ago")
    later([east], NOW)
    assert west.give(east).given == 0
    with west.store.read() as rows:
        sent = rows.documents.about(f"signal {first.signal.signal_id}") + rows.documents.about(
            f"signal {second.signal.signal_id}"
        )
    assert [each.refused for each in sent] == ["signal-made-long-ago"] * 2


def test_the_same_message_twice_is_taken_once(sides: Sides) -> None:
    """An answer that was lost costs nothing."""
    west, east = sides
    made = west.propose("198.51.100.7", EAST)
    assert [east.take(made.note).said for _ in range(2)] == [{"taken": 1, "known": 0}, {"taken": 0, "known": 1}]


def test_too_many_a_day_are_refused(sides: Sides) -> None:
    """With 429, all of the message, before anything is adopted."""
    west, east = sides
    for number in range(21):
        west.propose(f"198.51.100.{number}", EAST)
    handed = west.give(east)
    assert (handed.given, handed.reason, len(east.kept())) == (0, "quota", 0)


def test_statements_count_signals(sides: Sides) -> None:
    """Proposed, adopted and withdrawn are numbers of a day, as both sides count them."""
    from comity.ledger.day_close import Places, fold

    west, east = sides
    made = west.propose("198.51.100.7", EAST)
    west.give(east)
    east.adopt(made)
    with west.store.write() as rows:
        west.desk(rows, "Ann").withdraw(made.signal.signal_id, REASON)
    places = Places(network=str, registrant=lambda _: None, location=lambda _: None)
    told = fold([{"type": "signal", "step": each} for each in west.steps()], places, {}.get, within_hours=72)
    assert (told["signal/proposed"], told["signal/withdrawn"]) == (1, 1)
    assert (west.side.faults(), east.side.faults()) == ([], [])


def test_a_revoked_key_brings_nothing_in(sides: Sides) -> None:
    """What was signed before is kept; nothing new is taken."""
    from comity.model.peer_key import KeyState

    west, east = sides
    made = west.propose("198.51.100.7", EAST)
    with east.store.write() as rows:
        (key,) = rows.keys.of(WEST)
        rows.keys.put(replace(key, state=KeyState.REVOKED))
    assert east.take(made.note).said == {"error": "key-revoked", "where": "documents[0]"}
