"""XARF in a mail: as JSON in whatever envelope, and as X-ARF with its text of keys and values."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dialects import xarf_mail
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import Kind, Reading

_DOCUMENT = {
    "xarf_version": "4.2.0",
    "report_id": "3f0f8c5e-2b50-4a57-9d3e-0f6f1f0b7a11",
    "timestamp": "2026-03-01T08:00:00Z",
    "reporter": {"org": "West Mail", "contact": "abuse@west.example", "domain": "west.example"},
    "sender": {"org": "West Mail", "contact": "abuse@west.example", "domain": "west.example"},
    "source_identifier": "192.0.2.7",
    "category": "infrastructure",
    "type": "botnet",
    "compromise_evidence": "connection to a sinkhole",
}
_HEAD = (
    b"From: Abuse Desk <abuse@west.example>\r\nMessage-ID: <m1@west.example>\r\nSubject: report\r\n"
    b"Date: Sun, 01 Mar 2026 08:05:00 +0000\r\nMIME-Version: 1.0\r\n"
)


def mail(*parts: bytes, kind: bytes = b"multipart/mixed", extra: bytes = b"") -> bytes:
    """A mail of these parts."""
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return _HEAD + extra + b"Content-Type: " + kind + b"; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def part(kind: str, content: bytes, *, encode: bool = False, name: str | None = None) -> bytes:
    """One part."""
    head = f"Content-Type: {kind}\r\n"
    if name:
        head += f'Content-Disposition: attachment; filename="{name}"\r\n'
    if encode:
        return (head + "Content-Transfer-Encoding: base64\r\n\r\n").encode() + b64encode(content)
    return head.encode() + b"\r\n" + content


def read(data: bytes) -> Reading | None:
    """Read as the reader of all mail does."""
    return xarf_mail.read(scan(data), Context())


_HUMAN = part("text/plain", b"a report is attached")
_FEEDBACK = part("message/feedback-report", b"Feedback-Type: xarf\r\nUser-Agent: x/1\r\nVersion: 1\r\n")
_JSON = json.dumps(_DOCUMENT).encode()


@pytest.mark.parametrize(
    "data",
    [
        mail(_HUMAN, _FEEDBACK, part("application/json", _JSON), kind=b"multipart/report; report-type=feedback-report"),
        mail(_HUMAN, _FEEDBACK, part("application/json", _JSON, encode=True), kind=b"multipart/report"),
        mail(_HUMAN, part("application/octet-stream", _JSON, encode=True, name="xarf.json")),
        mail(_HUMAN, part("text/plain", _JSON)),
        _HEAD + b"Content-Type: application/json\r\n\r\n" + _JSON,
        _HEAD + b"\r\n" + _JSON,
    ],
    ids=["ARF envelope", "base64", "attachment", "as text", "alone", "as the mail's text"],
)
def test_the_document_is_found_in_whatever_envelope(data: bytes) -> None:
    """Told by what it holds; the mail's own facts come along."""
    reading = read(data)
    assert reading is not None
    assert (reading.kind, reading.why, reading.carried_from) == (Kind.XARF, "why.xarf-v4", "abuse@west.example")
    assert [(report.source_ip, report.reported_class) for report in reading.reports] == [
        ("192.0.2.7", "infrastructure/botnet")
    ]


def test_a_refused_document_names_its_field() -> None:
    """It is XARF all the same."""
    reading = read(mail(_HUMAN, part("application/json", json.dumps(_DOCUMENT | {"type": None}).encode())))
    assert reading is not None
    assert (reading.kind, reading.reports) == (Kind.XARF, ())
    assert ("xarf-field-invalid", "type") in [(note.code, note.where) for note in reading.findings]


def test_a_document_that_breaks_off_is_told() -> None:
    """It was meant to be XARF; it must not pass for ordinary mail."""
    reading = read(mail(_HUMAN, part("application/json", _JSON[:200])))
    assert reading is not None
    assert (reading.kind, reading.why, reading.reports) == (Kind.XARF, "why.xarf-damaged", ())
    assert [note.code for note in reading.findings] == ["json-malformed"]


def test_a_document_inside_an_attached_message_is_not_this_mails() -> None:
    """Somebody who forwards a report reports nothing."""
    inner = mail(_HUMAN, part("application/json", _JSON))
    assert read(_HEAD + b"Content-Type: message/rfc822\r\n\r\n" + inner) is None


