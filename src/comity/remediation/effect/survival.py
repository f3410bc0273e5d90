"""How many lines are still infected so many days after their notice.

Standards:  Kaplan and Meier (1958); Greenwood's variance on the log-log scale, so that a bound stays between 0 and 1. Where the
            curve reaches 0 that scale has no value: then the upper bound is the exact one of Clopper and Pearson (1934) for none
            of n, 1 - 0.025 ** (1 / n). n is all lines where none was censored before that day; else those at risk on it, which is
            wider than need be: who is infected afterwards was at risk then, so that the curve is no higher than their share.
Answers:    ``curve(spans)``: the steps of the curve, each with its 95 % bounds; ``infected_after(curve, days)`` reads it.
Limits:     a line that is still seen, or whose silence is too short, is censored: it counts for as long as it was watched, and
            never as clean. Lines of one subscriber are taken as independent.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

from comity.formats.intervals import clopper_pearson

_Z: Final = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One line: for how many days it was watched since its notice, and whether it was clean then."""

    days: int
    is_clean: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this day on so many are still infected; ``low`` and ``high`` are the bounds of 95 %, None where nothing can be said."""

    day: int
    infected: float
    low: float | None
    high: float | None
    at_risk: int


def curve(watched: Iterable[Watched]) -> tuple[Step, ...]:
    """The curve of one group.

    >>> [(step.day, round(step.infected, 3)) for step in curve(
    ...     [Watched(days=2, is_clean=True), Watched(days=3, is_clean=False), Watched(days=5, is_clean=True)])]
    [(2, 0.667), (5, 0.0)]
    >>> step, = curve([Watched(days=2, is_clean=True)] * 20)
    >>> step.infected, step.low, round(step.high, 3)
    (0.0, 0.0, 0.168)
    """
    cleaned: Counter[int] = Counter()
    ended: Counter[int] = Counter()
    for each in watched:
        ended[each.days] += 1
        cleaned[each.days] += each.is_clean
    at_risk, infected, variance = sum(ended.values()), 1.0, 0.0
    lines, censored = at_risk, 0
    steps: list[Step] = []
    for day in sorted(ended):
        events = cleaned[day]
        if events:
            infected *= 1 - events / at_risk
            if at_risk > events:
                variance += events / (at_risk * (at_risk - events))
            if at_risk == events:
                low, high = clopper_pearson(0, at_risk if censored else lines)
            else:
                low, high = _bounds(infected, variance)
            steps.append(Step(day=day, infected=infected, low=low, high=high, at_risk=at_risk))
        at_risk -= ended[day]
        censored += ended[day] - events
    return tuple(steps)


def infected_after(steps: Sequence[Step], days: int) -> float:
    """The share that is still infected after so many days."""
    return next((step.infected for step in reversed(steps) if step.day <= days), 1.0)


def _bounds(infected: float, variance: float) -> tuple[float, float]:
    scale = _Z * sqrt(variance) / log(infected)
    return exp(log(infected) * exp(-scale)), exp(log(infected) * exp(scale))
