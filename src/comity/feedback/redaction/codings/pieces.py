"""Codings that were cut up: base64 and hexadecimal with signs between the pieces.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 4648 sections 4, 5 and 8.
Answers:    ``opened(text)`` what every run of pieces may say, each with its way back to the text.
Limits:     three pieces or more; of a run, 200,000 signs. Pieces that were coded and padded one by one are opened only where
            each has eight signs.

Prose is a run of pieces, too, so nothing is written in the coding again: what names somebody is written over in place.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from comity.feedback.redaction.codings.islands import HEX_RUN, unbase64, unhex

_BETWEEN: Final = r"[\s.,:;|~/_+*'\"!-]{1,4}+"
_RUN: Final = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9]++(?:{_BETWEEN}[A-Za-z0-9]++){{2,}}+")
_PIECE: Final = re.compile(r"[A-Za-z0-9]+")
_LONGEST: Final = 200_000


class Pieces(NamedTuple):
    """One run, joined; ``at`` says where in it each piece begins, ``start`` where that stands in the text."""

    signs: str
    at: list[int]
    start: list[int]

    def place(self, number: int) -> int:
        """Where the sign of this number stands in the text."""
        piece = bisect_right(self.at, number) - 1
        return self.start[piece] + number - self.at[piece]


class Reading:
    """What one run says in one coding at one alignment; every sign of the coding carries ``bits``."""

    __slots__ = ("_bits", "_first", "_pieces", "text")

    def __init__(self, data: bytes, pieces: Pieces, *, first: int, bits: int) -> None:
        """``first``: the sign of the run with which the data begin."""
        self.text = data.decode("utf-8", "surrogateescape")
        self._pieces, self._first, self._bits = pieces, first, bits

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text that says ``text[start:end]`` (not empty)."""
        before = len(self.text[:start].encode("utf-8", "surrogateescape"))
        until = before + len(self.text[start:end].encode("utf-8", "surrogateescape"))
        last = min(self._first + (8 * until - 1) // self._bits, len(self._pieces.signs) - 1)
        return self._pieces.place(self._first + 8 * before // self._bits), self._pieces.place(last) + 1


def opened(text: str) -> Iterator[Reading]:
    """Every reading of every run."""
    for match in _RUN.finditer(text):
        pieces = _pieces(match)
        signs = pieces.signs
        for shift in range(4):
            yield Reading(unbase64(signs[shift:]), pieces, first=shift, bits=6)
        for run in HEX_RUN.finditer(signs):
            for shift in (0, 1):
                yield Reading(unhex(run.group()[shift:]), pieces, first=run.start() + shift, bits=4)


def _pieces(match: re.Match[str]) -> Pieces:
    found: list[str] = []
    at: list[int] = []
    start: list[int] = []
    length = 0
    for piece in _PIECE.finditer(match.string, match.start(), min(match.end(), match.start() + _LONGEST)):
        found.append(piece.group())
        at.append(length)
        start.append(piece.start())
        length += len(piece.group())
    return Pieces("".join(found), at, start)
