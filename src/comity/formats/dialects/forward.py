"""Read a complaint that carries the reported mail as an attachment, as China's 12321 centre asks of people.

Trust:      input is a stranger's bytes; that a person attached it says "spam", no more.
Standards:  RFC 2046 section 5.2.1 (message/rfc822).
Answers:    ``read(message, context)``: a Reading of kind FORWARD, one report for each attached mail; None where none is.
            ``attached(message)``: the mails themselves.
Limits:     50 attached mails, four levels of multipart. Outlook's own .msg and winmail.dat are named, not read.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from comity.formats import arf
from comity.formats.clues import complaint, desk
from comity.formats.dialects.context import Context
from comity.formats.dialects.pasted import FORWARDED
from comity.formats.dialects.reported_message import report_of
from comity.formats.mime import Part, first_address, scan
from comity.formats.plain_text import readable
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

_MOST: Final = 50
_PARTS: Final = 200
_ATTACHED: Final = frozenset({"message/rfc822", "message/global"})
_NAMES: Final = (".eml", ".mht", ".mhtml", ".mail", ".email", ".txt", ".msg")
_UNREADABLE_TYPES: Final = frozenset({"application/vnd.ms-outlook", "application/ms-tnef", "application/vnd.ms-tnef"})
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FIELDS: Final = re.compile(
    rb"(?:^|\n)(received|from|to|subject|date|message-id|return-path|dkim-signature|"
    rb"delivered-to|mime-version)[ \t]*:",
    re.IGNORECASE,
)
_FILTER_WRAPPER: Final = re.compile(
    r"original message before|spam detection software|this message was (?:wrapped|"
    r"quarantined)",
    re.IGNORECASE,
)


def read(message: Part, context: Context) -> Reading | None:
    """Read one forward."""
    kind = message.content_type
    if not kind.startswith("multipart/") and kind not in _ATTACHED and not message.filename:
        return None
    if kind == "multipart/digest" or _is_wrapped_by_filter(message) or "x-list-administrivia" in message.headers:
        return None
    notes: list[Finding] = []
    found = list(_attached(message, notes))
    if not found and not (notes and _is_meant(message)):
        return None
    feedback_type = "not-spam" if complaint.takes_back(_said(message)) else "abuse"
    reporter = first_address(message.headers.first("from") or "")
    reports: list[FeedbackReport] = []
    for inner in found[:_MOST]:
        bodiless = not inner.body[:1000].strip()
        one, remarks = report_of(inner, context, feedback_type=feedback_type, reporter=reporter, headers_only=bodiless)
        reports.append(one)
        notes.extend(remarks)
    if len(found) > _MOST:
        notes.append(finding("attachment-limit", None, str(len(found))))
    return arf.carried(
        message, Kind.FORWARD, "why.attached-mail" if found else "why.attached-unreadable", tuple(reports), notes
    )


def _is_meant(message: Part) -> bool:
    """Outlook attaches its own form to ordinary mail, too: it counts in a complaint, a forward, or at a desk for abuse."""
    subject = message.headers.decoded("subject") or ""
    return (
        bool(FORWARDED.match(subject))
        or desk.is_addressed(message.headers)
        or complaint.weigh(_said(message)).total > 0
    )


def _said(message: Part) -> str:
    """What the forwarding person wrote: subject and text, not the attachment."""
    return f"{message.headers.decoded('subject') or ''}\n{readable(message)[: complaint.TEXT]}"


def _is_wrapped_by_filter(message: Part) -> bool:
    """A spam filter on our own side may hand on what it caught as an attachment: spam to this mailbox, nobody's complaint."""
    if "x-spam-flag" not in message.headers and "x-spam-status" not in message.headers:
        return False
    return any(
        _FILTER_WRAPPER.search(part.headers.first("content-description") or "") for part in message.children[:10]
    ) or bool(_FILTER_WRAPPER.match(readable(message)[:200].lstrip()))


def attached(message: Part) -> tuple[Part, ...]:
    """The mails that are attached to a forward."""
    return tuple(islice(_attached(message, []), _MOST))


def _attached(message: Part, notes: list[Finding]) -> Iterator[Part]:
    """The mails attached, not those inside of them."""
    waiting, seen = [message], 0
    while waiting and seen < _PARTS:
        part = waiting.pop()
        seen += 1
        if part.content_type.startswith("multipart/"):
            waiting.extend(reversed(part.children[:_PARTS]))
        elif part.content_type in _ATTACHED:
            inner = part.children[0] if part.children else None
            if inner is not None and inner.body_start > inner.start:
                yield inner
            elif part.end > part.body_start:
                notes.append(finding("attachment-unreadable", part.filename, part.content_type))
        elif part is not message or part.filename:
            inner = _named(part, notes)
            if inner is not None:
                yield inner


def _named(part: Part, notes: list[Finding]) -> Part | None:
    """A file whose name says mail and whose content is one, whatever type its mail program gave it."""
    name = (part.filename or "").lower().rstrip(". ")
    if part.content_type in _UNREADABLE_TYPES or name == "winmail.dat":
        if part.content()[:8] == _OLE or name.endswith((".msg", ".dat")):
            notes.append(finding("attachment-unreadable", part.filename, part.content_type))
        return None
    if not name.endswith(_NAMES):
        return None
    data = part.content()
    if data[:8] == _OLE:
        notes.append(finding("attachment-unreadable", part.filename, part.content_type))
        return None
    if not _is_mail(data):
        return None
    return scan(data)


def _is_mail(data: bytes) -> bool:
    """Three different fields of a mail at the top of the data."""
    top = data[:20_000].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n \t\xef\xbb\xbf")
    if top.startswith((b"From ", b">From ")):
        top = top.partition(b"\n")[2]
    top = top.partition(b"\n\n")[0]
    return len({field.lower() for field in _FIELDS.findall(top)}) >= 3
