"""The one reader of mail in the program: bytes in, structure out.

Trust:      input is a stranger's bytes; answers point into them and are safe to store, not to print unescaped.
Standards:  RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 6532; read tolerantly, as real mail is written.
Answers:    ``scan(data)`` gives the root ``Part``; nothing is raised, nothing is copied until it is asked for.
Limits:     10,000 parts, 100 levels, 1 MiB of header fields: beyond that a finding says so and the bytes stay whole.

Work is done when it is asked for: a report's readers never touch a reported body. Boundaries are searched with
``bytes.find``, header values in place. Line ends may be LF, CRLF or bare CR; offsets always are those of the input.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from comity.formats.mime.charsets import decode as decode_text
from comity.formats.mime.headers import HEADER_LIMIT, Headers
from comity.formats.mime.transfer import decode as decode_transfer
from comity.formats.mime.words import decode_words, parameters
from comity.model.findings import Finding, finding

PART_LIMIT: Final = 10_000
DEPTH_LIMIT: Final = 100
# Possessive throughout: nothing is ever given back, so a million fields cost no memory.
_HEADERS: Final = re.compile(rb"((?:[!-9;-~]++[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)*+)(?:\r?\n)?")
_MAILBOX_LINE: Final = re.compile(rb">?From [^\n]*\n")
_FIELD_LINE: Final = re.compile(rb"[A-Za-z][!-9;-~]*+[ \t]*+:")
_BLANKS: Final = re.compile(rb"(?:[ \t]*+\r?\n)*+")
_AFTER_BOUNDARY: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|$)")
_TYPE_ON_TOP: Final = re.compile(rb"Content-[Tt]ype:[ \t]*+([!#-'*+.0-9A-Z^-~-]++/[!#-'*+.0-9A-Z^-~-]++)")
_GUESSED_BOUNDARY: Final = re.compile(rb"(?:^|\n)--([^\s][^\r\n]{0,199})\r?\n[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-")
_TYPE: Final = re.compile(r"\s*([!#-'*+.0-9A-Z^-~-]+/[!#-'*+.0-9A-Z^-~-]+)")
_MESSAGE_TYPES: Final = frozenset(
    {"message/rfc822", "message/global", "message/news", "text/rfc822", "text/rfc822-headers", "text/rfc822-header"}
)


class _Shared:
    """What all parts of one input have in common: the caps and the findings so far."""

    __slots__ = ("findings", "parts", "seen")

    def __init__(self) -> None:
        self.parts = 1
        self.findings: list[Finding] = []
        self.seen: set[tuple[str, int]] = set()

    def note(self, code: str, offset: int, detail: str | None = None) -> None:
        if (code, offset) not in self.seen and len(self.seen) < 1000:
            self.seen.add((code, offset))
            self.findings.append(finding(code, f"byte {offset}", detail))


class Part:
    """One part of a message, or the message itself: offsets into the input, everything else on demand."""

    __slots__ = (
        "_children", "_content", "_encoding", "_params", "_shared", "_type", "_view",
        "body_start", "data", "default_type", "depth", "end", "headers", "is_message", "start",
    )  # fmt: skip

    def __init__(self, data: bytes, view: bytes, shared: _Shared, *, is_message: bool = True, depth: int = 0) -> None:
        """Use ``scan``; a part is placed by ``_place``, before anybody sees it."""
        self.data, self._view, self._shared = data, view, shared
        self.is_message, self.depth = is_message, depth
        self.default_type = "text/plain"
        self._params: Mapping[str, str] | None = None
        self._type: str | None = None
        self._content: bytes | None = None
        self._encoding: str | None = None
        self._children: tuple[Part, ...] | None = None

    def _place(self, start: int, end: int) -> "Part":
        """Find the header block in ``view[start:end]`` and where the body starts."""
        view = self._view
        if self.is_message and start < end and view[start] in _NO_FIELD_STARTS_SO:
            start = self._skip_to_fields(start, end)
        self.start, self.end = start, end
        block = _HEADERS.match(view, start, end)
        stop, self.body_start = (block.end(1), block.end()) if block else (start, start)
        if stop == self.body_start and stop < end:
            stop = self._place_after_garbage(stop)
        self.headers = Headers(self.data, view, start, stop)
        if stop - start > HEADER_LIMIT:
            self._shared.note("header-limit", start)
        if view.find(b"\0", start, stop) >= 0:
            self._shared.note("header-nul", start)
        return self

    def _place_after_garbage(self, at: int) -> int:
        """No empty line follows the fields: pass over lines that are none, until the body starts; where the fields end."""
        view, end = self._view, self.end
        while at < end:
            following = self._after_garbage(at, end, at == self.start)
            if following is None:
                self.body_start = at
                return at
            self._shared.note("header-malformed", at)
            block = _HEADERS.match(view, following, end)
            at, self.body_start = (block.end(1), block.end()) if block else (following, following)
            if self.body_start > at:
                return at
        self.body_start = end
        return end

    def _skip_to_fields(self, start: int, end: int) -> int:
        """A message may follow empty lines and a mailbox's "From " line."""
        view = self._view
        match = _BLANKS.match(view, start, end)
        first = match.end() if match else start
        envelope = _MAILBOX_LINE.match(view, first, end)
        if envelope:
            return envelope.end()
        return first if _FIELD_LINE.match(view, first, min(end, first + 200)) else start

    def _after_garbage(self, at: int, end: int, is_first: bool) -> int | None:
        """A line among the fields is no field: where the fields go on, None where the body begins here.

        The last field of a block without a line end comes here too. Only a few lines are looked ahead, so that a
        body without its empty line is not searched for something like a field.
        """
        view = self._view
        line_end = view.find(b"\n", at, end)
        if line_end < 0:
            return end if _FIELD_LINE.match(view, at, end) or (view[at : at + 1] in _WSP and not is_first) else None
        for _ in range(3):
            if line_end + 1 >= end:
                return None
            if _FIELD_LINE.match(view, line_end + 1, min(end, line_end + 200)):
                return line_end + 1
            if view[line_end + 1 : line_end + 2] in _LINE_END:
                return None
            line_end = view.find(b"\n", line_end + 1, end)
            if line_end < 0:
                return None
        return None

    # -- the bytes

    @property
    def raw(self) -> bytes:
        """The exact bytes of the part, header and body."""
        return self.data[self.start : self.end]

    @property
    def body(self) -> bytes:
        """The exact bytes of the body, still transfer-encoded."""
        return self.data[self.body_start : self.end]

    # -- the header

    @property
    def content_type(self) -> str:
        """The media type in lower case; the default where none is given, application/octet-stream for nonsense."""
        if self._type is None:
            # Most parts begin with this field: then no other one needs looking at.
            on_top = _TYPE_ON_TOP.match(self._view, self.start, self.body_start)
            self._type = on_top.group(1).decode("ascii").lower() if on_top else self._type_in_headers()
        return self._type

    def _type_in_headers(self) -> str:
        value = self.headers.first("content-type")
        if value is None:
            return self.default_type
        match = _TYPE.match(value)
        if match is None:
            return _named_type(value)
        if match.group(1)[:10] in {"multipart/", "Multipart/"}:
            self._params = parameters(value[:65536])  # whoever asks wants to know the boundary next
        return match.group(1).lower()

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters of Content-Type."""
        if self._params is None:
            self._params = parameters((self.headers.first("content-type") or "")[:65536])
        return self._params

    @property
    def charset(self) -> str | None:
        """The claimed charset."""
        return self.params.get("charset") or None

    @property
    def encoding(self) -> str:
        """The claimed Content-Transfer-Encoding in lower case, "" where none is claimed."""
        if self._encoding is None:
            value = self.headers.first("content-transfer-encoding")
            self._encoding = value.partition(";")[0].partition(" ")[0].strip("\"' ").lower() if value else ""
        return self._encoding

    @property
    def disposition(self) -> str | None:
        """Content-Disposition without its parameters, in lower case."""
        value = self.headers.first("content-disposition")
        return value.partition(";")[0].strip().lower() or None if value else None

    @property
    def filename(self) -> str | None:
        """The name the part is to be saved under, as a label only: never a path to open."""
        disposition = self.headers.first("content-disposition")
        name = parameters(disposition[:65536]).get("filename") if disposition else None
        name = name or self.params.get("name")
        return decode_words(name) if name else None

    # -- the content

    def content(self) -> bytes:
        """The body with its transfer encoding undone, as far as it can be."""
        if self._content is None:
            encoding = self.encoding
            if encoding in _IDENTITY:
                return self.body
            if self.content_type.startswith("multipart/"):
                return self.body  # RFC 2045 section 6.4: nothing but an identity encoding may stand there
            self._content, code = decode_transfer(self._view[self.body_start : self.end], encoding)
            if code:
                self._shared.note(code, self.body_start, encoding)
        return self._content

    def text(self) -> str:
        """The content as text in its claimed charset, or in the one it looks like."""
        text, code = decode_text(self.content(), self.charset)
        if code:
            self._shared.note(code, self.body_start, self.charset)
        return text

    @property
    def children(self) -> tuple["Part", ...]:
        """The parts of a multipart, or the one message that a message part holds."""
        if self._children is None:
            kind = self.content_type
            if kind.startswith("multipart/"):
                self._children = self._split()
            elif kind in _MESSAGE_TYPES:
                self._children = self._nested()
            else:
                self._children = ()
        return self._children

    def _nested(self) -> tuple["Part", ...]:
        """The message inside: in place, or decoded where somebody transfer-encoded it against RFC 2046 section 5.2.1."""
        if self.body_start >= self.end or not self._may_descend():
            return ()
        if self.encoding in _IDENTITY:
            return (Part(self.data, self._view, self._shared, depth=self.depth + 1)._place(self.body_start, self.end),)
        data = self.content()
        return (Part(data, _view_of(data), self._shared, depth=self.depth + 1)._place(0, len(data)),)

    def _may_descend(self) -> bool:
        if self.depth + 1 > DEPTH_LIMIT:
            self._shared.note("depth-limit", self.start)
            return False
        if self._shared.parts >= PART_LIMIT:
            self._shared.note("part-limit", self.start)
            return False
        self._shared.parts += 1
        return True

    def _split(self) -> tuple["Part", ...]:
        delimiter = self._delimiter()
        if delimiter is None:
            return ()
        parts: list[Part] = []
        for start, end in self._ranges(delimiter):
            if not self._may_descend():
                break
            child = Part(self.data, self._view, self._shared, is_message=False, depth=self.depth + 1)
            if self._type == "multipart/digest":  # RFC 2046 section 5.1.5
                child.default_type = "message/rfc822"
            parts.append(child._place(start, end))
        return tuple(parts)

    def _delimiter(self) -> bytes | None:
        """The line end and the boundary that stand between the parts; a likely one where the named one is missing."""
        boundary = self.params.get("boundary", "").rstrip()
        if boundary:
            delimiter = b"\n--" + boundary.encode("utf-8", "surrogateescape")
            if self._view.find(delimiter, max(self.body_start - 1, 0), self.end) >= 0:
                return delimiter
        self._shared.note("boundary-missing" if boundary else "no-boundary", self.start)
        guess = _GUESSED_BOUNDARY.search(self._view, self.body_start, self.end)
        return b"\n--" + guess.group(1).rstrip() if guess else None

    def _ranges(self, delimiter: bytes) -> Iterator[tuple[int, int]]:
        """Where the parts between the delimiters stand; text before the first and after the last is no part.

        A multipart has header fields, so a line end always stands before its body: the first delimiter is found
        by it like any other.
        """
        view, end = self._view, self.end
        begin: int | None = None
        at = max(self.body_start - 1, 0)
        while (found := view.find(delimiter, at, end)) >= 0:
            at = found + len(delimiter)
            is_last = False
            if view[at : at + 1] == b"\n" and at < end:  # the ordinary case without an expression
                after = at + 1
            else:
                match = _AFTER_BOUNDARY.match(view, at, end)
                if match is None:
                    continue  # a longer boundary that starts alike
                after, is_last = match.end(), match.group(1) is not None
            if begin is not None:
                yield begin, max(begin, found - 1 if view[found - 1] == _CR else found)
            begin = None if is_last else after
            at = max(after - 1, at)
        if begin is not None:
            self._shared.note("boundary-unclosed", self.start)
            yield begin, end

    def remark(self, code: str, detail: str | None = None) -> None:
        """Note what a reader could not read of this part: it goes with the mail's findings, whichever reader answers."""
        self._shared.note(code, self.body_start, detail)

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
        return tuple(self._shared.findings)

    def all_findings(self) -> tuple[Finding, ...]:
        """Look at every part, then give all findings."""
        for part in self.walk():
            if not part.children:
                part.content()
        return self.findings


_CR: Final = b"\r"[0]
_NO_FIELD_STARTS_SO: Final = frozenset(b" \t\r\n>F")  # an empty line, or a mailbox's "From "
_WSP: Final = (b" ", b"\t")
_LINE_END: Final = (b"\r", b"\n")
_IDENTITY: Final = frozenset({"", "7bit", "8bit", "binary"})


def _named_type(value: str) -> str:
    """Old mail programs wrote "text"; anything else without a slash is bytes."""
    word = value.partition(";")[0].strip().lower()
    return "text/plain" if word in {"text", "plain", ""} else "application/octet-stream"


def _view_of(data: bytes) -> bytes:
    """Old Macintosh files end lines with a bare CR; made LF byte by byte, so that offsets stay true."""
    if b"\r" in data and b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data


def scan(data: bytes) -> Part:
    """Give the structure of one message.

    >>> message = scan(b"Subject: =?gb2312?B?zbbL3w==?=\\n\\nspam")
    >>> message.headers.decoded("subject"), message.body, message.content_type
    ('\u6295\u8bc9', b'spam', 'text/plain')
    """
    shared = _Shared()
    view = _view_of(data)
    if view is not data:
        shared.note("bare-cr", 0)
    return Part(data, view, shared)._place(0, len(data))
