"""What notices put into the store, and what they ask of it.

Answers:    ``GivenNotice``, one that was given out; ``ActOfSubscriber``; ``NoticeRows``, ``InfestationRows``, ``ContactRows``: what
            a store must offer. Services run inside its transaction; nothing here commits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from comity.model.infestation import Infestation, SubscriberContact
from comity.model.notice import Certainty, NoticeKind, SelfServiceAct


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNotice:
    """One notice, as it was given out; ``checks``: how often somebody asked for its reference."""

    reference: str
    case_id: str
    kind: NoticeKind
    language: str
    certainty: Certainty
    family: str
    guide: str
    seen_first: datetime
    seen_last: datetime
    deadline: datetime | None
    given: datetime
    checks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOfSubscriber:
    """What a subscriber said on the page."""

    case_id: str
    reference: str
    act: SelfServiceAct
    at: datetime


class InfestationRows(Protocol):
    """The rows of infected devices."""

    def put(self, found: Sequence[Infestation]) -> None:
        """What is known now, instead of what was."""

    def of(self, case_ids: Sequence[str]) -> Mapping[str, Infestation]:
        """What is known of these cases."""


class ContactRows(Protocol):
    """The rows of how subscribers are reached."""

    def put(self, contacts: Sequence[SubscriberContact]) -> None:
        """These, instead of what was known of the same subscribers."""

    def of(self, subscriber: str) -> SubscriberContact | None:
        """One of them."""

    def count(self) -> int:
        """How many are known."""

    def clear(self, spared: Collection[str] = ()) -> int:
        """Drop all of them but those that a legal hold spares; how many they were."""

    def forget(self, subscriber: str) -> bool:
        """Drop one; whether there was one."""


class NoticeRows(Protocol):
    """The rows of notices."""

    def add(self, given: GivenNotice) -> None:
        """One that is given out."""

    def find(self, reference: str) -> GivenNotice | None:
        """The one with this reference."""

    def of_case(self, case_id: str) -> Sequence[GivenNotice]:
        """Those of a case, oldest first."""

    def checked(self, reference: str) -> None:
        """Somebody asked for it once more."""

    def steps(self, case_id: str) -> set[tuple[str, str]]:
        """Which steps of which devices are done."""

    def mark(self, case_id: str, step: tuple[str, str], done: datetime | None) -> None:
        """A step of a device is done, or is not."""

    def say(self, act: ActOfSubscriber) -> None:
        """A subscriber said something."""

    def said(self, case_id: str) -> Sequence[ActOfSubscriber]:
        """What was said about a case, oldest first."""

    def forget_addresses(self, case_ids: Sequence[str]) -> None:
        """Whom mails went to that told of these cases; what still waits needs its address."""

    def unsay(self, case_id: str) -> int:
        """Drop what was done and said on the page of a case; how many rows that were."""

    def count(self, day: str, phase: str, answers: Mapping[str, str]) -> None:
        """One set of answers more, by question."""

    def counts(self) -> Sequence[tuple[str, str, str, str, int]]:
        """Day, phase, question, answer and how many."""
