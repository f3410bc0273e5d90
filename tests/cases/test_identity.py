"""What makes two reports the same, and two complainers two."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from comity.cases.assembly import count_complainers
from comity.cases.facts import facts_of
from comity.cases.identity import complainer_mark, complaint_key, report_key
from comity.formats import arf
from comity.formats.item_facts import evidence_to_line
from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind
from comity.model.mailbox import Item

MakeEvidence = Callable[..., Evidence]
MakeItem = Callable[..., ItemFacts]


def _key(item: ItemFacts, index: int = 0) -> bytes:
    return report_key(item, index, evidence_to_line(item.evidence[index]))


def test_a_providers_own_id_is_the_identity(evidence: MakeEvidence, item: MakeItem) -> None:
    """Whatever else differs between two deliveries."""
    one = evidence(report_id="cr1-abc", reporter="fbl@west.example")
    other = replace(one, reporter="other@west.example", subject="changed on the way")
    assert _key(item(one)) == _key(item(other))
    assert _key(item(one)) != _key(item(replace(one, reporter="fbl@north.example")))
    assert _key(item(one)) != _key(item(replace(one, report_id="cr1-abd")))


def test_spam_and_not_spam_with_one_id_are_two_statements(evidence: MakeEvidence, item: MakeItem) -> None:
    """Somebody who changes his mind says something new."""
    one = evidence(report_id="cr1-abc", reporter="fbl@west.example")
    assert _key(item(one)) != _key(item(replace(one, evidence_class=EvidenceClass.NOT_SPAM)))


def test_an_envelope_id_alone_is_no_identity(evidence: MakeEvidence, item: MakeItem) -> None:
    """One sending to many has one Original-Envelope-Id: two people who complain stay two reports."""
    one = evidence(report_id="QQ31415", reporter="fbl@west.example", message_id="1@east.example")
    assert _key(item(one, message_id="a@west.example")) != _key(item(one, message_id="b@west.example"))
    known = replace(one, complainer="token")
    assert _key(item(known, message_id="a@west.example")) == _key(item(known, message_id="b@west.example"))


def test_one_mail_by_two_ways_is_one_report(evidence: MakeEvidence, item: MakeItem) -> None:
    """Other trace lines, other bytes, the same mail."""
    carried = {"message_id": "r1@west.example", "carried_from": "fbl@west.example"}
    one = evidence(source_ip="192.0.2.7")
    assert _key(item(one, **carried)) == _key(item(one, **carried))
    assert _key(item(one, **carried)) != _key(item(evidence(source_ip="192.0.2.8"), **carried))


def test_without_any_mark_the_bytes_count(evidence: MakeEvidence, item: MakeItem) -> None:
    """Rows of a table stay apart, and two tables too."""
    row = evidence(source_ip="192.0.2.7")
    table = item(row, row, kind=Kind.TABLE)
    assert _key(table, 0) != _key(table, 1)
    assert _key(table, 0) != _key(item(row, kind=Kind.TABLE))


def test_a_complaint_is_known_by_the_mail_and_the_person(evidence: MakeEvidence) -> None:
    """By button or by forwarding; nothing is guessed where one of the two is missing."""
    one = evidence(message_id="1@east.example", complainer="a")
    assert complaint_key(one) == complaint_key(replace(one, evidence_class=EvidenceClass.FORWARD))
    assert complaint_key(one) != complaint_key(replace(one, evidence_class=EvidenceClass.FRAUD))
    assert complaint_key(one) != complaint_key(replace(one, complainer="b"))
    assert complaint_key(replace(one, complainer=None)) is None
    assert complaint_key(replace(one, message_id=None)) is None


def test_words_cannot_run_together(evidence: MakeEvidence) -> None:
    """("ab", "c") and ("a", "bc") are two."""
    one = complaint_key(evidence(message_id="ab", complainer="c"))
    assert one != complaint_key(evidence(message_id="a", complainer="bc"))


def test_a_complainer_is_counted_once_a_case(evidence: MakeEvidence) -> None:
    """The mark fits a column of eight bytes, with its sign."""
    one = evidence(complainer="a")
    assert complainer_mark("c1", one, 1) == complainer_mark("c1", replace(one, message_id="2@east.example"), 2)
    assert complainer_mark("c1", one, 1) != complainer_mark("c2", one, 1)
    assert complainer_mark("c1", evidence(), 1) != complainer_mark("c1", evidence(), 2)
    assert all(-(1 << 63) <= complainer_mark("c1", evidence(complainer=str(n)), n) < 1 << 63 for n in range(50))


_HIDING = (
    "From: fbl@west.example\r\nMessage-ID: <{carrier}@west.example>\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nspam\r\n"
    "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n"
    "Source-IP: 192.0.2.1\r\n{fields}\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@shop.example\r\nMessage-ID: <1@shop.example>\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    "hidden", ["", "Comity-Redacted: message-id\r\n", "Comity-Redacted: comity-report-id, message-id\r\n"]
)
@pytest.mark.parametrize("fields", ["Comity-Report-ID: cr1-abc\r\n", "Original-Rcpt-To: ann@west.example\r\n", ""])
def test_whoever_hides_an_identifier_counts_no_more_people(fields: str, hidden: str) -> None:
    """One report that comes in two mails has one name by its own id; the field that hides a Message-ID hides no other, and without
    any the same reporter who complains of the same address is still one.
    """
    found = []
    for carrier in "ab":
        data = _HIDING.format(carrier=carrier, fields=fields + hidden).encode()
        reading = arf.read(data)
        assert reading is not None
        item = facts_of(Item(name="1.eml", position="1.eml", size=len(data), data=data), reading, carrier)
        found.append((report_key(item, 0, "line"), item.evidence[0]))
    assert count_complainers([each for _, each in found]) == 1
    assert (found[0][1].message_id is None) is bool(hidden)
    assert (found[0][0] == found[1][0]) is ("Comity-Report-ID" in fields)
