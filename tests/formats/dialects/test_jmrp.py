"""Microsoft's old form: told by the fields on top of the attached message, never by who sent it."""

from datetime import UTC, datetime
from random import Random

import pytest

from comity.formats import reading
from comity.formats.dialects import jmrp
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import Kind, Reading
from comity.services.operate.sample_reports import make

INNER = b"""\
X-HmXmrOriginalRecipient: reader@west.example
X-Reporter-IP: 203.0.113.5
Authentication-Results: west.example; spf=pass (sender IP is 192.0.2.7)
 smtp.mailfrom=east.example; dkim=pass header.d=east.example
Received: from out.east.example (out.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTP id 1; x
Return-Path: <bounce@east.example>
Date: Mon, 5 Jan 2026 10:00:00 +0000
From: News <news@east.example>
To: somebody@west.example
Subject: buy
Message-ID: <1@east.example>

cheap
"""


def _mail(*messages: bytes, kind: bytes = b"multipart/mixed") -> bytes:
    parts = b"".join(b"--b\nContent-Type: message/rfc822\n\n" + message + b"\n" for message in messages)
    head = b"From: staff@west.example\nSubject: complaint about message from 192.0.2.7\n"
    return head + b"Content-Type: " + kind + b"; boundary=b\n\n" + parts + b"--b--\n"


def _read(data: bytes) -> Reading | None:
    return jmrp.read(scan(data), Context())


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_complaint_in_the_old_form_is_read(end: bytes) -> None:
    """The recipient from Microsoft's field, the address by what three rules agree on, the rest from the message itself."""
    found = _read(_mail(INNER).replace(b"\n", end))
    assert found is not None
    assert (found.kind, found.why, found.carried_from) == (Kind.JMRP, "why.jmrp", "staff@west.example")
    assert [note.code for note in found.findings] == ["feedback-part-missing"]
    (one,) = found.reports
    assert (one.feedback_type, one.is_complaint) == ("abuse", True)
    assert (one.source_ip, one.source_ip_from) == ("192.0.2.7", "authentication-results")
    assert (one.original_rcpt_to, one.original_mail_from) == (("reader@west.example",), "bounce@east.example")
    assert one.arrival_date == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert (one.message_id, one.subject, one.header_from) == ("1@east.example", "buy", "news@east.example")
    assert one.original == INNER.replace(b"\n", end)
    assert dict(one.provenance) == {
        "feedback_type": "form",
        "source_ip": "authentication-results",
        "original_rcpt_to": "original:x-hmxmroriginalrecipient",
    }


def test_several_attached_messages_are_several_complaints() -> None:
    """Each with its own facts; one without the marks is none."""
    other = INNER.replace(b"<1@", b"<2@").replace(b"reader@", b"other@")
    found = _read(_mail(INNER, other, b"Subject: no marks\n\nx"))
    assert found is not None
    assert [one.message_id for one in found.reports] == ["1@east.example", "2@east.example"]
    assert [one.original_rcpt_to for one in found.reports] == [("reader@west.example",), ("other@west.example",)]


def test_without_microsofts_recipient_the_message_names_one() -> None:
    """The reporter's address field alone is mark enough."""
    found = _read(_mail(INNER.replace(b"X-HmXmrOriginalRecipient: reader@west.example\n", b"")))
    assert found is not None
    assert found.reports[0].original_rcpt_to == ("somebody@west.example",)
    assert found.reports[0].provenance["original_rcpt_to"] == "original:to"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"From: staff@hotmail.example\nSubject: complaint about message from 192.0.2.7\n\nno message",
        _mail(b"Subject: x\n\ny"),
        _mail(INNER, kind=b"multipart/alternative"),
        _mail(b"Subject: a body that quotes\n\n" + INNER),
        INNER,
    ],
)
def test_what_lacks_the_marks_is_left_to_others(data: bytes) -> None:
    """Marks count on top of an attached message only."""
    assert _read(data) is None


@pytest.mark.parametrize("seed", range(5))
def test_generated_reports_in_the_old_form_are_read_right(seed: int) -> None:
    """By the whole reader, which has to get past stricter forms first."""
    data, truth = make(Random(seed), "old-microsoft", 3000)  # noqa: S311 - a sample, no secret
    found = reading.read(data)
    assert found.kind is Kind.JMRP
    (one,) = found.reports
    assert (one.source_ip, one.original_rcpt_to, one.message_id) == (
        truth.source_ip,
        (truth.recipient,),
        truth.message_id,
    )
