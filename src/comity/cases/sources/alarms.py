"""Is something the matter with a feed: does it match nobody any more, or has it fallen silent?

Standards:  shares count by the lower bound of their 95 % interval (``comity.formats.intervals``).
Answers:    ``unmatched(hours, terms, now)`` and ``silence(hours, terms, now)`` give ``Unmatched`` and ``Silence``, each with
            ``is_alarm`` and its numbers.
Limits:     silence is measured against the feed's own pauses: after ``n`` pauses, one that is longer than all of them comes about
            by chance once in ``n + 1`` times, whatever the feed's habits are. A feed with fewer than ``least_pauses`` pauses is too
            young for it (``too-young``): nothing is said, and that is shown. The longest pause is taken times ``stretch``.
            A feed that never matched well has its own share as the line, not the settings'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from comity.formats.intervals import clopper_pearson, wilson
from comity.model.source import Hour

_EXACT_BELOW = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTerms:
    """When somebody is to be woken."""

    window: timedelta = timedelta(hours=24)
    over: float = 0.3
    least: int = 10  # reports in the window
    stretch: float = 1.5
    least_pauses: int = 30
    least_silence: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """So many of the last reports match nobody, or cannot be read; ``line`` is the share from which on it is an alarm."""

    bad: int
    whole: int
    low: float
    line: float
    is_alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long nothing came, the longest pause before, and among how many; ``state`` is ``usual``, ``silent`` or ``too-young``."""

    silent_for: timedelta
    longest: timedelta
    pauses: int
    state: str

    @property
    def is_alarm(self) -> bool:
        """Whether it fell silent."""
        return self.state == "silent"


def unmatched(
    hours: Sequence[Hour], terms: AlarmTerms, now: datetime, *, usual_until: datetime | None = None
) -> Unmatched:
    """How the last window compares with what went before; ``usual_until``: what came later is not what it usually is."""
    begins = now - terms.window
    bad, whole = _sums([each for each in hours if each.at > begins - timedelta(hours=1)])
    ends = begins if usual_until is None else min(begins, usual_until)
    earlier = _sums([each for each in hours if each.at <= ends - timedelta(hours=1)])
    line = terms.over if earlier[1] < terms.least else max(terms.over, _bounds(*earlier)[1])
    low = _bounds(bad, whole)[0] if whole else 0.0
    return Unmatched(bad=bad, whole=whole, low=low, line=line, is_alarm=whole >= terms.least and low > line)


def silence(hours: Sequence[Hour], terms: AlarmTerms, now: datetime) -> Silence:
    """Whether it fell silent. ``hours`` are those in which something came."""
    heard = sorted(each.at for each in hours if each.items)
    pauses = [later - earlier for earlier, later in pairwise(heard)]
    longest = max(pauses, default=timedelta(0))
    silent_for = max(now - heard[-1] - timedelta(hours=1), timedelta(0)) if heard else timedelta(0)
    if len(pauses) < terms.least_pauses:
        state = "too-young"
    else:
        state = "silent" if silent_for > max(longest * terms.stretch, terms.least_silence) else "usual"
    return Silence(silent_for=silent_for, longest=longest, pauses=len(pauses), state=state)


def _sums(hours: Sequence[Hour]) -> tuple[int, int]:
    """Reports and items of which nothing came, and all of them."""
    unread = sum(each.unread for each in hours)
    return unread + sum(each.unmatched for each in hours), unread + sum(each.reports for each in hours)


def _bounds(part: int, whole: int) -> tuple[float, float]:
    return (wilson if whole >= _EXACT_BELOW else clopper_pearson)(min(part, whole), whole)
