"""The header fields of one message or part, looked up in place.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 5322 section 2.2 and 3.6, obsolete white space before the colon included.
Answers:    ``Headers``: values by name, or every field in order with its exact bytes and offset.
Limits:     the first 1 MiB of a header block is looked at; the bytes stay whole.

A look-up is a search for "\\nname:" in a lower-cased copy of the block: ten fields of a long header cost less
than splitting it once, and most readers want ten.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from comity.formats.mime.charsets import decode
from comity.formats.mime.words import decode_words

HEADER_LIMIT: Final = 1 << 20
_FIELD: Final = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.M)
_SPACED_COLON: Final = re.compile(rb"\n[!-9;-~]++[ \t]++:")
_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One field: its name as written, its exact bytes after the colon (folding kept, last line end not), its offset."""

    name: str
    raw: bytes
    offset: int


class Headers:
    """The header block ``data[start:end]``; names are asked for in lower case."""

    __slots__ = ("_data", "_end", "_lower", "_spaced", "_start", "_view")

    def __init__(self, data: bytes, view: bytes, start: int, end: int) -> None:
        """``view`` is ``data`` with bare CR made LF (the same object in all ordinary mail)."""
        self._data, self._view, self._start, self._end = data, view, start, min(end, start + HEADER_LIMIT)
        self._lower: bytes | None = None
        self._spaced = False

    def _prepared(self) -> bytes:
        lower = b"\n" + self._view[self._start : self._end].lower() + b"\n"
        self._lower = lower
        self._spaced = (b" :" in lower or b"\t:" in lower) and _SPACED_COLON.search(lower) is not None
        return lower

    def _spans(self, name: str) -> Iterator[tuple[int, int]]:
        """Where the values of a field stand in ``_view``, first to last."""
        lower = self._lower or self._prepared()
        if self._spaced:
            yield from self._slow_spans(name)
            return
        needle = _NEEDLES.get(name) or _needle(name)
        shift = self._start - 1
        at = lower.find(needle)
        while at >= 0:
            begin = at + len(needle)
            end = lower.find(b"\n", begin)
            while lower[end + 1 : end + 2] in _WSP:
                end = lower.find(b"\n", end + 1)
            yield begin + shift, end + shift
            at = lower.find(needle, end)

    def _slow_spans(self, name: str) -> Iterator[tuple[int, int]]:
        wanted = name.encode("ascii", "replace")
        for match in _FIELD.finditer(self._view, self._start, self._end):
            if match.group(1).lower() == wanted:
                yield match.span(2)

    def first(self, name: str) -> str | None:
        """The first value of a field, unfolded and stripped; None where the field is absent."""
        lower = self._lower or self._prepared()
        if self._spaced:
            for begin, end in self._slow_spans(name):
                return _text(self._view[begin:end])
            return None
        # The body of ``_spans`` once more: a generator for each of fifty look-ups a message is what costs.
        needle = _NEEDLES.get(name) or _needle(name)
        at = lower.find(needle)
        if at < 0:
            return None
        begin = at + len(needle)
        end = lower.find(b"\n", begin)
        while lower[end + 1 : end + 2] in _WSP:
            end = lower.find(b"\n", end + 1)
        shift = self._start - 1
        return _text(self._view[begin + shift : end + shift])

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, top first."""
        return tuple(_text(self._view[begin:end]) for begin, end in self._spans(name))

    def decoded(self, name: str) -> str | None:
        """The first value with its RFC 2047 words decoded, for people."""
        value = self.first(name)
        return None if value is None else decode_words(value)

    def __contains__(self, name: str) -> bool:
        lower = self._lower or self._prepared()
        if self._spaced:
            return next(self._slow_spans(name), None) is not None
        return (_NEEDLES.get(name) or _needle(name)) in lower

    def items(self) -> Iterator[Header]:
        """Every field in order; a line that is no field is passed over."""
        for match in _FIELD.finditer(self._view, self._start, self._end):
            begin, end = match.span(2)
            raw = self._data[begin:end].removesuffix(b"\r")
            yield Header(name=match.group(1).decode("ascii"), raw=raw, offset=match.start())

    @property
    def raw(self) -> bytes:
        """The exact bytes of the block."""
        return self._data[self._start : self._end]


_WSP: Final = (b" ", b"\t")
_NEEDLES: Final[dict[str, bytes]] = {}


def _needle(name: str) -> bytes:
    needle = b"\n" + name.encode("ascii", "replace") + b":"
    if len(_NEEDLES) < 1000:  # names come from our code, a few from strangers' h= tags
        _NEEDLES[name] = needle
    return needle


def _text(raw: bytes) -> str:
    text = raw.decode("ascii") if raw.isascii() else decode(raw, None)[0]
    if "\n" in text or "\r" in text:
        text = _FOLD.sub(" ", text)
    return text.strip()
