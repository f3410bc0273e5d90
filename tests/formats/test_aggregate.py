"""DMARC aggregate and SMTP TLS reports are named, and nothing more."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import aggregate
from comity.model.feedback import Kind, Reading

_DMARC = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- ours -->\n<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">'
    b"<report_metadata><org_name>West &amp; Mail</org_name><email>d@west.example</email><report_id>17</report_id>"
    b"</report_metadata><record><row><source_ip>192.0.2.7</source_ip></row></record></feedback>"
)
_TLS = b'{"organization-name": "West Mail", "date-range": {}, "report-id": "18", "policies": []}'


def zipped(data: bytes) -> bytes:
    """In a zip, as many send it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("west.example!east.example!1!2.xml", data)
    return out.getvalue()


def said(reading: Reading | None) -> tuple[str | None, str | None]:
    """Who reports, and under which number."""
    assert reading is not None
    assert (reading.kind, reading.reports) == (Kind.AGGREGATE, ())
    (note,) = reading.findings
    return note.detail, note.where


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_a_dmarc_aggregate_report_is_named(pack) -> None:  # type: ignore[no-untyped-def]
    """Bare or packed; the addresses in it are no reports."""
    assert said(aggregate.read(pack(_DMARC))) == ("West & Mail", "17")


def test_a_tls_report_is_named() -> None:
    """By its fields."""
    assert said(aggregate.read(gzip.compress(_TLS), "west.example.json.gz")) == ("West Mail", "18")


def test_utf_16_is_read() -> None:
    """XML may be written in it."""
    assert said(aggregate.read(_DMARC.decode().encode("utf-16"))) == ("West & Mail", "17")


def test_an_entity_is_never_expanded() -> None:
    """The text is searched, not parsed: a billion laughs stay one word."""
    bomb = b"<!DOCTYPE f [" + b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (n, n - 1, n - 1) for n in range(1, 40)) + b"]>"
    assert said(aggregate.read(bomb + _DMARC.replace(b"West &amp; Mail", b"&a39;")))[0] == "&a39;"


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"<feedback>good</feedback>", b"{}", b'{"policies": 1}', b"ip,time", b"see <feedback>"]
)
def test_other_content_is_not_named(data: bytes) -> None:
    """Some shops ask for feedback."""
    assert aggregate.read(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Nothing is raised."""
    for head in (b"", b"<feedback><report_metadata>", b'{"policies":'):
        aggregate.read(head + data)


def test_every_published_sample_is_named(real_data: Path) -> None:
    """Where they are at hand."""
    folder = real_data / "feedback-reports" / "parsedmarc" / "samples"
    files = [path for name in ("aggregate", "smtp_tls") for path in (folder / name).glob("*") if path.suffix != ".eml"]
    assert len(files) > 10
    assert [path.name for path in files if aggregate.read(path.read_bytes(), path.name) is None] == []
