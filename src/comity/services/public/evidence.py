"""One mail taken apart for people: every field and part, as it was written and as it was read, with each decoding between the two.

Trust:      input is a stranger's bytes, so this runs in a reader's process with bounds; what comes out is text to be escaped.
Standards:  RFC 5322, RFC 2045 to 2047, RFC 2231, by way of ``comity.formats.mime``, the one reader of mail.
Answers:    ``dissect(data)`` gives ``Dissected``; ``rendering(data, number)`` the HTML of one part,
            made harmless.
Limits:     300 parts, 150 fields of each, 600 in all; 20,000 signs of a text, 200,000 of all, 100 links of a part. What is left
            out is counted, and the bytes stay whole.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Final

from comity.formats.clues.names import find
from comity.formats.markup import text_of
from comity.formats.mime import Header, Headers, Part, decode_words, parameters, scan
from comity.formats.mime.charsets import decode_as
from comity.formats.quiet_markup import quiet
from comity.model.findings import Finding

PARTS: Final = 300
FIELDS: Final = 150
FIELDS_IN_ALL: Final = 600
TEXT: Final = 20_000
TEXT_IN_ALL: Final = 200_000
LINKS: Final = 100
_FIELD_LIMIT: Final = 2000
_LINK_LIMIT: Final = 1000
_TOLD_TEXTS: Final = (
    "text/",
    "message/feedback-report",
    "message/delivery-status",
    "application/json",
    "application/xml",
)
_CONTINUED: Final = re.compile(r";\s*[A-Za-z-]{1,40}\*")
_ATTRIBUTE: Final = re.compile(
    r"""\b(?:href|src|action|background)\s{0,5}=\s{0,5}(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s>"']{1,2000}))""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field: as it was written, as it was read where that differs, and what was undone between the two."""

    name: str
    raw: str
    read: str | None
    steps: tuple[str, ...]  # "folding", "encoded-words", "parameters", "bytes"
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part of the mail, the mail itself the first."""

    number: int
    depth: int
    content_type: str
    stated: str | None  # its Content-Type, as it was written
    is_message: bool
    is_container: bool  # its content is the parts that follow
    encoding: str
    damage: tuple[str, ...]  # findings about undoing it
    charset: str | None  # claimed
    codec: str | None  # used
    disposition: str | None
    filename: str | None
    written: int  # bytes as they came
    size: int  # bytes after decoding
    digest: str
    fields: tuple[Field, ...]
    more_fields: int
    text: str | None
    more_text: int  # signs left out
    is_markup: bool
    links: tuple[str, ...]
    more_links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissected:
    """A mail taken apart."""

    size: int
    digest: str
    pieces: tuple[Piece, ...]
    more_pieces: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The HTML of one part made harmless; None where it has none."""

    markup: str | None


def dissect(data: bytes) -> Dissected:
    """Take a mail apart.

    >>> mail = dissect(b"Subject: =?gb2312?B?zbbL3w==?=\\n\\nhello")
    >>> mail.pieces[0].fields[0].read, mail.pieces[0].fields[0].steps, mail.pieces[0].text
    ('\u6295\u8bc9', ('encoded-words',), 'hello')
    """
    root = scan(data)
    room = _Room()
    walk = root.walk()
    pieces = tuple(_piece(number, part, room) for number, part in enumerate(islice(walk, PARTS)))
    return Dissected(
        size=len(data),
        digest=sha256(data).hexdigest(),
        pieces=pieces,
        more_pieces=sum(1 for _ in walk),
        findings=root.findings,
    )


def rendering(data: bytes, number: int) -> Rendered:
    """The HTML of one part as it was laid out."""
    part = next(islice(scan(data).walk(), number, number + 1), None) if number < PARTS else None
    if part is None or part.content_type != "text/html" or part.children:
        return Rendered(markup=None)
    return Rendered(markup=quiet(part.text()))


class _Room:
    """What is left of the room for all parts."""

    def __init__(self) -> None:
        self.text, self.fields = TEXT_IN_ALL, FIELDS_IN_ALL

    def cut(self, text: str) -> tuple[str, int]:
        """As much of it as there is room for, and how many signs that leaves out."""
        kept = text[: min(TEXT, self.text)]
        self.text -= len(kept)
        return kept, len(text) - len(kept)


def _piece(number: int, part: Part, room: _Room) -> Piece:
    before = len(part.findings)
    content = part.body if part.children else part.content()
    text, codec, links = (None, None, []) if part.children else _read(part, content)
    fields, more_fields = _fields(part, room)
    shown, more_text = (None, 0) if text is None else room.cut(text)
    return Piece(
        number=number,
        depth=part.depth,
        content_type=part.content_type,
        stated=part.headers.first("content-type"),
        is_message=part.is_message,
        is_container=bool(part.children),
        encoding=part.encoding,
        damage=tuple(each.code for each in part.findings[before:]),
        charset=part.charset,
        codec=codec,
        disposition=part.disposition,
        filename=part.filename,
        written=part.end - part.body_start,
        size=len(content),
        digest=sha256(content).hexdigest(),
        fields=fields,
        more_fields=more_fields,
        text=shown,
        more_text=more_text,
        is_markup=part.content_type == "text/html" and not part.children,
        links=tuple(each[:_LINK_LIMIT] for each in links[:LINKS]),
        more_links=max(0, len(links) - LINKS),
    )


def _read(part: Part, content: bytes) -> tuple[str | None, str | None, list[str]]:
    """The text of a part that holds some, the codec, and the links in it; of markup the text between the tags."""
    if not part.content_type.startswith(_TOLD_TEXTS):
        return None, None, []
    text, codec, _ = decode_as(content, part.charset)
    part.text()  # what it remarks belongs to the mail's findings
    found = [each.value for each in find(text[:TEXT_IN_ALL]) if each.what == "url"]
    if part.content_type == "text/html":
        found = [next(filter(None, groups)).strip() for groups in _ATTRIBUTE.findall(text[:TEXT_IN_ALL])] + found
        text = text_of(text)
    return text, codec, list(dict.fromkeys(found))


def _fields(part: Part, room: _Room) -> tuple[tuple[Field, ...], int]:
    """The fields of a part in order, and how many are left out."""
    most = max(0, min(FIELDS, room.fields))
    seen: Counter[str] = Counter()
    items = part.headers.items()
    shown = list(islice(items, most))
    left = sum(1 for _ in items)
    headers = _only(shown) if left else part.headers
    fields = []
    for header in shown:
        name = header.name.lower()
        values = headers.each(name)
        place = seen[name]
        seen[name] += 1
        fields.append(_field(header.name, header.raw, values[place] if place < len(values) else None))
    room.fields -= len(fields)
    return tuple(fields), left


def _only(shown: Sequence[Header]) -> Headers:
    """Fields without those behind them, among which each look-up would search."""
    return scan(b"".join(b"%b:%b\n" % (each.name.encode("ascii"), each.raw) for each in shown)).headers


def _field(name: str, raw: bytes, unfolded: str | None) -> Field:
    written = raw.decode("utf-8", "backslashreplace").strip()
    if unfolded is None:
        return Field(name=name, raw=written[:_FIELD_LIMIT], read=None, steps=(), is_cut=len(written) > _FIELD_LIMIT)
    read = decode_words(unfolded)
    is_continued = name.lower().startswith("content-") and _CONTINUED.search(unfolded) is not None
    if is_continued:
        read = "; ".join((read.partition(";")[0], *(f"{key}={value}" for key, value in parameters(unfolded).items())))
    steps = [
        step
        for step, is_done in (
            ("folding", "\n" in written or "\r" in written),
            ("bytes", not raw.isascii()),
            ("encoded-words", "=?" in unfolded and decode_words(unfolded) != unfolded),
            ("parameters", is_continued),
        )
        if is_done
    ]
    return Field(
        name=name,
        raw=written[:_FIELD_LIMIT],
        read=None if read == written else read[:_FIELD_LIMIT],
        steps=tuple(steps),
        is_cut=len(written) > _FIELD_LIMIT,
    )
