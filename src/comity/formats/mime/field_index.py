"""The fields of one header block, to be looked up by name.

Trust:      input is a stranger's text, a character a byte, its line ends LF; nothing is raised.
Standards:  RFC 5322 section 2.2 and 3.6, obsolete white space before the colon included.
Answers:    ``usual_fields(text)``: ``UsualFields``, or None where anything but whole fields in ASCII stands there.
            ``AnyFields`` and ``ManyFields`` take every text: the one with an index, the other without.
Limits:     ``AnyFields`` needs thirty times the room of its text where that holds nothing but short fields; ``ManyFields``
            looks at all of it for each name.

Nearly every block is usual, and then every value is made ready at once: to look one up is to ask a dict, which costs less than
the call of a function. Of the others a value is made ready when it is asked for.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, overload

from comity.formats.mime.charsets import decode
from comity.formats.remembered import Remembered

_NAME: Final = re.compile(r"[!-9;-~]++:")
_FIELD: Final = re.compile(r"^([!-9;-~]++)[ \t]*+:([^\n]*+(?>\n[ \t][^\n]*+)*+)", re.MULTILINE)
_COLON: Final = re.compile(rb"[ \t]*+:[ \t]*+")
_FOLD: Final = re.compile(r"\n[ \t]*")
_ODD_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")  # six times as slow
_WSP: Final = frozenset(b" \t")
_NO_NAME: Final = ""


def _name(written: str) -> str:
    """The name of a field by what stands before a blank, a colon at its end."""
    return written[:-1].lower() if _NAME.fullmatch(written) else _NO_NAME


# Mail programs know a few hundred ways to write them.
_name_of: Final = Remembered(_name, most=4096, longest=81, nothing=_NO_NAME).__getitem__


# The first value of every field, and all values of those that stand more than once.
UsualFields = tuple[dict[str, str], dict[str, list[str]] | None]


def usual_fields(text: str) -> UsualFields | None:
    """Take apart a block of whole fields in ASCII, each with its line end.

    Gives the first value of each, and all values of those that stand more than once: None where there are none.
    One pass over the lines: an expression that finds the folded ones first takes a third longer.

    >>> usual_fields("Received: a\\n b\\nSubject: c\\n"), usual_fields("Received: a\\nno field\\n")
    (({'received': 'a b', 'subject': 'c'}, None), None)
    """
    if "\0" in text or not text.isascii() or text[:1] in _BLANK:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
    lines = text.split("\n")
    if lines.pop():
        return None  # a last line without its end
    index: dict[str, str] = {}
    repeated: dict[str, list[str]] | None = None
    name_of, first, folded = _name_of, _FIRST_OF_A_NAME, _FOLDED
    name = value = _NO_NAME
    lines.append(_END)
    for line in lines:
        if line < first:
            if line[:1] not in folded:
                return None
            value = f"{value} {line.lstrip(_FOLDING)}"
            continue
        if name not in index:
            index[name] = value.strip()
        else:
            if repeated is None:
                repeated = {}
            repeated.setdefault(name, [index[name]]).append(value.strip())
        # Split at the blank behind its colon a line leaves a value that is not copied once more to be stripped.
        written, _, value = line.partition(" ")
        name = name_of(written)
        if not name:  # not everybody writes the blank
            written, colon, value = line.partition(":")
            name = name_of(written + colon)
            if not name:
                return None
    del index[_NO_NAME]
    return index, repeated


_BLANK: Final = frozenset(("", " ", "\t"))
_FOLDING: Final = " \t"
_FOLDED: Final = frozenset(_FOLDING)
_FIRST_OF_A_NAME: Final = (
    "!"  # what may stand in a name is at least that; a line that is less goes on with the one before
)
_END: Final = "end: ."  # so that the last field enters the index, too


class AnyFields:
    """Fields of any text, with an index of their names; a line that is no field is passed over."""

    __slots__ = ("_fields", "_index")

    def __init__(self, text: str) -> None:
        """Find the fields, and leave their values as they are."""
        self._fields: list[tuple[str, str]] = _FIELD.findall(text)
        self._index = {name.lower(): value for name, value in reversed(self._fields)}

    def get(self, name: str, /) -> str | None:
        """The first value."""
        value = self._index.get(name)
        return None if value is None else _unfolded(value)

    def each(self, name: str) -> Sequence[str]:
        """Every value, each unfolded when it is looked at."""
        return _Unfolding(self.as_written(name))

    def as_written(self, name: str) -> list[str]:
        """Every value with its folding."""
        value = self._index.get(name)
        if value is None or len(self._index) == len(self._fields):
            return [] if value is None else [value]
        length = len(name)  # asked first: to make every name lower case takes longer
        return [each for one, each in self._fields if len(one) == length and one.lower() == name]


class ManyFields:
    """More fields than are worth an index: a look-up searches for "\\nname" in a lower-cased copy."""

    __slots__ = ("_lower", "_text")

    def __init__(self, block: bytes) -> None:
        """Take the bytes; their line ends may be CRLF."""
        # A line end before it and an empty line behind it spare the search the question whether it is at an edge.
        edged = b"\n%b\n\n" % block
        self._text = edged.decode("latin-1")
        self._lower = edged.lower()

    def get(self, name: str, /) -> str | None:
        """The first value."""
        value = next(self._found(name), None)
        return None if value is None else _unfolded(value)

    def each(self, name: str) -> Sequence[str]:
        """Every value, each unfolded when it is looked at."""
        return _Unfolding(self.as_written(name))

    def as_written(self, name: str) -> list[str]:
        """Every value with its folding."""
        return list(self._found(name))

    def _found(self, name: str) -> Iterator[str]:
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
    """Values as written that are shown unfolded: who walks down the trace lines mostly ends at the first."""

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
