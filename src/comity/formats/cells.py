"""What stands in a cell of a table that a spreadsheet may open.

Trust:      texts may be strangers' words: nothing that is written here is taken for a formula.
Standards:  RFC 4180 (CSV).
Answers:    ``cell(text)``; ``csv_bytes(rows)`` gives a whole file.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

# The full-width ones, too: spreadsheets of East Asia take them for what they look like.
FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_SKIPPED: Final = " \t\r\n\xa0\u3000\ufeff"  # before it, some programs leave out


def cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would compute it.

    >>> cell("=1+1"), cell("\\uff1d1+1"), cell("1+1")
    ("'=1+1", "'\uff1d1+1", '1+1')
    """
    return f"'{text}" if text.startswith(("\t", "\r", "\n")) or text.lstrip(_SKIPPED).startswith(FORMULA) else text


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    r"""A file; numbers are written as they are, None is empty.

    >>> csv_bytes([("a", -1, None), ("@b", 0.5, "c,d")])
    b'a,-1,\r\n\'@b,0.5,"c,d"\r\n'
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows([cell(each) if isinstance(each, str) else each for each in row] for row in rows)
    return text.getvalue().encode("utf-8")
