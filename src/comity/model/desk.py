"""A case as the desk keeps it: who it is about, in which state it is, what was done.

Trust:      labels of letters and notes hold people's words: escape them before showing them.
Answers:    ``CaseState``, ``Act``, ``DeskCase``, ``CaseEvent``, ``Question``. Which act leads where stands in
            ``comity.cases.lifecycle``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from comity.model.case import EvidenceClass, SubjectKind
from comity.model.record import record


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"  # nobody has looked at it
    UNDECIDED = "undecided"  # a person must say whose it is
    OPEN = "open"  # somebody works on it
    WAITING = "waiting"  # for an answer, or for a day
    CLOSED = "closed"
    MERGED = "merged"  # it went into another case, and what comes now goes there


class Act(StrEnum):
    """What can be done to a case, or happen to it."""

    EVIDENCE = "evidence"  # another report came
    RETURN = "return"  # it went on soon after it was closed
    DUE = "due"  # the day came for which it waited
    TAKE = "take"
    WAIT = "wait"
    ASSIGN = "assign"  # says whose it is
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"
    NOTE = "note"


TWO_CUSTOMERS: Final = "two-customers"  # the list of what is ours gives it to both
ERASED_CASE: Final = "erased:"  # how key and subject of a case begin that was erased


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person must decide: ``two-customers``, or why no subscriber is certain, with the candidates."""

    code: str
    candidates: tuple[str, ...]


_OF_PROGRAMS = frozenset({EvidenceClass.BOT, EvidenceClass.FEED, EvidenceClass.NOTICE})


@record
class DeskCase:
    """One case: its subject, its state, and the numbers by which it is weighed."""

    case_id: str
    key: str
    subject_kind: SubjectKind
    label: str
    number: int  # the how manieth case on this subject
    contact: str | None = None
    state: CaseState
    state_since: datetime
    question: Question | None = None
    opened: datetime
    first_seen: datetime | None = None  # when it happened, not when we heard of it
    last_seen: datetime | None = None
    reports: int = 0
    repeats: int = 0
    complainers: int = 0
    classes: Mapping[EvidenceClass, int] = field(default_factory=dict)
    merged_into: str | None = None
    reopened_from: str | None = None  # the earlier case on the same subject, where this is a relapse
    due: datetime | None = None

    @property
    def is_of_people(self) -> bool:
        """Whether people complained; not where programs alone reported."""
        return not self.classes or any(each not in _OF_PROGRAMS for each in self.classes)


@record
class CaseEvent:
    """One thing that was done to a case, or happened to it."""

    case_id: str
    at: datetime
    actor: str
    act: str  # of ``Act``, or "open"
    note: str | None = None
    from_state: CaseState | None = None
    to_state: CaseState
