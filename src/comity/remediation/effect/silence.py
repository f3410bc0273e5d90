"""How long the feeds must be silent before a line counts as clean.

Standards:  a source sees an infected line on some share of the days (its coverage). After n silent days an infected line would
            have gone unseen with probability (1 - coverage) ** n, for several sources the product of theirs.
Answers:    ``coverage(seen, days)``, a cautious estimate of the share; ``days_needed(coverages)``;
            ``still_infected(coverages, days)``.
Limits:     days are taken as independent of each other: a device that is off for a fortnight is silent and infected. A source
            that hardly sees anything proves nothing in ``MOST_DAYS``: the answer is then None, and only a person closes the case.
"""

from collections.abc import Iterable
from math import ceil, log1p, sqrt
from typing import Final

DOUBT: Final = 0.05
LEAST_DAYS: Final = 3
MOST_DAYS: Final = 60
_Z: Final = 1.6449  # one-sided 95 %


def coverage(seen: int, days: int) -> float:
    """The share of days on which a source sees an infected line: the lower Wilson bound of ``seen`` out of ``days``.

    >>> round(coverage(9, 10), 2), round(coverage(1, 10), 2), coverage(0, 0)
    (0.65, 0.02, 0.0)
    """
    if days <= 0 or seen <= 0:
        return 0.0
    share, square = min(seen / days, 1.0), _Z * _Z
    middle = share + square / (2 * days)
    spread = _Z * sqrt(share * (1 - share) / days + square / (4 * days * days))
    return max(0.0, (middle - spread) / (1 + square / days))


def days_needed(coverages: Iterable[float]) -> int | None:
    """Silent days after which an infected line would have been seen with 95 %; None: silence proves nothing.

    >>> days_needed([0.66]), days_needed([0.2]), days_needed([0.2, 0.2]), days_needed([0.01])
    (3, 14, 7, None)
    """
    missed = sum(log1p(-min(each, 0.999)) for each in coverages)
    if missed >= 0:
        return None
    days = max(LEAST_DAYS, ceil(log1p(DOUBT - 1) / missed))
    return days if days <= MOST_DAYS else None


def still_infected(coverages: Iterable[float], days: int) -> float:
    """How likely an infected line is silent for so many days.

    >>> round(still_infected([0.5], 3), 3)
    0.125
    """
    left = 1.0
    for each in coverages:
        left *= (1 - min(each, 0.999)) ** days
    return left
