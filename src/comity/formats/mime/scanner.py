"""The one reader of mail in the program: bytes in, structure out.

Trust:      input is a stranger's bytes; answers point into them and are safe to store, not to print unescaped.
Standards:  RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 6532; read tolerantly, as real mail is written.
Answers:    ``scan(data)`` gives the root ``Part``; nothing is raised, nothing is copied until it is asked for.
Limits:     10,000 parts, 100 levels, 1 MiB of header fields: beyond that a finding says so and the bytes stay whole.

Work is done when it is asked for: a report's readers never touch a reported body. Boundaries are searched with
``bytes.find``, header values in place. Line ends may be LF, CRLF or bare CR; offsets always are those of the input.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Final

from comity.formats.mime.charsets import decode as decode_text
from comity.formats.mime.content import USUAL, ContentFields, content_fields, usual_content_fields
from comity.formats.mime.header_block import BLOCK, NO_FIELD_STARTS_SO, beyond_garbage, first_field
from comity.formats.mime.headers import HEADER_LIMIT, Headers
from comity.formats.mime.multipart import guessed_delimiter, part_ranges
from comity.formats.mime.transfer import decode as decode_transfer
from comity.model.findings import Finding, finding

PART_LIMIT: Final = 10_000
DEPTH_LIMIT: Final = 100
_CR: Final = b"\r"[0]
_CR_AS_LF: Final = bytes.maketrans(b"\r", b"\n")  # of a million at once ten times as quick as to replace
_MESSAGE_TYPES: Final = frozenset(
    {"message/rfc822", "message/global", "message/news", "text/rfc822", "text/rfc822-headers", "text/rfc822-header"}
)
_IDENTITY: Final = frozenset({"", "7bit", "8bit", "binary"})
_QUICK: Final = 1 << 16  # bytes of one header block that are indexed, and ...
_QUICK_IN_ALL: Final = 1 << 18  # ... of all that are in one mail


class _Tally:
    """What all parts of one input count together: the caps and the findings so far."""

    __slots__ = ("indexed", "noted", "parts")

    def __init__(self) -> None:
        self.parts = 1
        self.indexed = 0  # bytes of header fields
        self.noted: dict[tuple[str, int], Finding] = {}  # by code and offset: each once

    def admits(self, offset: int, depth: int) -> bool:
        """Tell whether one more part may be taken, and count it; ``offset`` is that of what holds it."""
        if depth > DEPTH_LIMIT or self.parts >= PART_LIMIT:
            self.note("depth-limit" if depth > DEPTH_LIMIT else "part-limit", offset)
            return False
        self.parts += 1
        return True

    def note(self, code: str, offset: int, detail: str | None = None) -> None:
        if (code, offset) not in self.noted and len(self.noted) < 1000:
            self.noted[code, offset] = finding(code, f"byte {offset}", detail)


class _Input:
    """The bytes that parts point into: those of the mail, or those that came out of an encoded message in it.

    Old Macintosh files end lines with a bare CR: ``view`` has them made LF, byte by byte, so that offsets stay true.
    """

    __slots__ = ("data", "empty_line", "line_end", "tally", "view")

    def __init__(self, data: bytes, tally: _Tally) -> None:
        self.data = data
        first = data.find(b"\n")
        self.view = data.translate(_CR_AS_LF) if first < 0 and b"\r" in data else data
        # What it is if the mail keeps to its habit, and the length of a line end.
        self.empty_line, self.line_end = (b"\r\n\r\n", 2) if first > 0 and data[first - 1] == _CR else (b"\n\n", 1)
        self.tally = tally


class Part:
    """One part of a message, or the message itself: offsets into the input, everything else on demand; use ``scan``."""

    __slots__ = (
        "_begun", "_children", "_content", "_fields_end", "_headers", "_input", "_said",
        "body_start", "content_type", "depth", "encoding", "end", "is_message", "start",
    )  # fmt: skip

    _children: "tuple[Part, ...] | None"
    _begun: "tuple[list[Part], Iterator[Part]] | None"  # children found so far, and where the others come from
    _content: bytes | None
    _fields_end: int
    _headers: Headers | None
    _input: _Input
    _said: ContentFields
    start: int
    end: int
    body_start: int
    depth: int
    is_message: bool
    content_type: str  # the media type in lower case; the default where none is given, octet-stream for nonsense
    encoding: str  # the claimed Content-Transfer-Encoding in lower case, "" where none is claimed

    # -- the bytes

    @property
    def data(self) -> bytes:
        """The whole input that the offsets point into."""
        return self._input.data

    @property
    def raw(self) -> bytes:
        """The exact bytes of the part, header and body."""
        return self._input.data[self.start : self.end]

    @property
    def body(self) -> bytes:
        """The exact bytes of the body, still transfer-encoded."""
        return self._input.data[self.body_start : self.end]

    # -- the header

    @property
    def headers(self) -> Headers:
        """The header fields."""
        if self._headers is None:
            self._headers = Headers(self._input.data, self._input.view, start=self.start, end=self._fields_end)
        return self._headers

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters of Content-Type."""
        return self._said.params

    @property
    def charset(self) -> str | None:
        """The claimed charset."""
        return self.params.get("charset") or None

    @property
    def disposition(self) -> str | None:
        """Content-Disposition without its parameters, in lower case."""
        return self._said.disposition

    @property
    def filename(self) -> str | None:
        """The name the part is to be saved under, as a label only: never a path to open."""
        return self._said.filename

    # -- the content

    def content(self) -> bytes:
        """The body with its transfer encoding undone, as far as it can be."""
        if self._content is None:
            encoding = self.encoding
            if encoding in _IDENTITY:
                return self.body
            if self.content_type.startswith("multipart/"):
                return self.body  # RFC 2045 section 6.4: nothing but an identity encoding may stand there
            self._content, code = decode_transfer(self._input.view[self.body_start : self.end], encoding)
            if code:
                self._input.tally.note(code, self.body_start, encoding)
        return self._content

    def text(self) -> str:
        """The content as text in its claimed charset, or in the one it looks like."""
        text, code = decode_text(self.content(), self.charset)
        if code:
            self._input.tally.note(code, self.body_start, self.charset)
        return text

    @property
    def children(self) -> tuple["Part", ...]:
        """The parts of a multipart, or the one message that a message part holds."""
        if self._children is None:
            kind = self.content_type
            if kind.startswith("multipart/"):
                self._children = tuple(self._split() if self._begun is None else self.each_child())
            elif kind in _MESSAGE_TYPES:
                self._children = self._nested()
            else:
                self._children = ()
        return self._children

    def each_child(self) -> Iterator["Part"]:
        """The same, each part of a multipart found when it is asked for: who looks at a few does not pay for thousands."""
        if self._children is not None or not self.content_type.startswith("multipart/"):
            yield from self.children
            return
        found, others = self._begun = self._begun or ([], self._split())
        for number in count():
            if number == len(found):
                part = next(others, None)
                if part is None:
                    return
                found.append(part)
            yield found[number]

    def _nested(self) -> tuple["Part", ...]:
        """The message inside: in place, or decoded where somebody transfer-encoded it against RFC 2046 section 5.2.1."""
        tally, depth = self._input.tally, self.depth + 1
        if self.body_start >= self.end or not tally.admits(self.start, depth):
            return ()
        if self.encoding in _IDENTITY:
            return (_part(self._input, self.body_start, self.end, depth),)
        data = self.content()
        return (_part(_Input(data, tally), 0, len(data), depth),)

    def _split(self) -> Iterator["Part"]:
        source, depth = self._input, self.depth + 1
        delimiter = self._delimiter()
        if delimiter is None:
            return
        # RFC 2046 section 5.1.5
        default = "message/rfc822" if self.content_type == "multipart/digest" else "text/plain"
        tally, last, most = source.tally, self.end, PART_LIMIT if depth <= DEPTH_LIMIT else 0
        for start, end in part_ranges(source.view, delimiter, start=self.body_start, end=last):
            if end == last:  # no delimiter behind it
                tally.note("boundary-unclosed", self.start)
            if tally.parts >= most:
                tally.admits(self.start, depth)  # it says why not
                break
            tally.parts += 1
            yield _part(source, start, end, depth, False, default)

    def _delimiter(self) -> bytes | None:
        """The line end and the boundary that stand between the parts; a likely one where the named one is missing."""
        view = self._input.view
        boundary = self.params.get("boundary", "").rstrip()
        if boundary:
            delimiter = b"\n--" + boundary.encode("utf-8", "surrogateescape")
            if view.find(delimiter, self.body_start - 1, self.end) >= 0:
                return delimiter
        self._input.tally.note("boundary-missing" if boundary else "no-boundary", self.start)
        return guessed_delimiter(view, self.body_start, self.end)

    def remark(self, code: str, detail: str | None = None) -> None:
        """Note what a reader could not read of this part: it goes with the mail's findings, whichever reader answers."""
        self._input.tally.note(code, self.body_start, detail)

    # -- the whole tree

    def walk(self) -> Iterator["Part"]:
        """Every part, this one first, in the order of the bytes."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was remarked so far, in any part of this input that was looked at."""
        return tuple(self._input.tally.noted.values())

    def all_findings(self) -> tuple[Finding, ...]:
        """Look at every part, then give all findings."""
        for part in self.walk():
            if not part.children:
                part.content()
        return self.findings


