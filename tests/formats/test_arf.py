"""Reading ARF reports: every dialect gives the same record, and damaged or hostile fields come to no harm."""

from base64 import encodebytes
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import arf
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.services.operate.sample_reports import DIALECTS, make


def _report(fields: bytes) -> Reading:
    reading = arf.read(
        b"From: fbl@west.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\nhello\n--b\n"
        b"Content-Type: message/feedback-report\n\n" + fields + b"\n--b\n"
        b"Content-Type: message/rfc822\n\nSubject: spam\n\nspam\n--b--\n"
    )
    assert reading is not None
    return reading


@pytest.mark.parametrize("value", [b";", b"; abuse", b" ;x=y", b";;"])
def test_a_type_that_is_only_parameters_is_no_type(value: bytes) -> None:
    """The report is read all the same, complains of nothing, and says what is wrong."""
    reading = _report(b"Feedback-Type: " + value + b"\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.7\n")
    assert reading.kind is Kind.ARF
    assert (reading.reports[0].feedback_type, reading.reports[0].is_complaint) == (None, False)
    assert reading.reports[0].source_ip == "192.0.2.7"
    assert "field-malformed" in [note.code for note in reading.findings]


def test_a_report_about_a_report_is_marked() -> None:
    """Two systems that answer each other's reports would never end: whoever acts on it must see that."""
    inner = b"Content-Type: multipart/report; report-type=feedback-report; boundary=i\n\n--i\n\nx\n--i--\n"
    reading = arf.read(
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
        b"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\n" + inner + b"--b--\n"
    )
    assert reading is not None
    assert "report-about-report" in [note.code for note in reading.findings]
    assert "report-about-report" not in [note.code for note in _report(b"Feedback-Type: abuse\n").findings]


FIELDS = b"""\
Feedback-Type: abuse
User-Agent: WestFBL/2.0
Version: 1
Original-Mail-From: <bounce@east.example>
Original-Rcpt-To: <reader@west.example>
Arrival-Date: Mon, 5 Jan 2026 10:00:00 +0000
Source-IP: 192.0.2.7
Source-Port: 4711
Incidents: 3
Reporting-MTA: dns; mx.west.example
Reported-Domain: East.Example.
Reported-Domain: shop.east.example
Reported-URI: https://east.example/a
X-Note: kept
"""
ORIGINAL = b"""\
Received: from out.east.example (out.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTP id 1;
\tMon, 5 Jan 2026 10:00:00 +0000
DKIM-Signature: v=1; a=rsa-sha256; d=Shop.East.Example; s=k1;
\tb=abc;
DKIM-Signature: v=1; d = east.example; s=k2; b=d=no.example
Message-ID: <1@east.example>
From: =?utf-8?q?=E6=AF=8F=E6=97=A5?= <news@east.example>
To: reader@west.example
Subject: =?gb2312?B?zbbL3w==?=
CFBL-Feedback-ID: 7:c31

buy
"""


def _mail(*parts: bytes, top: bytes = b"multipart/report; report-type=feedback-report") -> bytes:
    head = (
        b"From: FBL <fbl@west.example>\nSubject: report\nMessage-ID: <r@west.example>\nDate: 5 Jan 2026 11:00 +0000\n"
    )
    return head + b"Content-Type: " + top + b"; boundary=b\n\n--b\n" + b"\n--b\n".join(parts) + b"\n--b--\n"


def _human(text: bytes = b"hello") -> bytes:
    return b"Content-Type: text/plain\n\n" + text


def _feedback(fields: bytes = FIELDS) -> bytes:
    return b"Content-Type: message/feedback-report\n\n" + fields


def _original(message: bytes = ORIGINAL, kind: bytes = b"message/rfc822") -> bytes:
    return b"Content-Type: " + kind + b"\n\n" + message


