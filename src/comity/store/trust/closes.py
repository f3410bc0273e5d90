"""Queries about the closes of days, and the leaves that they count.

Answers:    ``Closes``, which fits ``comity.services.prove.closing.CloseRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from comity.ledger.leaf import REFUSED, LeafType
from comity.model.agreement_document import AgreementDocument
from comity.model.entry import Channel, Head
from comity.store.chunks import chunks
from comity.store.ledger import channel_of
from comity.store.tables import ledger as tables
from comity.store.tables.trust import refused_leaf
from comity.store.trust.agreements import Agreements

_PAGE = 1000
# What we write down of our own acts concerns nobody else: no day of it is closed, and nobody cosigns it.
_between = tables.channel.c.reporting != tables.channel.c.reported

_NAMED = (
    select(tables.leaf_name.c.name, tables.leaf.c.channel_id, tables.leaf.c.position, tables.leaf.c.data)
    .join(
        tables.leaf,
        (tables.leaf.c.channel_id == tables.leaf_name.c.channel_id)
        & (tables.leaf.c.position == tables.leaf_name.c.position),
    )
    .where(tables.leaf.c.type != REFUSED)
)


class Closes:
    """What closing days and stating them reads of the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_direction(self, reporting: str, reported: str) -> Sequence[Channel]:
        """The channels of one direction, oldest quarter first."""
        table = tables.channel
        query = (
            select(table).where(table.c.reporting == reporting, table.c.reported == reported).order_by(table.c.quarter)
        )
        return [channel_of(row) for row in self._connection.execute(query)]

    def directions(self) -> Sequence[tuple[str, str]]:
        """Every direction in which something was written between two networks."""
        table = tables.channel
        query = (
            select(table.c.reporting, table.c.reported)
            .where(_between)
            .distinct()
            .order_by(table.c.reporting, table.c.reported)
        )
        return [(row.reporting, row.reported) for row in self._connection.execute(query)]

    def closes(self, channel_id: int) -> Sequence[tuple[int, bytes]]:
        """Position and bytes of every close of a channel, in order."""
        query = self._of_type(channel_id, LeafType.DAY_CLOSE).order_by(tables.leaf.c.position)
        return [(row.position, bytes(row.data)) for row in self._connection.execute(query)]

    def last_close(self, channel_id: int) -> tuple[int, bytes] | None:
        """The newest of them."""
        query = self._of_type(channel_id, LeafType.DAY_CLOSE).order_by(tables.leaf.c.position.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else (row.position, bytes(row.data))

    def payload_of(self, channel_id: int, position: int) -> bytes | None:
        """What travels beside one leaf, None where it was erased."""
        table = tables.payload
        found = self._connection.execute(
            select(table.c.data).where(table.c.channel_id == channel_id, table.c.position == position)
        ).scalar()
        return None if found is None else bytes(found)

    def leaf_at(self, channel_id: int, position: int) -> bytes | None:
        """The bytes of one leaf."""
        return next(self.between(channel_id, position, position + 1), None)

    def between(self, channel_id: int, start: int, end: int) -> Iterator[bytes]:
        """The bytes of leaves [start, end)."""
        table = tables.leaf
        query = (
            select(table.c.data)
            .where(table.c.channel_id == channel_id, table.c.position >= start, table.c.position < end)
            .order_by(table.c.position)
        )
        for row in self._connection.execute(query, execution_options={"yield_per": _PAGE}):
            yield bytes(row.data)

    def first_from(self, channel_id: int, start: int, moment: datetime) -> int:
        """The first position from ``start`` on that was submitted at this moment or later; the size where there is none."""
        table = tables.leaf
        found = self._connection.execute(
            select(func.min(table.c.position)).where(
                table.c.channel_id == channel_id, table.c.position >= start, table.c.submitted >= moment
            )
        ).scalar()
        if found is not None:
            return int(found)
        size = select(tables.channel.c.size).where(tables.channel.c.id == channel_id)
        return int(self._connection.execute(size).scalar_one())

    def first_submitted(self, channel_id: int) -> datetime | None:
        """When the first leaf of a channel was submitted."""
        table = tables.leaf
        query = select(table.c.submitted).where(table.c.channel_id == channel_id, table.c.position == 0)
        return self._connection.execute(query).scalar()

    def newest_first(self, channel_id: int, leaf_type: str) -> Iterator[bytes]:
        """The bytes of all leaves of one type."""
        query = self._of_type(channel_id, leaf_type).order_by(tables.leaf.c.position.desc())
        for row in self._connection.execute(query, execution_options={"yield_per": _PAGE}):
            yield bytes(row.data)

    def unrefused(self, channel_ids: Sequence[int], names: Sequence[str]) -> list[tuple[str, int, int, bytes]]:
        """Name, channel, position and bytes of the leaves of these names that the other side does not refuse."""
        is_refused = (refused_leaf.c.channel_id == tables.leaf.c.channel_id) & (
            refused_leaf.c.position == tables.leaf.c.position
        )
        query = _NAMED.outerjoin(refused_leaf, is_refused).where(refused_leaf.c.channel_id.is_(None))
        return self._of_names(query, channel_ids, names)

    def named(self, channel_ids: Sequence[int], names: Sequence[str]) -> list[tuple[str, int, int, bytes]]:
        """The same of those that the other side refuses, too: what we said we stand by."""
        return self._of_names(_NAMED, channel_ids, names)

    def _of_names(
        self, query: Select[Any], channel_ids: Sequence[int], names: Sequence[str]
    ) -> list[tuple[str, int, int, bytes]]:
        name = tables.leaf_name.c
        query = query.where(name.channel_id.in_(list(channel_ids)))
        return [
            (row.name, row.channel_id, row.position, bytes(row.data))
            for some in chunks(list(names))
            for row in self._connection.execute(query.where(name.name.in_(some)))
        ]

    def receipted_by(self, channel_id: int, moment: datetime) -> int:
        """How many leaves the other side had confirmed at a moment."""
        table = tables.head
        query = select(func.max(table.c.size)).where(table.c.channel_id == channel_id, table.c.receipted <= moment)
        return self._connection.scalar(query) or 0

    def agreed(self, digest: str) -> AgreementDocument | None:
        """The agreement of this digest, where both signed it."""
        return Agreements(self._connection).agreed(digest)

    def heads_of(self, channel_id: int) -> Sequence[Head]:
        """Every signed head of a channel, the largest tree first."""
        table = tables.head
        query = select(table).where(table.c.channel_id == channel_id).order_by(table.c.size.desc())
        return [
            Head(size=row.size, root=bytes(row.root), note=row.note, signed=row.signed)
            for row in self._connection.execute(query)
        ]

    def signed_heads(self) -> tuple[int, int]:
        """How many channels have a head that the other side cosigned, and how many there are."""
        head, channel = tables.head, tables.channel
        signed = select(func.count(func.distinct(head.c.channel_id))).where(head.c.receipted.is_not(None))
        return (
            int(self._connection.execute(signed).scalar_one()),
            int(self._connection.execute(select(func.count()).select_from(channel).where(_between)).scalar_one()),
        )

    def _of_type(self, channel_id: int, leaf_type: str) -> Select[Any]:
        table = tables.leaf
        return select(table.c.position, table.c.data).where(
            table.c.channel_id == channel_id, table.c.type == str(leaf_type)
        )
