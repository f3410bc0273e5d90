"""Two ways of telling, side by side: who is told in the new way when, and what difference it makes.

Standards:  a stepped wedge: every line belongs to one group by a keyed hash, and group after group passes to the new way, so that
            nobody is left without help and everybody has it in the end. Differences of shares are pooled over the steps
            (Mantel and Haenszel's weights), because what else changes with time hits both ways of one step alike. The bounds are
            put together out of those of each share (R. G. Newcombe, Statist. Med. 17 (1998) 873-890; G. Y. Zou, A. Donner,
            Statist. Med. 27 (2008) 1693-1702), so that they hold for groups of two lines as for those of two hundred.
Answers:    ``Wedge.way_of(subject, family, day)``; ``difference(outcomes)`` gives ``Difference`` with its 95 % interval.
Limits:     off unless the operator says so; families that are named as dangerous are in no group, whatever the settings say. Lines
            count by the way they were meant for, not by what became of it. Steps in which all are told alike say nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from math import sqrt
from typing import Final

from comity.formats.intervals import bounds

# Whoever waits for a better notice meanwhile loses money or passwords.
DANGEROUS: Final = frozenset({"stealer", "ransomware", "banker", "wiper", "phone"})


class Way(StrEnum):
    """How a line is told."""

    USUAL = "usual"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wedge:
    """One comparison; from ``began`` on all are told in the usual way, and a step later the first group in the new."""

    key: bytes
    began: int
    step: int
    groups: int
    never: Collection[str] = ()

    def group_of(self, subject: str) -> int:
        """The group of a line, always the same."""
        mark = blake2b(subject.encode("utf-8", "surrogatepass"), key=self.key[:64], digest_size=8).digest()
        return int.from_bytes(mark) % self.groups

    def step_of(self, day: int) -> int | None:
        """How many steps were made by a day; None outside of the comparison."""
        made = (day - self.began) // self.step
        return made if day >= self.began and made <= self.groups else None

    def way_of(self, subject: str, family: str, day: int) -> Way | None:
        """How the line is told that day; None where it is not compared.

        >>> wedge = Wedge(key=b"k", began=100, step=28, groups=4, never={"mirai"})
        >>> wedge.way_of("s", "spam", 99), wedge.way_of("s", "spam", 101).value, wedge.way_of("s", "mirai", 101)
        (None, 'usual', None)
        """
        made = self.step_of(day)
        if made is None or family in DANGEROUS or family in self.never:
            return None
        return Way.NEW if self.group_of(subject) < made else Way.USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One line: in which step, by which way, and whether it was clean in time."""

    step: int
    way: Way
    is_clean: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How many more of a hundred are clean in time in the new way, as a share; None where no step has both ways."""

    usual: int
    new: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def difference(outcomes: Iterable[Compared]) -> Difference:
    """The difference.

    >>> shares = ((Way.NEW, 80), (Way.USUAL, 50))
    >>> rows = [Compared(step=1, way=way, is_clean=at < clean) for way, clean in shares for at in range(100)]
    >>> found = difference(rows)
    >>> round(found.share, 2), round(found.low, 2), round(found.high, 2)
    (0.3, 0.17, 0.42)
    """
    counts: dict[int, dict[Way, list[int]]] = defaultdict(lambda: {way: [0, 0] for way in Way})
    for each in outcomes:
        cell = counts[each.step][each.way]
        cell[0] += each.is_clean
        cell[1] += 1
    usual, new = (sum(cells[way][1] for cells in counts.values()) for way in Way)
    total = weighted = below = above = 0.0
    for cells in counts.values():
        (few, base), (many, treated) = cells[Way.USUAL], cells[Way.NEW]
        if not base or not treated:
            continue
        weight = base * treated / (base + treated)
        before, after = few / base, many / treated
        (_, least_before, most_before), (_, least_after, most_after) = bounds(few, base), bounds(many, treated)
        total += weight
        weighted += weight * (after - before)
        below += weight * weight * ((after - least_after) ** 2 + (most_before - before) ** 2)
        above += weight * weight * ((most_after - after) ** 2 + (before - least_before) ** 2)
    if not total:
        return Difference(usual=usual, new=new)
    share = weighted / total
    low, high = max(-1.0, share - sqrt(below) / total), min(1.0, share + sqrt(above) / total)
    return Difference(usual=usual, new=new, share=share, low=low, high=high)
