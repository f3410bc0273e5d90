"""Whether a message may be complained about at all.

Trust:      the message is a stranger's. Its marks can be forged, but a forged mark costs the forger only a complaint that is
            counted by name instead of sent; believing a loop would cost everybody.
Standards:  RFC 6522 (multipart/report), RFC 3834 (Auto-Submitted), RFC 3464 (delivery status), RFC 5965.
Answers:    ``refusal(message, provider)``: a reason of ``comity.model.decisions.REASONS`` or None.
Limits:     an automatic mail that is no answer (a newsletter, an alarm) may be spam and is reported; the body is not read.
"""

from typing import Final

from comity.formats.arf_writer import REPORT_ID_FIELD
from comity.formats.mime import Part, first_address
from comity.model.agreement import FeedbackProvider

_OWN_MARK: Final = REPORT_ID_FIELD.lower()
_BOUNCES: Final = frozenset({"delivery-status", "disposition-notification"})
_STATUS: Final = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/global-delivery-status"}
)
_ANSWERS: Final = ("x-autoreply", "x-autorespond", "x-autoresponse")


def refusal(message: Part, provider: FeedbackProvider) -> str | None:
    """Give the reason why nobody is told about this message, whoever is responsible for it.

    >>> from comity.formats.mime import scan
    >>> us = FeedbackProvider(domain="west.example", address="fbl@west.example", organisation="W", reporting_mta="mx.west.example")
    >>> refusal(scan(b"Auto-Submitted: auto-replied\\n\\nI am away"), us)
    'is-auto-reply'
    """
    headers = message.headers
    if not is_mail(message):
        return "unreadable"
    author = headers.first("from")
    if _OWN_MARK in headers or (author and (first_address(author) or "").lower() == provider.address.lower()):
        return "loop"
    return _reported(message) or _answered(message)


def is_mail(message: Part) -> bool:
    """Whether there is a mail at all: something with a header.

    >>> from comity.formats.mime import scan
    >>> is_mail(scan(b"Subject: x\\n\\n")), is_mail(scan(b""))
    (True, False)
    """
    return message.body_start != message.start


def _reported(message: Part) -> str | None:
    if message.content_type in {"message/feedback-report", *_STATUS}:
        return "is-report" if message.content_type == "message/feedback-report" else "is-bounce"
    if message.content_type != "multipart/report":
        return None
    report_type = message.params.get("report-type", "").lower()
    if report_type in _BOUNCES:
        return "is-bounce"
    if not report_type and any(part.content_type in _STATUS for part in message.children):
        return "is-bounce"
    return "is-report"


def _answered(message: Part) -> str | None:
    automatic = (message.headers.first("auto-submitted") or "").lower()
    precedence = (message.headers.first("precedence") or "").lower().replace("-", "_")
    if automatic.startswith("auto-replied") or precedence == "auto_reply":
        return "is-auto-reply"
    return "is-auto-reply" if any(name in message.headers for name in _ANSWERS) else None
