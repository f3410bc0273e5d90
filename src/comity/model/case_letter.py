"""One letter that a person of ours wrote about a case.

Answers:    ``CaseLetter``; ``is_overdue(now)``: it asked for an answer by a day that is over.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Correspondent(StrEnum):
    """To whom."""

    CUSTOMER = "customer"  # whom our own list names: the customer's contact, the mailbox of a subscriber
    REPORTER = "reporter"  # who reported it, by a report or by the letter that opened the case
    WRITER = "writer"  # who wrote another letter that stands in the case
    PEER = "peer"  # whom the agreement with a network that reported names for people
    NETWORK = "network"  # the contact of the network around an address of the case, confirmed by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A file that went along; the file itself is in the mail alone."""

    name: str
    media_type: str
    size: int
    digest: str  # SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLetter:
    """One letter; ``state`` is that of its mail in the outbox."""

    letter_id: int = 0
    case_id: str
    who: Correspondent
    address: str = field(repr=False)
    subject: str
    message_id: str
    outbox_id: int
    written: datetime
    by: str
    answer_by: datetime | None = None
    answered: datetime | None = None
    bounced: datetime | None = None
    reminded: datetime | None = None
    state: str | None = None
    files: tuple[LetterFile, ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        """Whether the other side should have answered."""
        return self.answer_by is not None and self.answer_by < now and self.answered is None and self.bounced is None
