"""What is done to another network, and its way back: consequences with an end, and the recourse against them.

Answers:    ``Measure``, ``RecourseState``, ``RecourseAct``, and the records ``Consequence``, ``Recourse``, ``RecourseEvent``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Measure(StrEnum):
    """What is done."""

    SHOWN_LESS = "shown-less"  # reports to it tell no more who complained
    REPORTED = "reported"  # its mail is complained about
    LIMITED = "limited"  # it is taken, but slowly
    LISTED = "listed"  # it stands on a list that others may read
    BLOCKED = "blocked"  # it is not taken


class RecourseState(StrEnum):
    """Where a recourse stands."""

    OPEN = "open"  # nobody has asked
    ASKED = "asked"  # why was told
    ARGUED = "argued"  # the other side said why it is wrong: a person owes an answer by a day
    GRANTED = "granted"  # the consequence is lifted
    REFUSED = "refused"  # with reasons; it can be escalated once
    ESCALATED = "escalated"  # a second person owes the last answer by a day
    CLOSED = "closed"  # nothing more is owed


class RecourseAct(StrEnum):
    """What happens to a recourse."""

    ASK = "ask"
    ARGUE = "argue"
    GRANT = "grant"
    REFUSE = "refuse"
    ESCALATE = "escalate"
    UPHOLD = "uphold"  # the second person refuses too
    END = "end"  # the consequence is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """One thing that is done to one address, network or domain."""

    reference: str
    subject: str
    measure: Measure
    is_severe: bool
    reason: str
    classes: Mapping[str, int]  # of evidence, at the time
    also: str | None  # a second class of evidence that stands in no case
    case_id: str | None
    peer: str | None  # its domain, where we have an agreement
    imposed: datetime
    begins: datetime
    ends: datetime
    lifted: datetime | None = None

    @property
    def called(self) -> str:
        """What it is done to, as people write it: one address stands without a length.

        >>> from dataclasses import fields
        >>> made = Consequence(**{each.name: None for each in fields(Consequence)} | {"subject": "2001:db8::7/128"})
        >>> made.called
        '2001:db8::7'
        """
        address, _, length = self.subject.partition("/")
        return address if length == ("128" if ":" in address else "32") else self.subject

    @property
    def waits(self) -> bool:
        """Whether it begins only after somebody was warned: until then its beginning is its end, so that it never holds; also where
        it was lifted before.
        """
        return self.begins >= self.ends

    @property
    def last_day(self) -> str:
        """The last day (UTC) on which it holds: what ends at midnight does not hold on the day that begins then."""
        return (self.ends - timedelta(microseconds=1)).date().isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recourse:
    """What came of a consequence."""

    reference: str
    state: RecourseState
    since: datetime
    due: datetime | None = None  # when an answer is owed
    asker: str | None = None  # its address, where it wrote a mail
    answered_by: str | None = None
    was_overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecourseEvent:
    """One line of its history."""

    at: datetime
    actor: str
    act: str
    note: str | None
    to_state: RecourseState
