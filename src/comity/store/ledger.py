"""Queries of the ledger: leaves are added with the nodes they complete, in the transaction of whatever they are about.

Answers:    ``Ledger``: channels, appends, heads, and everything an auditor replays.
Limits:     one connection, no commits; one writer a channel, which ``comity.store.dialects`` ensures.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from comity.ledger import tree
from comity.ledger.checkpoint import channel_origin
from comity.ledger.leaf import REFUSED
from comity.model.entry import Channel, Entry, Head
from comity.model.retention import Spared
from comity.store.bulk import Bulk, BulkChange
from comity.store.dialects import Insert as Upsert
from comity.store.dialects import marked
from comity.store.retention.parts import payload_part
from comity.store.tables import intake
from comity.store.tables import ledger as tables
from comity.store.tables.trust import signing_stop
from comity.store.types import octets, whole

_LEAVES: Final = Bulk(tables.leaf, "channel_id", "position", "type", "data", "submitted")
_NODES: Final = Bulk(tables.node, "channel_id", "level", "position", "hash")
_HEADS: Final = Bulk(tables.head, "channel_id", "size", "root", "note", "signed", "receipted")
_SIZES: Final = BulkChange(tables.channel, "size", "id")
# Asked for dozens of times for one proof: a plain statement costs a tenth.
_NODE: Final = "SELECT hash FROM node WHERE channel_id = ? AND level = ? AND position = ?"
_LEVELS: Final = 32  # of the tree over as many leaves as can be numbered
_ENDS: Final = (
    "SELECT (SELECT size FROM channel WHERE id = ?), (SELECT max(position) FROM leaf WHERE channel_id = ?) + 1, "
    "(SELECT max(size) FROM head WHERE channel_id = ?), (SELECT max(position) FROM payload WHERE channel_id = ?) + 1"
)
_TOPS: Final = (
    "SELECT node.level, node.position, node.hash FROM tops CROSS JOIN node "
    "WHERE node.channel_id = ? AND node.level = tops.level AND node.position = tops.place"
)
_BEHIND: Final = (
    "SELECT 1 FROM ends CROSS JOIN node "
    "WHERE node.channel_id = ? AND node.level = ends.level AND node.position >= ends.place LIMIT 1"
)


def _met(adding: Upsert) -> Upsert:
    """A name that came by mail, before its leaf: that is its place."""
    names = tables.leaf_name.c
    places = {each: adding.excluded[each] for each in ("position", "counted", "restored")}
    return adding.on_conflict_do_update(
        index_elements=[names.channel_id, names.name], set_=places, where=names.position.is_(None)
    )


def _anew(adding: Upsert) -> Upsert:
    """Content that stands there already is that of a leaf that is gone."""
    keys = list(adding.table.primary_key)
    return adding.on_conflict_do_update(
        index_elements=keys, set_={each: adding.excluded[each] for each in ("salt", "data")}
    )


_PAYLOADS: Final = Bulk(tables.payload, "channel_id", "position", "salt", "data", finish=_anew)
NAMES: Final = Bulk(tables.leaf_name, "channel_id", "name", "position", "counted", "restored", finish=_met)


class Ledger:
    """Channels and what is written in them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def channel(self, origin: str, *, reporting: str, reported: str, quarter: str, is_copy: bool = False) -> Channel:
        """The channel of this name, made when it is first asked for."""
        found = self.found(origin)
        if found is not None:
            return found
        values = {
            "origin": origin,
            "reporting": reporting,
            "reported": reported,
            "quarter": quarter,
            "size": 0,
            "is_copy": is_copy,
        }
        self._connection.execute(insert(tables.channel).values(values))
        made = self.found(origin)
        assert made is not None  # noqa: S101 - it was inserted a line above
        return made

    def found(self, origin: str) -> Channel | None:
        """The channel of this name, where there is one."""
        return next(self._channels(tables.channel.c.origin == origin), None)

    def channels(self) -> list[Channel]:
        """Every channel, by name."""
        return list(self._channels())

    def _channels(self, *conditions: object) -> Iterator[Channel]:
        table = tables.channel
        query = select(table).where(*conditions).order_by(table.c.origin)  # type: ignore[arg-type]
        for row in self._connection.execute(query):
            yield channel_of(row)

    def append(
        self, channel_id: int, entries: Sequence[Entry], *, grown: Mapping[tree.Node, bytes] | None = None
    ) -> range:
        """Add leaves at the end; the positions they got. ``grown`` are the nodes that they complete, where these are known."""
        if not entries:
            return range(0)
        size = self._size(channel_id)
        known: dict[tree.Node, bytes] = self._tops(channel_id, size) if grown is None else {}
        self._add(channel_id, size, entries, known=known, grown=grown)
        return range(size, size + len(entries))

    def grow(self, channel_id: int, lots: Iterable[Sequence[Entry]]) -> Iterator[tuple[int, bytes]]:
        """Add leaves lot by lot; size and root after each. What is there already is asked for once."""
        size = self._size(channel_id)
        known = self._tops(channel_id, size)
        for entries in lots:
            self._add(channel_id, size, entries, known=known)
            size += len(entries)
            known = {peak: known[peak] for peak in tree.peaks(size)}
            yield size, tree.root(size, known.__getitem__)

    def _size(self, channel_id: int) -> int:
        query = select(tables.channel.c.size).where(tables.channel.c.id == channel_id)
        return int(self._connection.execute(query).scalar_one())

    def _add(
        self,
        channel_id: int,
        size: int,
        entries: Sequence[Entry],
        *,
        known: dict[tree.Node, bytes],
        grown: Mapping[tree.Node, bytes] | None = None,
    ) -> None:
        """Rows of these leaves; ``known`` nodes get those besides that the leaves complete."""
        fresh: dict[tree.Node, bytes] = dict(grown or {})
        leaves, payloads, names = [], [], []
        for position, entry in enumerate(entries, size):
            if grown is None:
                new = list(tree.grow(position, tree.leaf_hash(entry.data), known.__getitem__))
                known.update(new)
                fresh.update(new)
            leaves.append((channel_id, position, entry.leaf_type, entry.data, entry.submitted))
            if entry.salt is not None and entry.payload is not None:
                payloads.append((channel_id, position, entry.salt, entry.payload))
            if entry.name is not None:
                names.append((channel_id, entry.name, position, entry.counted, entry.restored))
        nodes = [(channel_id, level, position, digest) for (level, position), digest in fresh.items()]
        _LEAVES.put(self._connection, leaves)
        _NODES.put(self._connection, nodes)
        _PAYLOADS.put(self._connection, payloads)
        NAMES.put(self._connection, names)
        _SIZES.put(self._connection, [(size + len(entries), channel_id)])

    def node(self, channel_id: int, node: tree.Node) -> bytes:
        """The hash of one stored node; KeyError where it is not there."""
        found = self._connection.exec_driver_sql(marked(self._connection, _NODE), (channel_id, *node)).scalar()
        if found is None:
            raise KeyError(node)
        return octets(found)

    def root(self, channel_id: int, size: int) -> bytes:
        """The root over the first ``size`` leaves, out of stored nodes."""
        return tree.root(size, self._tops(channel_id, size).__getitem__)

    def _tops(self, channel_id: int, size: int) -> dict[tree.Node, bytes]:
        """The complete subtrees of the first ``size`` leaves, in one question: all of the past that a new leaf needs."""
        peaks = tree.peaks(size)
        if not peaks:
            return {}
        tops = ", ".join(f"({level}, {position})" for level, position in peaks)
        # A list of places that is joined to: of alternatives SQLite would look through every node of the channel.
        query = f"WITH tops(level, place) AS (VALUES {tops}) {_TOPS}"
        rows = self._connection.exec_driver_sql(marked(self._connection, query), (channel_id,))
        return {(level, position): octets(found) for level, position, found in rows}

    def keep_head(self, channel_id: int, head: Head) -> None:
        """Keep a signed head."""
        row = (channel_id, head.size, head.root, head.note, head.signed, head.receipted)
        _HEADS.put(self._connection, [row])

    def head(self, channel_id: int) -> Head | None:
        """The newest signed head of a channel."""
        return next(self.heads(channel_id, newest_first=True), None)

    def last_signed(self, channel_id: int) -> datetime | None:
        """When the newest head of a channel was signed."""
        table = tables.head
        newest = select(table.c.signed).where(table.c.channel_id == channel_id).order_by(table.c.size.desc()).limit(1)
        return self._connection.scalar(newest)

    def heads(self, channel_id: int, *, newest_first: bool = False) -> Iterator[Head]:
        """Every head that was signed, smallest tree first or last."""
        table = tables.head
        order = table.c.size.desc() if newest_first else table.c.size
        for row in self._connection.execute(select(table).where(table.c.channel_id == channel_id).order_by(order)):
            yield head_of(row)

    def leaves(self, channel_id: int) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of every leaf, in order."""
        table = tables.leaf
        query = (
            select(table.c.position, table.c.data).where(table.c.channel_id == channel_id).order_by(table.c.position)
        )
        for row in self._connection.execute(query, execution_options={"yield_per": 1000}):
            yield whole(row.position), octets(row.data)

    def nodes(self, channel_id: int) -> Iterator[tuple[tree.Node, bytes]]:
        """Every stored node of the tree."""
        for row in self._connection.execute(select(tables.node).where(tables.node.c.channel_id == channel_id)):
            yield (whole(row.level), whole(row.position)), octets(row.hash)

    def last_named(self, channel_id: int) -> int:
        """Up to where leaves have names here."""
        names = tables.leaf_name
        return (
            self._connection.scalar(select(func.max(names.c.position) + 1).where(names.c.channel_id == channel_id)) or 0
        )

    def names(self, channel_id: int, size: int) -> int:
        """How many of the first ``size`` leaves can be found by a name; what came by mail and has no leaf yet is none."""
        names = tables.leaf_name
        is_there = names.c.position.between(0, size - 1)
        query = select(func.count()).where(names.c.channel_id == channel_id, is_there)
        return self._connection.scalar(query) or 0

    def surplus(self, channel_id: int, size: int) -> list[str]:
        """What stands beside leaves that are none of the first ``size``: a payload, a name, each with the last of its places."""
        last = select(func.max(tables.payload.c.position)).where(tables.payload.c.channel_id == channel_id)
        found = {"payload": whole(self._connection.scalar(last)), "name": self.last_named(channel_id) - 1}
        return [f"{what} {place}" for what, place in found.items() if place >= size]

    def unfit(self, channel_id: int) -> str | None:
        """Why nothing can be added before somebody has healed it: what is written next would meet rows that stand there already,
        or go on from a tree that is not the one that was signed. No leaf is hashed."""
        values = self._connection.exec_driver_sql(marked(self._connection, _ENDS), (channel_id,) * 4).one()
        size, leaves, heads, payloads = (0 if each is None else whole(each) for each in values)
        if max(leaves, heads) != size:
            return "miscounted"
        if payloads > size:
            return "surplus"
        ends = ", ".join(f"({level}, {size >> level})" for level in range(_LEVELS))
        query = f"WITH ends(level, place) AS (VALUES {ends}) {_BEHIND}"
        if self._connection.exec_driver_sql(marked(self._connection, query), (channel_id,)).first() is not None:
            return "surplus"
        known, newest = self._tops(channel_id, size), self.head(channel_id)
        if len(known) < len(tree.peaks(size)):
            return "node-missing"
        is_told = newest is None or newest.size < size or newest.root == tree.root(size, known.__getitem__)
        return None if is_told else "nodes-differ"

    def payloads(self, channel_id: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Position, salt and bytes of every payload that was not erased."""
        table = tables.payload
        for row in self._connection.execute(select(table).where(table.c.channel_id == channel_id)):
            yield whole(row.position), octets(row.salt), octets(row.data)

    def counts(self, channel_id: int) -> dict[str, int]:
        """How many leaves there are of each type."""
        table = tables.leaf
        query = select(table.c.type, func.count()).where(table.c.channel_id == channel_id).group_by(table.c.type)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def refused(self, channel_id: int) -> set[int]:
        """Where the leaves of a copy lie that we refused: they stand in the tree, and count for nothing."""
        query = select(tables.leaf.c.position).where(
            tables.leaf.c.channel_id == channel_id, tables.leaf.c.type == REFUSED
        )
        return set(self._connection.scalars(query))

    def stopped(self, channel_id: int) -> str | None:
        """Why nothing may be signed in this channel."""
        query = select(signing_stop.c.reason).where(signing_stop.c.channel_id == channel_id)
        return self._connection.scalar(query)

    def arrived_by_mail(self, reporting: str, reported: str, quarter: str, *, reports: Mapping[str, int]) -> int:
        """Reports, by name, whose leaves the other side writes: noted where leaf and mail meet. Gives the channel."""
        origin = channel_origin(reporting, reported, quarter)
        here = self.channel(origin, reporting=reporting, reported=reported, quarter=quarter, is_copy=True).channel_id
        ids = [each.channel_id for each in self._channels(tables.channel.c.reporting == reporting) if each.is_copy]
        names = tables.leaf_name
        for name, report_id in reports.items():
            there = names.c.channel_id.in_(ids) & (names.c.name == name)
            if self._connection.execute(update(names).where(there).values(report_id=report_id)).rowcount:
                continue
            values = {"channel_id": here, "name": name, "report_id": report_id, "counted": False, "restored": False}
            self._connection.execute(insert(names).values(values))
        return here

    def exchanged(self, channel_id: int) -> tuple[int, int]:
        """Report rows of a channel, and the sum of its roll-ups: both equal its leaves less the retractions (P3).

        Of a channel that the other side writes, its leaves are the rows: a mail may come before, after or never.
        """
        reported, rollup, names = intake.report_row, intake.rollup, tables.leaf_name
        is_copy = self._connection.scalar(select(tables.channel.c.is_copy).where(tables.channel.c.id == channel_id))
        leaves = (names.c.channel_id == channel_id, names.c.counted, names.c.retracted.is_(None))
        conditions: tuple[ColumnElement[bool], ...] = (
            leaves
            if is_copy
            else (
                reported.c.channel_id == channel_id,
                reported.c.duplicate_of.is_(None),
                reported.c.retracted.is_(None),
            )
        )
        rows = self._connection.execute(select(func.count()).where(*conditions)).scalar_one()
        if not is_copy:  # what was lost here and came back from the other side has no row but its leaf
            rows += self._connection.execute(select(func.count()).where(*leaves, names.c.restored)).scalar_one()
        total = self._connection.execute(
            select(func.coalesce(func.sum(rollup.c.count), 0)).where(rollup.c.channel_id == channel_id)
        ).scalar_one()
        return int(rows), int(total)

    def erase(self, channel_id: int, before: datetime, spared: Spared | None = None) -> int:
        """Erase payloads of leaves submitted before a moment; how many there were. The tree stays as it is.

        What travels beside a close is kept: it holds counts, and the next close goes on from it. So are acts about agreements,
        which prove what holds, and what a legal hold spares.
        """
        part = payload_part(self._connection, channel_id, before, spared=spared or Spared())
        return self._connection.execute(tables.payload.delete().where(*part.due, *part.free)).rowcount


def channel_of(row: Row[Any]) -> Channel:
    """A row of channels as a record."""
    return Channel(
        channel_id=row.id,
        origin=row.origin,
        reporting=row.reporting,
        reported=row.reported,
        quarter=row.quarter,
        size=whole(row.size),
        is_copy=row.is_copy,
    )


def head_of(row: Row[Any]) -> Head:
    """A row of heads as a record."""
    return Head(
        size=whole(row.size), root=octets(row.root), note=str(row.note), signed=row.signed, receipted=row.receipted
    )
