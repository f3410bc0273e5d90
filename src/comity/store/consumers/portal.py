"""Queries about what opens pages for other networks, and what a network sees there of its own feedback.

Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from comity.formats.dsn import status_in
from comity.model.portal import KeyKind, PortalKey
from comity.model.sending import OutboxState
from comity.services.complain.portal.rows import OwnReport
from comity.store.dialects import COUNTED
from comity.store.tables.consumers.portal import portal_key
from comity.store.tables.intake import report_row
from comity.store.tables.sending import outbox, report_out


class PortalKeys:
    """Secrets by their hashes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: PortalKey) -> None:
        """One that is given out."""
        values = {name: getattr(key, name) for name in PortalKey.__slots__} | {"kind": key.kind.value}
        self._connection.execute(insert(portal_key).values(values))

    def find(self, digest: bytes, kind: KeyKind, now: datetime) -> PortalKey | None:
        """The one with this hash, where it still opens something."""
        table = portal_key.c
        query = select(portal_key).where(table.digest == digest, table.kind == kind.value, table.expires > now)
        row = self._connection.execute(query.where(table.used.is_(None))).first()
        if row is None:
            return None
        return PortalKey(
            digest=row.digest, kind=kind, consumer=row.consumer, about=row.about, made=row.made, expires=row.expires
        )

    def use(self, digest: bytes, now: datetime) -> bool:
        """Whether it opened something this time; it does not again."""
        changing = update(portal_key).where(portal_key.c.digest == digest, portal_key.c.used.is_(None))
        return self._connection.execute(changing.values(used=now), execution_options=COUNTED).rowcount == 1

    def prolong(self, digest: bytes, until: datetime) -> None:
        """It opens something for longer."""
        self._connection.execute(update(portal_key).where(portal_key.c.digest == digest).values(expires=until))

    def end(self, consumer: str, kind: KeyKind) -> None:
        """Those of one network open nothing any more."""
        which = (portal_key.c.consumer == consumer) & (portal_key.c.kind == kind.value)
        self._connection.execute(delete(portal_key).where(which))

    def end_all(self, kind: KeyKind) -> None:
        """None of this kind opens anything any more."""
        self._connection.execute(delete(portal_key).where(portal_key.c.kind == kind.value))

    def count(self, kind: KeyKind, since: datetime, *, about: str | None = None) -> int:
        """How many were given out since a moment, to everybody or to one."""
        query = select(func.count()).where(portal_key.c.kind == kind.value, portal_key.c.made >= since)
        if about is not None:
            query = query.where(portal_key.c.about == about)
        return int(self._connection.scalar(query) or 0)

    def forget(self, before: datetime) -> int:
        """Drop those that ended before a moment; how many there were."""
        return self._connection.execute(delete(portal_key).where(portal_key.c.expires < before)).rowcount

    # -- what a network sees of its own

    def own_counts(self, party: str, since: datetime) -> Mapping[tuple[date, str], int]:
        """Reports that left for a party since a moment, by day and class."""
        found: dict[tuple[date, str], int] = {}
        query = (
            select(outbox.c.finished, report_row.c.evidence_class)
            .join(report_row, report_row.c.id == outbox.c.report_id)
            .where(*_left(party), outbox.c.finished >= since, report_row.c.retracted.is_(None))
        )
        for finished, sort in self._connection.execute(query):
            key = (finished.date(), sort)
            found[key] = found.get(key, 0) + 1
        return found

    def own_reports(self, party: str, most: int) -> Sequence[OwnReport]:
        """Those that left or were refused last, newest first."""
        query = (
            select(report_out.c.name, outbox.c.finished, report_row.c.evidence_class, report_out.c.outcome)
            .add_columns(report_row.c.retracted, outbox.c.state, outbox.c.reason, outbox.c.last_error)
            .join(report_row, report_row.c.id == outbox.c.report_id)
            .join(report_out, report_out.c.report_id == outbox.c.report_id)
            .where(outbox.c.party == party, outbox.c.state.in_([OutboxState.SENT.value, OutboxState.FAILED.value]))
            .order_by(outbox.c.finished.desc(), outbox.c.id.desc())
        )
        failed = OutboxState.FAILED.value
        return [
            OwnReport(
                name=row.name,
                left=row.finished,
                evidence_class=row.evidence_class,
                outcome=row.outcome,
                is_retracted=row.retracted is not None,
                not_arrived=row.reason if row.state == failed else None,
                status=status_in(row.last_error or "") if row.state == failed else None,
            )
            for row in self._connection.execute(query.limit(most))
        ]

    def own_outcomes(self, party: str) -> Mapping[str, int]:
        """What a party said that it did about reports, and how many it said nothing about ("")."""
        query = (
            select(report_out.c.outcome, func.count())
            .join(outbox, outbox.c.report_id == report_out.c.report_id)
            .where(*_left(party))
            .group_by(report_out.c.outcome)
        )
        return {outcome or "": int(n) for outcome, n in self._connection.execute(query)}


def _left(party: str) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox.c.party == party,
        outbox.c.report_id.is_not(None),
        or_(outbox.c.state == OutboxState.SENT.value, outbox.c.bounced.is_not(None)),
    )
