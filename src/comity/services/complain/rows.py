"""What complaints and their reports put into the store, and what they ask of it.

Trust:      rules, parties and errors of other hosts may be strangers' words: escape them before showing them.
Answers:    one record a row, and ``SendingRows``, ``PeerRows``, ``Transaction``, ``Store``: what a store must offer.
            Services run inside its transaction; nothing here commits.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from zlib import compress

from comity.attribution.replay import Seen
from comity.feedback.pacing import KnownCampaign
from comity.model.consumer import Claim, Consumer
from comity.model.record import record
from comity.model.sending import ComplaintState, OutboxKind, OutboxState, Peer, PeerState
from comity.services.complain.cards.judged import JudgedRows
from comity.services.prove.agreement.rows import GateRows
from comity.services.prove.forwarding import SentHistory
from comity.services.prove.writing import LedgerRows

if TYPE_CHECKING:
    from comity.services.complain.contacts.rows import ContactRows


@record
class NewComplaint:
    """One complaint as it enters; ``packed`` is the compressed mail."""

    key: bytes
    not_spam: bool
    digest: bytes
    packed: bytes = field(repr=False)
    size: int
    name: str
    mailbox: str | None = field(repr=False)
    mailbox_token: str | None
    arrived: datetime
    due: datetime
    kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One signature, as a keyed hash, in a mail that its signer did not hand over; and the network that did."""

    signature: bytes
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownComplaint:
    """One complaint that is in the store."""

    complaint_id: int
    key: bytes
    not_spam: bool
    state: ComplaintState
    last_said: datetime  # when it was made, or taken back


@record
class DueComplaint:
    """One complaint whose time to wait is over; ``packed`` is None where its bytes were dropped."""

    complaint_id: int
    key: bytes
    not_spam: bool
    name: str
    mailbox: str | None = field(repr=False)
    mailbox_token: str | None
    packed: bytes | None = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShuntedComplaint:
    """One complaint that we could not decide on, and why; it is tried again when somebody says so."""

    due: DueComplaint
    reason: str
    detail: str | None
    tries: int
    first: datetime  # when it was made
    last: datetime  # when it was tried


@record
class Outgoing:
    """One report of ours: its row, and what its leaf says. ``reported`` is None outside any channel."""

    report_id: int = 0  # given by the store
    report_key: bytes
    name: str
    complaint_id: int
    party: str
    role: str
    rule: str
    agreement_version: int | None
    tier: str
    tlp: str
    definition: str
    evidence_class: str
    source_ip: str | None
    source_net: str
    observed: datetime | None
    precision: str | None
    message_id: str | None
    dkim_domain: str | None
    mailbox_token: str | None
    facts: Mapping[str, Any]  # of the leaf
    reported: str | None
    channel_id: int | None = None
    quarter: str | None = None
    day: str | None = None
    retracted: datetime | None = None
    outcome: str | None = None
    campaign: bytes | None = None  # known while it is decided about


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One mail that is to leave, or is held."""

    outbox_id: int = 0  # given by the store
    kind: OutboxKind
    party: str
    address: str
    bounce_token: str
    packed: bytes | None = field(repr=False)
    size: int
    report_id: int | None
    state: OutboxState
    reason: str | None
    entered: datetime
    released: datetime | None
    due: datetime
    attempts: int = 0
    unanswered: int = 0
    last_error: str | None = None


def enter(
    kind: OutboxKind,
    data: bytes,
    *,
    party: str,
    address: str,
    bounce_token: str,
    now: datetime,
    held: str | None = None,
) -> OutboxRow:
    """The row of a mail that is whole; ``held`` is why it does not leave yet."""
    return OutboxRow(
        kind=kind,
        party=party,
        address=address,
        bounce_token=bounce_token,
        packed=compress(data, 1),
        size=len(data),
        report_id=None,
        state=OutboxState.WAITING if held is None else OutboxState.HELD,
        reason=held,
        entered=now,
        released=now if held is None else None,
        due=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report of a complaint beside its mail, for taking it back or releasing it."""

    outgoing: Outgoing
    outbox_id: int
    state: OutboxState
    packed: bytes | None = field(repr=False)
    size: int = 0


