"""What recourse puts into the store and asks of it; services run inside its transaction.

Trust:      reasons, arguments and addresses may be strangers' words: escape them before showing them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from comity.model.case import Evidence
from comity.model.desk import DeskCase
from comity.model.network_contact import Contact, FoundContact
from comity.model.recourse import Consequence, Recourse, RecourseEvent
from comity.model.sending import Peer
from comity.services.complain.rows import OutboxRow
from comity.services.prove.writing import LedgerRows


class RecourseRows(Protocol):
    """Rows of consequences and their recourse."""

    def add(self, made: Consequence, begun: Recourse) -> None:
        """A new consequence, with its way back."""

    def find(self, reference: str) -> tuple[Consequence, Recourse] | None:
        """One by its reference."""

    def about(self, subject: str) -> Sequence[tuple[Consequence, Recourse]]:
        """Those about one subject, newest first."""

    def owed(self, before: datetime) -> Sequence[tuple[Consequence, Recourse]]:
        """Those whose answer was due before a moment, and that nobody has marked as such."""

    def over(self, before: datetime) -> Sequence[tuple[Consequence, Recourse]]:
        """Those whose consequence ended before a moment, and that are not closed."""

    def put(self, changed: Recourse) -> None:
        """A recourse as it is now."""

    def lift(self, reference: str, at: datetime) -> None:
        """A consequence holds no more."""

    def begin(self, reference: str, at: datetime) -> None:
        """A consequence that waited for a warning holds from this moment on."""

    def note(self, reference: str, event: RecourseEvent) -> None:
        """One more line of its history."""

    def noted(self, note: str, since: datetime) -> Sequence[tuple[str, RecourseEvent]]:
        """Lines of histories that say exactly this, with their references, oldest first."""

    def history(self, reference: str) -> Sequence[RecourseEvent]:
        """Its history, oldest first."""


class CaseRows(Protocol):
    """Cases, to look at."""

    def beginning_with(self, start: str) -> list[DeskCase]:
        """Cases whose short name begins so."""


class EvidenceRows(Protocol):
    """Reports of cases, to look at."""

    def evidence_of(self, case_ids: Sequence[str]) -> Iterator[tuple[int, Evidence, datetime | None]]:
        """Number, evidence and time of every report in these cases that repeats nothing."""


class MailRows(Protocol):
    """What leaves."""

    def add_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """New mail in the outbox."""

    def released_since(self, party: str, since: datetime, before: datetime | None = None) -> int:
        """How much was allowed to leave for a party since this moment."""


class PeerRows(Protocol):
    """Who may be written to."""

    def put(self, peer: Peer) -> None:
        """A peer as it is from now on."""

    def by_name(self, names: Sequence[str]) -> Mapping[str, Peer]:
        """Peers that are known."""


class ContactRows(Protocol):
    """Whom networks name for abuse."""

    def around(self, network: str) -> Sequence[FoundContact]:
        """Whom ranges name that hold all of a network, the nearest first."""

    def find(self, address: str) -> Contact | None:
        """One mailbox, and what became of it."""


class RecourseTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def recourses(self) -> RecourseRows:
        """Consequences and their recourse."""

    @property
    def cases(self) -> CaseRows:
        """Cases."""

    @property
    def intake(self) -> EvidenceRows:
        """Their reports."""

    @property
    def sending(self) -> MailRows:
        """What leaves."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def network_contacts(self) -> ContactRows:
        """Whom networks name for abuse."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down for both sides."""
