"""Read a list of bad addresses, as block lists publish it: what rbldnsd serves for addresses, or an address a line.

Trust:      the operator chose the file; its lines are strangers': a line that cannot be read is named and left out.
Standards:  rbldnsd's sets of addresses (``ip4set``, ``ip4trie``, ``ip6trie``): addresses, prefixes, ranges, ``!`` for what is not
            listed, ``:A:TEXT`` for the answer of what follows; comments after # or ;.
Answers:    ``ListReader.read(line)`` gives ``Listed``, a text where the line cannot be used, None where it lists nothing.
Limits:     one line at a time. What ``!`` takes out is given as such and taken out by the reader's caller. Zone files with reversed
            names, and lists of domains, are not read.
"""

import re
from dataclasses import dataclass
from typing import Final

from comity.formats.registry.ranges import range_of
from comity.model.network_contact import AddressRange

_SHORT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})(?:/(\d{1,2}))?", re.ASCII)
_TAIL: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2}\.)(\d{1,3})-(\d{1,3})", re.ASCII)
_NOTE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a list."""

    range: AddressRange
    note: str | None
    is_excepted: bool = False


class ListReader:
    """Reads one list.

    >>> reader = ListReader()
    >>> reader.read(":127.0.0.3:Dynamic range, see https://list.example")
    >>> reader.read("192.0.2.0/24").note
    '127.0.0.3 Dynamic range, see https://list.example'
    >>> reader.read("!192.0.2.9").is_excepted, reader.read("198.51.100.0/24 ; SBL1").note, reader.read("east.example")
    (True, 'SBL1', 'east.example')
    """

    def __init__(self) -> None:
        self._default: str | None = None

    def read(self, line: str) -> Listed | str | None:
        """Read one line, with or without its end."""
        text, _, remark = line.strip().partition(";")
        text, _, more = text.partition("#")
        text = text.strip()
        if not text or text.startswith("$"):
            return None
        if text.startswith(":"):
            self._default = _answer(text)
            return None
        is_excepted = text.startswith("!")
        subject, _, said = text.removeprefix("!").strip().partition(" ")
        found = _range(subject)
        if found is None and subject.count(":") > 1:
            head, _, _ = subject.partition(" ")
            found = range_of(head)
        elif found is None and ":" in subject:
            subject, _, answer = subject.partition(":")
            found, said = _range(subject), f"{_answer(':' + answer) or ''} {said}".strip()
        if found is None or found.version == 0:
            return text[:80]
        if said.startswith(":"):
            said = _answer(said) or ""
        note = said.strip() or remark.strip() or more.strip() or self._default
        return Listed(range=found, note=None if not note else note[:_NOTE], is_excepted=is_excepted)


def _answer(text: str) -> str | None:
    """``:A:TEXT`` as one text."""
    return " ".join(part.strip() for part in text.strip(":").split(":", 1) if part.strip())[:_NOTE] or None


def _range(text: str) -> AddressRange | None:
    """A range, also in the short forms of rbldnsd.

    >>> _range("192.0.2") == _range("192.0.2.0/24"), _range("192.0.2.4-9").last - _range("192.0.2.4-9").first
    (True, 5)
    """
    tail = _TAIL.fullmatch(text)
    if tail is not None and tail[1].count(".") == 3:
        text = f"{tail[1]}{tail[2]}-{tail[1]}{tail[3]}"
    short = _SHORT.fullmatch(text)
    if short is not None:
        octets = short[1].split(".")
        width = short[2] or str(8 * len(octets))
        text = f"{'.'.join([*octets, *['0'] * (4 - len(octets))])}/{width}"
    return range_of(text)
