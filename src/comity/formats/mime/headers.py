"""The header fields of one message or part, looked up by name.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 5322 section 2.2 and 3.6, obsolete white space before the colon included.
Answers:    ``Headers``: values by name, or every field in order with its exact bytes and offset.
Limits:     the first 1 MiB of a header block is looked at; the bytes stay whole.

There may be a million fields, and an index of them would need thirty times the room of their bytes: see ``field_index``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from comity.formats.mime.field_index import AnyFields, ManyFields, usual_fields
from comity.formats.mime.words import decode_words
from comity.model.record import record

HEADER_LIMIT: Final = 1 << 20
_INDEXED: Final = 64  # lines; ten thousand parts with so many stay under a hundred MiB
_FIELD: Final = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?>\n[ \t][^\n]*+)*+)", re.MULTILINE)


@record
class Header:
    """One field: its name as written, its exact bytes after the colon (folding kept, last line end not), its offset."""

    name: str
    raw: bytes
    offset: int


class Headers:
    """The header block ``data[start:end]``; names are asked for in lower case. True where it holds any field."""

    __slots__ = ("_data", "_end", "_index", "_repeated", "_start", "_view", "first")

    # The first value of a field, unfolded and stripped; None where the field is absent. It is asked for twenty times a
    # report, and that of most blocks is the method of a dict.
    first: Callable[[str], str | None]

    def __init__(self, data: bytes, view: bytes, *, start: int, end: int) -> None:
        """``view`` is ``data`` with bare CR made LF (the same object in all ordinary mail)."""
        self._data = data
        self._view = view
        self._start = start
        self._end = min(end, start + HEADER_LIMIT)
        self._index: AnyFields | ManyFields | None = self._thorough()
        self._repeated: dict[str, list[str]] | None = None
        self.first = self._index.get

    @classmethod
    def of_fields(cls, data: bytes, view: bytes, *, start: int, end: int) -> "Headers | None":
        """The headers of a block that holds nothing but whole fields; None where any line of it is something else, or odd.

        Odd is a NUL, a bare CR, and what is not ASCII.
        """
        fields = usual_fields(str(view[start:end], "latin-1"))
        if fields is None:
            return None
        made = cls.__new__(cls)  # twice a report: a class that is called with names puts them into a dict first
        made._data, made._view, made._start, made._end = data, view, start, end
        made._index = None
        index, made._repeated = fields
        made.first = index.get
        return made

    def _thorough(self) -> AnyFields | ManyFields:
        block = self._view[self._start : self._end]
        if block.count(b"\n") > _INDEXED:
            return ManyFields(block)
        text = block.decode("latin-1")
        return AnyFields(text.replace("\r\n", "\n") if "\r" in text else text)

    def as_written(self, name: str) -> list[str]:
        """Every value with its folding, a character a byte."""
        return (self._index or self._thorough()).as_written(name)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, top first, unfolded and stripped."""
        return tuple(self.each(name))

    def each(self, name: str) -> Sequence[str]:
        """The same, each made ready when it is looked at: who walks down the trace lines mostly ends at the first."""
        if self._index is not None:
            return self._index.each(name)
        if self._repeated is not None and name in self._repeated:
            return self._repeated[name]
        value = self.first(name)
        return () if value is None else (value,)

    def decoded(self, name: str) -> str | None:
        """The first value with its RFC 2047 words decoded, for people."""
        value = self.first(name)
        return None if value is None else decode_words(value)

    def present(self, names: Iterable[str]) -> list[str]:
        """Which of these names stand in it, in their order."""
        first = self.first
        return [name for name in names if first(name) is not None]

    def __contains__(self, name: str) -> bool:
        return self.first(name) is not None

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
