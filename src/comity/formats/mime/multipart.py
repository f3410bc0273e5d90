"""Where the parts of a multipart stand.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 2046 section 5.1.1.
Answers:    ``part_ranges(view, delimiter, start, end)``, ``guessed_delimiter(view, start, end)``.
Limits:     linear time: one ``bytes.find`` a part, and an expression where lines are many that only begin like a boundary, or
            end nothing.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

_BEHIND_BEGINNING: Final = rb"[ \t]*(?:\r?\n|$)"
_BEHIND_BOUNDARY: Final = rb"(--)?" + _BEHIND_BEGINNING
_after_boundary: Final = re.compile(_BEHIND_BOUNDARY).match
_PATIENCE: Final = 100
_GUESSED_BOUNDARY: Final = re.compile(rb"\n--([^\s][^\r\n]{0,199})\r?\n[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-")
_CR, _LF = b"\r\n"


def part_ranges(view: bytes, delimiter: bytes, *, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give where the parts between the delimiters begin and end; ``start`` is where the body begins.

    Text before the first delimiter and behind the last is no part. A multipart has header fields, so a line end always
    stands before its body: the first delimiter, which begins with that line end, is found like any other. A last part
    that no delimiter closes ends where the multipart ends.
    """
    begin: int | None = None
    following: int | None
    missed = 0
    at, length = start - 1, len(delimiter)
    while (found := view.find(delimiter, at, end)) >= 0:
        at = found + length
        if at < end and view[at] == _LF:  # the ordinary cases without an expression
            following = behind = at + 1
        elif at + 1 < end and view[at] == _CR and view[at + 1] == _LF:
            following = behind = at + 2
        else:
            match = _after_boundary(view, at, end)
            # A longer boundary that starts alike, or an end of nothing.
            if match is None or (begin is None and match.group(1)):
                missed += 1
                at = at if match is None else match.end() - 1
                if missed > _PATIENCE:  # somebody means to keep us busy: an expression passes over all that is none
                    if (nearest := _delimiters(delimiter, is_open=begin is not None)(view, at, end)) is None:
                        break
                    at = nearest.start()
                continue
            behind = match.end()
            following = behind if match.group(1) is None else None
        if begin is not None:
            stop = found - 1 if view[found - 1] == _CR else found
            yield begin, stop if stop > begin else begin  # noqa: FURB136 - quicker
        begin = following
        at = behind - 1  # the line end of one delimiter may be the beginning of the next
    if begin is not None:
        yield begin, end


def _delimiters(delimiter: bytes, *, is_open: bool) -> Callable[[bytes, int, int], re.Match[bytes] | None]:
    """A search for the next line that begins a part, or that ends one where a part is open."""
    return re.compile(re.escape(delimiter) + (_BEHIND_BOUNDARY if is_open else _BEHIND_BEGINNING)).search


def guessed_delimiter(view: bytes, start: int, end: int) -> bytes | None:
    """The delimiter of a multipart that names no boundary, or a wrong one: a line of dashes before a Content field.

    ``start`` is where the body begins; the line end before it may belong to the delimiter.
    """
    guess = _GUESSED_BOUNDARY.search(view, start - 1, end)
    return b"\n--" + guess.group(1).rstrip() if guess else None