_new: Final = object.__new__  # five times a report: a class that is called takes three times as long


def _part(  # noqa: PLR0917 - ten thousand times for one mail: names of arguments would cost more than the work
    source: _Input, start: int, end: int, depth: int = 0, is_message: bool = True, default: str = "text/plain"
) -> Part:
    """Find the header block of a part in ``source``."""
    view = source.view
    if is_message and start < end and view[start] in NO_FIELD_STARTS_SO:
        start = first_field(view, start, end)
    # Nearly every block ends with an empty line: to find that first and ask for the rest afterwards takes half the time.
    limit = start + _QUICK
    stop = view.find(source.empty_line, start, end if end < limit else limit)  # noqa: FURB136 - quicker
    headers = said = None
    body = 0
    if stop >= 0:
        line_end = source.line_end
        stop += line_end
        body = stop + line_end
        if is_message or stop - start > USUAL:
            headers = _usual_headers(source, start, stop)
            said = content_fields(headers.first) if headers is not None else None
        else:
            said = usual_content_fields(view[start:stop])
    if said is None:
        headers, stop, body = _any_headers(source, start, end)
        said = content_fields(headers.first)
    part = _new(Part)
    part._input = source
    part._children = part._begun = part._content = None
    part._headers = headers
    part.start = start
    part.end = end
    part._fields_end = stop
    part.body_start = body
    part.is_message = is_message
    part.depth = depth
    part._said = said
    part.content_type = said.type or default
    part.encoding = said.encoding
    return part