def _read(data: bytes) -> tuple[FeedbackReport, list[str]]:
    reading = arf.read(data)
    assert reading is not None
    (one,) = reading.reports
    return one, [note.code for note in reading.findings]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_strict_report_is_read_to_the_last_field(end: bytes) -> None:
    """Every field of RFC 5965 and RFC 6692, the facts of the reported message, and who reported; nothing is remarked."""
    data = _mail(_human(), _feedback(), _original()).replace(b"\n", end)
    reading = arf.read(data)
    assert reading is not None
    assert (reading.kind, reading.why) == (Kind.ARF, "why.feedback-part")
    assert (reading.message_id, reading.subject) == ("r@west.example", "report")
    assert reading.carried_from == "fbl@west.example"
    assert reading.sent == datetime(2026, 1, 5, 11, tzinfo=UTC)
    assert [note.code for note in reading.findings] == (["bare-cr"] if end == b"\r" else [])
    (one,) = reading.reports
    assert (one.feedback_type, one.is_complaint, one.incidents) == ("abuse", True, 3)
    assert (one.source_ip, one.source_ip_from, one.source_port) == ("192.0.2.7", "field", 4711)
    assert (one.original_mail_from, one.original_rcpt_to) == ("bounce@east.example", ("reader@west.example",))
    assert one.arrival_date == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert one.reported_domain == ("east.example", "shop.east.example")
    assert one.reported_uri == ("https://east.example/a",)
    assert (one.user_agent, one.reporting_mta) == ("WestFBL/2.0", "dns; mx.west.example")
    assert (one.message_id, one.subject, one.header_from) == ("1@east.example", "投诉", "news@east.example")
    assert (one.dkim_domain, one.feedback_id) == (("shop.east.example", "east.example"), "7:c31")
    assert one.original == ORIGINAL.replace(b"\n", end)
    assert not one.original_headers_only
    assert dict(one.extra) == {"x-note": "kept"}
    assert dict(one.provenance) == {"arrival_date": "arrival-date", "source_ip": "field"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_mail(_human(), _feedback(), _original(), top=b"multipart/mixed"), None),
        (_mail(_human(), _original(), _feedback()), None),
        (_mail(_feedback(), _original()), None),
        (_mail(_human(), _feedback(), _original(kind=b"text/rfc822-headers")), None),
        (_mail(_human(), _feedback(), _original(kind=b"text/rfc822")), "original-mistyped"),
        (_mail(_human(), _feedback(), _original(kind=b"text/plain")), "original-mistyped"),
        (_mail(_human(), b"Content-Type: text/plain\n\n" + FIELDS, _original()), "feedback-part-mistyped"),
        (_mail(_human(), _feedback(), _original(), _feedback()), "feedback-part-repeated"),
        (_mail(_human(), b"Content-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n" + encodebytes(FIELDS),
               _original()), "feedback-part-encoded"),
        (_mail(_human(), _feedback(b"\n" + FIELDS), _original(b"\n" + ORIGINAL)), None),
        (_mail(_mail(_human(), _feedback(), _original()).replace(b"--b", b"--c").replace(b"=b", b"=c")), None),
    ],
)  # fmt: skip
def test_the_parts_are_found_however_they_are_put_together(data: bytes, code: str | None) -> None:
    """In another order, mistyped, encoded, wrapped once more: the record is the same, the deviation has a name."""
    one, codes = _read(data)
    assert (one.source_ip, one.message_id, one.original_rcpt_to) == (
        "192.0.2.7",
        "1@east.example",
        ("reader@west.example",),
    )
    assert codes == ([code] if code else [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Subject: hello\n\nFeedback-Type: abuse\n",
        _mail(_human(), _human()),
        _mail(_human(), _original(b"Content-Type: message/feedback-report\n\n" + FIELDS)),
        _mail(_human(), b"Content-Type: image/png\n\n" + FIELDS),
    ],
)
def test_what_holds_no_feedback_part_is_left_to_others(data: bytes) -> None:
    """A report that was itself complained about is not the complaint."""
    assert arf.read(data) is None


