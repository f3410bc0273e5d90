"""What enrolment asks of a store.

Answers:    ``ConsumerRows`` and ``EnrolmentTransaction``: services run inside the transaction; nothing here commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from comity.model.consumer import Claim, Consumer, ConsumerEvent, ConsumerState
from comity.model.network_contact import FoundContact
from comity.model.sending import Peer
from comity.services.complain.rows import OutboxRow


class ConsumerRows(Protocol):
    """Rows of applicants."""

    def find(self, name: str) -> Consumer | None:
        """One by its name."""

    def all(self, states: Iterable[ConsumerState] = ()) -> Sequence[Consumer]:
        """Every one, by name; or those in some states."""

    def put(self, known: Consumer) -> None:
        """A consumer as it is now."""

    def claims(self, name: str) -> Sequence[Claim]:
        """What one claims."""

    def claim_of(self, code: str) -> Claim | None:
        """The claim that a mail asked about."""

    def put_claim(self, claim: Claim) -> None:
        """A claim as it is now."""

    def asked(self, subject: str, since: datetime) -> int:
        """How many claims to this subject, whoever makes them, were asked about by mail since a moment."""

    def with_mailbox(self, address: str) -> Sequence[Consumer]:
        """Those that claim this mailbox, by name."""

    def forget_claims(self, name: str) -> None:
        """Drop what one claimed."""

    def in_force(self) -> Sequence[tuple[Consumer, Sequence[Claim]]]:
        """Those that get reports, with what they claim."""

    def note(self, name: str, event: ConsumerEvent) -> None:
        """One more line of its history."""

    def history(self, name: str) -> Sequence[ConsumerEvent]:
        """Its history, oldest first."""

    def due(self, before: datetime, states: Iterable[ConsumerState]) -> Sequence[Claim]:
        """Claims that are not proved, or whose proof runs out before a moment."""


class PeerRows(Protocol):
    """Who may be written to."""

    def by_name(self, names: Sequence[str]) -> Mapping[str, Peer]:
        """Peers that are known."""

    def put(self, peer: Peer) -> None:
        """A peer as it is now."""


class MailRows(Protocol):
    """What leaves."""

    def add_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """New mail in the outbox."""

    def entered_for(self, party: str, address: str, since: datetime) -> int:
        """How many mails of a party to one address entered since this moment."""

    def refused_for(self, party: str, address: str, since: datetime) -> str | None:
        """What was said to the newest mail of a party to one address, where that did not arrive; "" where nothing was."""


class RegisteredRows(Protocol):
    """Whom networks name for abuse."""

    def named_for(self, network: str) -> FoundContact | None:
        """Who answers for the whole of a network."""


class EnrolmentTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def consumers(self) -> ConsumerRows:
        """Applicants."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def sending(self) -> MailRows:
        """What leaves."""

    @property
    def network_contacts(self) -> RegisteredRows:
        """Whom networks name for abuse."""
