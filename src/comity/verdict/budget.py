"""The promised budget: how much legitimate mail may be called spam, and the threshold that holds it.

Answers:    ``Budget.threshold``; ``Budget.saw(score)`` for each legitimate message, with the score it had before it was learnt;
            ``Budget.bound()``: what share is lost at the most, at 95 %.
Standards:  the tail of the scores above a high one falls off like an exponential, and is followed beyond what was seen
            (peaks over threshold; Siffer and others, KDD 2017); Clopper and Pearson for the bound.
Limits:     the last 13,000 legitimate messages. The aim is half of what was promised: mail to come is harder than mail that was,
            and a promise that holds only on average is broken every other month.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

_KEPT: Final = 13_000
_TAIL: Final = 0.02
_TAIL_LEAST: Final = 10
_AIM: Final = 0.5
_FIRST: Final = 2.0  # the threshold before anything is known, and for how many messages it speaks
_FIRST_COUNTS: Final = 300


class Budget:
    """Follows the scores of legitimate mail."""

    def __init__(self, share: float = 0.001, first: float = _FIRST) -> None:
        self.share = share
        self.first = first  # what held elsewhere, or is assumed, speaks for 300 messages
        self.threshold = first
        self.seen = 0
        self.lost = 0  # of those seen, how many were above the threshold of their time
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []

    def saw(self, score: float) -> None:
        """One legitimate message had this score."""
        self.seen += 1
        self.lost += score > self.threshold
        self._recent.append(score)
        insort(self._ordered, score)
        if len(self._recent) > _KEPT:
            old = self._recent.popleft()
            del self._ordered[bisect_left(self._ordered, old)]
        self._settle()

    def _settle(self) -> None:
        count = len(self._ordered)
        if not count:
            return
        tail = max(_TAIL_LEAST, int(_TAIL * count))
        found = max(self.first, self._ordered[-1])
        if count > 2 * tail:
            high = self._ordered[-tail:]
            begins = self._ordered[-tail - 1]
            found = begins + (sum(high) / tail - begins) * math.log(tail / (count * self.share * _AIM))
        self.threshold = (_FIRST_COUNTS * self.first + self.seen * found) / (_FIRST_COUNTS + self.seen)

    def bound(self) -> float:
        """The share of the legitimate mail so far that is lost at the most, with 95 % confidence."""
        return upper_bound(self.lost, self.seen)

    def about(self) -> dict[str, Any]:
        """What is kept of it, beside its table."""
        kept = {"share": self.share, "first": self.first, "threshold": self.threshold}
        return {"budget": kept | {"seen": self.seen, "lost": self.lost}}

    def kept(self) -> dict[str, NDArray[Any]]:
        """The scores it follows."""
        return {"budget.recent": np.array(self._recent, dtype=np.float64)}

    @classmethod
    def of(cls, tables: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Self:
        """The budget that was kept."""
        kept = about["budget"]
        if "budget.recent" not in tables:  # it came from elsewhere: its threshold is where we begin
            return cls(float(kept["share"]), float(kept["threshold"]))
        made = cls(float(kept["share"]), float(kept["first"]))
        made.seen, made.lost, made.threshold = int(kept["seen"]), int(kept["lost"]), float(kept["threshold"])
        recent = [float(each) for each in tables["budget.recent"]]
        if len(recent) > _KEPT or not all(map(math.isfinite, (*recent, made.threshold))):
            raise ValueError("budget")
        made._recent, made._ordered = deque(recent), sorted(recent)
        return made


def upper_bound(hits: int, count: int) -> float:
    """The largest share under which so few hits among so many would still be seen once in twenty times.

    >>> round(upper_bound(0, 3000), 5), upper_bound(0, 0)
    (0.001, 1.0)
    """
    if hits >= count:
        return 1.0
    low, high = hits / count, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, count, middle) > 0.05 else (low, middle)
    return high


def _at_most(hits: int, count: int, share: float) -> float:
    """The chance of no more than so many hits (binomial)."""
    if share >= 1:
        return 0.0
    odds = math.log(share) - math.log1p(-share) if share > 0 else -math.inf
    one, total = count * math.log1p(-share), 0.0
    for number in range(hits + 1):
        total += math.exp(one)
        one += math.log((count - number) / (number + 1)) + odds
    return total
