"""The header fields of one message or part, looked up by name.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 5322 section 2.2 and 3.6, obsolete white space before the colon included.
Answers:    ``Headers``: values by name, or every field in order with its exact bytes and offset.
Limits:     the first 1 MiB of a header block is looked at; the bytes stay whole.

One expression takes a block apart, once. What goes beyond the room that one mail has for that is searched in place: there
may be a million fields, and an index of them would need thirty times the room of their bytes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, overload

from comity.formats.mime.charsets import decode
from comity.formats.mime.words import decode_words

HEADER_LIMIT: Final = 1 << 20
_INDEXED: Final = 64  # lines; ten thousand parts with so many stay under a hundred MiB
_NAME: Final = r"([!-9;-~]++)[ \t]*+:"
_VALUE: Final = r"([^\n]*+(?:\n[ \t][^\n]*+)*+)"
_FIELD: Final = re.compile(f"^{_NAME}{_VALUE}".encode(), re.MULTILINE)
_FIELD_AS_TEXT: Final = re.compile(f"^{_NAME}{_VALUE}", re.MULTILINE)
# One whole field after the other, and in the third group a sign of whatever else stands there: then all behind it is taken.
_FIELD_OR_REST: Final = re.compile(f"{_NAME}{_VALUE}\n|(?s:(.).*+)")
_COLON: Final = re.compile(rb"[ \t]*+:[ \t]*+")
_FOLD: Final = re.compile(r"\n[ \t]*")
_ODD_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")  # six times as slow
_BLANKS: Final = " \t\r\n"
_WSP: Final = frozenset(b" \t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One field: its name as written, its exact bytes after the colon (folding kept, last line end not), its offset."""

    name: str
    raw: bytes
    offset: int


class Headers:
    """The header block ``data[start:end]``; names are asked for in lower case. True where it holds any field."""

    __slots__ = ("_data", "_end", "_fields", "_index", "_is_plain", "_start", "_view")

    def __init__(self, data: bytes, view: bytes, *, start: int, end: int) -> None:
        """``view`` is ``data`` with bare CR made LF (the same object in all ordinary mail)."""
        self._data = data
        self._view = view
        self._start = start
        self._end = min(end, start + HEADER_LIMIT)
        self._index: dict[str, str] | _LongBlock | None = None  # the first value of each name, a character a byte
        self._is_plain = False  # nothing but ASCII and LF in it: a value of one line is ready as it is
        self._fields: Sequence[tuple[str, str]] = ()  # all of them in order, where a name stands twice

    @classmethod
    def of_fields(cls, data: bytes, view: bytes, *, start: int, end: int) -> "Headers | None":
        """The headers of a block that holds nothing but whole fields, indexed; None where any line of it is something else.

        So it is where it holds a NUL, too.
        """
        headers = cls(data, view, start=start, end=end)
        text = headers._text_of(view[start:end])
        fields = _FIELD_OR_REST.findall(text)
        if not fields or fields[-1][2] or "\0" in text:
            return None
        headers._index = index = {name.lower(): value for name, value, _ in reversed(fields)}
        if len(index) < len(fields):
            headers._fields = [(name, value) for name, value, _ in fields]
        return headers

    def _prepared(self) -> "dict[str, str] | _LongBlock":
        block = self._view[self._start : self._end]
        if block.count(b"\n") > _INDEXED:
            self._index = _LongBlock(block)
            return self._index
        fields = _FIELD_AS_TEXT.findall(self._text_of(block))
        self._index = index = {name.lower(): value for name, value in reversed(fields)}
        if len(index) < len(fields):
            self._fields = fields
        return index

    def _text_of(self, block: bytes) -> str:
        text = block.decode("latin-1")
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        self._is_plain = text.isascii() and "\r" not in text
        return text

    def first(self, name: str) -> str | None:
        """The first value of a field, unfolded and stripped; None where the field is absent."""
        value = (self._index or self._prepared()).get(name)
        if value is None:
            return None
        value = value.strip(_BLANKS)
        if "\n" not in value and (self._is_plain or (value.isascii() and "\r" not in value)):
            return value
        return _unfolded(value)

    def as_written(self, name: str) -> list[str]:
        """Every value with its folding, a character a byte: for who looks for ASCII in long values."""
        index = self._index or self._prepared()
        if isinstance(index, _LongBlock):
            return list(index.all(name))
        value = index.get(name)
        if value is None or not self._fields:
            return [] if value is None else [value]
        length = len(name)  # asked first: to make every name lower case takes longer
        return [each for one, each in self._fields if len(one) == length and one.lower() == name]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, top first, unfolded and stripped."""
        return tuple([_unfolded(value) for value in self.as_written(name)])

    def each(self, name: str) -> Sequence[str]:
        """The same, each unfolded when it is looked at: who walks down the trace lines mostly ends at the first."""
        return _Unfolding(self.as_written(name))

    def decoded(self, name: str) -> str | None:
        """The first value with its RFC 2047 words decoded, for people."""
        value = self.first(name)
        return None if value is None else decode_words(value)

    def present(self, names: Iterable[str]) -> list[str]:
        """Which of these names stand in it, in their order."""
        index = self._index or self._prepared()
        return [name for name in names if index.get(name) is not None]

    def __contains__(self, name: str) -> bool:
        return (self._index or self._prepared()).get(name) is not None

    def __bool__(self) -> bool:
        return self._end > self._start  # the scanner begins no block without a field

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


class _LongBlock:
    """A block of more fields than are worth an index: a look-up searches for "\\nname" in a lower-cased copy."""

    __slots__ = ("_lower", "_text")

    def __init__(self, block: bytes) -> None:
        # A line end before it and an empty line behind it spare the search the question whether it is at an edge.
        edged = b"\n%b\n\n" % block
        self._text = edged.decode("latin-1")
        self._lower = edged.lower()

    def get(self, name: str) -> str | None:
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[str]:
        lower = self._lower
        needle = b"\n" + name.encode("ascii", "replace")
        at = lower.find(needle)
        while at >= 0:
            end = at + len(needle)
            colon = _COLON.match(lower, end)
            if colon:  # else a longer name that starts alike
                end = lower.find(b"\n", end)
                while lower[end + 1] in _WSP:
                    end = lower.find(b"\n", end + 1)
                yield self._text[colon.end() : end]
            at = lower.find(needle, end)


class _Unfolding(Sequence[str]):
    """Values as written that are shown unfolded."""

    __slots__ = ("_written",)

    def __init__(self, written: list[str]) -> None:
        self._written = written

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return _Unfolding(self._written[place]) if isinstance(place, slice) else _unfolded(self._written[place])

    def __iter__(self) -> Iterator[str]:
        return map(_unfolded, self._written)

    def __len__(self) -> int:
        return len(self._written)


def _unfolded(value: str) -> str:
    """``value`` is folded as it came, a character a byte."""
    if not value.isascii():
        value = decode(value.encode("latin-1"), None)[0]
    value = value.strip()
    if "\r" in value:
        value = value.replace("\r\n", "\n")
        if "\r" in value:
            return _ODD_FOLD.sub(" ", value)
    return _FOLD.sub(" ", value) if "\n" in value else value
