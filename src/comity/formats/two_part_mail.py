"""Write the mail that says one thing twice: as text for people, and as one part for programs.

Trust:      our own values; a subject or a name may be a stranger's and stays in its field.
Standards:  RFC 2046 section 5.1.3 (multipart/mixed), RFC 3834 (Auto-Submitted); both parts base64: bytes arrive as they are.
Answers:    ``TwoPartMail.with_part(part, automatic, more)`` gives bytes.
Limits:     a malformed address or id of ours raises ValueError.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from comity.formats.addressed_mail import AddressedMail, coded


@dataclass(frozen=True, slots=True)
class MailPart:
    """The type of a part, with parameters, and its bytes."""

    kind: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPartMail(AddressedMail):
    """What people read of it is its first part."""

    def with_part(self, part: MailPart, automatic: str, more: Sequence[tuple[str, str]] = ()) -> bytes:
        """The mail with that part, the value of its Auto-Submitted, and more fields."""
        boundary = "=_" + sha256(part.content + self.text.encode()).hexdigest()[:32]
        head = self.head((("Auto-Submitted", automatic), *more))
        head += f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
        people = MailPart("text/plain; charset=utf-8", self.text.replace("\n", "\r\n").encode())
        return head + _part(boundary, people) + _part(boundary, part) + f"--{boundary}--\r\n".encode()


def _part(boundary: str, part: MailPart) -> bytes:
    head = f"--{boundary}\r\nContent-Type: {part.kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + (coded(part.content) or b"\r\n")
