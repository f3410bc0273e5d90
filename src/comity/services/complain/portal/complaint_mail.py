"""What a stranger writes in the form for abuse, as a mail that is read like any other.

Trust:      every word is the stranger's, and stands in the body, in base64; what becomes a header passes the writers of headers.
            The mailbox that he gave is believed as little as a From: line.
Standards:  RFC 5322, RFC 2045, RFC 2047.
Answers:    ``complaint_mail(said, reference, ...)`` gives the bytes; ``reference_of(chance)`` a reference to cite.
"""

from base64 import b32encode, b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from comity.formats import header_text
from comity.formats.arf_writer import date_text

_LINE: Final = 76


class Sort(StrEnum):
    """What it is about."""

    SPAM = "spam"
    FRAUD = "fraud"
    ATTACK = "attack"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained:
    """What was written."""

    sort: Sort
    about: str
    text: str
    mailbox: str
    language: str


def reference_of(chance: bytes) -> str:
    """What the complainer cites, of ten octets of chance.

    >>> reference_of(bytes(10))
    'W-AAAAAAAAAAAAAAAA'
    """
    return f"W-{b32encode(chance).decode()}"


def complaint_mail(said: Complained, reference: str, *, domain: str, to: str | None, at: datetime) -> bytes:
    """The mail: from whom he says he is, or from nobody.

    >>> from datetime import UTC
    >>> said = Complained(sort=Sort.SPAM, about="198.51.100.7", text="stop", mailbox="x\\r\\nBcc: a@b.example", language="en")
    >>> mail = complaint_mail(said, "W-A", domain="west.example", to=None, at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> b"Bcc" in mail, mail.partition(b"\\r\\n")[0]
    (False, b'From: <web-form@west.example>')
    """
    mailbox = header_text.address(said.mailbox) or f"web-form@{domain}"
    fields = (
        ("From", f"<{mailbox}>"),
        ("To", f"<{header_text.address(to or '') or f'abuse@{domain}'}>"),
        ("Subject", header_text.words(f"[{reference}] {said.sort.value} {said.about}".strip())),
        ("Date", date_text(at)),
        ("Message-ID", f"<{reference.lower()}.form@{domain}>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    )
    head = b"".join(filter(None, (header_text.field(name, value) for name, value in fields)))
    body = f"{said.about}\n\n{said.text}\n".replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    coded = b64encode(body.encode("utf-8", "replace"))
    return head + b"\r\n" + b"".join(coded[start : start + _LINE] + b"\r\n" for start in range(0, len(coded), _LINE))
