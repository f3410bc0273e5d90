"""Write the mail that says how to forward a mail as an attachment.

Standards:  RFC 3834 (Auto-Submitted: auto-replied; nothing of what is answered is repeated), RFC 2046 (text/plain).
Answers:    ``write(answer)`` gives bytes; addresses and ids are checked, a malformed one raises ValueError.
Limits:     the envelope address is the null one (RFC 3834 section 3.3), which whoever sends it sees to.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime

from comity.formats import header_text
from comity.formats.arf_writer import date_text


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToMail:
    """One answer."""

    header_from: str
    organisation: str
    to: str
    subject: str
    written: datetime
    message_id: str
    in_reply_to: str | None
    text: str = field(repr=False)


def write(answer: HowToMail) -> bytes:
    """The mail."""
    ours, to = header_text.address(answer.header_from), header_text.address(answer.to)
    message_id = header_text.message_id(answer.message_id)
    if ours is None or to is None or message_id is None:
        raise ValueError("an answer needs an address to come from, one to go to, and an id")
    answered = None if answer.in_reply_to is None else header_text.message_id(answer.in_reply_to)
    fields = [
        ("From", f"{header_text.phrase(answer.organisation)} <{ours}>"),
        ("To", f"<{to}>"),
        ("Subject", header_text.words(answer.subject)),
        ("Date", date_text(answer.written)),
        ("Message-ID", f"<{message_id}>"),
        *([("In-Reply-To", f"<{answered}>"), ("References", f"<{answered}>")] if answered else []),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = b"".join(filter(None, (header_text.field(name, value) for name, value in fields)))
    coded = b64encode(answer.text.replace("\n", "\r\n").encode())
    return head + b"\r\n" + b"".join(coded[at : at + 76] + b"\r\n" for at in range(0, len(coded), 76))
