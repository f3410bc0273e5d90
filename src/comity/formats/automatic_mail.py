"""Write a plain mail that a program sends: an answer to our own people, a notice to a customer.

Standards:  RFC 3834 (Auto-Submitted: auto-replied or auto-generated; nothing of what is answered is repeated), RFC 2046
            (text/plain), section 5.1.4 (multipart/alternative) where there is HTML too, 5.1.3 (multipart/mixed) where
            files go along.
Answers:    ``write(mail)`` gives bytes; addresses and ids are checked, a malformed one raises ValueError.
Limits:     the envelope address of an answer is the null one (RFC 3834 section 3.3), which whoever sends it sees to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from comity.formats import header_text
from comity.formats.addressed_mail import AddressedMail, coded
from comity.formats.letter_files import Attachment, disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticMail(AddressedMail):
    """One mail; ``is_answer``: to a mail that somebody wrote."""

    reply_to: str | None = None
    is_answer: bool = True
    is_personal: bool = False  # a person wrote it: whoever gets it may answer as he answers people
    html: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()


def write(answer: AutomaticMail) -> bytes:
    """The mail."""
    head = answer.head(() if answer.is_personal else _automatic(answer), answer.reply_to)
    if not answer.attachments:
        return head + _body(answer)
    parts = (_body(answer), *map(_attached, answer.attachments))
    return head + _multipart("mixed", answer, parts)


def _body(answer: AutomaticMail) -> bytes:
    """The text, and HTML beside it."""
    if answer.html is None:
        return _part("plain", answer.text)
    return _multipart("alternative", answer, (_part("plain", answer.text), _part("html", answer.html)))


def _multipart(subtype: str, answer: AutomaticMail, parts: Sequence[bytes]) -> bytes:
    said = f"{subtype if subtype == 'mixed' else ''}{answer.message_id}{answer.text}{answer.html}"
    mark = blake2b(said.encode(), digest_size=16).hexdigest()
    field = f'Content-Type: multipart/{subtype}; boundary="{mark}"\r\n\r\n'
    inner = b"".join(f"--{mark}\r\n".encode("ascii") + part for part in parts)
    return field.encode("ascii") + inner + f"--{mark}--\r\n".encode("ascii")


def _attached(each: Attachment) -> bytes:
    named = header_text.field("Content-Disposition", disposition(each.name))
    if named is None:
        raise ValueError("an attachment needs a name that mail can carry")
    charset = "; charset=utf-8" if each.media_type.startswith("text/") else ""
    head = f"Content-Type: {each.media_type}{charset}\r\n".encode("ascii") + named
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + coded(each.data)


def _automatic(answer: AutomaticMail) -> tuple[tuple[str, str], ...]:
    said = "auto-replied" if answer.is_answer else "auto-generated"
    return ("Auto-Submitted", said), ("X-Auto-Response-Suppress", "All")


def _part(subtype: str, text: str) -> bytes:
    """One text in base64, with the fields that say so: no line of it can look like a boundary."""
    fields = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return fields.encode("ascii") + coded(text.replace("\n", "\r\n").encode())