def _usual_headers(source: _Input, start: int, stop: int) -> Headers | None:
    """Index the fields that end at ``stop``, where an empty line follows; None where anything else stands among them."""
    tally = source.tally
    indexed = tally.indexed + stop - start
    if indexed > _QUICK_IN_ALL:
        return None
    tally.indexed = indexed
    return Headers.of_fields(source.data, source.view, start=start, end=stop)


def _any_headers(source: _Input, start: int, end: int) -> tuple[Headers, int, int]:
    """Read a header block in whatever state it is; where its fields end, and where the body begins."""
    view = source.view
    block = BLOCK.match(view, start, end)
    stop, body = (block.end(1), block.end()) if block else (start, start)
    if stop == body and stop < end:
        stop, body, garbage = beyond_garbage(view, start, at=stop, end=end)
        for offset in garbage:
            source.tally.note("header-malformed", offset)
    if stop - start > HEADER_LIMIT:
        source.tally.note("header-limit", start)
    if view.find(b"\0", start, stop) >= 0:
        source.tally.note("header-nul", start)
    return Headers(source.data, view, start=start, end=stop), stop, body


def scan(data: bytes) -> Part:
    """Give the structure of one message.

    >>> message = scan(b"Subject: =?gb2312?B?zbbL3w==?=\\n\\nspam")
    >>> message.headers.decoded("subject"), message.body, message.content_type
    ('\u6295\u8bc9', b'spam', 'text/plain')
    """
    source = _Input(data, _Tally())
    if source.view is not data:
        source.tally.note("bare-cr", 0)
    part = _LATEST["part"] = _part(source, 0, len(data))
    return part


def scan_read(data: bytes, *, fields_end: int, body_start: int, said: ContentFields) -> Part:
    """Give the structure of a message whose first line begins its fields, and whose fields somebody has read already."""
    part = _new(Part)
    part._input = _Input(data, _Tally())
    part._children = part._begun = part._content = part._headers = None
    part.start, part.end, part._fields_end, part.body_start = 0, len(data), fields_end, body_start
    part.is_message, part.depth, part._said = True, 0, said
    part.content_type, part.encoding = said.type or "text/plain", said.encoding
    return part


def scan_again(data: bytes) -> Part:
    """The structure of a message that somebody else has looked at before: what he was given, if it was the latest one."""
    part = _LATEST.get("part")
    return part if part is not None and part.data is data else scan(data)


_LATEST: Final[dict[str, Part]] = {}
