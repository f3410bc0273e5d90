"""What is written into a report is what a reader finds in it, whatever a stranger put into the mail."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import arf
from comity.formats.arf_writer import FeedbackMessage, Written, date_text, write
from comity.formats.mime import scan
from comity.model.agreement import Definition
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Severity
from comity.model.tlp import Tlp

ARRIVED = datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC)
HEAD = (
    b"From: =?gb2312?B?t6LGsQ==?= <sales@east.example>\r\n"
    b"To: redacted-abcdefghijklmnopqrst-@west.example\r\n"
    b"Subject: =?utf-8?B?5Y+R56Wo?=\r\n"
    b"Message-ID: <20260301.17@east.example>\r\n"
    b"CFBL-Feedback-ID: 17:4711\r\n"
)
MAIL = HEAD + b"Content-Type: text/plain; charset=us-ascii\r\n\r\nbuy\r\n"
REPORT = FeedbackReport(
    feedback_type="abuse",
    source_ip="198.51.100.7",
    source_port=40123,
    original_mail_from="bounce-17@east.example",
    original_rcpt_to=("redacted-abcdefghijklmnopqrst-@west.example",),
    reported_domain=("east.example",),
    reported_uri=("https://east.example/buy?x=1",),
    arrival_date=ARRIVED,
    incidents=1,
    reporting_mta="mx.west.example",
    report_id="cr1-abcdefghijklmnop",
    original=MAIL,
)
MESSAGE = FeedbackMessage(
    header_from="feedback@west.example",
    organisation="West Mail",
    to="fbl@east.example",
    subject="发票",
    written=datetime(2026, 3, 2, tzinfo=UTC),
    message_id="cr1-abcdefghijklmnop@west.example",
    text="A customer says that this is spam.\n\n用户认为这是垃圾邮件。",
    tlp=Tlp.AMBER,
    definition=Definition.COMPLAINT,
    feedback_report=REPORT,
    authentication_results=("mx.west.example; dkim=pass header.d=east.example",),
)


def _with(**changes: Any) -> FeedbackMessage:
    return replace(MESSAGE, feedback_report=replace(REPORT, **changes))


def _read(written: Written) -> Reading:
    reading = arf.read(written.data)
    assert reading is not None
    return reading


def test_what_went_in_comes_out() -> None:
    """Every field is read back with its value, and no reader has anything to remark but that it is automatic."""
    written = write(MESSAGE)
    reading = _read(written)
    (read,) = reading.reports
    assert reading.kind is Kind.ARF
    assert [each.code for each in reading.findings if each.severity is not Severity.NOTE] == []
    for name in ("feedback_type", "source_ip", "source_port", "original_mail_from", "original_rcpt_to", "reported_domain",
                 "reported_uri", "arrival_date", "incidents", "report_id", "original"):  # fmt: skip
        assert getattr(read, name) == getattr(REPORT, name), name
    assert (read.message_id, read.feedback_id, read.subject) == ("20260301.17@east.example", "17:4711", "发票")
    assert (read.source_ip_from, read.is_complaint, read.original_headers_only) == ("field", True, False)
    assert read.reporting_mta == "dns; mx.west.example"
    assert written.omitted == ()


def test_the_mail_around_it() -> None:
    """It says who it comes from and that it is automatic; its Subject is that of the reported mail."""
    written = write(MESSAGE)
    headers = scan(written.data).headers
    assert headers.first("from") == "West Mail <feedback@west.example>"
    assert headers.first("to") == "<fbl@east.example>"
    assert headers.decoded("subject") == "FW: 发票"
    assert headers.first("auto-submitted") == "auto-generated"
    assert headers.first("comity-tlp") == "TLP:AMBER"
    assert headers.first("comity-report-id") == REPORT.report_id
    assert headers.first("date") == "Mon, 02 Mar 2026 00:00:00 +0000"


def test_it_is_as_strict_as_the_standard() -> None:
    """Three parts in their order, each required field once, Version 1, lines with CRLF and below 998 octets."""
    data = write(MESSAGE).data
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "feedback-report"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "message/feedback-report", "message/rfc822"]
    assert "用户认为" in parts[0].get_content()
    fields = scan(data).children[1].body.decode("ascii").split("\r\n")
    names = [line.partition(":")[0] for line in fields if line and line[0] not in " \t"]
    assert names[:3] == ["Feedback-Type", "User-Agent", "Version"]
    assert "Version: 1" in fields
    repeated = {"Original-Rcpt-To", "Reported-Domain", "Reported-URI", "Authentication-Results"}
    assert all(names.count(name) == 1 for name in names if name not in repeated)


def test_the_same_message_gives_the_same_bytes() -> None:
    """Nothing in it is chance."""
    assert write(MESSAGE) == write(MESSAGE)


def test_a_port_stands_only_beside_an_address() -> None:
    """RFC 6692: a port without the address it belongs to says nothing."""
    assert b"Source-Port" not in write(_with(source_ip=None)).data
    assert b"Source-Port" not in write(_with(source_port=None)).data


@pytest.mark.parametrize("address", ["2001:db8::7", "[2001:db8:0::7]"])
def test_an_ipv6_address_is_written_in_its_one_form(address: str) -> None:
    """Two spellings of one address give one."""
    (read,) = _read(write(_with(source_ip=address))).reports
    assert read.source_ip == "2001:db8::7"


def test_the_null_sender_is_a_value() -> None:
    """A bounce address that is empty is written as such, not left out."""
    (read,) = _read(write(_with(original_mail_from="<>"))).reports
    assert read.original_mail_from == "<>"


INJECTIONS = ["x\r\nBcc: all@north.example", "x\nSource-IP: 192.0.2.1", "x\r\n\r\n--boundary", "x\x00y", "x\x85y", "发\r\n票",
              "a@b>\r\nX: <c@d", "\r\n", " ", "x" * 5000, "\ud800"]  # fmt: skip


@pytest.mark.parametrize("value", INJECTIONS)
def test_no_value_brings_a_field_of_its_own(value: str) -> None:
    """A stranger's line ends, NULs and endless words never make a field, a part or another message."""
    clean = write(MESSAGE)
    hostile = replace(
        MESSAGE,
        subject=value,
        organisation=value,
        text=value,
        authentication_results=(value,),
        feedback_report=replace(
            REPORT,
            feedback_type=value,
            user_agent=value,
            source_ip=value,
            original_mail_from=value,
            original_rcpt_to=(value, value),
            reported_domain=(value,),
            reported_uri=(value,),
            reporting_mta=value,
        ),
    )
    written = write(hostile)
    message = scan(written.data)
    assert [header.name for header in message.headers.items()] == [h.name for h in scan(clean.data).headers.items()]
    assert [part.content_type for part in message.children] == [part.content_type for part in scan(clean.data).children]
    names = {line.partition(b":")[0] for line in message.children[1].body.split(b"\r\n") if line[:1] not in (b" ", b"")}
    assert names <= {line.partition(b":")[0] for line in scan(clean.data).children[1].body.split(b"\r\n")}
    assert message.children[2].body == MAIL
    assert "Source-IP" in written.omitted
    assert all(len(line) <= 998 for line in written.data.split(b"\r\n"))


