"""What readers of the public pages know before and after, from the answers to their three questions.

Trust:      anybody may answer, as often as the pace of the site allows: this says whether the pages are understood, and decides
            nothing.
Answers:    ``understood(counts, right, period)`` gives ``Understood`` for each question: how many answered before and after
            reading, and what share of them was right.
Limits:     nobody knows who answered: those before and those after may be others, and the shares are of two groups of people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comity.formats.intervals import Share, share
from comity.model.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Those who answered before reading, or after."""

    right: int
    whole: int

    @property
    def share(self) -> Share | None:
        """How many of them were right; None where nobody answered."""
        return share(self.right, self.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """One question."""

    question: str
    before: Phase
    after: Phase


def understood(
    counts: Iterable[tuple[str, str, str, str, int]], right: Mapping[str, str], period: Period | None = None
) -> list[Understood]:
    """Each question of ``right``, its right answer; ``counts``: day, phase, question, answer, how many.

    >>> found, = understood([("2026-03-01", "before", "q", "a", 3), ("2026-03-01", "before", "q", "b", 1)], {"q": "a"})
    >>> found.before, found.after.share
    (Phase(right=3, whole=4), None)
    """
    here = [each for each in counts if period is None or period.first.isoformat() <= each[0] <= period.last.isoformat()]

    def phase(question: str, name: str) -> Phase:
        mine = [(answer, n) for _, when, asked, answer, n in here if (when, asked) == (name, question)]
        return Phase(
            right=sum(n for answer, n in mine if answer == right[question]),
            whole=sum(n for _, n in mine),
        )

    return [
        Understood(question=question, before=phase(question, "before"), after=phase(question, "after"))
        for question in right
    ]
