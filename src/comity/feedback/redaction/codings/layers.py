"""Codings undone sign by sign, with the way back: which part of the written text says this part of the decoded one.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 3986 section 2.1 (percent), RFC 2045 section 6.7 (quoted-printable), RFC 2152 (UTF-7), HTML character
            references, RFC 5322 section 2.2.3 (folding), Unicode NFKC.
Answers:    ``unfolded(text)`` a ``View`` or None; ``decoded(text)`` some, where something is coded at all.
Limits:     one coding deep; whoever looks deeper asks again with ``View.text``. Linear time: cost grows with the number of
            coded signs.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from comity.formats.mime import decode_words


class _Edge(NamedTuple):
    """One replaced stretch: where it begins in the view, how long it is there, and what it stands for in the source."""

    at: int
    length: int
    start: int
    end: int


class View:
    """A decoded text and its way back to the source it was decoded from."""

    __slots__ = ("_at", "_edges", "text")

    def __init__(self, text: str, edges: list[_Edge]) -> None:
        """Made by ``substitute``."""
        self.text, self._edges = text, edges
        self._at = [edge.at for edge in edges]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that says ``text[start:end]`` (not empty)."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, at: int) -> tuple[int, int]:
        number = bisect_right(self._at, at) - 1
        if number < 0:
            return at, at + 1
        edge = self._edges[number]
        beyond = at - edge.at - edge.length
        return (edge.start, edge.end) if beyond < 0 else (edge.end + beyond, edge.end + beyond + 1)


def substitute(text: str, pattern: re.Pattern[str], meaning: Callable[[str], str | None]) -> View | None:
    """Replace each match by its meaning (None: it stands for itself); None where nothing changed."""
    pieces: list[str] = []
    edges: list[_Edge] = []
    at = last = 0
    for match in pattern.finditer(text):
        new = meaning(match.group())
        if new is None:
            continue
        start, end = match.span()
        at += start - last
        pieces += (text[last:start], new)
        edges.append(_Edge(at, len(new), start, end))
        at += len(new)
        last = end
    if not edges:
        return None
    pieces.append(text[last:])
    return View("".join(pieces), edges)


_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")
# Every branch begins with its mark, so that the expression runs from mark to mark.
_PERCENT: Final = r"%(?:[0-7][0-9A-Fa-f]|[89A-Fa-f][0-9A-Fa-f](?:%[89A-Fa-f][0-9A-Fa-f]){0,400})"
# A number without ";" does not end where another coded sign follows: "&#10\\u0035;" is 105, not a line end and a 5. It ends before
# the next number: browsers read "&#97&#98" as "ab", and as many noughts before one as there are.
_NUMBER: Final = r"(?:0{0,40}[0-9]{1,7}|[xX]0{0,40}[0-9A-Fa-f]{1,6})"
_REFERENCE: Final = rf"&(?:#{_NUMBER}(?:;|(?=&#)|(?![0-9A-Fa-f%&\\+=]))|[A-Za-z][A-Za-z0-9]{{1,30}};?)"
# JavaScript writes what lies beyond four digits as two surrogates.
_HIGH: Final = "[dD][89abAB][0-9A-Fa-f]{2}"
_LOW: Final = "[dD][c-fC-F][0-9A-Fa-f]{2}"
_PERCENT_U: Final = rf"%u{_HIGH}%u{_LOW}|%u[0-9A-Fa-f]{{4}}"
_ESCAPE: Final = rf"{_PERCENT_U}|\\(?:u{_HIGH}\\u{_LOW}|u[0-9A-Fa-f]{{4}}|u\{{[0-9A-Fa-f]{{1,5}}\}}|x[0-9A-Fa-f]{{2}})"
_NARROW: Final = re.compile(rf"{_PERCENT}|{_REFERENCE}|{_ESCAPE}|\+[A-Za-z0-9/]{{2,400}}-?|\0")
_REFERENCES: Final = re.compile(_REFERENCE)
_ESCAPES: Final = re.compile(_ESCAPE)
_QUOTED: Final = r"=(?:[0-7][0-9A-Fa-f]|[89A-Fa-f][0-9A-Fa-f](?:=[89A-Fa-f][0-9A-Fa-f]){0,400}|[ \t]{0,8}\r?\n)"
_BROAD: Final = re.compile(f"{_NARROW.pattern}|{_QUOTED}")
_WORD: Final = re.compile(r"=\?[^?\s]{1,100}\?[bBqQ]\?[^?\r\n]{0,2000}\?=(?:\s{1,20}(?==\?))?")
_MARKS: Final = re.compile(r"[%&\\+\0]")
# "?e=68=40west.example": the first sign of equality belongs to the URL, and "=68" is no coding.
_PARAMETER: Final = re.compile(r"[?&;][A-Za-z0-9_]{1,30}=[0-9A-Fa-f]{2}")
_PARAMETERS: Final = re.compile(r"[?&;][A-Za-z0-9_]{1,30}=|" + _QUOTED)


def unfolded(text: str) -> View | None:
    """The text without its line ends and the white space that begins the next line."""
    return substitute(text, _FOLD, _nothing) if "\n" in text or "\r" in text else None


def decoded(text: str) -> Iterator[View]:
    """The text with everything undone that is coded in place: once without quoted-printable, whose mark "=" means something else in
    half of all mail, once or twice with it; and once with look-alike signs made plain."""
    said = {text}
    for pattern, meaning in _ways(text):
        view = substitute(text, pattern, meaning)
        if view is not None and view.text not in said:
            said.add(view.text)
            yield view


def said_by(text: str) -> Iterator[str]:
    """The texts of ``decoded``, without the way back."""
    said = {text}
    for pattern, meaning in _ways(text):
        view = pattern.sub(_plain(meaning), text)
        if view not in said:
            said.add(view)
            yield view


@cache
def _plain(meaning: Callable[[str], str | None]) -> Callable[[re.Match[str]], str]:
    """What to write for a match; made once for each meaning, of which there are a few."""

    def plain(match: re.Match[str]) -> str:
        coded = match.group()
        found = meaning(coded)
        return coded if found is None else found

    return plain


def _ways(text: str) -> Iterator[tuple[re.Pattern[str], Callable[[str], str | None]]]:
    """How the text may be read: what is coded, and what it says."""
    if _MARKS.search(text):
        yield _NARROW, _meaning
    # A sign of several bytes may be coded byte by byte, and some of its bytes once more: those come first, alone.
    if "\\" in text or "%u" in text:
        yield _ESCAPES, _meaning
    if "&#" in text and "%" in text:
        yield _REFERENCES, _meaning
    if "=" in text:
        yield _BROAD, _meaning
        if _PARAMETER.search(text):
            yield _PARAMETERS, _meaning
    if "=?" in text:
        yield _WORD, _word
    if not text.isascii():
        yield _compatible(), _without_marks
        yield _TAGS, _tagged


def _nothing(_: str) -> str:
    return ""


def _meaning(coded: str) -> str | None:
    """What one coded stretch says; None where it only looks coded."""
    mark = coded[0]
    if coded[-1] == "=":
        return None
    if mark == "\\" or coded[:2] == "%u":
        return _escaped(coded)
    if mark in "%=":
        if coded[-1] == "\n":
            return ""
        return (
            chr(int(coded[1:], 16))
            if len(coded) == 3 and coded[1] < "8"
            else _text(unquote_to_bytes(coded.replace("=", "%")))
        )
    if mark == "&":
        plain = unescape(coded)
        return None if plain == coded else plain
    if mark == "+":
        return _utf7(coded)
    return ""


def _word(coded: str) -> str | None:
    """An encoded word in place: half of an address may stand in it and half beside it."""
    plain = decode_words(coded.rstrip())
    return None if plain == coded else plain


def _escaped(coded: str) -> str | None:
    if len(coded) == 12:
        return chr(0x10000 + ((int(coded[2:6], 16) & 0x3FF) << 10) + (int(coded[8:], 16) & 0x3FF))
    number = int(coded[2:].strip("{}"), 16)
    return None if 0xD800 <= number < 0xE000 else chr(number)


def _text(data: bytes) -> str:
    for codec in ("utf-8", "gb18030"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _utf7(coded: str) -> str | None:
    if coded[1:].isdigit():  # a time zone: no letter is written so
        return None
    try:
        plain = coded.removesuffix("-").encode("ascii").decode("utf-7")
    except UnicodeError:
        return None
    # A "+" in a URL starts nothing: only what turns into ordinary signs counts.
    return plain if any("!" <= sign <= "~" for sign in plain) else None


_LOOKALIKE_RANGES: Final = (
    (0x00A0, 0x0370), (0x1D00, 0x1DC0), (0x1E00, 0x1F00), (0x2000, 0x2500), (0x3000, 0x3040), (0x3200, 0x3400),
    (0xFB00, 0xFB07), (0xFE00, 0xFFF0),
)  # fmt: skip
_HIGH_LOOKALIKES: Final = (
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff"  # as ranges: one by one they make the expression slow
)
# Format signs, fillers, selectors and marks that stand on another letter: a name is the same name without them.
_INVISIBLE: Final = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e01ef"
)
_UNSEEN: Final = re.compile(f"[{_INVISIBLE}]")
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]")


def _without_marks(sign: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKD", sign))


def _tagged(sign: str) -> str:
    """Tag signs repeat ASCII, unseen."""
    return chr(ord(sign) - 0xE0000)


@cache
def _compatible() -> re.Pattern[str]:
    """The signs that are ASCII in another shape or with a mark on it, and those that nobody sees."""
    signs: set[str] = set()
    for low, high in _LOOKALIKE_RANGES:
        for number in range(low, high):
            plain = _without_marks(chr(number))
            if plain.isascii() and plain != chr(number):
                signs.add(chr(number))
    return re.compile("[" + "".join(map(re.escape, sorted(signs))) + _INVISIBLE + _HIGH_LOOKALIKES + "]")
