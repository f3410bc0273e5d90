"""How sure a rate is: intervals for shares of counts.

Standards:  E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Amer. Statist. Assoc. 22 (1927)
            209-212; C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934) 404-413;
            which of them where: L. D. Brown, T. T. Cai, A. DasGupta, Interval estimation for a binomial proportion, Statist.
            Sci. 16 (2001) 101-133: Wilson's is the one to take from n = 40 on, also for shares near 0 and 1. Below that we take
            Clopper and Pearson's, which never covers less than it says.
Answers:    ``bounds(part, whole)`` gives method, lower and upper bound; ``share(part, whole)`` gives ``Share`` in per mille, its
            bounds rounded outwards, or None where there is nothing to share.
Limits:     95 %. The counts are all there were, no sample: the interval says what could be chance if the same went on.
"""

from dataclasses import dataclass
from math import ceil, exp, floor, lgamma, log, sqrt
from typing import Final

_Z: Final = 1.959963984540054  # the 97.5 % point of the normal distribution
_WILSON_FROM: Final = 40
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share in per mille with the bounds of its interval."""

    per_mille: int
    low: int
    high: int
    method: str  # "wilson", "clopper-pearson"


def share(part: int, whole: int) -> Share | None:
    """The share of ``part`` in ``whole``.

    >>> share(90, 100)
    Share(per_mille=900, low=825, high=945, method='wilson')
    >>> share(0, 10)
    Share(per_mille=0, low=0, high=309, method='clopper-pearson')
    >>> share(1, 0) is None
    True
    """
    if whole <= 0 or not 0 <= part <= whole:
        return None
    method, low, high = bounds(part, whole)
    return Share(
        per_mille=round(1000 * part / whole), low=floor(1000 * low + 1e-9), high=ceil(1000 * high - 1e-9), method=method
    )


def bounds(part: int, whole: int) -> tuple[str, float, float]:
    """The interval, by the method that is right for this size, and its name.

    >>> bounds(1, 10)[0], bounds(1, 100)[0]
    ('clopper-pearson', 'wilson')
    """
    if whole < _WILSON_FROM:
        return ("clopper-pearson", *clopper_pearson(part, whole))
    return ("wilson", *wilson(part, whole))


def wilson(part: int, whole: int, z: float = _Z) -> tuple[float, float]:
    """Wilson's score interval; ``z``: the point of the normal distribution that its confidence belongs to.

    >>> low, high = wilson(10, 100)
    >>> round(low, 4), round(high, 4)
    (0.0552, 0.1744)
    """
    middle, squared = part / whole, z * z
    center = (middle + squared / (2 * whole)) / (1 + squared / whole)
    half = z / (1 + squared / whole) * sqrt(middle * (1 - middle) / whole + squared / (4 * whole * whole))
    return max(0.0, center - half) if part else 0.0, min(1.0, center + half) if part < whole else 1.0


def clopper_pearson(part: int, whole: int) -> tuple[float, float]:
    """The exact interval: quantiles of two beta distributions.

    >>> low, high = clopper_pearson(3, 10)
    >>> round(low, 4), round(high, 4)
    (0.0667, 0.6525)
    """
    low = 0.0 if part == 0 else _beta_quantile(0.025, part, whole - part + 1)
    high = 1.0 if part == whole else _beta_quantile(0.975, part + 1, whole - part)
    return low, high


def _beta_quantile(probability: float, first: float, second: float) -> float:
    """Where the beta distribution reaches a probability, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _beta_below(middle, first, second) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_below(at: float, first: float, second: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8, Lentz's method)."""
    if at <= 0 or at >= 1:
        return float(at >= 1)
    front = exp(lgamma(first + second) - lgamma(first) - lgamma(second) + first * log(at) + second * log(1 - at))
    if at < (first + 1) / (first + second + 2):
        return front * _fraction(at, first, second) / first
    return 1 - front * _fraction(1 - at, second, first) / second


def _fraction(at: float, first: float, second: float) -> float:
    upper, lower = 1.0, 1 - (first + second) * at / (first + 1)
    lower = 1 / (lower or _TINY)
    found = lower
    for step in range(1, 500):
        twice = first + 2 * step
        for term in (
            step * (second - step) * at / ((twice - 1) * twice),
            -(first + step) * (first + second + step) * at / (twice * (twice + 1)),
        ):
            lower = 1 / ((1 + term * lower) or _TINY)
            upper = (1 + term / upper) or _TINY
            found *= lower * upper
        if abs(lower * upper - 1) < 1e-14:
            break
    return found
