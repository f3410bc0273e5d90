"""What a program handed over, and what became of it.

Answers:    ``Submission``, by which a program asks again; ``WorkedOff``.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """By what a program that handed something over knows it again, and who that was."""

    submission_id: str
    token_id: str
    digest: str  # SHA-256 in hexadecimal of everything that was handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOff:
    """What became of one submission."""

    submission: Submission
    arrived: datetime
    worked_off: datetime
    fate: str
    kind: str | None = None
    reason: str | None = None
    reports: int = 0
    repeats: int = 0
    unmatched: int = 0
    cases: tuple[str, ...] = ()
    complaints: tuple[int, ...] = ()  # their numbers
