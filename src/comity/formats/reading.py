"""Read one item of an abuse mailbox: whatever it is, it is named, and what it reports is given in one form.

Trust:      input is a stranger's bytes; output is safe to store, not to print unescaped.
Answers:    ``read(data)``: a ``Reading``; nothing is raised, nothing is left out without a word.
Limits:     a reader is chosen by the shape of the content, never by who sent it; the first one that knows it answers.
            Of an archive a hundred files are read.

The order of ``DIALECTS`` is from the strictest mark to the loosest: a machine's report before a person's prose.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from comity.formats import aggregate, archives, arf, head_mail, outcome, tables, xarf
from comity.formats.dialects import (
    aggregate_mail,
    auto_reply,
    bounce,
    forward,
    inline_forward,
    jmrp,
    newsletter,
    notices,
    prose,
    table_mail,
    unsubscribe,
    verification,
    xarf_mail,
)
from comity.formats.dialects.context import Context
from comity.formats.mime import Part, scan
from comity.model.feedback import Kind, Reading
from comity.model.findings import Finding

Reader = Callable[[Part, Context], Reading | None]

DIALECTS: Final[tuple[tuple[str, Reader], ...]] = (
    ("arf", arf.read_message),
    ("xarf", xarf_mail.read),
    ("outcome", outcome.read_message),
    ("ledger-head", head_mail.read_message),
    ("arf", arf.read_envelope),
    ("jmrp", jmrp.read),
    ("unsubscribe", unsubscribe.read),
    ("aggregate", aggregate_mail.read),
    ("table", table_mail.read),
    ("bounce", bounce.read),
    ("auto-reply", auto_reply.read),
    ("verification", verification.read),
    ("notice", notices.read),
    ("forward", forward.read),
    ("inline-forward", inline_forward.read),
    ("newsletter", newsletter.read),
    ("prose", prose.read),
)
_DEFAULT: Final = Context()
_NOTHING: Final[frozenset[str]] = frozenset()
_NO_HEADER: Final = "why.no-header"
_EMPTY: Final = Reading(kind=Kind.UNREADABLE, why="why.empty")
_MEMBERS: Final = 100
# A field, folded or not, and a second one; or a mailbox's "From " line.
_MAIL: Final = re.compile(rb"(?>[ \t]*\r?[\n\r])*+(?:>?From [^\n]*\n)?[A-Za-z][A-Za-z0-9-]*+[ \t]*+:")
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(
    data: bytes, context: Context = _DEFAULT, *, name: str | None = None, without: frozenset[str] = _NOTHING
) -> Reading:
    """Read one item; ``name`` is the file's, ``without`` names dialects to leave out, to see what the others make of it.

    >>> read(b"Subject: hello\\n\\nsee you").kind
    <Kind.MAIL: 'mail'>
    """
    if archives.kind(data) is not None:
        return _archive(data, context, name=name, without=without)
    return _single(data, context, name=name, without=without)


def _single(data: bytes, context: Context, *, name: str | None, without: frozenset[str]) -> Reading:
    if not data or data.isspace():
        return _EMPTY  # a mailbox may be a hundred thousand "From " lines, and seventeen readers would look at nothing each time
    looks_like_mail = _MAIL.match(data, 0, 1000) and not (name and name.lower().endswith((".csv", ".json", ".xml")))
    found = None if looks_like_mail else _file(data, name, without)
    return found or read_message(scan(data), context, without)


def read_message(message: Part, context: Context = _DEFAULT, without: frozenset[str] = _NOTHING) -> Reading:
    """Read a scanned mail."""
    for name, reader in DIALECTS:
        if name not in without:
            reading = reader(message, context)
            if reading is not None:
                return reading
    if not message.headers:
        return Reading(kind=Kind.UNREADABLE, why=_NO_HEADER, findings=message.findings)
    return arf.carried(message, Kind.MAIL, "why.mail", ())


def _file(data: bytes, name: str | None, without: frozenset[str]) -> Reading | None:
    """A document that is no mail: XARF, an aggregate report, a table."""
    found = None if "aggregate" in without else aggregate.read(data, name)
    if found is not None:
        return found
    start = data[:1000]
    for mark in _BYTE_ORDER_MARKS:
        start = start.removeprefix(mark)
    if start.lstrip(b"\x00 \t\r\n")[:1] in {b"{", b"["} and "xarf" not in without:
        document = xarf.read(data)
        if document.reports or document.findings:
            return document
    if "table" not in without:
        table = tables.read(data, name)
        # A heading alone is the feed of a day on which nothing was seen, and rows beside their columns are no mail either.
        is_named = name is not None and name.lower().endswith(".csv")
        if table.reports or is_named or (table.kind is Kind.TABLE and table.findings):
            return table
    return None


def _archive(data: bytes, context: Context, *, name: str | None, without: frozenset[str]) -> Reading:
    unpacked = archives.unpack(data, name)
    inside = [
        _single(member.data, context, name=member.name, without=without) for member in unpacked.members[:_MEMBERS]
    ]
    if not any(reading.kind is not Kind.UNREADABLE for reading in inside):
        return Reading(kind=Kind.UNREADABLE, why="why.archive-without-reports", findings=unpacked.findings)
    first = next((reading for reading in inside if reading.reports), inside[0])
    return Reading(
        kind=first.kind,
        why=first.why,
        reports=tuple(each for reading in inside for each in reading.reports),
        findings=(*unpacked.findings, *_findings(inside)),
    )


def _findings(readings: Iterable[Reading]) -> Iterable[Finding]:
    return (each for reading in readings for each in reading.findings)