class SendingRows(Protocol):
    """Rows of what leaves."""

    def complaints_by_key(self, keys: Sequence[bytes]) -> Sequence[KnownComplaint]:
        """Complaints about one of these mails in one of these mailboxes, of both kinds."""

    def add_complaint(self, row: NewComplaint) -> int:
        """A new complaint, or one that was taken back and is made again."""

    def count_repeat(self, complaint_id: int) -> None:
        """The same complaint came again."""

    def due(self, now: datetime, most: int, *, room: int, without: Sequence[int] = ()) -> Sequence[DueComplaint]:
        """Complaints whose time has come, oldest first, with not more than ``room`` bytes as they are kept, but one at least;
        those that are at work already are left out.
        """

    def still_waiting(self, complaint_ids: Sequence[int]) -> set[int]:
        """Which of these nobody took back."""

    def waiting_of(self, mailbox: str, *, since: datetime) -> Sequence[int]:
        """The complaints of one mailbox that wait, and were made since then."""

    def wait_until(self, complaint_ids: Sequence[int], until: datetime) -> None:
        """Let these wait until then."""

    def settle(self, complaint_id: int, state: ComplaintState, *, at: datetime) -> None:
        """Say what became of a complaint; from now on nobody needs to know whose mailbox it was."""

    def shunt(self, complaint_id: int, *, reason: str, detail: str | None, at: datetime) -> None:
        """Put a complaint aside, or count one more try; whose mailbox it was is kept for the next one."""

    def shunted(self, complaint_ids: Sequence[int] = ()) -> Sequence[ShuntedComplaint]:
        """Complaints that were put aside, oldest first: all, or these."""

    def wait_again(self, complaint_ids: Sequence[int]) -> None:
        """These are to be decided on, as if they had waited until now."""

    def decided(self, refusals: Mapping[int, Sequence[Any]], at: datetime) -> None:
        """These complaints are decided, each with its named noes and its steps (``model.decisions.keep``)."""

    def known_reports(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of these reports have been made before."""

    def add_reports(self, reports: Sequence[Outgoing]) -> Sequence[int]:
        """New reports; their numbers in order."""

    def add_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """New mail in the outbox."""

    def told_about(self, complaint_id: int) -> Sequence[Told]:
        """The reports of a complaint that were not retracted."""

    def held(self, party: str, reasons: Collection[str], *, most: int) -> Sequence[Told]:
        """Reports for a party that are held for one of these reasons, oldest first."""

    def release(self, outbox_id: int, now: datetime) -> None:
        """What was held may leave."""

    def exchanged(self, report_id: int, *, channel_id: int | None, quarter: str | None, day: str) -> None:
        """A report that was held is exchanged now."""

    def hold_for(self, outbox_ids: Sequence[int], reason: str) -> None:
        """These are held for another reason now."""

    def end(self, outbox_id: int, state: OutboxState, *, reason: str, at: datetime) -> None:
        """This mail will not be sent."""

    def retract(self, report_id: int, at: datetime) -> None:
        """A report is counted no more."""

    def expire(self, held_before: datetime, at: datetime) -> int:
        """End what has been held since before this moment; how many there were."""

    def released_since(self, party: str, since: datetime, before: datetime | None = None) -> int:
        """How much was allowed to leave for a party since this moment."""

    def unsolicited_since(self, since: datetime) -> Mapping[str, int]:
        """How many unsolicited reports were made since this moment, by party."""

    def unsolicited_released(self, since: datetime) -> Mapping[str, int]:
        """How many of them were allowed to leave since this moment, by party."""

    def by_report_name(self, name: str) -> Told | None:
        """The report with this opaque id."""

    def parties_held_for(self, reason: str) -> Sequence[str]:
        """The parties whose mail is held for this reason."""


class PeerRows(Protocol):
    """Rows of peers."""

    def by_name(self, names: Sequence[str]) -> Mapping[str, Peer]:
        """Peers that are known."""

    def all(self) -> list[Peer]:
        """Every one."""

    def put(self, peer: Peer) -> None:
        """A peer as it is now."""


class SightingRows(Protocol):
    """Rows of signatures that may have been sent again by somebody else."""

    def add(self, sightings: Sequence[Sighting], *, complaint: bytes, mailbox_token: str, at: datetime) -> None:
        """These signatures are in the mail of a complaint."""

    def seen(self, complaints: Sequence[bytes]) -> Mapping[bytes, Seen]:
        """In how many mailboxes, and out of how many networks, each signature in the mails of these complaints was."""


class CountedRows(Protocol):
    """The roll-ups."""

    def count_up(self, counts: Mapping[tuple[int, str, str, str], int]) -> None:
        """Add to the roll-ups: by channel, day, class and network of the source."""


CampaignKey = tuple[str, bytes]  # party, campaign


class PaceRows(Protocol):
    """What parties were told about campaigns."""

    def known(self, keys: Collection[CampaignKey]) -> Mapping[CampaignKey, KnownCampaign]:
        """These campaigns of these parties."""

    def complained(self, keys: Collection[CampaignKey], complainers: Collection[str]) -> set[tuple[str, bytes, str]]:
        """Who of these has complained about which of these campaigns."""

    def put(
        self,
        campaigns: Mapping[CampaignKey, KnownCampaign],
        complainers: Collection[tuple[str, bytes, str]],
        at: datetime,
    ) -> None:
        """Campaigns as they are now, and who complained."""

    def campaign_of(self, report_id: int) -> CampaignKey | None:
        """Which campaign a report was about, and whom it told."""

    def belongs(self, reports: Sequence[tuple[int, bytes]]) -> None:
        """These reports are about these campaigns."""


class EnrolledRows(Protocol):
    """Who gets reports without an agreement that both signed."""

    def in_force(self) -> Sequence[tuple[Consumer, Sequence[Claim]]]:
        """Those that do, with what they claim."""

    def quota_of(self, name: str) -> int | None:
        """How many reports a day one gets; None for whoever is no consumer."""

    def find(self, name: str) -> Consumer | None:
        """One by its name."""


class Transaction(Protocol):
    """All rows of one transaction."""

    @property
    def intake(self) -> CountedRows:
        """The roll-ups."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down for both sides."""

    @property
    def sending(self) -> SendingRows:
        """What leaves."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def pace(self) -> PaceRows:
        """What parties were told about campaigns."""

    @property
    def consumers(self) -> EnrolledRows:
        """Who is enrolled."""

    @property
    def network_contacts(self) -> "ContactRows":
        """Whom networks name for abuse."""

    @property
    def judged(self) -> JudgedRows:
        """How much mail came from peers, and what it was."""

    @property
    def sightings(self) -> SightingRows:
        """Signatures that may have been sent again by somebody else."""

    @property
    def history(self) -> SentHistory:
        """The ledger as it is read."""

    @property
    def agreements(self) -> GateRows:
        """What was agreed, and is counted."""


class Store(Protocol):
    """Where the rows are kept."""

    def read(self) -> AbstractContextManager[Transaction]:
        """One view of the rows that does not change."""

    def write(self) -> AbstractContextManager[Transaction]:
        """One transaction."""


def set_peer(rows: PeerRows, peer: Peer, state: PeerState, *, now: datetime, reason: str | None = None) -> Peer:
    """Put a peer into a state."""
    changed = Peer(
        name=peer.name,
        address=peer.address,
        state=state,
        since=now,
        reason=reason,
        agreement_version=peer.agreement_version,
    )
    rows.put(changed)
    return changed
