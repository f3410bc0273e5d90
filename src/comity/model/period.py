"""A stretch of whole days in UTC that a statement speaks of: a day, a month, a quarter or a year of the calendar.

Answers:    ``read(text)`` gives a ``Period`` or None; ``period_of(day, horizon)`` the one that a day lies in.
Limits:     no other stretches: two statements whose days overlap can be subtracted from each other, and calendar periods are
            either apart or one within the other, which is easy to see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

_FORM: Final = re.compile(r"(?P<year>2[0-9]{3})(?:q(?P<quarter>[1-4])|-(?P<month>[01][0-9])(?:-(?P<day>[0-3][0-9]))?)?")


class Horizon(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days, the last one included."""

    horizon: Horizon
    first: date
    last: date

    @property
    def name(self) -> str:
        """As it is written: ``2026``, ``2026q4``, ``2026-11``, ``2026-11-27``."""
        return {
            Horizon.YEAR: f"{self.first.year}",
            Horizon.QUARTER: quarter_of(self.first),
            Horizon.MONTH: f"{self.first:%Y-%m}",
            Horizon.DAY: self.first.isoformat(),
        }[self.horizon]

    def days(self) -> Iterator[date]:
        """Every day."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def quarters(self) -> list[str]:
        """The quarters that it touches, in order."""
        return list(dict.fromkeys(quarter_of(day) for day in self.days()))

    def overlaps(self, other: "Period") -> bool:
        """Whether a day lies in both."""
        return self.first <= other.last and other.first <= self.last


def quarter_of(day: date) -> str:
    """The quarter of a day.

    >>> quarter_of(date(2026, 11, 27))
    '2026q4'
    """
    return f"{day.year}q{(day.month + 2) // 3}"


def period_of(day: date, horizon: Horizon) -> Period:
    """The period of this length that a day lies in.

    >>> period_of(date(2026, 2, 5), Horizon.MONTH).last
    datetime.date(2026, 2, 28)
    """
    if horizon is Horizon.DAY:
        return Period(horizon=horizon, first=day, last=day)
    months = {Horizon.MONTH: 1, Horizon.QUARTER: 3, Horizon.YEAR: 12}[horizon]
    start = (day.month - 1) // months * months
    first = date(day.year, start + 1, 1)
    after = start + months
    beyond = date(day.year + after // 12, after % 12 + 1, 1)
    return Period(horizon=horizon, first=first, last=beyond - timedelta(days=1))


def read(text: str) -> Period | None:
    """Read a period.

    >>> read("2026q4").first, read("2026-11").last, read("2026").name, read("2026-13"), read("yesterday")
    (datetime.date(2026, 10, 1), datetime.date(2026, 11, 30), '2026', None, None)
    """
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        return None
    year, quarter, month, day = (int(found[name] or 0) for name in ("year", "quarter", "month", "day"))
    try:
        if quarter:
            return period_of(date(year, quarter * 3, 1), Horizon.QUARTER)
        if found["day"]:
            return period_of(date(year, month, day), Horizon.DAY)
        if found["month"]:
            return period_of(date(year, month, 1), Horizon.MONTH)
        return period_of(date(year, 1, 1), Horizon.YEAR)
    except ValueError:
        return None
