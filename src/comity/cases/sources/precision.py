"""How often was a source right, as far as anybody looked?

Standards:  ``comity.formats.intervals``: Wilson's interval, Clopper and Pearson's for few.
Answers:    ``precision(confirmed, rejected)`` gives ``Precision``; ``verdict_of(outcome)`` says what an outcome says of the report.
Limits:     a case that nobody decided on says nothing. One case counts once for a source, however many reports it sent.
"""

from dataclasses import dataclass
from typing import Final

from comity.formats.intervals import clopper_pearson, wilson
from comity.model.case_outcome import CaseOutcome

NOT_ME: Final = "not-me"
CONFIRMS: Final = frozenset(
    each.value for each in (CaseOutcome.SUPPRESSED, CaseOutcome.WARNED, CaseOutcome.STOPPED, CaseOutcome.CLEANED)
)
REJECTS: Final = frozenset({CaseOutcome.NO_FAULT.value, CaseOutcome.NOT_OURS.value, NOT_ME})
ENOUGH: Final = 0.9  # the lower bound from which on the desk may think of trusting a source
_EXACT_BELOW: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """The share of decided cases in which it was right, with the bounds of its 95 % interval; None: nobody decided on any."""

    confirmed: int
    rejected: int
    share: float | None = None
    low: float = 0.0
    high: float = 1.0

    @property
    def decided(self) -> int:
        """How many cases say anything."""
        return self.confirmed + self.rejected

    @property
    def is_enough(self) -> bool:
        """Whether the numbers speak for trusting it; a person decides."""
        return self.low >= ENOUGH


def precision(confirmed: int, rejected: int) -> Precision:
    """The share and its interval.

    >>> precision(0, 0).share, round(precision(9, 1).low, 3), precision(60, 0).is_enough
    (None, 0.555, True)
    """
    whole = confirmed + rejected
    if not whole:
        return Precision(confirmed=0, rejected=0)
    low, high = (wilson if whole >= _EXACT_BELOW else clopper_pearson)(confirmed, whole)
    return Precision(confirmed=confirmed, rejected=rejected, share=confirmed / whole, low=low, high=high)


def verdict_of(outcome: str) -> bool | None:
    """True: the report was right; False: it was not; None: the outcome says nothing about that."""
    return True if outcome in CONFIRMS else False if outcome in REJECTS else None
