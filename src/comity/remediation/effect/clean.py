"""Is a line clean, by the silence of the sources that saw it?

Standards:  comity.remediation.effect.silence: an infected line goes unseen on a day with probability 1 - coverage, for several
            sources the product. Only days count on which a source delivered anything.
Answers:    ``judged(infestation, coverages, today, assumed)`` gives ``Silence``: clean, too early to say, or ``blind`` where
            silence proves nothing; ``watched(infestation, silence, today)`` the same as survival curves count it.
Limits:     where too little is known of all sources that saw it, ``assumed`` days of a source that delivers count as enough, and
            the basis says so. Today is not over and does not count.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Final

from comity.remediation.effect.coverage import Coverages
from comity.remediation.effect.infestation import Infestation
from comity.remediation.effect.silence import DOUBT, LEAST_DAYS, days_needed, still_infected
from comity.remediation.effect.survival import Watched

_MOST_LAG: Final = 14.0


class Basis(StrEnum):
    """What stands behind it."""

    LEARNED = "learned"
    ASSUMED = "assumed"  # too little is known of the sources
    BLIND = "blind"  # they see so little that their silence proves nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """``days`` since it was seen last; ``needed`` so many would be enough, where every source delivers each day."""

    days: int
    needed: int | None
    doubt: float  # how likely an infected line is silent like this
    basis: Basis
    is_clean: bool
    lag: float = 0.0  # how many days longer than it was seen a line is infected, on average


def judged(infestation: Infestation, coverages: Coverages, *, today: int, assumed: int) -> Silence:
    """Judge one line."""
    last, alive, today = infestation.last, coverages.alive, infestation.looked_at(today)
    days = max(0, today - last - 1)
    shares = coverages.of_line(infestation)
    known = {source: share for source, share in shares.items() if share is not None}
    if not known:
        most = max((alive.between(source, last, today) for source in shares), default=0)
        is_clean = most >= assumed
        doubt = DOUBT if is_clean else 1.0
        return Silence(days=days, needed=assumed, doubt=doubt, basis=Basis.ASSUMED, is_clean=is_clean)
    needed = days_needed(known.values())
    if needed is None:
        return Silence(days=days, needed=None, doubt=1.0, basis=Basis.BLIND, is_clean=False)
    doubt = prod(still_infected([share], alive.between(source, last, today)) for source, share in known.items())
    missed = still_infected(known.values(), 1)
    return Silence(
        days=days,
        needed=needed,
        doubt=doubt,
        basis=Basis.LEARNED,
        is_clean=doubt <= DOUBT and days >= LEAST_DAYS,
        lag=min(_MOST_LAG, missed / (1 - missed)),
    )


def watched(infestation: Infestation, silence: Silence, *, today: int) -> Watched | None:
    """From the notice (else from the day its case was opened) on; None where it was not seen after that, or nothing can be known.

    Whoever cannot be clean yet because the silence is too short was watched until the last day on which it could have been found
    clean: to count only those whose silence is long enough would make the healed look rarer than they are.
    """
    began = infestation.opened if infestation.told is None else infestation.told
    if infestation.last < began or silence.needed is None:
        return None
    cut = infestation.looked_at(today) - silence.needed - 1
    if silence.is_clean:
        return Watched(days=infestation.last - began + round(silence.lag), is_clean=True)
    end = min(infestation.last, cut)
    return Watched(days=end - began, is_clean=False) if end >= began else None
