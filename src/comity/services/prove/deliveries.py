"""Hold complaints of peers against our own delivery log: one about a mail that never left us is disputed.

Trust:      the log is our own; a complaint is a claim of its writer, the Message-ID in it too.
Standards:  TRUST, "invents complaints": a complaint must fit the consumer's own delivery log.
Answers:    ``check(rows, scribe, key, now)`` writes a dispute for each that does not, once, and gives how many were looked at.
Limits:     a mail may be on its way for five days: a complaint is looked at when the logs of the day on which it was observed
            and of the five before are all here. A report without a Message-ID (T0, T1) says nothing to hold against a log.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final, Protocol

from comity.formats.delivery_log import identity
from comity.model.record import record
from comity.services.prove.leaves.checking import Wrong
from comity.services.prove.leaves.objecting import against
from comity.services.prove.leaves.recounting import DisputeRows, is_said
from comity.services.prove.writing import LedgerRows, Scribe

NOT_DELIVERED: Final = "not-delivered"
KEPT: Final = timedelta(days=45)
_ON_ITS_WAY: Final = 5
_PART: Final = 1000


@record
class Claimed:
    """A complaint of a peer, its leaf, and the mail that it says it is about."""

    origin: str
    reporting: str
    reported: str
    position: int
    message_id: str
    observed: date


class DeliveryRows(Protocol):
    """Our own delivery log."""

    def days(self) -> set[date]:
        """The days whose log is here."""

    def known(self, identities: Collection[bytes]) -> set[bytes]:
        """Which of these mails left us."""

    def claimed(self) -> Iterator[Claimed]:
        """Complaints of peers that send their ledger."""


class DeliveryTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def deliveries(self) -> DeliveryRows:
        """Our own delivery log."""

    @property
    def closes(self) -> DisputeRows:
        """What is found in the ledger by its name."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What came of it."""

    looked_at: int
    disputed: int


def check(rows: DeliveryTransaction, scribe: Scribe, key: bytes, *, now: datetime) -> Held:
    """Dispute what is about no mail of ours."""
    days = rows.deliveries.days()
    claims = (each for each in rows.deliveries.claimed() if _is_covered(each.observed, days))
    looked_at = disputed = 0
    for part in _parts(claims):
        looked_at += len(part)
        names = {identity(key, each.message_id): each for each in part}
        known = rows.deliveries.known(list(names))
        wrong = Wrong(code=NOT_DELIVERED)
        events = [
            against((each.origin, each.reporting, each.reported), each.position, wrong)
            for each in part
            if identity(key, each.message_id) not in known
        ]
        fresh = [each for each in events if not is_said(rows.closes, (each.reporting, each.reported), each.event_id)]
        if fresh:
            scribe.write(rows.ledger, fresh, now)
        disputed += len(fresh)
    return Held(looked_at=looked_at, disputed=disputed)


def _is_covered(observed: date, days: set[date]) -> bool:
    return all(observed - timedelta(days=n) in days for n in range(_ON_ITS_WAY + 1))


def _parts(claims: Iterable[Claimed]) -> Iterator[list[Claimed]]:
    remaining = iter(claims)
    while part := list(islice(remaining, _PART)):
        yield part
