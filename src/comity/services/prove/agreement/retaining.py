"""Erase what a peer reported when the time that was agreed on is over, and say so in the ledger.

Trust:      the document that both signed says for how long; where it ended, its last version still does. A legal hold keeps longer.
Standards:  TRUST 2: payload and salt lie beside the leaf, so that erasing both leaves tree, counts and proofs as they are.
Answers:    ``erase(rows, scribe, ours, now)`` gives ``Erased`` for each channel from which something went; a leaf in our own
            direction says how much, and of leaves before which day: the other side has it with our signature.
Limits:     in the caller's transaction. The leaf says what we did; that nobody kept a copy elsewhere, no leaf can prove.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from comity.accord.agreement import terms
from comity.ledger.leaf import LeafType
from comity.model import utc_day
from comity.model.agreement_document import AgreementPaper
from comity.model.entry import Channel
from comity.model.retention import Spared
from comity.services.prove.writing import Event, LedgerRows, Scribe


class PaperRows(Protocol):
    """What was agreed."""

    def all(self, peers: Collection[str] | None = None) -> Mapping[str, list[AgreementPaper]]:
        """Every version of every peer."""


class ErasedRows(LedgerRows, Protocol):
    """The ledger."""

    def erase(self, channel_id: int, before: datetime, spared: Spared) -> int:
        """Erase payloads of leaves submitted before a moment that no legal hold spares; how many there were."""


class HeldRows(Protocol):
    """Legal holds, which go before what was agreed on."""

    def spared(self, now: datetime) -> Spared:
        """What the holds keep that are in force."""


class DirectionRows(Protocol):
    """The channels of the ledger."""

    def between(self, reporting: str, reported: str) -> list[Channel]:
        """Every channel of one direction."""


class MailRows(Protocol):
    """The mails that came in."""

    def end_mails(self, peer: str, before: datetime, now: datetime) -> int:
        """The time of a peer's mails that arrived before a moment is over; how many there were."""


class RetainingTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def agreements(self) -> PaperRows:
        """What was agreed."""

    @property
    def ledger(self) -> ErasedRows:
        """What is written down."""

    @property
    def holds(self) -> HeldRows:
        """What may not be erased."""

    @property
    def history(self) -> DirectionRows:
        """The ledger as it is read."""

    @property
    def retention(self) -> MailRows:
        """Mails whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased of one peer."""

    peer: str
    payloads: int
    mails: int
    before: datetime


def erase(rows: RetainingTransaction, scribe: Scribe, ours: str, *, now: datetime) -> list[Erased]:
    """Erase of every peer what was kept for as long as was agreed."""
    found, spared = [], rows.holds.spared(now)
    for peer, papers in rows.agreements.all().items():
        paper = terms.governing(papers, now)
        if paper is None:
            continue
        days = paper.document.directions[peer].retention_days
        before = utc_day.midnight(now) - timedelta(days=days)
        mails = rows.retention.end_mails(peer, before, now)
        payloads = 0
        for channel in rows.history.between(peer, ours):
            gone = rows.ledger.erase(channel.channel_id, before, spared)
            payloads += gone
            if gone:
                scribe.write(rows.ledger, [_said(channel, gone, before)], now)
        if payloads or mails:
            found.append(Erased(peer=peer, payloads=payloads, mails=mails, before=before))
    return found


def _said(channel: Channel, gone: int, before: datetime) -> Event:
    day = before.date().isoformat()
    return Event(
        reporting=channel.reported,
        reported=channel.reporting,
        leaf_type=LeafType.CORRECTION,
        event_id=f"{channel.origin}.{day}.erased",
        observed=None,
        facts={"erased": gone, "of": channel.origin, "before": day},
    )
