"""On which line each key of a TOML text stands, so that an error can name it.

Trust:      the operator's own file, already read by ``tomllib`` without an error; on any other text the answer is incomplete.
Standards:  TOML 1.0.
Answers:    ``key_lines(text)`` maps the path of every table and key to its line, counted from 1. Tables in an array are counted
            from 0: ``("agreement", 1, "domain")``. Raises nothing; linear.
Limits:     what lies deeper than 32 keys has no line, and ends the look where it is a list or a table on one line: no settings of
            ours are nested like that.
"""

import re
from typing import Final

Path = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?>[ \t\r\n]+|#[^\n]*)*+")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")
_QUOTES: Final = ('"""', "'''", '"', "'")
_ESCAPE: Final = re.compile(r'\\(["\\bfnrt]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})')
_DEEPEST: Final = 32
_ESCAPED: Final = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def key_lines(text: str) -> dict[Path, int]:
    """The line of every table and key of a valid TOML text.

    >>> key_lines("[identity]\\ndomain = 'west.example'\\n")
    {('identity',): 1, ('identity', 'domain'): 2}
    """
    return _Walk(text).lines()


class _Walk:
    """One pass over the text, statement by statement."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._found: dict[Path, int] = {}
        self._tables: dict[tuple[str, ...], int] = {}  # arrays of tables: how many so far

    def lines(self) -> dict[Path, int]:
        here: Path = ()
        while self._skip_blank():
            before = self._at
            if self._text[self._at] == "[":
                here = self._header()
            else:
                self._pair(here)
            if self._at == before:
                break  # not TOML: what was found so far is the answer
        return self._found

    def _skip_blank(self) -> bool:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at < len(self._text)

    def _note(self, path: Path, offset: int) -> None:
        self._line += self._text.count("\n", self._counted, offset)
        self._counted = offset
        if len(path) > _DEEPEST:
            return
        for end in range(1, len(path) + 1):
            self._found.setdefault(path[:end], self._line)

    def _header(self) -> Path:
        start = self._at
        double = self._text.startswith("[[", start)
        self._at += 2 if double else 1
        keys = self._keys("]")
        self._at += 2 if double else 1
        if double:
            self._tables[keys] = self._tables.get(keys, -1) + 1
            for inner in [each for each in self._tables if len(each) > len(keys) and each[: len(keys)] == keys]:
                del self._tables[inner]  # what is within a new table is counted anew
        path: Path = ()
        for end in range(1, len(keys) + 1):
            path += (keys[end - 1],)
            if keys[:end] in self._tables:
                path += (self._tables[keys[:end]],)
        self._note(path, start)
        return path

    def _keys(self, stop: str) -> tuple[str, ...]:
        """The parts of a dotted key; ends before ``stop``."""
        keys = []
        while self._skip_blank() and self._text[self._at] != stop:
            sign = self._text[self._at]
            if sign in "\"'":
                start = self._at
                self._string(sign)
                raw = self._text[start + 1 : self._at - 1]
                keys.append(_ESCAPE.sub(_unescaped, raw) if sign == '"' else raw)
            elif bare := _BARE_KEY.match(self._text, self._at):
                keys.append(bare[0])
                self._at = bare.end()
            elif sign == ".":
                self._at += 1
            else:
                break
        return tuple(keys)

    def _pair(self, here: Path) -> None:
        start = self._at
        keys = self._keys("=")
        if not keys or not self._skip_blank() or self._text[self._at] != "=":
            return
        path = here + keys
        self._note(path, start)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        if len(path) > _DEEPEST or not self._skip_blank():
            return
        quote = next((quote for quote in _QUOTES if self._text.startswith(quote, self._at)), None)
        if quote:
            self._string(quote)
        elif self._text[self._at] in "[{":
            self._many(path, inline_table=self._text[self._at] == "{")
        elif scalar := _SCALAR.match(self._text, self._at):
            self._at = scalar.end()

    def _many(self, path: Path, *, inline_table: bool) -> None:
        """An array or an inline table, with whatever is in it."""
        stop = "}" if inline_table else "]"
        self._at += 1
        index = 0
        while self._skip_blank() and self._text[self._at] != stop:
            before = self._at
            if self._text[self._at] == ",":
                self._at += 1
            elif inline_table:
                self._pair(path)
            else:
                self._note((*path, index), self._at)
                self._value((*path, index))
                index += 1
            if self._at == before:
                return
        self._at += 1

    def _string(self, quote: str) -> None:
        """Move past a string; a basic string may hold escaped quotes, a closing triple may have quotes before it."""
        at = self._at + len(quote)
        while True:
            end = self._text.find(quote, at)
            if end < 0:
                self._at = len(self._text)
                return
            if quote[0] == '"' and _backslashes_before(self._text, end, at) % 2:
                at = end + 1
                continue
            self._at = end + len(quote)
            while len(quote) == 3 and self._text.startswith(quote[0], self._at):
                self._at += 1
            return


def _backslashes_before(text: str, end: int, start: int) -> int:
    at = end
    while at > start and text[at - 1] == "\\":
        at -= 1
    return end - at


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return _ESCAPED.get(code) or chr(int(code[1:], 16))
