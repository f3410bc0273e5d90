"""Read how many mails each customer sent on each day.

Trust:      the operator's own file; a line that cannot be read is an error, never skipped: a wrong number makes a wrong rate.
Standards:  RFC 4180 (CSV), with a heading of ``customer``, ``day``, ``mails`` in any order.
Answers:    ``read_volume(data, name)`` gives ``Volume(counts, mistake)``; it raises nothing.
Limits:     UTF-8; lines of the same customer and day add up.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from comity.model.line_slip import LineSlip

COLUMNS: Final = ("customer", "day", "mails")
_MOST: Final = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """All lines of one file."""

    counts: Mapping[tuple[str, date], int]
    mistake: LineSlip | None = None


def read_volume(data: bytes, name: str) -> Volume:
    """Read one file; ``name`` is how to call it.

    >>> read_volume(b"customer,day,mails\\nWest,2026-03-01,1200\\n", "sent.csv").counts
    {('West', datetime.date(2026, 3, 1)): 1200}
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _slip(f"{name}:1", "charset", "")
    reader = csv.reader(io.StringIO(text), strict=True)
    counts: Counter[tuple[str, date]] = Counter()
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        if any(column not in heading for column in COLUMNS):
            return _slip(f"{name}:1", "columns", ",".join(heading)[:80])
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
            place, label, mails = f"{name}:{reader.line_num}", cells.get("customer", ""), cells.get("mails", "")
            if not label or not (mails.isascii() and mails.isdigit()) or int(mails) > _MOST:
                return _slip(place, "line", ",".join(row)[:80])
            try:
                day = date.fromisoformat(cells.get("day", ""))
            except ValueError:
                return _slip(place, "day", cells.get("day", "")[:80])
            counts[label, day] += int(mails)
    except csv.Error as error:
        return _slip(f"{name}:{reader.line_num}", "line", str(error))
    return Volume(counts=dict(counts))


def _slip(place: str, code: str, text: str) -> Volume:
    return Volume(counts={}, mistake=LineSlip(place=place, code=code, text=text))
