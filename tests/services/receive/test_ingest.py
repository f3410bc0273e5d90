"""Feedback comes in and becomes cases: each report counted once, no item lost, none stopping another."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from comity.model.case import EvidenceClass
from comity.model.desk import CaseState
from comity.model.feedback import Reading
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError
from comity.model.retention import KeptClass
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, prepare, unpack
from comity.store.engine import Store, open_store
from comity.store.tables.cases import abuse_case
from comity.store.tables.intake import item, report_row, rollup

from ...engines import ONLY_SQLITE, cure, poison
from ...retention import erase_class
from ..stores import store
from .intake import NOW, OWN, arf, cases, counts, fates, ingest, prepared

__all__ = ["store"]

BOUNCE = (
    b"From: MAILER-DAEMON@mx.example\nTo: abuse@east.example\nSubject: failed\nMessage-ID: <b1@mx.example>\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nno\n'
    b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\n"
    b"Action: failed\nStatus: 5.1.1\n\n--b--\n"
)
LETTER = (
    b"From: Ann <ann@mail.example>\nTo: abuse@east.example\nSubject: Spam from your network\nMessage-ID: <l1@mail.example>\n"
    b"Date: Fri, 20 Mar 2026 11:00:00 +0000\n\nPlease make 192.0.2.7 stop sending spam to me, I get ten a day. Regards, Ann\n"
)


def test_a_report_becomes_a_case(store: Store) -> None:
    """Bytes, item, report, case, roll-up: all of it in one transaction."""
    (done,) = ingest(store, arf())
    assert (done.fate.value, done.kind, done.reports, done.opened) == ("case", "arf", 1, done.cases)
    case = cases(store)["customer:West Hosting"]
    assert (case.case_id, case.state, case.contact) == (done.cases[0], CaseState.NEW, "noc@west.example")
    assert (case.reports, case.complainers, case.repeats) == (1, 1, 0)
    assert case.classes == {EvidenceClass.COMPLAINT: 1}
    assert case.first_seen == case.last_seen == NOW - timedelta(hours=2)
    assert counts(store) == {"raw": 1, "items": 1, "reports": 1, "new": 1, "shunt": 0, "counted": 1}


def test_the_row_says_what_later_work_needs(store: Store) -> None:
    """Direction, definition, address, time with its precision, the reported mail; the complainer as a token only."""
    ingest(store, arf())
    with store.read() as records:
        row = records.connection.execute(select(report_row)).one()
        line = records.connection.execute(select(rollup)).one()
    assert (row.direction, row.definition, row.solicited, row.is_complaint) == ("in", "complaint", False, True)
    assert (row.source_ip, row.observed, row.observed_precision) == ("192.0.2.7", NOW - timedelta(hours=2), "minute")
    assert (row.message_id, row.feedback_type, row.evidence_class) == ("1@shop.example", "abuse", "complaint")
    assert row.complainer and "ann" not in row.complainer + row.facts
    assert tuple(line) == (0, "2026-03-20", "complaint", "192.0.2.0/24", 1)


def test_the_bytes_are_kept_as_they_came(store: Store) -> None:
    """What cannot be proved from our rows can be proved from the mail."""
    data = arf()
    ingest(store, data)
    with store.read() as records:
        packed = records.intake.bytes_of(1)
    assert packed is not None
    assert unpack(*packed) == data


@pytest.mark.parametrize("times", [1, 2, 10])
@pytest.mark.parametrize("together", [True, False])
def test_delivered_often_it_is_counted_once(store: Store, times: int, together: bool) -> None:
    """P2: once, twice or ten times, in one batch or in many, by the same bytes."""
    lots = [[arf()] * times] if together else [[arf()]] * times
    done = [each for lot in lots for each in ingest(store, *lot)]
    assert fates(done) == ["case"] + ["again"] * (times - 1)
    assert cases(store)["customer:West Hosting"].reports == 1
    assert counts(store) == {"raw": 1, "items": 1, "reports": 1, "new": 1, "shunt": 0, "counted": 1}
    with store.read() as records:
        assert records.connection.scalar(select(item.c.repeats)) == (0 if together else times - 1)


@pytest.mark.parametrize("together", [True, False])
def test_a_report_id_that_comes_again_is_counted_once(store: Store, together: bool) -> None:
    """P2: the provider's id is the identity, whatever the second mail looks like."""
    one, other = arf(report_id="cr1-x"), arf(report_id="cr1-x", carrier="again@west.example", trace="Received: by x\n")
    done = ingest(store, one, other) if together else ingest(store, one) + ingest(store, other)
    assert fates(done) == ["case", "repeat"]
    case = cases(store)["customer:West Hosting"]
    assert (case.reports, case.repeats, case.complainers) == (1, 1, 1)
    assert counts(store) == {"raw": 2, "items": 2, "reports": 1, "new": 1, "shunt": 0, "counted": 1}


