"""Tables in a mail, as they are or packed."""

import gzip
import io
import zipfile
from base64 import b64encode

import pytest

from comity.formats.dialects import table_mail
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import Kind, Reading

_CSV = b'"timestamp","ip","port","asn","geo"\n"2026-03-01 08:00:00","192.0.2.7",3389,64500,"CN"\n'
_NAME = "2026-03-01-scan_rdp-east-asn.csv"


def zipped(*files: tuple[str, bytes]) -> bytes:
    """A zip with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def mail(*files: tuple[str, str, bytes]) -> bytes:
    """A mail with these attachments: (type, name, content)."""
    parts = [b"--b\r\nContent-Type: text/plain\r\n\r\nsee the table\r\n"]
    for kind, name, data in files:
        head = f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        parts.append(head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + b64encode(data) + b"\r\n")
    head = b"From: feeds@west.example\r\nSubject: your table\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"".join(parts) + b"--b--\r\n"


def read(data: bytes) -> Reading | None:
    """Read as the reader of all mail does."""
    return table_mail.read(scan(data), Context())


@pytest.mark.parametrize(
    "file",
    [
        ("text/csv", _NAME, _CSV),
        ("application/octet-stream", _NAME, _CSV),
        ("application/octet-stream", f"{_NAME}.zip", zipped((_NAME, _CSV))),
        ("application/zip", "x.bin", zipped((_NAME, _CSV))),
        ("application/gzip", f"{_NAME}.gz", gzip.compress(_CSV)),
    ],
)
def test_a_table_is_found_packed_or_not(file: tuple[str, str, bytes]) -> None:
    """The type of the report is told by the name of the file inside."""
    reading = read(mail(file))
    assert reading is not None
    assert (reading.kind, reading.why, reading.carried_from) == (
        Kind.TABLE,
        "why.table-shadowserver",
        "feeds@west.example",
    )
    assert [(report.source_ip, report.reported_class) for report in reading.reports] == [
        ("192.0.2.7", "vulnerable/scan_rdp")
    ]


def test_several_tables_are_read_together() -> None:
    """Every row of every one."""
    other = _CSV.replace(b"192.0.2.7", b"192.0.2.8")
    reading = read(
        mail(
            ("text/csv", "a.csv", _CSV),
            ("application/zip", "b.zip", zipped(("b.csv", other), ("readme.txt", b"hello"))),
        )
    )
    assert reading is not None
    assert [report.source_ip for report in reading.reports] == ["192.0.2.7", "192.0.2.8"]


def test_a_sighting_that_is_told_twice_counts_once() -> None:
    """The table that states its time zone is believed; the other one told the same in local time."""
    vague = (
        b"src_ip,src_port,event_date,event_time\n192.0.2.7,3389,2026-03-01,09:00:00\n192.0.2.9,1,2026-03-01,09:00:00\n"
    )
    reading = read(mail(("text/csv", "ours.csv", vague), ("text/csv", _NAME, _CSV)))
    assert reading is not None
    assert [(report.source_ip, report.reporter) for report in reading.reports] == [
        ("192.0.2.9", None),
        ("192.0.2.7", "shadowserver"),
    ]
    assert [note.detail for note in reading.findings if note.code == "table-row-repeated"] == ["1"]


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\r\n\r\nip,time\r\n192.0.2.7,1772352000\r\n",
        mail(),
        mail(("text/csv", "prices.csv", b"name,price\nrice,3\n")),
        mail(("application/zip", "x.zip", b"PK\x03\x04 broken")),
        mail(("image/png", "x.png", b"\x89PNG")),
    ],
)
def test_other_mail_is_left_to_others(data: bytes) -> None:
    """No guess is made."""
    assert read(data) is None