def test_the_envelope_of_an_xarf_document_is_left_to_its_reader() -> None:
    """Unless nobody could read the document: then the envelope still says something."""
    data = _mail(_human(), _feedback(b"Feedback-Type: xarf\nUser-Agent: x\nVersion: 1\n"))
    assert arf.read(data) is None
    envelope = arf.read_envelope(scan(data), Context())
    assert envelope is not None
    assert envelope.reports[0].feedback_type == "xarf"


@pytest.mark.parametrize(
    ("fields", "type_", "is_complaint", "kind", "code"),
    [
        (b"Feedback-Type: ABUSE", "abuse", True, Kind.ARF, None),
        (b"Feedback-Type: fraud; x=y", "fraud", True, Kind.ARF, None),
        (b"Feedback-Type: not-spam", "not-spam", False, Kind.ARF, None),
        (b"Feedback-Type: auth-failure", "auth-failure", False, Kind.AUTH_FAILURE, None),
        (b"Feedback-Type: nonsense", "nonsense", True, Kind.ARF, "feedback-type-unknown"),
        (b"Abuse-Type: complaint", None, True, Kind.ARF, "field-missing"),
        (b"X: y", None, False, Kind.ARF, "field-missing"),
        (b"Feedback-Type:", None, False, Kind.ARF, "field-missing"),
        (b"Feedback-Type: abuse\nFeedback-Type: fraud", None, False, Kind.ARF, "field-conflict"),
    ],
)
def test_a_type_says_whether_anybody_complained(
    fields: bytes, type_: str | None, is_complaint: bool, kind: Kind, code: str | None
) -> None:
    """Authentication failures and "not spam" complain of nothing; an unknown word is kept and counts as a complaint."""
    reading = arf.read(
        _mail(_human(), _feedback(fields + b"\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.7\n"), _original())
    )
    assert reading is not None
    one = reading.reports[0]
    assert (one.feedback_type, one.is_complaint, reading.kind) == (type_, is_complaint, kind)
    assert code is None or code in [note.code for note in reading.findings]


@pytest.mark.parametrize(
    ("fields", "address", "rule", "code"),
    [
        (b"Source-IP: 198.51.100.9", "198.51.100.9", "field", None),
        (b"Source-IP: 198.51.100.9\nSource-IP: 198.51.100.9", "198.51.100.9", "field", "field-repeated"),
        (b"Source-IP: [198.51.100.9]:25", "198.51.100.9", "field", None),
        (b"Source-IP:\n 198.51.100.9 (mx.example)", "198.51.100.9", "field", None),
        (b"SourceIP: 198.51.100.9", "198.51.100.9", "field", "field-misspelt"),
        (b"Source-IP: 10.0.0.1", "10.0.0.1", "field", "address-private"),
        (b"Source-IP: x.x.x.x", "192.0.2.7", "received:1", "address-redacted"),
        (b"Source-IP: nowhere", "192.0.2.7", "received:1", "field-malformed"),
        (b"X: y", "192.0.2.7", "received:1", None),
        (b"Source-IP: 192.0.2.7\nSource-IP: 198.51.100.9", "192.0.2.7", "received:1", "address-conflict"),
        (b"Source-IP: 198.51.100.8\nSource-IP: 198.51.100.9", None, None, "address-conflict"),
    ],
)
def test_the_source_address_names_its_rule(
    fields: bytes, address: str | None, rule: str | None, code: str | None
) -> None:
    """The field where it holds one good address; else what the trace supports; two that contradict each other: neither."""
    one, codes = _read(
        _mail(_human(), _feedback(b"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n" + fields + b"\n"), _original())
    )
    assert (one.source_ip, one.source_ip_from, one.provenance.get("source_ip")) == (address, rule, rule)
    assert codes[-1:] == ([code] if code else [])


