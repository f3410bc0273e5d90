"""Two networks agree, amend and part; replays, forks, crossed proposals and wrong signatures are refused by name."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.accord.agreement import life
from comity.accord.agreement.document import written
from comity.ledger import keys, leaf, note
from comity.model.agreement import Agreement
from comity.model.agreement_document import AgreementState
from comity.model.outcomes import ComityError
from comity.model.tier import Tier
from comity.services.prove import pairing
from comity.services.prove.agreement import notes
from comity.services.prove.agreement.taking import Way

from ..two_sides import OFFLINE, later
from .two_desks import EAST, KEYS, NOW, WEST, Side, agreed, both, desk, propose, record, take

DAY = timedelta(days=1)


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def states(side: Side, other: str) -> list[tuple[int, AgreementState]]:
    with side.store.read() as rows:
        papers = rows.agreements.of(other)
    return [(each.document.version, life.standing(each, papers, side.now)) for each in papers]


def leaves(side: Side) -> list[tuple[str, str]]:
    """Acts in the ledger of one side: channel and act."""
    with side.store.read() as rows:
        return [
            (channel.origin, record["act"])
            for channel in rows.ledger.channels()
            for written in rows.history.written(channel.channel_id, 0, channel.size)
            if (record := leaf.read(written.data)) is not None and record["type"] == "agreement"
        ]


def test_two_networks_agree_and_both_hold_the_same_bytes(sides: tuple[Side, Side]) -> None:
    """Proposed by one, signed by the other: one document, two signatures, a leaf for each act on each side."""
    west, east = sides
    signed = agreed(west, east)
    assert states(west, EAST) == states(east, WEST) == [(1, AgreementState.IN_FORCE)]
    with west.store.read() as rows, east.store.read() as others:
        ours, theirs = rows.agreements.of(EAST)[0], others.agreements.of(WEST)[0]
    assert ours.digest == theirs.digest == signed.digest
    for each in (ours, theirs):
        opened = notes.opened(each.note, [note.verifier_of(name, KEYS[name], sort) for name in KEYS for sort in (1, 4)])
        assert opened is not None and set(opened.signed) == {WEST, EAST}
    assert leaves(west) == [("west.example/to/east.example/2026q4", "propose")]
    assert leaves(east) == [("east.example/to/west.example/2026q4", "accept")]
    assert west.faults() == east.faults() == []


def test_of_a_peer_without_a_ledger_we_write_down_what_it_signed(sides: tuple[Side, Side]) -> None:
    """Its act stands beside our own channel, with its note as payload."""
    west, east = sides
    paper = propose(west, record(), EAST)
    assert take(east, paper.note, Way.MAIL).refused is None
    assert leaves(east) == [("west.example/to/east.example/2026q4/by-mail", "propose")]
    assert east.faults() == []


def test_amended_and_ended_by_the_same_kind_of_act(sides: tuple[Side, Side]) -> None:
    """Version 2 follows version 1 by its hash; notice lets it run until its day; both say the same of every day."""
    west, east = sides
    first = agreed(west, east)
    later(west, days=1)
    later(east, days=1)
    second = propose(
        east, record(EAST, 2, first.digest, directions__west__quota=7, proposed=int(east.now.timestamp())), WEST
    )
    assert take(west, second.note).refused is None
    with desk(west) as (_, acting):
        signed = acting.accept(EAST, ())
    assert take(east, signed.note).refused is None
    assert states(west, EAST) == states(east, WEST) == [(1, AgreementState.AMENDED), (2, AgreementState.IN_FORCE)]
    with desk(west) as (_, acting):
        ended = acting.end(EAST, None, "the line was sold")
    assert take(east, ended.events[-1].note or "").refused is None
    for days, state in ((0, AgreementState.ENDING), (29, AgreementState.ENDING), (31, AgreementState.ENDED)):
        with west.store.read() as rows, east.store.read() as others:
            for papers in (rows.agreements.of(EAST), others.agreements.of(WEST)):
                assert life.standing(papers[1], papers, west.now + days * DAY) is state
                held = life.in_force(papers, NOW + timedelta(hours=3))
                assert held is not None and held.digest == first.digest


def test_a_rejection_has_a_reason_and_ends_the_proposal(sides: tuple[Side, Side]) -> None:
    """The other side reads why, and may propose again."""
    west, east = sides
    paper = propose(west, record(), EAST)
    take(east, paper.note)
    with desk(east) as (_, acting):
        no = acting.reject(WEST, "terms", "T2 needs our counsel")
    taken = take(west, no.events[-1].note or "")
    assert taken.paper is not None and taken.paper.events[-1].text == "T2 needs our counsel"
    assert states(west, EAST) == states(east, WEST) == [(1, AgreementState.REJECTED)]
    assert take(east, paper.note).refused == "is-rejected"
    again = propose(west, record(directions__west__quota=5), EAST)
    assert take(east, again.note).refused is None


def test_a_replay_changes_nothing(sides: tuple[Side, Side]) -> None:
    """An old version, its signature, its notice: taken again they are known, or old; never in force again."""
    west, east = sides
    first = agreed(west, east)
    second = propose(west, record(number=2, previous=first.digest, directions__west__quota=9), EAST)
    take(east, second.note)
    with desk(east) as (_, acting):
        signed = acting.accept(WEST, ())
    take(west, signed.note)
    before = states(east, WEST)
    assert take(east, first.note).is_new is False
    assert take(west, first.note).is_new is False
    other = record(directions__west__quota=8)
    forged = notes.signed(notes.document_text(written(other)), WEST, KEYS[WEST], now=NOW)
    assert take(east, forged).refused == "forked"
    old = record(number=3, previous=first.digest)
    assert take(east, sign(WEST, old)).refused == "previous-differs"
    assert take(east, sign(WEST, record(number=7, previous=first.digest))).refused == "version-gap"
    assert [each for each in states(east, WEST) if each[1] is not AgreementState.FORKED] == before


def test_terms_that_took_the_place_of_others_are_signed_by_their_name(sides: tuple[Side, Side]) -> None:
    """Somebody reads a proposal; the peer takes it back and proposes worse: what was not read is not signed by a short word."""
    west, east = sides
    read = propose(west, record(), EAST)
    take(east, read.note)
    with desk(west) as (_, acting):
        back = acting.reject(EAST, "other", None)
    take(east, back.events[-1].note or "")
    worse = propose(west, record(directions__west__quota=9), EAST)
    take(east, worse.note)
    with desk(east) as (_, acting), pytest.raises(ComityError, match="agreement-replaced"):
        acting.accept(WEST, ())
    with desk(east) as (_, acting):
        assert acting.accept(WEST, (), worse.digest[:12]).digest == worse.digest


def test_after_our_own_no_the_next_proposal_is_signed_as_the_first_is(sides: tuple[Side, Side]) -> None:
    """Whoever said no knows that what comes is another one."""
    west, east = sides
    take(east, propose(west, record(), EAST).note)
    with desk(east) as (_, acting):
        no = acting.reject(WEST, "terms", "fewer")
    take(west, no.events[-1].note or "")
    take(east, propose(west, record(directions__west__quota=5), EAST).note)
    with desk(east) as (_, acting):
        acting.accept(WEST, ())


def sign(by: str, made: dict[str, object], seconds: int = 0) -> str:
    return notes.signed(notes.document_text(written(made)), by, KEYS[by], now=NOW + timedelta(seconds=seconds))


def test_two_documents_under_one_number_are_both_kept_and_shown(sides: tuple[Side, Side]) -> None:
    """A signer that shows one version to us and another one to somebody else has signed the proof."""
    west, east = sides
    agreed(west, east)
    assert take(east, sign(WEST, record(directions__west__quota=77))).refused == "forked"
    assert states(east, WEST) == [(1, AgreementState.IN_FORCE), (1, AgreementState.FORKED)]
    assert take(east, sign(WEST, record(directions__west__quota=77))).refused == "is-forked"
    with desk(east) as (_, acting), pytest.raises(ComityError, match="no-proposal"):
        acting.accept(WEST, ())


def test_proposals_that_cross_are_settled_alike_on_both_sides(sides: tuple[Side, Side]) -> None:
    """The one of the party whose name sorts first counts; the other one is rejected by both."""
    west, east = sides
    ours, theirs = propose(west, record(), EAST), propose(east, record(EAST, directions__west__quota=5), WEST)
    assert take(east, ours.note).refused == "crossed"
    assert take(west, theirs.note).refused is None
    assert states(west, EAST) == [(1, AgreementState.REJECTED), (1, AgreementState.PROPOSED)]
    with desk(west) as (_, acting):
        signed = acting.accept(EAST, ())
    assert signed.digest == theirs.digest
    assert take(east, signed.note).refused is None
    assert states(east, WEST) == [(1, AgreementState.IN_FORCE)]


def test_a_clock_a_day_off_is_refused(sides: tuple[Side, Side]) -> None:
    """What was signed tomorrow is not taken today; five minutes are forgiven."""
    _, east = sides
    ahead = int((NOW + DAY).timestamp())
    assert take(east, sign(WEST, record(proposed=ahead))).refused == "clock-ahead"
    assert take(east, sign(WEST, record(), 86400)).refused == "clock-ahead"
    assert take(east, sign(WEST, record(answer_by=ahead), -86400)).refused is None
    assert len(states(east, WEST)) == 1


def test_a_proposal_that_is_too_old_is_refused_and_so_is_a_signature_that_came_too_late(
    sides: tuple[Side, Side],
) -> None:
    """Nobody is bound by an offer that is over."""
    west, east = sides
    paper = propose(west, record(), EAST)
    later(east, days=31)
    assert take(east, paper.note).refused == "expired"
    late = notes.added(paper.note, EAST, KEYS[EAST], now=NOW + 31 * DAY)
    later(west, days=32)
    assert take(west, late).refused == "is-expired"
    assert states(west, EAST) == [(1, AgreementState.EXPIRED)]


def test_signatures_of_keys_nobody_pinned_are_refused_by_name(sides: tuple[Side, Side]) -> None:
    """Unknown, called back, replaced, or over other bytes: each has its word, and nothing is stored."""
    _, east = sides
    text = notes.document_text(written(record()))
    assert take(east, notes.signed(text, WEST, OFFLINE[EAST], now=NOW)).refused == "signature-missing"
    assert take(east, notes.signed(text, EAST, KEYS[EAST], now=NOW)).refused == "signature-missing"
    good = sign(WEST, record())
    assert take(east, good.replace('"quota":1000', '"quota":1001')).refused == "signature-wrong"
    lines = note.lines_of(good)
    assert take(east, good.replace(lines[1], "")).refused == "signature-missing"
    said = keys.revocation(note.verifier_of(WEST, KEYS[WEST]), OFFLINE[WEST], f"{WEST}/revocation")
    with east.store.write() as rows:
        assert pairing.revoke(rows.keys, said, now=NOW) is not None
    assert take(east, good).refused == "signature-revoked"
    assert states(east, WEST) == []
    stranger = record()
    stranger["parties"] = ["north.example", "west.example"]
    assert take(east, sign(WEST, stranger)).refused == "document-malformed"


@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_one_flipped_bit_anywhere_is_refused(place: int, bit: int) -> None:
    """In the document or in a signature: nothing is stored."""
    west, east = SIDES
    data = bytearray(GOOD.encode())
    data[place % len(data)] ^= 1 << bit
    taken = take(east, bytes(data).decode("utf-8", "replace"))
    assert taken.paper is None and taken.refused is not None
    assert states(east, WEST) == [] and west is not None


SIDES = both()
GOOD = sign(WEST, record())


def test_what_was_lost_here_is_taken_where_our_own_signature_holds(sides: tuple[Side, Side]) -> None:
    """A restored backup learns from the other side's copy what it had signed."""
    west, east = sides
    signed = agreed(west, east)
    fresh = Side(WEST)
    fresh.pair(EAST)
    assert take(fresh, signed.note).refused is None
    assert states(fresh, EAST) == [(1, AgreementState.IN_FORCE)]
    fresh.store.close()


