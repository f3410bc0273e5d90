"""Agreements travel with the ledger, and what a peer posts is held against them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from comity.accord.agreement import life
from comity.ledger import leaf
from comity.ledger.leaf import LeafType
from comity.model.agreement_document import AgreementState
from comity.services.prove.agreement import notes

from ..two_sides import give, later
from .two_desks import EAST, WEST, Side, agreed, both, desk, propose, record

ORIGIN = "west.example/to/east.example/2026q4"


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def states(side: Side, other: str) -> list[AgreementState]:
    with side.store.read() as rows:
        papers = rows.agreements.of(other)
    return [life.standing(each, papers, side.now) for each in papers]


def refusals(ours: Side, other: Side) -> list[tuple[str | None, str | None]]:
    return [(step.reason, step.where) for step in give(ours, other) if step.reason]


def over_the_ledger(west: Side, east: Side, **changes: Any) -> str:
    """Proposed, accepted, and known to both, by nothing but the exchange; the hash of the terms."""
    paper = propose(west, record(**changes), EAST)
    give(west, east)
    with desk(east) as (_, acting):
        acting.accept(WEST, ())
    give(east, west)
    for side in (west, east):
        later(side, minutes=20)  # west's receipt covers east's signature, and no clock is as far off as that
    return paper.digest


def report(side: Side, signed: str | None, number: int, **facts: Any) -> None:
    """One report in the ledger of a side, as its own code would never write it where the facts are outside."""
    event = side.event(EAST if side.name == WEST else WEST, number)
    said = {"agreement": 1, "terms": signed, "source": {"ip": "198.51.100.9", "dkim": None}}
    side.write(replace(event, facts={**event.facts, **said, **facts}))


def test_proposal_and_signature_travel_with_the_ledger(sides: tuple[Side, Side]) -> None:
    """Nothing is handed over: both hold the terms, and both ledgers hold both acts, receipted."""
    west, east = sides
    over_the_ledger(west, east)
    assert states(west, EAST) == states(east, WEST) == [AgreementState.IN_FORCE]
    for side in sides:
        with side.store.read() as rows:
            acts = {
                (channel.origin, record["act"])
                for channel in rows.ledger.channels()
                for written in rows.history.written(channel.channel_id, 0, channel.size)
                if (record := leaf.read(written.data)) is not None
            }
        assert acts == {(ORIGIN, "propose"), ("east.example/to/west.example/2026q4", "accept")}
        assert side.faults() == []


def test_a_report_inside_the_agreement_is_taken(sides: tuple[Side, Side]) -> None:
    """By address or by signing domain."""
    west, east = sides
    terms = over_the_ledger(west, east)
    report(west, terms, 1)
    report(west, terms, 2, source={"ip": None, "dkim": "mail.shop.example"})
    assert refusals(west, east) == [] and east.size(ORIGIN) == 3


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"tier": "T3"}, "agreement-tier"),
        ({"tlp": "TLP:CLEAR"}, "agreement-tlp"),
        ({"class": "not-spam"}, "agreement-class"),
        ({"class": "other"}, "agreement-class"),
        ({"definition": "trap"}, "agreement-definition"),
        ({"source": {"ip": "203.0.113.1", "dkim": None}}, "agreement-scope"),
        ({"source": {"ip": None, "dkim": "notshop.example"}}, "agreement-scope"),
        ({"agreement": 2}, "agreement-version"),
        ({"terms": "0" * 64}, "agreement-version"),
    ],
)
def test_a_report_outside_is_refused_by_name_and_nothing_is_stored(
    sides: tuple[Side, Side], facts: dict[str, Any], reason: str
) -> None:
    """The other side learns which leaf and why; the counts of both say how often."""
    west, east = sides
    terms = over_the_ledger(west, east)
    report(west, terms, 1, **facts)
    assert refusals(west, east) == [(reason, "leaf 1")]
    assert east.size(ORIGIN) == 1
    with east.store.read() as rows, west.store.read() as others:
        assert rows.keys.counts(WEST)[f"refused:{reason}"] == 1
        assert others.keys.counts(EAST)[f"refused-by:{reason}"] == 1


def test_the_quota_of_a_day_is_kept_to(sides: tuple[Side, Side]) -> None:
    """More than was agreed is refused for that day (429), and taken of the next."""
    west, east = sides
    terms = over_the_ledger(west, east, directions__west__quota=3)
    for number in range(3):
        report(west, terms, number)
    assert refusals(west, east) == []
    report(west, terms, 9)
    assert refusals(west, east) == [("quota", "leaf 4")]
    assert east.size(ORIGIN) == 4


def test_after_the_end_nothing_is_taken(sides: tuple[Side, Side]) -> None:
    """Until its last day an agreement that ends is in force."""
    west, east = sides
    terms = over_the_ledger(west, east, notice_days=1)
    with desk(east) as (_, acting):
        acting.end(WEST, None, None)
    give(east, west)
    assert states(west, EAST) == [AgreementState.ENDING]
    report(west, terms, 1)
    assert refusals(west, east) == []
    later(west, days=2)
    later(east, days=2)
    assert states(west, EAST) == states(east, WEST) == [AgreementState.ENDED]
    report(west, terms, 2)
    assert refusals(west, east) == [("agreement-ended", "leaf 2")]


def test_who_does_not_know_yet_that_his_amendment_was_signed_goes_by_the_old_terms(sides: tuple[Side, Side]) -> None:
    """Until its receipt covers our signature a peer may report under the version before; afterwards it may not."""
    west, east = sides
    first = over_the_ledger(west, east)
    second = propose(west, record(number=2, previous=first, directions__west__tier="T1", directions__west__body="never",
                                  directions__west__subjects=None, directions__west__legal_basis=None,
                                  directions__west__transfer=None), EAST)  # fmt: skip
    give(west, east)
    with desk(east) as (_, acting):
        acting.accept(WEST, ())
    later(west, minutes=20)
    later(east, minutes=20)
    report(west, first, 1)  # the answer has not come yet
    assert refusals(west, east) == []
    give(east, west)
    later(west, minutes=20)
    later(east, minutes=20)
    report(west, second.digest, 2, agreement=2, tier="T1")
    assert refusals(west, east) == []
    report(west, first, 3)
    assert refusals(west, east) == [("agreement-version", "leaf 4")]


def test_a_no_comes_back_with_the_ledger(sides: tuple[Side, Side]) -> None:
    """Proposals that cross: the rule settles it, and whoever lost learns it from the other ledger."""
    west, east = sides
    propose(west, record(), EAST)
    propose(east, record(EAST, directions__west__quota=5), WEST)
    assert refusals(west, east) == []
    assert refusals(east, west) == []
    assert states(west, EAST) == [AgreementState.REJECTED, AgreementState.PROPOSED]
    assert states(east, WEST) == [AgreementState.PROPOSED]
    assert west.faults() == east.faults() == []


def test_a_leaf_that_says_otherwise_than_its_note_is_refused(sides: tuple[Side, Side]) -> None:
    """Without its note, with another one, with one that nobody signed: nothing is stored."""
    west, east = sides
    paper = propose(west, record(), EAST)
    facts = {"act": "propose", "version": 1, "sha256": paper.digest}
    cases: list[tuple[dict[str, Any], bytes | None, str]] = [
        (facts, None, "agreement-note-missing"),
        (facts, b"nonsense", "agreement-not-signed"),
        (facts, paper.note.replace('"quota":1000', '"quota":1001').encode(), "agreement-not-signed"),
        ({**facts, "sha256": "1" * 64}, paper.note.encode(), "agreement-differs"),
        ({**facts, "act": "end"}, paper.note.encode(), "agreement-differs"),
        ({**facts, "act": "sing"}, paper.note.encode(), "leaf-field"),
    ]
    for said, payload, reason in cases:
        liar = Side(WEST)
        event = replace(
            liar.event(EAST, 0), leaf_type=LeafType.AGREEMENT, event_id="a1", observed=None, facts=said, payload=payload
        )
        liar.pair(EAST)
        with liar.store.write() as rows:
            liar.scribe.write(rows.ledger, [event], liar.now)
        assert [each[0] for each in refusals(liar, east)] == [reason]
        liar.store.close()
    assert east.size(ORIGIN) == 0 and states(east, WEST) == []


def test_an_act_that_comes_too_late_costs_nothing_but_itself(sides: tuple[Side, Side]) -> None:
    """A rejection of what both signed is written down and changes nothing; what stands behind it is taken."""
    west, east = sides
    terms = over_the_ledger(west, east)
    act = {
        "act": "reject", "parties": [EAST, WEST], "by": WEST, "at": int(west.now.timestamp()), "effective": None,
        "version": 1, "sha256": terms, "reason": "other", "text": None,
    }  # fmt: skip
    text = notes.signed(notes.act_text(act), WEST, west_key(), now=west.now)
    event = replace(
        west.event(EAST, 0), leaf_type=LeafType.AGREEMENT, event_id="late", observed=None, payload=text.encode(),
        facts={"act": "reject", "version": 1, "sha256": terms},
    )  # fmt: skip
    with west.store.write() as rows:
        west.scribe.write(rows.ledger, [event], west.now)
    report(west, terms, 1)
    assert refusals(west, east) == []
    assert states(east, WEST) == [AgreementState.IN_FORCE]
    with east.store.read() as rows:
        assert rows.keys.counts(WEST)["agreement:act-late"] == 1


def west_key() -> Any:
    from .two_desks import KEYS

    return KEYS[WEST]


def test_terms_by_hand_and_by_ledger_are_the_same(sides: tuple[Side, Side]) -> None:
    """What was handed over before the exchange began comes again with it, and is known."""
    west, east = sides
    agreed(west, east)
    assert refusals(west, east) == [] and refusals(east, west) == []
    assert states(west, EAST) == states(east, WEST) == [AgreementState.IN_FORCE]
    assert timedelta(0) == west.now - east.now
