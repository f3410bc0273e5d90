"""A mailbox provider asks to end a subscription: iCloud's "Unsubscribe" and its like.

Trust:      input is a stranger's bytes; the address to take off the list is that of the asking mail.
Standards:  RFC 2369 section 3.2 (List-Unsubscribe by mail); Apple's X-Apple-Unsubscribe (docs/quirks.md).
Answers:    ``read(message, context)``: a Reading of kind UNSUBSCRIBE, None where it is something else.
Limits:     told by Apple's field, or by a mail that says nothing but "unsubscribe".
"""

import re
from types import MappingProxyType
from typing import Final

from comity.formats import arf
from comity.formats.dialects.context import Context
from comity.formats.mime import Part, first_address
from comity.model.feedback import FeedbackReport, Kind, Reading

_SAYS: Final = re.compile(
    r"\s*(?:please\s+)?(?:unsubscribe(?:\s+me)?|opt[- ]?out|退订|取消订阅|請取消訂閱)[\s.!。]*", re.IGNORECASE
)
_SHORT: Final = 400


def read(message: Part, context: Context) -> Reading | None:
    """Read one request to unsubscribe."""
    marked = "x-apple-unsubscribe" in message.headers
    if not marked and not _bare_request(message):
        return None
    recipient = first_address(message.headers.first("from") or "")
    about = first_address(message.headers.first("to") or "")
    request = FeedbackReport(
        feedback_type="opt-out",
        is_complaint=marked,  # pressed beside "junk" in the mail program; a plain request complains of nothing
        original_rcpt_to=(recipient,) if recipient else (),
        report_id=about,  # the address the originator put into List-Unsubscribe: it names the subscription
        provenance=MappingProxyType({"feedback_type": "form", "original_rcpt_to": "carrier:from"}),
    )
    return arf.carried(message, Kind.UNSUBSCRIBE, "why.unsubscribe", (request,))


def _bare_request(message: Part) -> bool:
    subject = message.headers.decoded("subject") or ""
    if not _SAYS.fullmatch(subject) and subject.strip():
        return False
    part = message
    while part.content_type.startswith("multipart/") and part.children:
        part = part.children[0]
    if not part.content_type.startswith("text/") or part.end - part.body_start > _SHORT * 10:
        return False
    text = part.text().strip()
    if part.content_type == "text/html":
        text = re.sub(r"<[^<>]{0,500}>", " ", text).strip()
    if len(text) > _SHORT:
        return False
    return bool(_SAYS.fullmatch(text)) or (not text and bool(subject))
