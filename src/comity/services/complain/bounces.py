"""A mail comes back to the envelope address of one of our mails: which one, and is the peer's mailbox dead?

Trust:      anybody could write to a bounce address, but its token is chance that only those hosts saw which carried the mail.
Standards:  RFC 3464; RFC 6449 section 3 (stop when reports bounce).
Answers:    ``token_of(recipient, bounce_address)``; ``Bounces.match(rows, recipient, data, now=...)`` gives ``Matched``, None where
            the address is not one of ours, so that others may look at the mail.
Limits:     only a delivery status counts; a vacation message, or a note that delivery is late, changes nothing.
            Nothing is answered.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from comity.formats import dsn
from comity.formats.mime import scan
from comity.model.sending import OutboxState
from comity.services.complain.contacts import acting as contacts
from comity.services.complain.contacts.rows import ContactRows
from comity.services.complain.rows import OutboxRow, PeerRows
from comity.services.complain.sending import OutboxRows, Persistence, suspend_if_dead
from comity.services.prove.recourse import delivering
from comity.services.prove.recourse.rows import RecourseRows


class BounceRows(OutboxRows, Protocol):
    """Rows of the outbox, as bounces need them."""

    def by_bounce_token(self, token: str) -> OutboxRow | None:
        """The mail that had this envelope address."""

    def bounced(self, outbox_id: int, *, error: str, at: datetime) -> None:
        """It came back."""


class BounceTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def sending(self) -> BounceRows:
        """The outbox."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def network_contacts(self) -> ContactRows:
        """Whom networks name for abuse."""

    @property
    def recourses(self) -> RecourseRows:
        """Consequences that were warned of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A mail of ours that something came back about."""

    outbox_id: int | None  # None: the token is of no mail that we know
    party: str | None
    bounced: bool
    suspended: bool


def token_of(recipient: str, bounce_address: str) -> str | None:
    """The token in a bounce address; None where the mail was for somebody else.

    >>> token_of("Bounces+4f2a@West.example", "bounces@west.example")
    '4f2a'
    >>> token_of("feedback@west.example", "bounces@west.example") is None
    True
    """
    local, _, domain = recipient.strip("<> ").lower().rpartition("@")
    ours, _, our_domain = bounce_address.lower().rpartition("@")
    name, plus, token = local.rpartition("+")
    return token if plus and token and name == ours and domain == our_domain else None


class Bounces:
    """Knows our mails by the address that they came from."""

    def __init__(self, persistence: Persistence) -> None:
        self._persistence = persistence

    def match(self, rows: BounceTransaction, recipient: str, data: bytes, *, now: datetime) -> Matched | None:
        """Match a mail that arrived for ``recipient``, in the caller's transaction."""
        token = token_of(recipient, self._persistence.bounce_address)
        if token is None:
            return None
        row = rows.sending.by_bounce_token(token)
        if row is None:
            return Matched(outbox_id=None, party=None, bounced=False, suspended=False)
        delivery = dsn.read(scan(data))
        suspended = False
        if delivery is not None and delivery.permanent:
            said = " ".join(filter(None, (delivery.status, delivery.text)))
            if row.state is not OutboxState.FAILED:  # a second notice of the same says nothing new
                delivering.not_taken(rows, row, said, now=now)
            rows.sending.bounced(row.outbox_id, error=said, at=now)
            contacts.bounced(rows.network_contacts, row.address, said, now=now)
            suspended = suspend_if_dead(rows, row.party, self._persistence.suspend_after, now=now)
        bounced = delivery is not None and delivery.permanent
        return Matched(outbox_id=row.outbox_id, party=row.party, bounced=bounced, suspended=suspended)
