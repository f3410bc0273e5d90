"""What two networks owe each other by their agreement: answers to reports, and receipts.

Answers:    ``AnswersOwed`` is one direction at a moment, ``AnswerWatch`` both, with the days up to which a peer was reminded.
Limits:     a report belongs to the day (UTC) on which it was exchanged; its answer is due when so many business days of whoever
            received it have passed after that day.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersOwed:
    """Reports of one direction that nobody has answered."""

    answer_days: int  # business days of the receiver
    acknowledge_days: int
    escalate_days: int
    open: int  # without an answer
    overdue: int  # of these, past their day
    escalating: int  # of these, past the day on which the contact for escalation is written to
    oldest: date | None = None  # on which the oldest without an answer was exchanged
    unreceipted: int | None = (
        None  # leaves past the day for a receipt; None where the peer gives none, or none is asked
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWatch:
    """One peer as it was looked at last."""

    peer: str  # its domain
    at: datetime
    theirs: AnswersOwed | None  # what they owe us; None without an agreement in force
    ours: AnswersOwed | None  # what we owe them
    reminded: date | None = None  # reports up to this day are in a reminder
    escalated: date | None = None  # and up to this one in a mail to the contact for escalation


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenHead:
    """The last head of a peer's channel that came by mail, with our line under it."""

    origin: str
    peer: str
    size: int
    note: str
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedHead:
    """How far the heads of a channel of ours were mailed."""

    origin: str
    peer: str
    size: int
    at: datetime
    known: int | None = None  # the size that the peer named; None: what it cosigned last