@pytest.mark.parametrize("together", [True, False])
def test_the_same_mail_by_another_way_is_counted_once(store: Store, together: bool) -> None:
    """P2: other trace lines are other bytes, and the same report."""
    one, other = arf(), arf(trace="Received: from a by b; Fri, 20 Mar 2026 12:00:00 +0000\n")
    done = ingest(store, one, other) if together else ingest(store, one) + ingest(store, other)
    assert fates(done) == ["case", "repeat"]
    assert counts(store)["counted"] == counts(store)["reports"] == 1


@pytest.mark.parametrize("together", [True, False])
def test_one_complaint_by_two_providers_is_counted_once(store: Store, together: bool) -> None:
    """P2: the reported mail and its recipient are the same, so it is one person's complaint."""
    one = arf(report_id="cr1-x")
    other = arf(report_id="universal-9", carrier="u@fbl.example", provider="fbl@fbl.example")
    done = ingest(store, one, other) if together else ingest(store, one) + ingest(store, other)
    assert fates(done) == ["case", "repeat"]
    assert counts(store) == {"raw": 2, "items": 2, "reports": 2, "new": 1, "shunt": 0, "counted": 1}
    with store.read() as records:
        assert records.connection.scalars(select(report_row.c.duplicate_of).order_by(report_row.c.id)).all() == [
            None,
            1,
        ]
    case = cases(store)["customer:West Hosting"]
    assert (case.reports, case.repeats, case.complainers) == (1, 1, 1)


def test_two_people_about_one_mail_are_two(store: Store) -> None:
    """A newsletter to many has one Message-ID."""
    mail = [arf(n, recipient=f"reader{n}@mail.example", about="issue@shop.example") for n in range(40)]
    ingest(store, *mail[:20])
    ingest(store, *mail[20:], *mail[:3])
    assert (cases(store)["customer:West Hosting"].complainers, counts(store)["counted"]) == (40, 40)


def test_one_person_about_many_mails_is_one_complainer(store: Store) -> None:
    """Ten complaints of one are not ten people."""
    for number in range(3):
        ingest(store, *[arf(number * 5 + each) for each in range(5)])
    case = cases(store)["customer:West Hosting"]
    assert (case.reports, case.complainers) == (15, 1)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(8)), cut=st.integers(1, 8))
def test_order_and_batches_do_not_matter(order: list[int], cut: int) -> None:
    """However deliveries are shuffled and cut into batches, the numbers are the same."""
    mails = [
        arf(1, report_id="a"), arf(1, report_id="a", trace="X: 1\n"), arf(2, report_id="b", source="192.0.2.200"),
        arf(3, report_id="c", recipient="bob@mail.example"), arf(3, report_id="d", recipient="cat@mail.example"),
        BOUNCE, arf(1, report_id="a"), arf(2, report_id="b2", source="192.0.2.200", provider="fbl@north.example"),
    ]  # fmt: skip
    with_store = open_store(":memory:")
    with_store.create()
    shuffled = [mails[index] for index in order]
    for start in range(0, len(shuffled), cut):
        ingest(with_store, *shuffled[start : start + cut])
    found = cases(with_store)
    assert {key: (case.reports, case.complainers) for key, case in found.items()} == {
        "customer:West Hosting": (3, 3),
        "customer:East Shop": (1, 1),
    }
    assert (counts(with_store)["counted"], counts(with_store)["new"]) == (4, 4)
    with_store.close()


