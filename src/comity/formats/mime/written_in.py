"""Files that are written into the text of a mail, as they were before there were attachments, or where a boundary is lost.

Trust:      input is a stranger's text; what looks like a file is taken for one, so that text may go where nobody meant a file.
Standards:  uuencode as POSIX has it (both forms), yEnc 1.3, BinHex 4.0 (RFC 1741), RFC 2397 (data:), RFC 2045 section 6.8.
Answers:    ``without_files(text)`` the text with a mark where each file was; ``is_a_file(content)`` whether bytes that are
            called text are one.
Limits:     one pass, line by line. Base64 with nothing around it counts from three lines of 40 characters, or one of 256.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

MARK: Final = "[attachment left out]"

_BEGIN: Final = re.compile(r"begin(-base64)? [0-7]{3,4} \S")
_QUOTED: Final = re.compile(r"[> \t]*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
_DATA: Final = re.compile(
    r"data:(?:[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,80}|(?=;))(?:;[a-z0-9=._-]{1,80}){0,5},[^\s\"'<>)]*+", re.IGNORECASE
)
_MAGIC: Final = (
    *(b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"II*\0", b"MM\0*"),  # pictures
    *(b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"),  # documents and archives
)
_LONG, _LONE, _LINES = 40, 256, 3


def is_a_file(content: bytes) -> bool:
    """Whether these bytes begin as pictures, documents and archives do.

    >>> is_a_file(b"%PDF-1.7"), is_a_file(b"Good day")
    (True, False)
    """
    return content.startswith(_MAGIC)


def without_files(text: str) -> str:
    r"""The text without the files in it.

    >>> print(without_files("See:\nbegin 644 a.txt\n#86)C\n`\nend\nBye data:image/png;base64,iVBORw0KGgo= now"))
    See:
    [attachment left out]
    Bye [attachment left out] now
    """
    return "\n".join(_Lines(_DATA.sub(MARK, text).split("\n")).kept())


@dataclass(slots=True)
class _Lines:
    """The lines of a text, and how far they were looked at."""

    lines: list[str]
    at: int = 0

    def kept(self) -> Iterator[str]:
        """Each line that is of no file; for each file one line with the mark."""
        while self.at < len(self.lines):
            ends = self._end_of_file()
            if ends is None:
                yield self.lines[self.at]
                self.at += 1
            else:
                yield MARK
                self.at = ends

    def _end_of_file(self) -> int | None:
        """The line behind the file that begins here; None where none does."""
        line = self._bare(self.at)
        if line.startswith("begin") and (begun := _BEGIN.match(line)):
            is_of_it = _is_base64 if begun[1] else _is_uu
            ends = self._while(self.at + 1, is_of_it)
            if ends == self.at + 1:
                return None  # a sentence about it
            return ends + (ends < len(self.lines) and self._bare(ends) in {"end", "===="})
        if line.startswith("=ybegin "):
            return self._through(self.at, lambda one: one.startswith("=yend"))
        if line.startswith("(This file must be converted with BinHex"):
            return self._hexed(self.at + 1)
        return self._coded()

    def _coded(self) -> int | None:
        """Base64 with nothing that says so."""
        if len(self._bare(self.at)) < _LONG or not _is_base64(self._bare(self.at)):
            return None
        ends = self._while(self.at, lambda one: len(one) >= _LONG and _is_base64(one))
        is_enough = ends - self.at >= _LINES or len(self._bare(self.at)) >= _LONE
        if not is_enough:
            return None
        last = self._bare(ends).strip() if ends < len(self.lines) else ""
        return ends + (len(last) % 4 == 0 and _is_base64(last))

    def _hexed(self, at: int) -> int | None:
        while at < len(self.lines) and not self._bare(at):
            at += 1
        if at == len(self.lines) or not self._bare(at).startswith(":"):
            return None
        return self._through(at, lambda one: len(one) > 1 and one.endswith(":"))

    def _while(self, at: int, holds: Callable[[str], bool]) -> int:
        while at < len(self.lines) and holds(self._bare(at)):
            at += 1
        return at

    def _through(self, at: int, is_last: Callable[[str], bool]) -> int:
        """The line behind the next one of this sort; without one, the end."""
        while at < len(self.lines) and not is_last(self._bare(at)):
            at += 1
        return min(at + 1, len(self.lines))

    def _bare(self, at: int) -> str:
        """A line without marks of quotation and blanks around it."""
        line = self.lines[at]
        return line[_end_of_quotation(line) :].rstrip("\r")


def _end_of_quotation(line: str) -> int:
    found = _QUOTED.match(line) if line.startswith((">", " >")) else None
    return found.end() if found else 0


def _is_uu(line: str) -> bool:
    """One line of uuencode: its first character says how many bytes it has, and four characters are three of them."""
    if not line or not " " <= line[0] <= "`":
        return False
    groups = -(-((ord(line[0]) - 32) & 63) // 3)
    return 4 * groups - 3 <= len(line.rstrip()) - 1 <= 4 * groups + 2 and all(" " <= each <= "`" for each in line)


def _is_base64(line: str) -> bool:
    return _BASE64.fullmatch(line.strip()) is not None