@pytest.mark.parametrize(
    "change", [{"header_from": "x"}, {"to": "a@b.example\r\nBcc: c@d.example"}, {"to": ""}, {"message_id": "a b"}]
)
def test_without_an_address_there_is_no_message(change: dict[str, str]) -> None:
    """Where to and from is ours to know: a slip there is an error of the program, never a mail to somebody else."""
    with pytest.raises(ValueError, match="address"):
        write(replace(MESSAGE, **change))  # type: ignore[arg-type]


def test_the_head_alone_is_sent_as_such() -> None:
    """Without the body the third part says that it is headers only."""
    written = write(_with(original=HEAD, original_headers_only=True))
    (read,) = _read(written).reports
    assert scan(written.data).children[2].content_type == "text/rfc822-headers"
    assert (read.original_headers_only, read.message_id) == (True, "20260301.17@east.example")
    assert written.headers_only


def test_raw_letters_in_a_head_survive() -> None:
    """Old Chinese mail has raw GBK in its header: it travels quoted-printable and comes out byte for byte."""
    head = HEAD.replace(b"=?utf-8?B?5Y+R56Wo?=", "发票代开".encode("gb18030"))
    written = write(_with(original=head, original_headers_only=True))
    assert written.data.isascii()
    (read,) = _read(written).reports
    assert read.original is not None
    assert read.original.rstrip() == head.rstrip()
    assert read.subject == "发票代开"


def test_raw_letters_in_a_body_are_announced() -> None:
    """Eight-bit evidence is sent as 8bit and says so, inside and outside."""
    mail = MAIL.replace(b"buy", "代开发票".encode("gb18030"))
    written = write(_with(original=mail))
    message = scan(written.data)
    assert message.encoding == "8bit"
    assert message.children[2].encoding == "8bit"
    assert _read(written).reports[0].original == mail


@pytest.mark.parametrize("body", [b"x" * 2000, b"a\x00b"])
def test_a_body_that_mail_cannot_carry_is_left_out(body: bytes) -> None:
    """A line of 2,000 octets or a NUL breaks SMTP; the head still goes, and the writer says what is missing."""
    written = write(_with(original=MAIL + body))
    assert (written.omitted, written.headers_only) == (("body",), True)
    assert _read(written).reports[0].message_id == "20260301.17@east.example"


def test_line_ends_of_a_file_become_those_of_mail() -> None:
    """A mail that was kept with LF, or with bare CR, is sent with CRLF."""
    for kept in (MAIL.replace(b"\r\n", b"\n"), MAIL.replace(b"\r\n", b"\r")):
        assert _read(write(_with(original=kept))).reports[0].original == MAIL


def test_evidence_cannot_end_the_report() -> None:
    """A boundary or a whole report inside the evidence stays inside."""
    inner = write(MESSAGE).data
    boundary = scan(inner).params["boundary"].encode()
    mail = HEAD + b"\r\n--" + boundary + b"--\r\n" + inner
    written = write(_with(original=mail))
    assert _read(written).reports[0].original == mail
    assert len(scan(written.data).children) == 3


def test_a_date_is_told_in_utc() -> None:
    """A moment of another zone is the same moment."""
    moment = datetime(2026, 3, 1, 16, 5, 9, tzinfo=timezone(timedelta(hours=8)))
    assert date_text(moment) == date_text(ARRIVED)


@given(
    original=st.binary(max_size=400),
    headers_only=st.booleans(),
    text=st.text(max_size=200),
    subject=st.one_of(st.none(), st.text(max_size=200)),
)
def test_any_evidence_makes_a_report(original: bytes, headers_only: bool, text: str, subject: str | None) -> None:
    """Whatever the evidence is, the report is read back with the facts of its fields."""
    message = replace(_with(original=original, original_headers_only=headers_only), text=text, subject=subject)
    written = write(message)
    (read,) = _read(written).reports
    assert (read.source_ip, read.arrival_date, read.report_id) == ("198.51.100.7", ARRIVED, REPORT.report_id)
    assert len(scan(written.data).children) == 3
    assert all(len(line) <= 998 for line in written.data.split(b"\r\n"))
    assert b"\x00" not in written.data