def test_what_is_no_report_is_kept_without_a_case(store: Store) -> None:
    """A bounce is an item, and nothing more."""
    (done,) = ingest(store, BOUNCE)
    assert (done.fate.value, done.kind) == ("stored", "bounce")
    assert cases(store) == {}
    assert counts(store) == {"raw": 1, "items": 1, "reports": 0, "new": 0, "shunt": 0, "counted": 0}


def test_a_report_about_nobody_of_ours_is_kept_with_its_reason(store: Store) -> None:
    """It is counted, and the desk can see that a list may be wrong."""
    (done,) = ingest(store, arf(source="8.8.4.4"))
    assert (done.fate.value, done.unmatched, done.cases) == ("unmatched", 1, ())
    with store.read() as records:
        assert records.intake.unmatched() == {"not-ours": 1}


def test_a_letter_waits_for_a_person(store: Store) -> None:
    """What people write is a case of its own, never a report: nothing is done on it alone."""
    reply = LETTER.replace(b"Subject: Spam", b"Subject: Re: Spam").replace(b"<l1@", b"<l2@")
    done = ingest(store, LETTER) + ingest(store, reply)
    assert fates(done) == ["letter", "letter"]
    assert done[0].cases == done[1].cases
    assert done[1].opened == ()
    (case,) = cases(store).values()
    assert (case.subject_kind.value, case.reports, counts(store)["reports"]) == ("letter", 2, 0)


def test_an_address_that_two_customers_claim_is_a_question(store: Store) -> None:
    """Ambiguity is a state that wants a decision on the desk, never an exception."""
    (done,) = ingest(store, arf(source="203.0.113.9"))
    case = cases(store)["address:203.0.113.9"]
    assert (done.fate.value, case.state) == ("case", CaseState.UNDECIDED)
    assert case.question is not None
    assert set(case.question.candidates) == {"North", "South"}


def _close(store: Store, since: timedelta) -> None:
    with store.write() as records:
        records.connection.execute(update(abuse_case).values(state="closed", state_since=NOW - since))


def test_late_news_goes_to_the_closed_case(store: Store) -> None:
    """A complaint about mail from before the repair reopens nothing."""
    ingest(store, arf(1))
    _close(store, timedelta(hours=1))
    ingest(store, arf(2))
    case = cases(store)["customer:West Hosting"]
    assert (case.state, case.reports) == (CaseState.CLOSED, 2)


