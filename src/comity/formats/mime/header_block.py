"""Where the header block of a part begins, where it ends, and where the body follows.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 5322 section 2.1, the obsolete white space before a colon, the mailbox format's "From " line.
Answers:    offsets into a view of the input whose line ends are LF or CRLF.
Limits:     a line that is no field is passed over where a field follows within three lines; else the body begins there,
            and so it does at the thousandth such line.
"""

import re
from typing import Final

# Fields, and the empty line behind them if there is one. Possessive throughout: nothing is ever given back, so a
# million fields cost no memory.
BLOCK: Final = re.compile(rb"((?>[!-9;-~]++[ \t]*+:[^\n]*+\n(?>[ \t][^\n]*+\n)*+)*+)(?:\r?\n)?")
# What a message may begin with instead of a field: an empty line, or "From ".
NO_FIELD_STARTS_SO: Final = frozenset(b" \t\r\n>F")
_MAILBOX_LINE: Final = re.compile(rb">?From [^\n]*\n")
_FIELD_LINE: Final = re.compile(rb"[A-Za-z][!-9;-~]*+[ \t]*+:")
_BLANKS: Final = re.compile(rb"(?>\n++|[ \t]*+\r?\n)*+")  # a run of line ends is one step
_LOOK_AHEAD: Final = 3
_LONGEST_NAME: Final = 200
_GARBAGE_LIMIT: Final = 1000


def first_field(view: bytes, start: int, end: int) -> int:
    """A message may follow empty lines and a mailbox's "From " line."""
    blanks = _BLANKS.match(view, start, end)
    first = blanks.end() if blanks else start
    envelope = _MAILBOX_LINE.match(view, first, end)
    if envelope:
        return envelope.end()
    return first if _FIELD_LINE.match(view, first, min(end, first + _LONGEST_NAME)) else start


def beyond_garbage(view: bytes, start: int, *, at: int, end: int) -> tuple[int, int, list[int]]:
    """Go on where no empty line follows the fields of ``view[start:at]``.

    Gives the end of the header block, the beginning of the body, and the offsets of the lines that are no fields.
    """
    garbage: list[int] = []
    while at < end:
        following = _next_field(view, at, end=end, is_first=at == start)
        if following is None or len(garbage) >= _GARBAGE_LIMIT:
            return at, at, garbage
        garbage.append(at)
        block = BLOCK.match(view, following, end)
        at, body = (block.end(1), block.end()) if block else (following, following)
        if body > at:
            return at, body, garbage
    return end, end, garbage


def _next_field(view: bytes, at: int, *, end: int, is_first: bool) -> int | None:
    """A line among the fields is no field: where the fields go on, None where the body begins here.

    The last field of a block without a line end comes here too. Only a few lines are looked ahead, so that a
    body without its empty line is not searched for something like a field.
    """
    line_end = view.find(b"\n", at, end)
    if line_end < 0:
        return end if _FIELD_LINE.match(view, at, end) or (view[at : at + 1] in _WSP and not is_first) else None
    for _ in range(_LOOK_AHEAD):
        if line_end + 1 >= end:
            return None
        if _FIELD_LINE.match(view, line_end + 1, min(end, line_end + _LONGEST_NAME)):
            return line_end + 1
        if view[line_end + 1 : line_end + 2] in _LINE_END:
            return None
        line_end = view.find(b"\n", line_end + 1, end)
        if line_end < 0:
            return None
    return None


_WSP: Final = (b" ", b"\t")
_LINE_END: Final = (b"\r", b"\n")
