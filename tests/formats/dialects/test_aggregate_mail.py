"""Aggregate reports in a mail."""

import gzip
from base64 import b64encode

import pytest

from comity.formats.dialects import aggregate_mail
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import Kind

_DMARC = b"<feedback><report_metadata><org_name>west.example</org_name><report_id>17</report_id></report_metadata></feedback>"
_TLS = b'{"organization-name": "West", "date-range": {}, "report-id": "18", "policies": []}'


def mail(kind: str, name: str, data: bytes) -> bytes:
    """A mail that is nothing but the attachment, as many reporters send it."""
    head = (
        "From: dmarc@west.example\r\nSubject: Report Domain: east.example\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return head.encode() + b64encode(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (mail("application/gzip", "a.xml.gz", gzip.compress(_DMARC)), "why.dmarc-aggregate"),
        (mail("text/xml", "a.xml", _DMARC), "why.dmarc-aggregate"),
        (mail("application/tlsrpt+gzip", "a.json.gz", gzip.compress(_TLS)), "why.tls-report"),
        (mail("application/tlsrpt+json", "a.json", _TLS), "why.tls-report"),
    ],
)
def test_an_aggregate_report_is_named(data: bytes, why: str) -> None:
    """It is no feedback, and nobody has to look at it."""
    reading = aggregate_mail.read(scan(data), Context())
    assert reading is not None
    assert (reading.kind, reading.why, reading.reports, reading.carried_from) == (
        Kind.AGGREGATE,
        why,
        (),
        "dmarc@west.example",
    )


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\r\n\r\n<feedback>",
        mail("application/zip", "a.zip", b"PK\x03\x04"),
        mail("application/xml", "a.xml", b"<a/>"),
    ],
)
def test_other_mail_is_left_to_others(data: bytes) -> None:
    """No guess is made."""
    assert aggregate_mail.read(scan(data), Context()) is None
