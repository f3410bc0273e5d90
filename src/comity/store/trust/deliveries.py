"""Queries about mails that left us, and complaints that should be about one of them.

Limits:     one connection, no commits.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, delete, select

from comity.services.prove.deliveries import Claimed
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.intake import report_row
from comity.store.tables.ledger import channel, leaf_name
from comity.store.tables.trust import delivered, delivered_day
from comity.store.types import octets


class Deliveries:
    """Our own delivery log, as keyed identities."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, mails: Sequence[tuple[bytes, date]]) -> None:
        """Mails that left us; days that they name are known from then on."""
        adding = upsert(delivered).on_conflict_do_nothing()
        for part in chunks([{"identity": each, "day": day.isoformat()} for each, day in mails]):
            self._connection.execute(adding, list(part))
        days = [{"day": day.isoformat()} for day in sorted({day for _, day in mails})]
        if days:
            self._connection.execute(upsert(delivered_day).on_conflict_do_nothing(), days)

    def days(self) -> set[date]:
        """The days whose log is here."""
        return {date.fromisoformat(day) for day in self._connection.scalars(select(delivered_day.c.day))}

    def known(self, identities: Collection[bytes]) -> set[bytes]:
        """Which of these mails left us."""
        return {
            octets(each)
            for part in chunks(list(identities))
            for each in self._connection.scalars(select(delivered.c.identity).where(delivered.c.identity.in_(part)))
        }

    def claimed(self) -> Iterator[Claimed]:
        """Reports of peers that send their ledger, with the leaf and the Message-ID of the mail that they are about."""
        query = (
            select(channel.c.origin, channel.c.reporting, channel.c.reported, leaf_name.c.position)
            .add_columns(report_row.c.message_id, report_row.c.observed)
            .join(leaf_name, leaf_name.c.channel_id == channel.c.id)
            .join(report_row, report_row.c.id == leaf_name.c.report_id)
            .where(channel.c.is_copy, leaf_name.c.position.is_not(None), leaf_name.c.retracted.is_(None))
            .where(report_row.c.message_id.is_not(None), report_row.c.observed.is_not(None))
            .order_by(channel.c.origin, leaf_name.c.position)
        )
        for row in self._connection.execute(query):
            yield Claimed(
                origin=row.origin,
                reporting=row.reporting,
                reported=row.reported,
                position=row.position,
                message_id=row.message_id,
                observed=row.observed.date(),
            )

    def forget(self, before: date) -> int:
        """Forget days before this one; how many mails there were."""
        self._connection.execute(delete(delivered_day).where(delivered_day.c.day < before.isoformat()))
        return self._connection.execute(delete(delivered).where(delivered.c.day < before.isoformat())).rowcount
