"""Read how many mails each customer sent on each day.

Trust:      the operator's own file; a line that cannot be read is an error, never skipped: a wrong number makes a wrong rate.
Standards:  RFC 4180 (CSV), with a heading of ``customer``, ``day``, ``mails`` in any order.
Answers:    ``read_volume(data, name)`` gives ``Volume(counts, mistake)``; it raises nothing.
Limits:     UTF-8; lines of the same customer and day add up.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from comity.formats.counted_lines import each_line, number
from comity.model.line_slip import LineSlip

COLUMNS: Final = ("customer", "day", "mails")


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
    counts: Counter[tuple[str, date]] = Counter()

    def take(cells: Mapping[str, str]) -> str | None:
        label, mails = cells["customer"], number(cells["mails"])
        if not label or mails is None:
            return "line"
        try:
            day = date.fromisoformat(cells["day"])
        except ValueError:
            return "day"
        counts[label, day] += mails
        return None

    mistake = each_line(data, name, columns=COLUMNS, take=take)
    return Volume(counts={} if mistake else dict(counts), mistake=mistake)
