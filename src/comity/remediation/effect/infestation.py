"""One infestation as its effect is measured: a line, whose sightings by source and day are known.

Answers:    ``Infestation``; ``Alive``, on which days each source said anything at all; ``day_of(moment)``.
Limits:     days are those of UTC, as ordinals of the calendar: feeds come once a day.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

UNKNOWN: Final = "unknown"


def day_of(moment: datetime) -> int:
    """The day, as an ordinal.

    >>> day_of(datetime(2026, 3, 2, tzinfo=UTC)) - day_of(datetime(2026, 3, 1, 23, tzinfo=UTC))
    1
    """
    return moment.astimezone(UTC).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Infestation:
    """One case on one line; ``days`` are those on which each source saw it, never empty."""

    case_id: str
    subject: str
    days: Mapping[str, frozenset[int]]
    family: str = UNKNOWN
    opened: int
    told: int | None = None  # the day of the first notice
    channel: str | None = None  # how it was told first
    relapse_of: str | None = None
    until: int | None = None  # the day on which the next infestation of the same line was seen first

    def looked_at(self, today: int) -> int:
        """The day until which its silence is looked at."""
        return today if self.until is None else min(today, self.until)

    @property
    def first(self) -> int:
        """The day it was seen first."""
        return min(min(each) for each in self.days.values())

    @property
    def last(self) -> int:
        """The day it was seen last."""
        return max(max(each) for each in self.days.values())


@dataclass(frozen=True, slots=True)
class Alive:
    """The days on which each source delivered anything: its silence on other days says nothing."""

    days: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, days: Mapping[str, Iterable[int]]) -> "Alive":
        """In order, each once."""
        return cls({source: tuple(sorted(set(each))) for source, each in days.items()})

    def between(self, source: str, after: int, before: int) -> int:
        """How many there are after a day and before another one.

        >>> Alive.of({"a": [3, 4, 5, 9]}).between("a", 3, 9)
        2
        """
        days = self.days.get(source, ())
        return max(0, bisect_left(days, before) - bisect_left(days, after + 1))
