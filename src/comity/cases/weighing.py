"""How bad a case of the desk is: the weights of a triage, over the numbers that the desk keeps.

Answers:    ``weigh(case, now)`` gives ``Score``; ``in_order(cases, now)`` the worst first, questions and letters among them by what
            they weigh; ``lasting(case)`` the factors that no hour changes.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from comity.cases.severity import breadth_of, is_going_on, score, weight_of
from comity.model.case import EvidenceClass, Score, SubjectKind
from comity.model.desk import DeskCase


class Weighed(Protocol):
    """The numbers by which a case is weighed."""

    @property
    def subject_kind(self) -> SubjectKind:
        """Whom or what it is about."""

    @property
    def complainers(self) -> int:
        """How many people."""

    @property
    def classes(self) -> Collection[EvidenceClass]:
        """Of which classes its evidence is."""

    @property
    def first_seen(self) -> datetime | None:
        """When it happened first."""

    @property
    def last_seen(self) -> datetime | None:
        """When it happened last."""


def weigh(case: Weighed, now: datetime) -> Score:
    """Weigh one case. It went on for days when its first and its last time lie on two."""
    days = 0
    if case.first_seen is not None and case.last_seen is not None:
        days = 1 + (case.first_seen.date() != case.last_seen.date())
    complainers, classes = _counted(case)
    return score(
        complainers=complainers,
        classes=classes,
        last=case.last_seen,
        going_on=is_going_on(case.last_seen, days, now),
        now=now,
    )


def lasting(case: Weighed) -> tuple[float, float]:
    """Breadth and classes: the two factors that no hour changes."""
    complainers, classes = _counted(case)
    return breadth_of(complainers), weight_of(classes)


def _counted(case: Weighed) -> tuple[int, Collection[EvidenceClass]]:
    if case.subject_kind is SubjectKind.LETTER:
        return 1, {EvidenceClass.COMPLAINT}  # somebody took the trouble to write
    return case.complainers, set(case.classes)


def in_order(cases: Iterable[DeskCase], now: datetime) -> list[tuple[DeskCase, Score]]:
    """Cases with what they weigh, the worst first."""
    weighed = [(case, weigh(case, now)) for case in cases]
    return sorted(weighed, key=lambda each: (-each[1].total, -each[0].reports, each[0].key))
