"""Write a plain mail that a program sends: an answer to our own people, a notice to a customer.

Standards:  RFC 3834 (Auto-Submitted: auto-replied or auto-generated; nothing of what is answered is repeated), RFC 2046
            (text/plain).
Answers:    ``write(mail)`` gives bytes; addresses and ids are checked, a malformed one raises ValueError.
Limits:     the envelope address of an answer is the null one (RFC 3834 section 3.3), which whoever sends it sees to.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime

from comity.formats import header_text
from comity.formats.arf_writer import date_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticMail:
    """One mail; ``is_answer``: to a mail that somebody wrote."""

    header_from: str
    organisation: str
    to: str
    subject: str
    written: datetime
    message_id: str
    in_reply_to: str | None = None
    reply_to: str | None = None
    is_answer: bool = True
    text: str = field(repr=False)


def write(answer: AutomaticMail) -> bytes:
    """The mail."""
    ours, to = header_text.address(answer.header_from), header_text.address(answer.to)
    message_id = header_text.message_id(answer.message_id)
    if ours is None or to is None or message_id is None:
        raise ValueError("an answer needs an address to come from, one to go to, and an id")
    reply_to = None if answer.reply_to is None else header_text.address(answer.reply_to)
    answered = None if answer.in_reply_to is None else header_text.message_id(answer.in_reply_to)
    fields = [
        ("From", f"{header_text.phrase(answer.organisation)} <{ours}>"),
        *([("Reply-To", f"<{reply_to}>")] if reply_to else []),
        ("To", f"<{to}>"),
        ("Subject", header_text.words(answer.subject)),
        ("Date", date_text(answer.written)),
        ("Message-ID", f"<{message_id}>"),
        *([("In-Reply-To", f"<{answered}>"), ("References", f"<{answered}>")] if answered else []),
        ("Auto-Submitted", "auto-replied" if answer.is_answer else "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = b"".join(filter(None, (header_text.field(name, value) for name, value in fields)))
    coded = b64encode(answer.text.replace("\n", "\r\n").encode())
    return head + b"\r\n" + b"".join(coded[at : at + 76] + b"\r\n" for at in range(0, len(coded), 76))
