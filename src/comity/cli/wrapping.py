"""Sentences in lines of a given width, in any of our languages.

Standards:  Unicode Standard Annex 11 (which signs are wide); Annex 14, as far as our sentences need it: a line may end at a
            blank or beside a Chinese character; it does not begin with a closing sign, nor end with an opening one.
Answers:    ``wrapped(text, width)`` gives lines; ``fitted(text)`` those of a terminal, where what does not fit stands below,
            further in, and ``put(*lines)`` prints them. Widths are columns of a terminal, where a Chinese character takes two.
Limits:     a word longer than a line stays whole.
"""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import combining, east_asian_width

COLUMNS: Final = 80  # what every terminal has
_CLOSING: Final = "，。：；？！、）》”’」』】…,.:;?!)"
_OPENING: Final = "（《“‘「『【("
# What stays together: a run of other letters, or one wide sign; with the opening signs before it and the closing ones behind.
_PIECE: Final = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff"
    rf"\uff00-\uffef{re.escape(_CLOSING[:14] + _OPENING[:7])}]+)?[{re.escape(_CLOSING)}]*\s*"
)
_COMMAND: Final = re.compile(r"\bcomity [a-z-]+(?: [a-z-]+\b)?")
_MARK: Final = 10  # a column as narrow as this says of what sort the line is, and does not stand alone
_BLANK: Final = "\ue000"  # stands for a blank where no line ends; no text for people has it: see ``plain``
# A column of a line, with the blanks behind it.
_COLUMN: Final = re.compile(r"(?:(?!\s{2}).)+(?:\s{2,}|$)")


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns.

    >>> wrapped("one two three", 8)
    ['one two', 'three']
    >>> wrapped("双方各有自己的 comity.toml。", 16)
    ['双方各有自己的', 'comity.toml。']
    """
    lines, line = list[str](), ""
    for piece in _PIECE.findall(text):
        if line and _columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def fitted(text: str, *, hang: int = 4) -> Iterator[str]:
    """The lines of a text, none wider than a terminal: what does not fit stands below, so much further in than its line begins.

    What stands apart by two blanks stays together where it can, and so does the name of a command.

    >>> list(fitted("  one " + "x" * 70 + " two three four"))[1]
    '      three four'
    >>> list(fitted("x" * 60 + "  " + "one two three " * 2))[1]
    '    one two three one two three'
    """
    for line in text.split("\n"):
        if _columns(line) <= COLUMNS:
            yield line
            continue
        body = _COMMAND.sub(lambda found: found[0].replace(" ", _BLANK), line.strip(" "))
        lead = len(line) - len(line.lstrip(" "))
        room, inner = COLUMNS - lead, COLUMNS - lead - hang
        for number, part in enumerate(_apart(body, room, inner)):
            first = wrapped(part, inner if number else room)[0]
            yield " " * (lead + hang if number else lead) + first.replace(_BLANK, " ")
            if rest := part[len(first) :].strip():
                yield from (" " * (lead + hang) + each.replace(_BLANK, " ") for each in wrapped(rest, inner))


def _apart(body: str, room: int, inner: int) -> Iterator[str]:
    """The columns of a line, as many beside each other as fit; one that is too wide by itself stands alone."""
    line = ""
    for piece in _COLUMN.findall(body):
        if _columns(line) > _MARK and _columns(line + piece.rstrip()) > room:
            yield line.rstrip()
            line, room = "", inner
        line += piece
    yield line.rstrip()


def put(*texts: str) -> None:
    """Print lines for people, none wider than a terminal."""
    for text in texts:
        for line in fitted(text):
            print(line)


def _columns(text: str) -> int:
    """How many columns it takes; counted here, because the overview of all commands must not wait for a library."""
    return sum(2 if east_asian_width(sign) in "WF" else 0 if combining(sign) else 1 for sign in text)