def test_notice_shorter_than_agreed_is_refused(sides: tuple[Side, Side]) -> None:
    """By the one who gives it, and by the one who gets it."""
    west, east = sides
    paper = agreed(west, east)
    with desk(west) as (_, acting), pytest.raises(ComityError, match="notice-short"):
        acting.end(EAST, NOW + 5 * DAY, None)
    act = {
        "act": "end", "parties": [EAST, WEST], "by": WEST, "at": int(NOW.timestamp()),
        "effective": int((NOW + 5 * DAY).timestamp()), "version": 1, "sha256": paper.digest, "reason": "other",
        "text": None,
    }  # fmt: skip
    short = notes.signed(notes.act_text(act), WEST, KEYS[WEST], now=NOW)
    assert take(east, short).refused == "notice-short"
    assert states(east, WEST) == [(1, AgreementState.IN_FORCE)]


def test_nobody_signs_over_what_is_somebody_elses(sides: tuple[Side, Side]) -> None:
    """A network that stands in another agreement stops the signature."""
    west, east = sides
    north = Agreement(peer="north", address="fbl@north.example", tier=Tier.T1, dkim_domains=("west.example",))
    paper = propose(west, record(sides__west__dkim_domains=["west.example"]), EAST)
    take(east, paper.note)
    with desk(east) as (_, acting), pytest.raises(ComityError, match="scope-taken"):
        acting.accept(WEST, [north])


def test_only_a_paired_peer_is_proposed_to(sides: tuple[Side, Side]) -> None:
    """And one proposal at a time is open."""
    west, _ = sides
    with desk(west) as (_, acting), pytest.raises(ComityError, match="not-paired"):
        acting.propose(record(), "north.example")
    propose(west, record(), EAST)
    with desk(west) as (_, acting), pytest.raises(ComityError, match="agreement-open"):
        acting.propose(record(directions__west__quota=4), EAST)
