"""Read a complaint into which the reported mail was pasted: by a mail program's "forward", or as raw header fields.

Trust:      a person may have changed every line; a forward without raw fields names no source address.
Standards:  RFC 5322; the forms of the mail programs are in ``pasted``.
Answers:    ``read(message, context)``: a Reading of kind INLINE_FORWARD, None where nothing is pasted or it is but a quoted reply.
Limits:     the first pasted header counts; 200,000 characters.
"""

import re
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from comity.formats import arf
from comity.formats.clues import complaint, desk, times
from comity.formats.clues.automatic import ANSWERED, is_bulk
from comity.formats.clues.levelled import level
from comity.formats.clues.suggestions import suggest
from comity.formats.dialects import pasted
from comity.formats.dialects.context import Context
from comity.formats.dialects.pasted import Block
from comity.formats.dialects.reported_message import report_of
from comity.formats.mime import Part, addresses, first_address, parse_date, scan
from comity.formats.plain_text import read_text
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

_MANY_WORDS: Final = 3


def read(message: Part, context: Context) -> Reading | None:
    """Read one forward."""
    shown = read_text(message)
    text = shown.text
    block = pasted.raw_block(text) if "eceived" in text or "ECEIVED" in text else None
    if block is None:
        block = pasted.label_block(text)
        if block is None or not _is_handed_on(message, block, text):
            return None
    elif not _is_complaint(message, text, block):
        return None
    said = f"{message.headers.decoded('subject') or ''}\n{text[: block.start]}"
    feedback_type = "not-spam" if complaint.takes_back(said) else "abuse"
    made = _from_raw if block.raw else _from_labels
    one, notes = made(message, block, context, feedback_type=feedback_type)
    clues = suggest(level(text[: block.start]), context.now, desk.own_mailboxes(message.headers))
    if shown.cut:
        notes = (*notes, finding("text-limit"))
    why = "why.pasted-header" if block.raw else "why.pasted-labels"
    return arf.carried(message, Kind.INLINE_FORWARD, why, (replace(one, suggestions=clues),), notes)


def _is_handed_on(message: Part, block: Block, text: str) -> bool:
    """A mail program writes the same labels above the mail it answers: only a forward, or a complaint, is meant here."""
    subject = message.headers.decoded("subject") or ""
    weight = complaint.weigh(f"{subject}\n{text[: block.start]}")
    forwarded = block.forwarded or bool(pasted.FORWARDED.match(subject))
    if desk.is_addressed(message.headers):
        return forwarded or weight.total > 0 or not (ANSWERED.match(subject) or is_bulk(message.headers))
    if is_bulk(message.headers):  # lists pass on what was passed on to them
        return forwarded and weight.points_at_reader
    return forwarded or (weight.points_at_reader and weight.total >= _MANY_WORDS)


def _is_complaint(message: Part, text: str, block: Block) -> bool:
    """Raw fields stand in discussions about mail, too: they count with a word of complaint, a forward, or a desk as recipient."""
    subject = message.headers.decoded("subject") or ""
    if desk.is_addressed(message.headers) or pasted.FORWARDED.match(subject):
        return True
    weight = complaint.weigh(f"{subject}\n{text[: block.start]}")
    return weight.points_at_reader and weight.total >= _MANY_WORDS


def _from_raw(
    message: Part, block: Block, context: Context, *, feedback_type: str
) -> tuple[FeedbackReport, tuple[Finding, ...]]:
    inner = scan(block.raw or b"")
    reporter = first_address(message.headers.first("from") or "")
    one, notes = report_of(inner, context, feedback_type=feedback_type, reporter=reporter, headers_only=True)
    return replace(one, provenance=MappingProxyType({**one.provenance, "original": "pasted"})), notes


def _from_labels(
    message: Part, block: Block, context: Context, *, feedback_type: str
) -> tuple[FeedbackReport, tuple[Finding, ...]]:
    values = block.values
    author = addresses(_unlinked(values.get("from", ""))[:2000])
    recipients = addresses(_unlinked(values.get("to", ""))[:2000])
    sent = _moment(values.get("date", ""), context)
    provenance = {"feedback_type": "form", "header_from": "pasted", "subject": "pasted"}
    if sent is not None:
        provenance["arrival_date"] = "pasted:date"
    one = FeedbackReport(
        feedback_type=feedback_type,
        is_complaint=feedback_type != "not-spam",
        original_rcpt_to=(recipients[0].address,) if len(recipients) == 1 and "@" in recipients[0].address else (),
        arrival_date=sent,
        subject=values.get("subject", "")[:998] or None,
        header_from=author[0].address if author and "@" in author[0].address else None,
        reporter=first_address(message.headers.first("from") or ""),
        provenance=MappingProxyType(provenance),
    )
    return one, (finding("original-missing"), finding("address-unknown"))


def _moment(value: str, context: Context) -> datetime | None:
    """The date as the mail program wrote it; without a zone it is nobody's moment."""
    found = times.find(level(value[:200]).text, context.now)
    if found:
        return found[0].moment
    return parse_date(value) if _ZONED.search(value) else None


_ZONED: Final = re.compile(r"[+-]\d{4}\b|\bGMT\b|\bUTC\b")
_LINK: Final = re.compile(r"[<\[(]mailto:([^\s<>\])]{1,320})[>\])]", re.IGNORECASE)


def _unlinked(value: str) -> str:
    """Outlook writes "[mailto:w@west.example]", QQ ends with a semicolon."""
    return _LINK.sub(r"<\1>", value).replace("；", ";").strip().rstrip(";")
