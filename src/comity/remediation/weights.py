"""How far a source is believed, by what came of its earlier words.

Standards:  a share of right words with a Beta prior; the lower bound of its one-sided 90 % interval counts, so that few cases
            prove little. For whole counts the Beta distribution is a sum of the binomial one (Abramowitz and Stegun 26.5.24).
Answers:    ``lower_bound(outcomes)``: a share between 0 and 1.
Limits:     the prior is two right and one wrong: a source of which nothing is known is believed a little, and never alone.
            The sum takes as many terms as there are wrong words; above ``MOST`` outcomes both counts are scaled down.
"""

from math import exp, lgamma, log
from typing import Final

from comity.model.sighting import Outcomes

PRIOR: Final = Outcomes(right=2, wrong=1)
MOST: Final = 2000
_DOUBT: Final = 0.1
_STEPS: Final = 40


def lower_bound(outcomes: Outcomes) -> float:
    """The share of right words that a source has at least, nine times in ten.

    >>> round(lower_bound(Outcomes()), 3), round(lower_bound(Outcomes(right=40)), 3)
    (0.316, 0.947)
    >>> lower_bound(Outcomes(right=5, wrong=40)) < lower_bound(Outcomes())
    True
    """
    total = outcomes.right + outcomes.wrong
    scale = min(1.0, MOST / total) if total else 1.0
    right, wrong = PRIOR.right + round(outcomes.right * scale), PRIOR.wrong + round(outcomes.wrong * scale)
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, right, wrong) < _DOUBT else (low, middle)
    return low


def _below(share: float, right: int, wrong: int) -> float:
    """How much of the Beta distribution lies below a share: at least ``right`` of ``right + wrong - 1`` throws hit."""
    if share <= 0 or share >= 1:
        return float(share >= 1)
    throws = right + wrong - 1
    return sum(
        exp(
            lgamma(throws + 1)
            - lgamma(hits + 1)
            - lgamma(throws - hits + 1)
            + hits * log(share)
            + (throws - hits) * log(1 - share)
        )
        for hits in range(right, throws + 1)
    )
