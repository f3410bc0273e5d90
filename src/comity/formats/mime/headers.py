"""The header fields of one message or part, looked up in place.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 5322 section 2.2 and 3.6, obsolete white space before the colon included.
Answers:    ``Headers``: values by name, or every field in order with its exact bytes and offset.
Limits:     the first 1 MiB of a header block is looked at; the bytes stay whole.

A look-up is a search for "\\nname" in a lower-cased copy of the block: ten fields of a long header cost less
than splitting it once, most readers want ten, and a block of a million fields needs no more room than its bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from comity.formats.mime.charsets import decode
from comity.formats.mime.words import decode_words

HEADER_LIMIT: Final = 1 << 20
_FIELD: Final = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_SPACED_COLON: Final = re.compile(rb"[ \t]++:")
_FOLD: Final = re.compile(r"\n[ \t]*")
_ODD_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")  # six times as slow
_COLON: Final = b":"[0]
_WSP: Final = frozenset(b" \t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One field: its name as written, its exact bytes after the colon (folding kept, last line end not), its offset."""

    name: str
    raw: bytes
    offset: int


class Headers:
    """The header block ``data[start:end]``; names are asked for in lower case. True where it holds any field."""

    __slots__ = ("_data", "_end", "_lower", "_start", "_text", "_view")

    def __init__(self, data: bytes, view: bytes, start: int, end: int) -> None:
        """``view`` is ``data`` with bare CR made LF (the same object in all ordinary mail)."""
        self._data = data
        self._view = view
        self._start = start
        self._end = min(end, start + HEADER_LIMIT)
        self._lower: bytes | None = None
        self._text = ""

    def _prepared(self) -> bytes:
        """The block in lower case, to search in; the same as text, a character a byte, to take values from.

        A line end before it and an empty line behind it spare every look-up the question whether it is at an edge.
        """
        block = b"\n%b\n\n" % self._view[self._start : self._end]
        self._text = block.decode("latin-1")
        self._lower = block.lower()
        return self._lower

    def _places(self, name: str) -> Iterator[tuple[int, int]]:
        """Where the fields of a name stand in the prepared block, first to last: from the end of the name to the line end."""
        lower = self._lower or self._prepared()
        needle = _NEEDLES.get(name) or _needle(name)
        at = lower.find(needle)
        while at >= 0:
            begin = end = at + len(needle)
            if lower[begin] == _COLON or _SPACED_COLON.match(lower, begin):  # else a longer name that starts alike
                end = lower.find(b"\n", begin)
                while lower[end + 1] in _WSP:
                    end = lower.find(b"\n", end + 1)
                yield begin, end
            at = lower.find(needle, end)

    def first(self, name: str) -> str | None:
        """The first value of a field, unfolded and stripped; None where the field is absent."""
        # What ``_places`` does, once more: a generator for each of twenty look-ups a message costs a twentieth of all.
        lower = self._lower or self._prepared()
        needle = _NEEDLES.get(name) or _needle(name)
        at = lower.find(needle)
        while at >= 0:
            begin = at + len(needle)
            if lower[begin] == _COLON or _SPACED_COLON.match(lower, begin):
                end = lower.find(b"\n", begin)
                while lower[end + 1] in _WSP:
                    end = lower.find(b"\n", end + 1)
                return _unfolded(self._text[begin:end])
            at = lower.find(needle, begin)
        return None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, top first."""
        return tuple([_unfolded(self._text[begin:end]) for begin, end in self._places(name)])

    def as_written(self, name: str) -> list[str]:
        """Every value with its folding, a character a byte: for who looks for ASCII in long values."""
        return [self._text[begin:end].partition(":")[2] for begin, end in self._places(name)]

    def decoded(self, name: str) -> str | None:
        """The first value with its RFC 2047 words decoded, for people."""
        value = self.first(name)
        return None if value is None else decode_words(value)

    def __contains__(self, name: str) -> bool:
        return self.first(name) is not None

    def __bool__(self) -> bool:
        return self._end > self._start  # the scanner begins no block without a field

    def mention(self, word: bytes) -> bool:
        """Tell whether a word in lower case stands anywhere in the block: a quick no before a longer look."""
        return word in (self._lower or self._prepared())

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


_NEEDLES: Final[dict[str, bytes]] = {}


def _needle(name: str) -> bytes:
    needle = b"\n" + name.encode("ascii", "replace")
    if len(_NEEDLES) < 1000:  # names come from our code, a few from strangers' h= tags
        _NEEDLES[name] = needle
    return needle


def _unfolded(field: str) -> str:
    """The value of a field that is given from the end of its name on, a character a byte."""
    value = field.partition(":")[2]
    if not value.isascii():
        value = decode(value.encode("latin-1"), None)[0]
    value = value.strip()
    if "\r" in value:
        value = value.replace("\r\n", "\n")
        if "\r" in value:
            return _ODD_FOLD.sub(" ", value)
    return _FOLD.sub(" ", value) if "\n" in value else value
