"""Queries about applicants, their claims, and what happened to them.

Limits:     one connection, no commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from comity.feedback.enrolment import IN_FORCE
from comity.model.agreement import ReportFormat
from comity.model.consumer import Claim, ClaimKind, Consumer, ConsumerEvent, ConsumerState, ProofWay
from comity.model.sending import PeerState
from comity.store.dialects import insert as upsert
from comity.store.tables.consumers.enrolled import consumer, consumer_claim, consumer_event
from comity.store.tables.peers import peer


class Consumers:
    """Who applied, and what came of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Consumer | None:
        """One by its name."""
        row = self._connection.execute(select(consumer).where(consumer.c.name == name)).first()
        return None if row is None else _consumer(row)

    def all(self, states: Iterable[ConsumerState] = ()) -> Sequence[Consumer]:
        """Every one, by name; or those in some states."""
        query = select(consumer).order_by(consumer.c.name)
        if wanted := [each.value for each in states]:
            query = query.where(consumer.c.state.in_(wanted))
        return [_consumer(row) for row in self._connection.execute(query)]

    def has_dead_mailbox(self) -> bool:
        """Whether somebody is to get reports whose mailbox refuses them."""
        query = select(consumer.c.name).join(peer, peer.c.name == consumer.c.name)
        query = query.where(consumer.c.state.in_([each.value for each in IN_FORCE]))
        refused = query.where(peer.c.state == PeerState.SUSPENDED.value)
        return self._connection.execute(refused.limit(1)).first() is not None

    def put(self, known: Consumer) -> None:
        """A consumer as it is now."""
        values = asdict(known) | {
            "state": known.state.value,
            "report_format": known.report_format.value,
            "languages": list(known.languages),
        }
        adding = upsert(consumer).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[consumer.c.name], set_=values))

    def claims(self, name: str) -> Sequence[Claim]:
        """What one claims, in the order in which it was claimed."""
        query = select(consumer_claim).where(consumer_claim.c.consumer == name).order_by(consumer_claim.c.id)
        return [_claim(row) for row in self._connection.execute(query)]

    def claims_of_all(self) -> Sequence[Claim]:
        """What everybody claims."""
        return [_claim(row) for row in self._connection.execute(select(consumer_claim).order_by(consumer_claim.c.id))]

    def claim_of(self, code: str) -> Claim | None:
        """The claim that a mail asked about."""
        row = self._connection.execute(select(consumer_claim).where(consumer_claim.c.code == code)).first()
        return None if row is None else _claim(row)

    def put_claim(self, claim: Claim) -> None:
        """A claim as it is now."""
        values = asdict(claim) | {"kind": claim.kind.value, "way": claim.way and claim.way.value}
        keys = [consumer_claim.c.consumer, consumer_claim.c.kind, consumer_claim.c.subject]
        self._connection.execute(
            upsert(consumer_claim).values(values).on_conflict_do_update(index_elements=keys, set_=values)
        )

    def asked(self, subject: str, since: datetime) -> int:
        """How many claims to this subject, whoever makes them, were asked about by mail since a moment."""
        table = consumer_claim.c
        query = select(func.count()).where(table.subject == subject, table.asked >= since)
        return int(self._connection.scalar(query) or 0)

    def with_mailbox(self, address: str) -> Sequence[Consumer]:
        """Those that claim this mailbox, by name."""
        query = (
            select(consumer)
            .join(consumer_claim, consumer_claim.c.consumer == consumer.c.name)
            .where(consumer_claim.c.kind == ClaimKind.MAILBOX.value, consumer_claim.c.subject == address)
            .order_by(consumer.c.name)
        )
        return [_consumer(row) for row in self._connection.execute(query)]

    def forget_claims(self, name: str) -> None:
        """Drop what one claimed: it applies anew."""
        self._connection.execute(delete(consumer_claim).where(consumer_claim.c.consumer == name))

    def in_force(self) -> Sequence[tuple[Consumer, Sequence[Claim]]]:
        """Those that get reports, with what they claim."""
        return [(each, self.claims(each.name)) for each in self.all(IN_FORCE)]

    def quota_of(self, name: str) -> int | None:
        """How many reports a day one gets; None for whoever is no consumer."""
        found = self.find(name)
        return None if found is None or found.state not in IN_FORCE else found.quota

    def note(self, name: str, event: ConsumerEvent) -> None:
        """One more line of its history."""
        values = {
            "consumer": name,
            "at": event.at,
            "actor": event.actor,
            "act": event.act,
            "note": event.note,
            "to_state": event.to_state.value,
        }
        self._connection.execute(insert(consumer_event).values(values))

    def history(self, name: str) -> Sequence[ConsumerEvent]:
        """Its history, oldest first."""
        query = select(consumer_event).where(consumer_event.c.consumer == name).order_by(consumer_event.c.id)
        return [
            ConsumerEvent(at=row.at, actor=row.actor, act=row.act, note=row.note, to_state=ConsumerState(row.to_state))
            for row in self._connection.execute(query)
        ]

    def due(self, before: datetime, states: Iterable[ConsumerState]) -> Sequence[Claim]:
        """Claims of those in some states that are not proved, or whose proof runs out before a moment."""
        query = (
            select(consumer_claim)
            .join(consumer, consumer.c.name == consumer_claim.c.consumer)
            .where(consumer.c.state.in_([each.value for each in states]))
            .where(consumer_claim.c.expires.is_(None) | (consumer_claim.c.expires < before))
            .order_by(consumer_claim.c.checked.nulls_first(), consumer_claim.c.id)
        )
        return [_claim(row) for row in self._connection.execute(query)]


def _consumer(row: Row[Any]) -> Consumer:
    return Consumer(
        name=row.name,
        address=row.address,
        contact=row.contact,
        languages=tuple(row.languages),
        report_format=ReportFormat(row.report_format),
        state=ConsumerState(row.state),
        since=row.since,
        applied=row.applied,
        reason=row.reason,
        quota=row.quota,
    )


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        consumer=row.consumer,
        kind=ClaimKind(row.kind),
        subject=row.subject,
        code=row.code,
        asked=row.asked,
        checked=row.checked,
        way=None if row.way is None else ProofWay(row.way),
        proved=row.proved,
        expires=row.expires,
        warned=row.warned,
    )
