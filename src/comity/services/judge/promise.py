"""What the filter promised, and what it holds: the share of legitimate mail that is called spam.

Standards:  Clopper and Pearson's bound (``comity.verdict.budget``).
Answers:    ``promise_of(filter)`` gives ``Promise``, with what each threshold would cost; ``examples_of(filter, lessons)`` how
            well examples that it never learnt are told apart.
Limits:     legitimate mail is what people said is legitimate, as it was scored before it was learnt; a model that came from
            elsewhere holds no such scores, and then there is no curve.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from comity.services.judge.curves import Chart, roc_curve
from comity.services.judge.filtering import Filter
from comity.services.judge.teaching import Lesson
from comity.verdict.budget import labels_to_show, upper_bound

_POINTS: Final = 60
_EXAMPLES: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a threshold would cost: the share lost of the legitimate mail that was seen last, and at the most."""

    threshold: float
    lost: float
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was promised, and what holds."""

    share: float
    threshold: float
    seen: int
    lost: int  # all that was called spam, ...
    doubted: int  # ... and how much of it may well be
    at_most: float  # whoever is right about what is doubted
    at_most_undoubted: float  # if all of that is spam
    kept: int  # scores that the curve rests on
    curve: Sequence[Cost] = ()

    @property
    def holds(self) -> bool | None:
        """True where the bound lies below what was promised, False where more was lost, None where it cannot be told yet.

        What is doubted is enough to keep us from saying that it holds, and not enough to say that it does not.
        """
        if self.at_most <= self.share:
            return True
        undoubted = self.lost - self.doubted
        return False if undoubted > self.share * (self.seen - self.doubted) else None

    @property
    def lacks(self) -> int:
        """How many more labels of legitimate mail, none of it lost, would show that the promise is kept."""
        return max(0, labels_to_show(self.lost, self.share) - self.seen)


def promise_of(judge: Filter) -> Promise:
    """Look at one."""
    budget = judge.budget
    scores = budget.believed()
    return Promise(
        share=budget.share,
        threshold=budget.threshold,
        seen=budget.seen,
        lost=budget.lost,
        doubted=budget.doubted,
        at_most=budget.bound(),
        at_most_undoubted=budget.bound_undoubted(),
        kept=len(scores),
        curve=_curve(scores, budget.threshold),
    )


def _curve(scores: Sequence[float], threshold: float) -> list[Cost]:
    if not scores:
        return []
    begins, ends = min(0.0, threshold - 1), max(scores[-1], threshold) + 0.5
    found = []
    for number in range(_POINTS + 1):
        at = begins + (ends - begins) * number / _POINTS
        lost = len(scores) - bisect_right(scores, at)
        found.append(Cost(threshold=at, lost=lost / len(scores), at_most=upper_bound(lost, len(scores))))
    return found


def examples_of(judge: Filter, lessons: Sequence[Lesson]) -> Chart | None:
    """How well the operator's locked examples are told apart; None where one of the two kinds is missing."""
    some = lessons[:: max(1, -(-len(lessons) // _EXAMPLES))]
    labels = [each.spam for each in some]
    if len(set(labels)) < 2:
        return None
    return roc_curve(labels, [judge.judge(each.data).score for each in some])