def test_what_goes_on_brings_the_case_back_and_says_so(store: Store) -> None:
    """The desk sees why a case that it closed is there again."""
    ingest(store, arf(1))
    _close(store, timedelta(days=1))
    ingest(store, arf(2))
    case = cases(store)["customer:West Hosting"]
    with store.read() as records:
        events = records.cases.events_of(case.case_id)
    assert (case.state, case.reports) == (CaseState.NEW, 2)
    assert [(each.act, each.from_state, each.to_state) for each in events] == [
        ("open", None, CaseState.NEW),
        ("return", CaseState.CLOSED, CaseState.NEW),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_a_relapse_is_linked(store: Store, together: bool) -> None:
    """Long after, it is a new case that names the old one, and what follows goes there."""
    first = ingest(store, arf(1))[0].cases[0]
    _close(store, timedelta(days=30))
    done = ingest(store, arf(2), arf(3)) if together else ingest(store, arf(2)) + ingest(store, arf(3))
    again = cases(store)["customer:West Hosting#2"]
    assert (again.reopened_from, again.reports, again.state) == (first, 2, CaseState.NEW)
    assert [each.cases for each in done] == [(again.case_id,)] * 2
    assert cases(store)["customer:West Hosting"].reports == 1


def test_what_comes_for_a_merged_case_goes_where_it_went(store: Store) -> None:
    """A decision of the desk is remembered."""
    ingest(store, arf(1, source="203.0.113.9"), arf(2))
    found = cases(store)
    asked, target = found["address:203.0.113.9"].case_id, found["customer:West Hosting"].case_id
    with store.write() as records:
        merge = update(abuse_case).where(abuse_case.c.id == asked).values(state="merged", merged_into=target)
        records.connection.execute(merge)
    (done,) = ingest(store, arf(3, source="203.0.113.9"))
    assert done.cases == (target,)
    _close_one(store, target)
    ingest(store, arf(4, source="203.0.113.9"))
    (done,) = ingest(store, arf(5, source="203.0.113.9"))
    assert done.cases == (cases(store)["customer:West Hosting#2"].case_id,)


def _close_one(store: Store, case_id: str) -> None:
    with store.write() as records:
        closed = update(abuse_case).where(abuse_case.c.id == case_id)
        records.connection.execute(closed.values(state="closed", state_since=NOW - timedelta(days=30)))


def test_what_cannot_be_read_is_kept_and_shown(store: Store) -> None:
    """P5: raw, counted, on the desk; the items beside it are worked off."""
    done = ingest(store, arf(1), b"\x00\xff" * 300, arf(2))
    assert fates(done) == ["case", "shunted", "case"]
    with store.read() as records:
        (row,) = records.intake.shunted()
        assert records.intake.bytes_of(row.raw_id) == (prepared(b"\x00\xff" * 300).packed, 600)
    assert (row.stage, row.name, row.tries, row.reason[:4]) == ("read", "1.eml", 1, "why.")
    assert fates(ingest(store, b"\x00\xff" * 300)) == ["again"]


@pytest.mark.parametrize("before", [b"", b"\n", b"\r\n\r\n"])
def test_what_somebody_typed_without_a_header_waits_for_a_person(store: Store, before: bytes) -> None:
    """P5: it may be a letter, and it says neither from whom nor what about: it is not passed over as mail that reports nothing."""
    letter = before + LETTER.partition(b"\n\n")[2]
    (done,) = ingest(store, letter)
    assert (done.fate.value, done.reason) == ("shunted", "why.no-header")
    with store.read() as records:
        (row,) = records.intake.shunted()
        assert unpack(*records.intake.bytes_of(row.raw_id)) == letter


def test_an_item_that_is_not_whole_is_shunted(store: Store) -> None:
    """Half a report could be half a lie."""
    cut = prepared(arf()[:900], condition=Condition.TOO_LARGE)
    assert [(each.fate.value, each.reason) for each in ingest(store, cut)] == [("shunted", "too-large")]


def test_a_reader_that_fails_costs_one_item(store: Store) -> None:
    """P5: a fault of ours is shunted with its name."""

    def fails(data: bytes, name: str) -> Reading:
        raise RecursionError

    bad = prepare(b"x", Delivery(gate="file", name="bad.eml", arrived=NOW), fails)
    assert fates(ingest(store, bad, arf())) == ["shunted", "case"]
    with store.read() as records:
        (row,) = records.intake.shunted()
    assert (row.reason, row.detail) == ("fault", "RecursionError")


@pytest.mark.parametrize("place", range(5))
def test_an_item_that_cannot_be_written_costs_one_item(store: Store, place: int) -> None:
    """P5: wherever it stands in the batch, it alone is undone and shunted, and its case does not stay behind."""
    with store.write() as records:
        poison(records.connection, source="192.0.2.200")
    batch = [arf(number) for number in range(5)]
    batch[place] = arf(place, source="192.0.2.200")
    done = ingest(store, *batch)
    assert fates(done) == ["shunted" if number == place else "case" for number in range(5)]
    assert set(cases(store)) == {"customer:West Hosting"}
    assert counts(store) == {"raw": 5, "items": 4, "reports": 4, "new": 4, "shunt": 1, "counted": 4}
    with store.read() as records:
        (row,) = records.intake.shunted()
    assert (row.stage, row.reason, row.name) == ("apply", "fault", f"{place}.eml")


def test_a_shunted_item_can_be_tried_again(store: Store) -> None:
    """When the fault is mended, the item becomes what it is, once."""
    with store.write() as records:
        poison(records.connection)
    ingest(store, arf())
    again = prepared(arf(), raw_id=1)
    assert fates(ingest(store, again)) == ["shunted"]
    with store.write() as records:
        assert [row.tries for row in records.intake.shunted()] == [2]
        cure(records.connection)
    assert fates(ingest(store, again)) == ["case"]
    assert counts(store) == {"raw": 1, "items": 1, "reports": 1, "new": 1, "shunt": 0, "counted": 1}


@ONLY_SQLITE
def test_trouble_with_the_disk_is_no_items_fault(store: Store, tmp_path: Path) -> None:
    """A full disk shunts nothing: the batch is undone whole, and tried again when there is room."""
    full = open_store(tmp_path / "comity.db")
    full.create()
    with full.write() as records:
        pages = records.connection.scalar(text("PRAGMA page_count"))
        records.connection.execute(text(f"PRAGMA max_page_count = {pages + 3}"))
    with pytest.raises(ComityError) as caught:
        ingest(full, *[arf(number) for number in range(200)])
    assert caught.value.code == "store-full"
    assert counts(full) == {"raw": 0, "items": 0, "reports": 0, "new": 0, "shunt": 0, "counted": 0}
    full.close()


def test_any_text_can_be_stored(store: Store) -> None:
    """Half characters and NUL are strangers' too."""
    mail = arf().replace(b"Sale 1", b"a\x00b\xed\xa0\x80\xff").replace(b"r1@", b"r\xff\x00@")
    odd = prepared(mail, name="\ud800\0.eml")
    assert fates(ingest(store, odd)) == ["case"]


@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=300), more=st.binary(max_size=300))
def test_any_bytes_are_kept(data: bytes, more: bytes) -> None:
    """Whatever comes is an item or a shunted item, and what stands behind it is worked off."""
    with_store = open_store(":memory:")
    with_store.create()
    ingest(with_store, data, arf()[:1200] + more, arf(7))
    found = counts(with_store)
    assert found["raw"] == found["items"] + found["shunt"] == 3
    assert "customer:West Hosting" in cases(with_store)
    with_store.close()