@pytest.mark.parametrize(
    ("fields", "recipients", "rule", "code"),
    [
        (
            b"Original-Rcpt-To: <a@west.example>\nOriginal-Rcpt-To: b@west.example",
            ("a@west.example", "b@west.example"),
            None,
            None,
        ),
        (b"Removal-Recipient: a@west.example", ("a@west.example",), None, "field-misspelt"),
        (
            b"Original-Rcpt-To: " + b"0a" * 16 + b"@west.example",
            ("0a" * 16 + "@west.example",),
            None,
            "recipient-hashed",
        ),
        (b"Original-Rcpt-To: redacted", ("redacted",), None, "recipient-redacted"),
        (b"Original-Rcpt-To: <>", ("<>",), None, "recipient-redacted"),
        (b"Original-Rcpt-To:", ("reader@west.example",), "original:to", "field-empty"),
        (b"X: y", ("reader@west.example",), "original:to", None),
    ],
)
def test_the_recipient_is_the_one_that_is_named(
    fields: bytes, recipients: tuple[str, ...], rule: str | None, code: str | None
) -> None:
    """In the report, else in the one field of the reported message that names exactly one."""
    good = b"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.7\n"
    one, codes = _read(_mail(_human(), _feedback(good + fields + b"\n"), _original()))
    assert (one.original_rcpt_to, one.provenance.get("original_rcpt_to")) == (recipients, rule)
    assert codes == ([code] if code else [])


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ((), "original-missing"),
        ((_original(b""),), "original-redacted"),
        ((_original(b"[redacted]\n"),), "original-redacted"),
    ],
)
def test_a_report_without_its_message_is_a_report(part: tuple[bytes, ...], code: str) -> None:
    """What the feedback part says stands by itself."""
    one, codes = _read(
        _mail(_human(), _feedback(FIELDS + b"Message-ID: <2@east.example>\nDKIM-Domain: east.example\n"), *part)
    )
    assert (one.source_ip, one.original, one.subject) == ("192.0.2.7", None, None)
    assert (one.message_id, one.dkim_domain) == ("2@east.example", ("east.example",))
    assert (one.provenance["message_id"], one.provenance["dkim_domain"]) == ("field", "field")
    assert code in codes


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_reported_message_is_kept_to_the_byte(dialect: str) -> None:
    """Evidence: what is stored is a slice of what arrived."""
    data = make(Random(3), dialect, 3000)[0]  # noqa: S311 - a sample, no secret
    reading = arf.read(data)
    if dialect == "old-microsoft":
        assert reading is None
        return
    assert reading is not None
    original = reading.reports[0].original
    assert original is not None
    assert original in data
    assert reading.reports[0].original_headers_only == (dialect == "headers-only")


LINES = st.sampled_from(
    [
        b"Feedback-Type: abuse", b"feedback-type:fraud", b"Version: 1", b"Version:", b"User-Agent : x", b"Source-IP: 192.0.2.7",
        b"source: 192.0.2.8", b"Source-IP: 2001:db8::1", b"Source-Port: 70000", b"Source-Port: \xc2\xb2", b"Incidents: 0",
        b"Arrival-Date: never", b"Received-Date: 5 Jan 2026 10:00", b"Original-Rcpt-To: <<>>", b" folded", b"\tfolded: x", b"",
        b"no field", b":", b"DKIM-Domain: ; a.example ;", b"\xff\xfe: \xff", "Reported-Domain: 投诉.example".encode(),
        b"X" * 100 + b": y",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=25), st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans())
def test_any_lines_for_fields_give_a_report(lines: list[bytes], end: bytes, has_original: bool) -> None:
    """Nothing is raised, an address that is given is one, and a value is never empty text."""
    data = _mail(_human(), _feedback(b"\n".join(lines) + b"\n"), *([_original()] if has_original else []))
    one, _ = _read(data.replace(b"\n", end))
    assert one.source_port is None or 0 < one.source_port < 65536
    assert one.incidents >= 1
    for value in (
        one.feedback_type,
        one.source_ip,
        one.user_agent,
        one.reporting_mta,
        one.message_id,
        one.original_mail_from,
    ):
        assert value is None or value
    assert all(one.original_rcpt_to)
    assert all(one.reported_domain)
