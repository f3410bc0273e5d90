"""How a mail of a program begins, and how its parts are coded.

Trust:      our own values; a subject, a name or an id that is answered may be a stranger's, and stays in its field.
Standards:  RFC 5322 section 3.6, RFC 2045 section 6.8 (base64).
Answers:    ``AddressedMail.head(more)`` gives the fields up to those that say what follows; ``coded(data)`` lines of base64.
Limits:     a malformed address or id of ours raises ValueError; what is not well formed of others is left out.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from comity.formats import header_text
from comity.formats.arf_writer import date_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressedMail:
    """From whom to whom, about what, and what people read of it."""

    header_from: str
    organisation: str
    to: str
    subject: str
    written: datetime
    message_id: str
    in_reply_to: str | None = None  # Message-ID of what it answers
    text: str = field(repr=False)

    def head(self, more: Sequence[tuple[str, str]], reply_to: str | None = None) -> bytes:
        """The fields, with these more of them before MIME-Version."""
        ours, to = header_text.address(self.header_from), header_text.address(self.to)
        message_id = header_text.message_id(self.message_id)
        if ours is None or to is None or message_id is None:
            raise ValueError("a mail needs an address to come from, one to go to, and an id")
        answers_go_to = None if reply_to is None else header_text.address(reply_to)
        answered = None if self.in_reply_to is None else header_text.message_id(self.in_reply_to)
        fields = [
            ("From", f"{header_text.phrase(self.organisation)} <{ours}>"),
            *([("Reply-To", f"<{answers_go_to}>")] if answers_go_to else []),
            ("To", f"<{to}>"),
            ("Subject", header_text.words(self.subject)),
            ("Date", date_text(self.written)),
            ("Message-ID", f"<{message_id}>"),
            *([("In-Reply-To", f"<{answered}>"), ("References", f"<{answered}>")] if answered else []),
            *more,
            ("MIME-Version", "1.0"),
        ]
        return b"".join(filter(None, (header_text.field(name, value) for name, value in fields)))


def coded(data: bytes) -> bytes:
    """The bytes in base64, each line with its end.

    >>> coded(b"one"), coded(b"")
    (b'b25l\\r\\n', b'')
    """
    letters = b64encode(data)
    return b"".join(letters[at : at + 76] + b"\r\n" for at in range(0, len(letters), 76))