def test_bytes_are_dropped_when_their_time_is_over(store: Store) -> None:
    """Rows stay, the mail goes; what waits for a person is kept until it was seen to."""
    terms = Terms(own=OWN, keep=timedelta(days=90))
    ingest(store, arf(), b"\x00\xff" * 300, terms=terms)
    with store.write() as records:
        assert erase_class(records, KeptClass.RAW, NOW + timedelta(days=89)) == 0
        assert erase_class(records, KeptClass.RAW, NOW + timedelta(days=90)) == 1
        assert records.intake.bytes_of(1) is None
        assert records.intake.bytes_of(2) is not None
    assert fates(ingest(store, arf(), terms=terms)) == ["again"]


def test_a_hot_mail_does_not_slow_the_desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a mail that thousands complain about, only a few earlier reports are looked at; nobody is counted twice."""
    monkeypatch.setattr("comity.store.intake._MANY", 10)
    mail = [
        arf(n, recipient=f"reader{n}@mail.example", about="issue@shop.example", report_id=f"cr1-{n}") for n in range(50)
    ]
    ingest(store, *mail)
    other = [
        arf(n, recipient=f"reader{n}@mail.example", about="issue@shop.example", report_id=f"z{n}") for n in (0, 49)
    ]
    assert fates(ingest(store, *other)) == ["repeat", "repeat"]
    assert counts(store)["counted"] == 50


def test_tokens_tell_people_apart(store: Store) -> None:
    """Our own tokens stand for mailboxes: three people are three, one who says it twice is one, and no token is written to."""
    tokens = [f"redacted-{letter * 20}-@west.example" for letter in "abc"]
    done = ingest(
        store,
        *[arf(1, recipient=token, carrier=f"r{at}@west.example") for at, token in enumerate([*tokens, tokens[0]])],
        *[arf(2, recipient="redacted@west.example", carrier=f"n{at}@west.example") for at in range(2)],
    )
    assert fates(done) == ["case", "case", "case", "repeat", "case", "repeat"]
    case = cases(store)["customer:West Hosting"]
    assert (case.reports, case.complainers) == (4, 4)
    for token in tokens:
        (stated,) = prepared(arf(1, recipient=token)).reports
        assert stated.recipients == ()
