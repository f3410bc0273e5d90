"""Read a table of counts whose heading names its columns, in any order.

Trust:      the operator's own files; the first line that cannot be read ends it: a wrong number makes a wrong rate.
Standards:  RFC 4180 (CSV) with a heading.
Answers:    ``each_line(data, name, columns=..., take=...)`` hands every line to ``take`` and gives the slip that ended it, or None;
            ``number(text)`` a count.
Limits:     UTF-8; columns that are not asked for are passed over, empty lines too. A count has at most 10**12.
"""

import csv
import io
from collections.abc import Callable, Collection, Mapping
from typing import Final

from comity.model.line_slip import LineSlip

_MOST: Final = 10**12
_SHOWN: Final = 80  # characters of what is wrong


def each_line(
    data: bytes, name: str, *, columns: Collection[str], take: Callable[[Mapping[str, str]], str | None]
) -> LineSlip | None:
    """``take`` adds one line up, or gives the code of what is wrong with it; ``name`` is how to call the file.

    >>> each_line(b"b,a\\n2, 1\\n", "t.csv", columns=("a", "b"), take=lambda cells: None if cells["a"] == "1" else "line")
    >>> each_line(b"a\\n2\\n", "t.csv", columns=("a",), take=lambda cells: "line").place
    't.csv:2'
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return LineSlip(place=f"{name}:1", code="charset", text="")
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        if any(column not in heading for column in columns):
            return LineSlip(place=f"{name}:1", code="columns", text=",".join(heading)[:_SHOWN])
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            cells = dict.fromkeys(columns, "") | dict(zip(heading, (cell.strip() for cell in row), strict=False))
            code = take(cells)
            if code is not None:
                return LineSlip(place=f"{name}:{reader.line_num}", code=code, text=",".join(row)[:_SHOWN])
    except csv.Error as error:
        return LineSlip(place=f"{name}:{reader.line_num}", code="line", text=str(error))
    return None


def number(text: str) -> int | None:
    """A count in ASCII digits; None where it is none, or larger than any mail system counts.

    >>> number("1200"), number("-1"), number("١"), number("9" * 13)
    (1200, None, None, None)
    """
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_MOST)) else None
    return None if found is None or found > _MOST else found
