"""One infestation as its effect is measured: a line, whose sightings by source and day are known.

Answers:    ``Infestation``; ``Alive``, on which days each source said anything at all; ``day_of(moment)``.
Limits:     days are those of UTC, as ordinals of the calendar: feeds come once a day.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
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


_KNOWN: Final = 5  # days on which a source delivered, before its rhythm is known


@dataclass(frozen=True, slots=True)
class Alive:
    """The days on which each source delivered anything: its silence on other days says nothing."""

    days: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, days: Mapping[str, Iterable[int]]) -> "Alive":
        """In order, each once."""
        return cls({source: tuple(sorted(set(each))) for source, each in days.items()})

    def silent(self, source: str, today: int) -> tuple[int, int] | None:
        """For how many whole days it has delivered nothing of, and its longest such pause before, where this one is longer.

        Two days more are its own, for what it saw yesterday comes today. Where it delivered on fewer than ``_KNOWN`` days nothing
        is said.

        >>> daily = Alive.of({"a": [1, 2, 3, 4, 5, 6, 8]})
        >>> daily.silent("a", 11), daily.silent("a", 13), daily.silent("b", 13)
        (None, (4, 1), None)
        """
        days = self.days.get(source, ())
        if len(days) < _KNOWN:
            return None
        longest = max(after - before - 1 for before, after in pairwise(days))
        pause = today - days[-1] - 1
        return (pause, longest) if pause > longest + 2 else None

    def between(self, source: str, after: int, before: int) -> int:
        """How many there are after a day and before another one.

        >>> Alive.of({"a": [3, 4, 5, 9]}).between("a", 3, 9)
        2
        """
        days = self.days.get(source, ())
        return max(0, bisect_left(days, before) - bisect_left(days, after + 1))