_KEYS = (
    b"---\r\nReported-From: abuse@west.example\r\nCategory: abuse\r\nReport-Type: login-attack\r\nVersion: 0.2\r\n"
    b"User-Agent: sensor\r\nDate: Sun, 01 Mar 2026 08:00:00 +0000\r\nSource-Type: ipv4\r\nSource: 192.0.2.7\r\n"
    b"Report-ID: 17@west.example\r\n"
)


@pytest.mark.parametrize(
    "data",
    [
        mail(_HUMAN, part("text/plain", _KEYS, name="report.txt"), extra=b"X-XARF: PLAIN\r\n"),
        mail(_HUMAN, part("text/plain", _KEYS, name="report.txt")),
        mail(_HUMAN, part("text/plain", _KEYS, encode=True), extra=b"X-ARF: YES\r\n"),
    ],
    ids=["by both", "by its name", "by the mark"],
)
def test_the_old_form_is_read(data: bytes) -> None:
    """A part of keys and values, named so or in a mail that says so."""
    reading = read(data)
    assert reading is not None
    (report,) = reading.reports
    assert (reading.kind, reading.why, report.source_ip) == (Kind.XARF, "why.x-arf", "192.0.2.7")


def test_the_message_beside_the_old_form_is_the_evidence() -> None:
    """Byte for byte."""
    original = b"Message-ID: <cheap@east.example>\r\nSubject: x\r\n\r\nbuy"
    reading = read(mail(_HUMAN, part("text/plain", _KEYS, name="report.txt"), part("message/rfc822", original)))
    assert reading is not None
    assert (reading.reports[0].original, reading.reports[0].message_id) == (original, "cheap@east.example")


@pytest.mark.parametrize(
    ("sentence", "address"),
    [
        (b"You are the upstream provider for this website, located at IP address 192.0.2.9.", "192.0.2.9"),
        (
            b"The page is at IP address 192.0.2.9. A trace:\r\n1 gw.west.example (198.51.100.1)\r\n2 192.0.2.9 (192.0.2.9)",
            "192.0.2.9",
        ),
        (b"The page is at IP address 192.0.2.9, later at IP address 198.51.100.7.", None),
    ],
    ids=["one", "beside a trace", "two"],
)
def test_the_address_of_a_site_is_stated_in_a_sentence(sentence: bytes, address: str | None) -> None:
    """Behind the word "IP"; the hops of a trace are none, and of two neither is taken."""
    keys = _KEYS.replace(b"Source-Type: ipv4\r\nSource: 192.0.2.7", b"Source-Type: uri\r\nSource: http://bad.example/x")
    reading = read(mail(part("text/plain", sentence), part("text/plain", keys, name="report.txt")))
    assert reading is not None
    assert reading.reports[0].source_ip == address


def test_the_address_of_a_site_is_taken_from_the_text_if_there_is_only_one() -> None:
    """In brackets behind the link, as takedown services write it."""
    keys = _KEYS.replace(b"Source-Type: ipv4\r\nSource: 192.0.2.7", b"Source-Type: uri\r\nSource: http://bad.example/x")
    human = part("text/plain", b"please look at http://bad.example/x [192.0.2.9] soon")
    reading = read(mail(human, part("text/plain", keys, name="report.txt")))
    assert reading is not None
    assert (reading.reports[0].source_ip, reading.reports[0].source_ip_from) == ("192.0.2.9", "text")
    two = part("text/plain", b"http://bad.example/x [192.0.2.9]\nhttp://bad.example/y [192.0.2.10]")
    reading = read(mail(two, part("text/plain", keys, name="report.txt")))
    assert reading is not None
    assert reading.reports[0].source_ip is None


def test_an_encrypted_report_is_named_as_one() -> None:
    """Nobody here can read it, and it is not lost."""
    reading = read(
        mail(part("application/pgp-encrypted", b"Version: 1"), kind=b"multipart/encrypted", extra=b"X-XARF: SECURE\r\n")
    )
    assert reading is not None
    assert (reading.kind, [note.code for note in reading.findings]) == (Kind.XARF, ["xarf-encrypted"])


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: hello\r\n\r\nhello",
        mail(_HUMAN),
        mail(_HUMAN, part("application/json", b'{"hello": 1}')),
        mail(_HUMAN, part("text/plain", b"Source: hearsay\r\n", name="report.txt")),
    ],
)
def test_other_mail_is_left_to_others(data: bytes) -> None:
    """No guess is made."""
    assert read(data) is None


@given(st.binary(max_size=200))
def test_any_content_is_answered(noise: bytes) -> None:
    """Nothing is raised."""
    read(
        mail(
            _HUMAN,
            b"Content-Type: application/json\r\n\r\n" + noise,
            part("text/plain", _KEYS + noise, name="report.txt"),
        )
    )
