"""What intake puts into the store, and what it asks of it.

Trust:      texts are strangers', cut and with the complainer as a token.
Answers:    one record a row, and ``IntakeRows``, ``CaseRows``, ``Transaction``: what a store must offer. Services run inside its
            transaction; nothing here commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from comity.model.case import Evidence
from comity.model.desk import CaseEvent, DeskCase
from comity.model.lease import Asked, Lease, Window
from comity.model.record import record
from comity.model.submission import WorkedOff
from comity.services.complain.bounces import BounceRows
from comity.services.complain.cards.judged import JudgedRows
from comity.services.complain.contacts.rows import ContactRows
from comity.services.complain.how_to import AnswerRows
from comity.services.complain.outcomes import OutcomeRows
from comity.services.complain.rows import EnrolledRows, PaceRows, PeerRows, SendingRows, SightingRows
from comity.services.judge.learning.rows import LearningRows
from comity.services.prove.agreement.rows import GateRows
from comity.services.prove.forwarding import SentHistory
from comity.services.prove.recourse.rows import RecourseRows
from comity.services.prove.writing import LedgerRows
from comity.services.receive.conversation.writing import LetterRows
from comity.services.receive.grave.custody import SealedRows
from comity.services.receive.grave.urgent import UrgentRows
from comity.services.receive.sources.rows import SourceRows
from comity.services.receive.subscribers.mail_logs import LoginRows


@record
class RawRow:
    """The bytes of one item, compressed."""

    raw_id: int
    digest: bytes
    data: bytes
    size: int
    arrived: datetime
    kept_until: datetime | None


@record
class ItemRow:
    """One item that was read; ``reading`` is its facts as one line."""

    item_id: int
    raw_id: int
    gate: str
    name: str
    arrived: datetime
    kind: str
    why: str
    carrier_message_id: str | None
    case_id: str | None
    reading: str


@record
class Exchange:
    """The terms under which a report came from a peer we know."""

    peer: str
    agreement_version: int
    tier: str
    tlp: str
    terms: str | None = None  # SHA-256 of the document that both signed; None: the settings say it
    mail: Mapping[str, str | None] = field(default_factory=dict)  # what was seen of the mail that carried it


@record
class ReportRow:
    """One report that came in, in its normal form."""

    report_id: int
    item_id: int
    report_key: bytes
    complaint_key: bytes | None
    evidence: Evidence
    line: str  # the evidence as one line
    feedback_type: str | None
    is_complaint: bool
    definition: str | None
    precision: str | None
    case_id: str | None
    no_case: str | None
    duplicate_of: int | None
    exchange: Exchange | None
    channel_id: int | None = None
    source: str | None = None  # who said it, by name
    counts: bool = True  # False where its leaf does, which the other side writes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShuntRow:
    """One item that could not be worked off."""

    raw_id: int
    gate: str
    name: str
    stage: str
    reason: str
    detail: str | None
    at: datetime
    # As in the delivery: the next try is for the same mailbox.
    envelope_from: str | None = field(default=None, repr=False)


@record
class KnownRaw:
    """Bytes that came before: what became of them."""

    raw_id: int
    item_id: int | None
    shunt_id: int | None


@record
class EarlierReport:
    """A report that is in the store."""

    report_id: int
    report_key: bytes
    case_id: str | None
    evidence: Evidence | None  # None: what it said was erased
    when: datetime | None
    source: str | None = None  # who said it, by name
    peer: str | None = None  # in whose ledger it stands
    duplicate_of: int | None = None
    complaint_key: bytes | None = None


class IntakeRows(Protocol):
    """Rows of what came in."""

    def next_ids(self) -> tuple[int, int, int]:
        """The first free number for bytes, items and reports; nobody else writes in this transaction."""

    def known_raw(self, digests: Sequence[bytes]) -> Mapping[bytes, KnownRaw]:
        """Which of these bytes came before."""

    def reports_by_key(self, keys: Sequence[bytes]) -> Sequence[EarlierReport]:
        """Reports with one of these identities."""

    def reports_about(self, message_ids: Sequence[str], complaint_keys: Sequence[bytes]) -> Sequence[EarlierReport]:
        """Reports about these mails, the newest few of each, their repeats, and those of these complainers; oldest first."""

    def add(self, raw: Sequence[RawRow], items: Sequence[ItemRow], reports: Sequence[ReportRow]) -> None:
        """New rows."""

    def count_repeats(self, repeats: Mapping[int, int]) -> None:
        """Items that were delivered again, and how often."""

    def count_up(self, counts: Mapping[tuple[int, str, str, str], int]) -> None:
        """Add to the roll-ups: by channel, day, class and network of the source."""

    def shunt(self, row: ShuntRow) -> int:
        """Put an item on the list of what could not be worked off, or count one more try."""

    def resolve(self, raw_id: int, at: datetime) -> None:
        """A shunted item was worked off after all."""


class CaseRows(Protocol):
    """Rows of the desk."""

    def newest(self, subjects: Sequence[str]) -> Mapping[str, DeskCase]:
        """The newest case on each subject."""

    def erased(self, subjects: Sequence[str], newest: Mapping[str, DeskCase]) -> Mapping[str, int]:
        """The number of the last case that was on a subject, where it is another than the newest that is known."""

    def by_id(self, case_ids: Iterable[str]) -> Mapping[str, DeskCase]:
        """Cases by their short names."""

    def known_marks(self, marks: Sequence[int]) -> set[int]:
        """Which complainers have been counted before."""

    def add(self, cases: Sequence[DeskCase]) -> None:
        """New cases."""

    def change(self, cases: Sequence[DeskCase]) -> None:
        """Cases as they are now."""

    def add_marks(self, marks: Mapping[int, str]) -> None:
        """Complainers, and the case each was counted in."""

    def record(self, events: Sequence[CaseEvent]) -> None:
        """What was done."""


class SentRows(BounceRows, OutcomeRows, SendingRows, AnswerRows, Protocol):
    """Rows of what we send, and of what comes back about it."""


class LeaseRows(Protocol):
    """The books."""

    @property
    def any(self) -> bool:
        """Whether there are any."""

    def about(self, address: str, port: int | None, window: Window) -> Sequence[Lease]:
        """Leases that may have held the address in this time."""

    def about_many(self, asked: Sequence[Asked]) -> Sequence[Sequence[Lease]]:
        """The same for each of these, in one question."""

    def is_split(self, address: str) -> bool:
        """Whether ports of the address are handed out one by one."""


class SubmissionRows(Protocol):
    """Rows of what programs handed over."""

    def settle(self, done: WorkedOff) -> None:
        """What became of one."""

    def find(self, submission_id: str) -> WorkedOff | None:
        """What became of it; None where it is not known."""


class Transaction(Protocol):
    """All rows of one transaction."""

    @property
    def submissions(self) -> SubmissionRows:
        """What programs handed over."""

    @property
    def sending(self) -> SentRows:
        """What we sent."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def pace(self) -> PaceRows:
        """What parties were told about campaigns."""

    @property
    def judged(self) -> JudgedRows:
        """How much mail came from peers, and what it was."""

    @property
    def consumers(self) -> EnrolledRows:
        """Who gets reports without an agreement that both signed."""

    @property
    def network_contacts(self) -> ContactRows:
        """Whom networks name for abuse."""

    @property
    def recourses(self) -> RecourseRows:
        """Consequences that were warned of."""

    @property
    def sightings(self) -> SightingRows:
        """Signatures that may have been sent again by somebody else."""

    @property
    def intake(self) -> IntakeRows:
        """What came in."""

    @property
    def cases(self) -> CaseRows:
        """The desk."""

    @property
    def urgent(self) -> UrgentRows:
        """What a person must see within the hour."""

    @property
    def case_letters(self) -> LetterRows:
        """What people of ours wrote about cases."""

    @property
    def sealed(self) -> SealedRows:
        """What nobody may look at."""

    @property
    def leases(self) -> LeaseRows:
        """Who held which address when."""

    @property
    def logins(self) -> LoginRows:
        """Who handed in which mail."""

    @property
    def sources(self) -> SourceRows:
        """Who says it, and how far that is believed."""

    @property
    def ledger(self) -> LedgerRows:
        """What was written down for both sides."""

    @property
    def history(self) -> SentHistory:
        """The ledger as it is read."""

    @property
    def learning(self) -> LearningRows:
        """What people teach."""

    @property
    def agreements(self) -> GateRows:
        """What was agreed, and is counted."""

    def savepoint(self) -> AbstractContextManager[Any]:
        """A part that is undone alone when its block raises."""
