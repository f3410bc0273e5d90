"""One time axis for all cases of a triage, so that their time lines can be compared at a glance.

Answers:    ``axis_of(days)`` chooses the stretch and the width of its steps; ``Axis.fill(days)`` counts one case into them.
Limits:     at most 30 steps unless another number is asked for. The axis begins where the newest 98 % do: one mail dated 1999
            must not press everything else into the last step. What is older is counted into the first step.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

STEPS: Final = 30
_LEAST_DAYS: Final = 7
_SHARE: Final = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """From ``first``, ``steps`` steps of ``width`` days."""

    first: date
    width: int
    steps: int

    @property
    def last(self) -> date:
        """The last day of the last step."""
        return self.first + timedelta(days=self.width * self.steps - 1)

    def day_of(self, step: int) -> date:
        """The first day of a step."""
        return self.first + timedelta(days=self.width * step)

    def fill(self, days: Iterable[tuple[date, int]]) -> tuple[int, ...]:
        """How many in each step.

        >>> Axis(first=date(2026, 3, 1), width=2, steps=3).fill([(date(2026, 3, 2), 4), (date(2026, 3, 5), 1)])
        (4, 0, 1)
        """
        counts = [0] * self.steps
        for day, count in days:
            step = (day - self.first).days // self.width
            counts[min(max(step, 0), self.steps - 1)] += count
        return tuple(counts)


def axis_of(days: Iterable[tuple[date, int]], steps: int = STEPS) -> Axis | None:
    """The axis that serves all these days; None where there are none."""
    counts: Counter[date] = Counter()
    for day, count in days:
        counts[day] += count
    if not counts:
        return None
    last = first = max(counts)
    room, total = 0, sum(counts.values())
    for day in sorted(counts, reverse=True):
        if room >= total * _SHARE:
            break
        first = day
        room += counts[day]
    span = max((last - first).days + 1, _LEAST_DAYS)
    width = -(-span // steps)
    needed = -(-span // width)
    return Axis(first=last - timedelta(days=width * needed - 1), width=width, steps=needed)
