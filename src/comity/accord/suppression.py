"""Which numbers of a breakdown must not be shown, so that nobody can work out one that is small.

A number from 1 to 9 is small: it could point at the few people behind it. What adds up with it (the total, the other rows) gives it
away, so some of the other rows go too. The breakdown is looked at as a flow: a total flows through countries of registrants,
networks and countries of location, or through classes, and at each joint as much goes in as comes out. Whatever an outsider can
work out from what is shown, he works out from those joints.

Standards:  complementary suppression in tables as network flows: L. H. Cox, Network models for complementary cell suppression,
            J. Amer. Statist. Assoc. 90 (1995) 1453-1462.
Answers:    ``hidden(arcs)`` gives the keys that are not shown. Promise: for each small number, what is shown fits at least also one
            that is larger by ``ROOM``; where that cannot be had, nothing of the breakdown is shown, and the caller names no row.
Limits:     totals are known (``is_known``): the size of a tree tells them. The outsider knows that numbers are not negative; what
            he himself reported is not reckoned with. Periods must not overlap: see ``comity.model.period``.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

SMALL: Final = 10  # below this, and not nought
ROOM: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """One number as a flow from one joint to another; one that ``is_known`` cannot be hidden."""

    key: str
    tail: str
    head: str
    value: int
    is_known: bool = False


def is_small(value: int) -> bool:
    """Whether a number must not be shown.

    >>> [is_small(each) for each in (0, 1, 9, 10)]
    [False, True, True, False]
    """
    return 0 < value < SMALL


def hidden(arcs: Sequence[Arc], already: Iterable[str] = ()) -> frozenset[str]:
    """The keys that are not shown; ``already`` are those that somebody else does not show.

    >>> rows = {"a": 40, "b": 3, "c": 25}
    >>> arcs = [Arc(key="total", tail="out", head="in", value=68, is_known=True)]
    >>> arcs += [Arc(key=key, tail="in", head="out", value=n) for key, n in rows.items()]
    >>> sorted(hidden(arcs))
    ['b', 'c']
    """
    free = [arc for arc in arcs if not arc.is_known]
    small = [arc for arc in free if is_small(arc.value)]
    gone = {arc.key for arc in small} | set(already)
    for arc in sorted(small, key=lambda each: (each.value, each.key)):
        path = _cycle(arc, free, gone)
        if path is None:
            return frozenset(each.key for each in free)
        gone |= path
    return frozenset(gone)


def _cycle(small: Arc, arcs: Sequence[Arc], gone: set[str]) -> set[str] | None:
    """What the cheapest way hides on which ``ROOM`` more of a small flow could have come back to where it began; None: no way."""
    ways: dict[str, list[tuple[str, int, str]]] = {}
    for arc in arcs:
        if arc is small:
            continue
        cost = 0 if arc.key in gone else arc.value + 1
        ways.setdefault(arc.tail, []).append((arc.head, cost, arc.key))
        if arc.value >= ROOM:  # there is enough to take away from
            ways.setdefault(arc.head, []).append((arc.tail, cost, arc.key))
    order = count()
    waiting: list[tuple[int, int, str, tuple[str, ...]]] = [(0, next(order), small.head, ())]
    seen: set[str] = set()
    while waiting:
        cost, _, joint, path = heapq.heappop(waiting)
        if joint == small.tail:
            return set(path)
        if joint in seen:
            continue
        seen.add(joint)
        for following, more, key in ways.get(joint, ()):
            if following not in seen:
                heapq.heappush(waiting, (cost + more, next(order), following, (*path, key)))
    return None
