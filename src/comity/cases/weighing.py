"""How bad a case of the desk is: the weights of a triage, over the numbers that the desk keeps.

Answers:    ``weigh(case, now)`` gives ``Score``; ``in_order(cases, now)`` the worst first, questions and letters among them by what
            they weigh.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from comity.cases.severity import is_going_on, score
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
    is_letter = case.subject_kind is SubjectKind.LETTER
    return score(
        complainers=1 if is_letter else case.complainers,
        classes={EvidenceClass.COMPLAINT} if is_letter else set(case.classes),  # somebody took the trouble to write
        last=case.last_seen,
        going_on=is_going_on(case.last_seen, days, now),
        now=now,
    )


def in_order(cases: Iterable[DeskCase], now: datetime) -> list[tuple[DeskCase, Score]]:
    """Cases with what they weigh, the worst first."""
    weighed = [(case, weigh(case, now)) for case in cases]
    return sorted(weighed, key=lambda each: (-each[1].total, -each[0].reports, each[0].key))
