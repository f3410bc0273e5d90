"""Write the mail that says one thing twice: as text for people, and as one part for programs.

Trust:      our own values; a subject or a name may be a stranger's and stays in its field.
Standards:  RFC 2046 section 5.1.3 (multipart/mixed), RFC 3834 (Auto-Submitted); both parts base64: bytes arrive as they are.
Answers:    ``TwoPartMail.with_part(part, automatic, more)`` gives bytes.
Limits:     a malformed address or id of ours raises ValueError.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from comity.formats import header_text
from comity.formats.arf_writer import date_text


@dataclass(frozen=True, slots=True)
class MailPart:
    """The type of a part, with parameters, and its bytes."""

    kind: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPartMail:
    """From whom to whom, and what people read of it."""

    header_from: str
    organisation: str
    to: str
    subject: str
    written: datetime
    message_id: str
    in_reply_to: str | None  # Message-ID of what it answers
    text: str

    def with_part(self, part: MailPart, automatic: str, more: Sequence[tuple[str, str]] = ()) -> bytes:
        """The mail with that part, the value of its Auto-Submitted, and more fields."""
        our_address, to = header_text.address(self.header_from), header_text.address(self.to)
        message_id = header_text.message_id(self.message_id)
        if our_address is None or to is None or message_id is None:
            raise ValueError("a mail needs an address to come from, one to go to, and an id")
        answered = None if self.in_reply_to is None else header_text.message_id(self.in_reply_to)
        boundary = "=_" + sha256(part.content + self.text.encode()).hexdigest()[:32]
        fields = [
            ("From", f"{header_text.phrase(self.organisation)} <{our_address}>"),
            ("To", f"<{to}>"),
            ("Subject", header_text.words(self.subject)),
            ("Date", date_text(self.written)),
            ("Message-ID", f"<{message_id}>"),
            *([("In-Reply-To", f"<{answered}>"), ("References", f"<{answered}>")] if answered else []),
            ("Auto-Submitted", automatic),
            *more,
            ("MIME-Version", "1.0"),
        ]
        head = b"".join(filter(None, (header_text.field(name, value) for name, value in fields)))
        head += f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
        people = MailPart("text/plain; charset=utf-8", self.text.replace("\n", "\r\n").encode())
        return head + _part(boundary, people) + _part(boundary, part) + f"--{boundary}--\r\n".encode()


def _part(boundary: str, part: MailPart) -> bytes:
    coded = b64encode(part.content)
    lines = b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    head = f"--{boundary}\r\nContent-Type: {part.kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + lines + b"\r\n"
