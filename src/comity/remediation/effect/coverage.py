"""How often each source sees a line that is infected, learned from those that it saw.

Standards:  of the days between the first and the last sighting of a line, whoever made them, those count on which a source
            delivered anything: on what share of them did it see this line? The first and the last day are left out, because by them
            the stretch was chosen.
Answers:    ``learned(infestations, alive)`` gives ``Coverages``; ``Coverages.of_line(infestation)`` a cautious share for each
            source that saw the line, ``Coverages.known(source)`` the counts.
Limits:     a line is infected all the time between its first and its last sighting: relapses within one case make sources look
            blinder than they are. A source says nothing about families with fewer than ``LEAST`` days, where the share of all its
            families holds; below ``LEAST`` in all nothing is known of it. A line's own days shift its share, as much as
            ``_BORROWED`` days of all lines do.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from comity.remediation.effect.infestation import Alive, Infestation
from comity.remediation.effect.silence import coverage

LEAST: Final = 30
_BORROWED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverages:
    """What was learned: by source, and by source and family, how many days it saw of how many it could have."""

    seen: Mapping[tuple[str, str | None], int]
    days: Mapping[tuple[str, str | None], int]
    alive: Alive

    def known(self, source: str) -> tuple[int, int]:
        """The days it saw, and those that it could have seen."""
        return self.seen.get((source, None), 0), self.days.get((source, None), 0)

    def of(self, source: str, family: str) -> float | None:
        """A cautious share for a line of this family; None where too little is known."""
        for key in ((source, family), (source, None)):
            if self.days.get(key, 0) >= LEAST:
                return coverage(self.seen.get(key, 0), self.days[key])
        return None

    def of_line(self, infestation: Infestation) -> dict[str, float | None]:
        """For each source that saw this line."""
        return {source: self._own(infestation, source) for source in infestation.days}

    def _own(self, infestation: Infestation, source: str) -> float | None:
        usual = self.of(source, infestation.family)
        if usual is None:
            return None
        seen, days = _inside(infestation, source, self.alive)
        return (seen + _BORROWED * usual) / (days + _BORROWED)


def learned(infestations: Iterable[Infestation], alive: Alive) -> Coverages:
    """Learn from these.

    >>> line = Infestation(case_id="c", subject="s", days={"a": frozenset({1, 2, 9}), "b": frozenset({1})}, opened=1)
    >>> found = learned([line] * 6, Alive.of({"a": range(10), "b": range(10)}))
    >>> found.known("a"), found.known("b"), found.of("c", "mirai") is None
    ((6, 42), (0, 42), True)
    """
    seen: Counter[tuple[str, str | None]] = Counter()
    days: Counter[tuple[str, str | None]] = Counter()
    for each in infestations:
        for source in each.days:
            saw, could = _inside(each, source, alive)
            for key in ((source, each.family), (source, None)):
                seen[key] += saw
                days[key] += could
    return Coverages(seen=seen, days=days, alive=alive)


def _inside(infestation: Infestation, source: str, alive: Alive) -> tuple[int, int]:
    first, last = infestation.first, infestation.last
    could = alive.between(source, first, last)
    saw = sum(first < day < last for day in infestation.days.get(source, ()))
    return min(saw, could), could
