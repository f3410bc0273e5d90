"""What proofs, exchange and repair ask of the ledger's rows.

Answers:    ``History``: channels by name, slices of leaves, nodes and proofs, heads and receipts, names, what the other side
            has not confirmed, and the stop that keeps us from signing.
Limits:     one connection, no commits.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from comity.ledger import leaf as leaf_bytes
from comity.ledger import tree
from comity.model.entry import Behind, Channel, Entry, Head, Named, RefusedLeaf, Written
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert as Upsert
from comity.store.dialects import insert as upsert
from comity.store.dialects import marked
from comity.store.ledger import NAMES, Ledger, head_of
from comity.store.tables.intake import report_row, rollup
from comity.store.tables.ledger import channel, head, leaf, leaf_name, node, payload
from comity.store.tables.sending import report_out
from comity.store.tables.trust import refused_leaf, signing_stop
from comity.store.types import octets, whole

_MOST_LEAVES: Final = (1 << 31) - 1
_WRITTEN: Final = select(
    leaf.c.position, leaf.c.data, leaf.c.submitted, payload.c.salt, payload.c.data.label("payload")
)


def _replacing(*changed: str) -> Callable[[Upsert], Upsert]:
    """What stands at the place already gets these values."""

    def finish(adding: Upsert) -> Upsert:
        keys = list(adding.table.primary_key)
        return adding.on_conflict_do_update(index_elements=keys, set_={each: adding.excluded[each] for each in changed})

    return finish


_LEAVES: Final = Bulk(
    leaf, "channel_id", "position", "type", "data", "submitted", finish=_replacing("data", "submitted")
)
_PAYLOADS: Final = Bulk(payload, "channel_id", "position", "salt", "data", finish=_replacing("salt", "data"))
_NODES: Final = Bulk(node, "channel_id", "level", "position", "hash", finish=_replacing("hash"))
_HEADS: Final = Bulk(
    head,
    "channel_id",
    "size",
    "root",
    "note",
    "signed",
    "receipted",
    finish=_replacing("root", "note", "signed", "receipted"),
)


class History:
    """The ledger as it is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ledger = Ledger(connection)

    def channel(self, origin: str) -> Channel | None:
        """The channel of this name."""
        return next((each for each in self._ledger.channels() if each.origin == origin), None)

    def counted_on(self, channel_id: int, day: str) -> int:
        """How many reports stand in the roll-ups of a day."""
        query = select(func.coalesce(func.sum(rollup.c.count), 0))
        return self._connection.scalar(query.where(rollup.c.channel_id == channel_id, rollup.c.day == day)) or 0

    def receipted_since(self, channel_id: int, name: str) -> datetime | None:
        """Since when the other side has the leaf of this name; None while it gave no receipt for it."""
        position = select(leaf_name.c.position).where(leaf_name.c.channel_id == channel_id, leaf_name.c.name == name)
        query = select(func.min(head.c.receipted)).where(
            head.c.channel_id == channel_id, head.c.size > position.scalar_subquery(), head.c.receipted.is_not(None)
        )
        found: datetime | None = self._connection.scalar(query)
        return found

    def between(self, reporting: str, reported: str) -> list[Channel]:
        """Every channel of one direction between two networks."""
        return [each for each in self._ledger.channels() if (each.reporting, each.reported) == (reporting, reported)]

    def written(self, channel_id: int, start: int, end: int) -> list[Written]:
        """Leaves ``start`` to ``end`` with their payloads."""
        query = (
            _WRITTEN.outerjoin(
                payload, (payload.c.channel_id == leaf.c.channel_id) & (payload.c.position == leaf.c.position)
            )
            .where(leaf.c.channel_id == channel_id, leaf.c.position >= start, leaf.c.position < end)
            .order_by(leaf.c.position)
        )
        return [_written(row) for row in self._connection.execute(query)]

    def node(self, channel_id: int, place: tree.Node) -> bytes:
        """One stored node; KeyError where it is not there."""
        return self._ledger.node(channel_id, place)

    def range_root(self, channel_id: int, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end`` of a subtree."""
        return tree.range_root(start, end, lambda place: self.node(channel_id, place))

    def inclusion(self, channel_id: int, position: int, size: int) -> list[bytes]:
        """The proof that a leaf is among the first ``size``."""
        return self._proof(channel_id, lambda stored: tree.inclusion(position, size, stored))

    def consistency(self, channel_id: int, first: int, second: int) -> list[bytes]:
        """The proof that the first ``first`` leaves are the beginning of the first ``second``."""
        return self._proof(channel_id, lambda stored: tree.consistency(first, second, stored))

    def _proof(self, channel_id: int, make: Callable[[tree.Stored], list[bytes]]) -> list[bytes]:
        """A proof out of stored nodes: which ones it needs is found first, so that one question fetches them all."""
        wanted: dict[tree.Node, bytes] = {}
        make(lambda place: wanted.setdefault(place, b""))
        if not wanted:
            return make(wanted.__getitem__)
        places = ", ".join(["(?, ?)"] * len(wanted))
        query = (
            f"WITH wanted(level, position) AS (VALUES {places}) "  # noqa: S608
            "SELECT node.level, node.position, node.hash FROM wanted CROSS JOIN node "
            "WHERE node.channel_id = ? AND node.level = wanted.level AND node.position = wanted.position"
        )
        values = (*(number for place in wanted for number in place), channel_id)
        rows = self._connection.exec_driver_sql(marked(self._connection, query), values)
        return make({(row[0], row[1]): octets(row[2]) for row in rows}.__getitem__)

    def heads(self, channel_id: int, start: int, end: int) -> list[Head]:
        """Heads over more than ``start`` and at most ``end`` leaves, smallest first."""
        query = select(head).where(head.c.channel_id == channel_id, head.c.size > start, head.c.size <= end)
        return [head_of(row) for row in self._connection.execute(query.order_by(head.c.size))]

    def head_at(self, channel_id: int, size: int) -> Head | None:
        """The head over exactly so many leaves."""
        return next(iter(self.heads(channel_id, size - 1, size)), None)

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""
        query = select(head).where(head.c.channel_id == channel_id, head.c.receipted.is_not(None))
        row = self._connection.execute(query.order_by(head.c.size.desc()).limit(1)).first()
        return None if row is None else head_of(row)

    def add_receipt(self, channel_id: int, size: int, *, note: str, at: datetime) -> None:
        """A head with the lines it has now, and when the other side cosigned it."""
        where = (head.c.channel_id == channel_id) & (head.c.size == size)
        self._connection.execute(update(head).where(where).values(note=note, receipted=at))

    def named(self, channel_ids: Collection[int], names: Sequence[str]) -> list[Named]:
        """Leaves and mails of these names in these channels."""
        return [
            _named(row)
            for part in chunks(list(names))
            for row in self._connection.execute(
                select(leaf_name).where(leaf_name.c.channel_id.in_(channel_ids), leaf_name.c.name.in_(part))
            )
        ]

    def find(self, name: str) -> list[Named]:
        """Where an event of this name stands, in any channel."""
        ids = [each.channel_id for each in self._ledger.channels()]
        return [each for each in self.named(ids, [name]) if each.position is not None]

    def meet(self, found: Named) -> None:
        """A leaf or a mail of this name as it is now."""
        values = {
            "channel_id": found.channel_id,
            "name": found.name,
            "position": found.position,
            "counted": found.counted,
            "retracted": found.retracted,
            "report_id": found.report_id,
        }
        keys = [leaf_name.c.channel_id, leaf_name.c.name]
        adding = upsert(leaf_name).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=keys, set_=values))

    def forget(self, found: Named) -> None:
        """A mail that waited under another channel's name met its leaf."""
        where = (leaf_name.c.channel_id == found.channel_id) & (leaf_name.c.name == found.name)
        self._connection.execute(leaf_name.delete().where(where, leaf_name.c.position.is_(None)))

    def unmet(self, channel_id: int) -> tuple[int, int]:
        """How many counted leaves came without a mail, and how many mails without a leaf."""
        count = select(func.count()).where(leaf_name.c.channel_id == channel_id)
        alone = self._connection.scalar(
            count.where(leaf_name.c.counted, leaf_name.c.position.is_not(None), leaf_name.c.report_id.is_(None))
        )
        waiting = self._connection.scalar(count.where(leaf_name.c.position.is_(None)))
        return alone or 0, waiting or 0

    def refused(self, channel_id: int) -> list[RefusedLeaf]:
        """The leaves of a channel of ours that the other side refuses, in order."""
        query = select(refused_leaf).where(refused_leaf.c.channel_id == channel_id).order_by(refused_leaf.c.position)
        return [
            RefusedLeaf(
                channel_id=row.channel_id,
                position=row.position,
                code=row.code,
                detail=row.detail,
                since=row.since,
                passed=row.passed,
            )
            for row in self._connection.execute(query)
        ]

    def refuse(self, leaf: RefusedLeaf) -> None:
        """A leaf that is refused, as it is now; the moment since when stays."""
        adding = upsert(refused_leaf).values(
            channel_id=leaf.channel_id,
            position=leaf.position,
            code=leaf.code,
            detail=leaf.detail,
            since=leaf.since,
            passed=leaf.passed,
        )
        fresh = adding.excluded
        changed = {
            "code": fresh.code,
            "detail": fresh.detail,
            "passed": func.coalesce(refused_leaf.c.passed, fresh.passed),
        }
        keys = [refused_leaf.c.channel_id, refused_leaf.c.position]
        self._connection.execute(adding.on_conflict_do_update(index_elements=keys, set_=changed))

    def take_back(self, channel_id: int, position: int) -> None:
        """It is refused no more."""
        where = (refused_leaf.c.channel_id == channel_id) & (refused_leaf.c.position == position)
        self._connection.execute(refused_leaf.delete().where(where))

    def behind(self, channel_id: int, size: int) -> Behind:
        """What lies after the first ``size`` leaves."""
        after = (leaf.c.channel_id == channel_id) & (leaf.c.position >= size)
        row = self._connection.execute(
            select(func.count(), func.coalesce(func.sum(func.length(leaf.c.data)), 0)).where(after)
        ).one()
        first = self._connection.execute(
            select(leaf.c.submitted).where(after).order_by(leaf.c.position).limit(1)
        ).scalar_one_or_none()
        inside = (payload.c.channel_id == channel_id) & (payload.c.position >= size)
        beside = self._connection.scalar(select(func.coalesce(func.sum(func.length(payload.c.data)), 0)).where(inside))
        return Behind(leaves=int(row[0]), octets=int(row[1]) + int(beside or 0), since=first)

    def standing(self, channel_id: int) -> int:
        """How many leaves there are by the last of them and by the newest signed head, whatever the channel counts."""
        last = select(func.max(leaf.c.position)).where(leaf.c.channel_id == channel_id)  # alone: then the index answers
        newest = select(func.max(head.c.size)).where(head.c.channel_id == channel_id)
        return max(0, whole(self._connection.scalar(last)) + 1, whole(self._connection.scalar(newest)))

    def resize(self, channel_id: int, size: int) -> None:
        """How many leaves the channel counts."""
        self._connection.execute(update(channel).where(channel.c.id == channel_id).values(size=size))

    def replace(self, channel_id: int, written: Sequence[Written]) -> None:
        """Leaves as the other side has them, in the place of damaged ones; nodes are made anew with ``plant``."""
        leaves = [(channel_id, each.position, _type_of(each.data), each.data, each.submitted) for each in written]
        _LEAVES.put(self._connection, leaves)
        payloads = [
            (channel_id, each.position, each.salt, each.payload) for each in written if each.payload is not None
        ]
        _PAYLOADS.put(self._connection, payloads)

    def bring_back(self, channel_id: int, entries: Mapping[int, Entry]) -> list[int]:
        """Names of leaves that came back, by place; the places of those of which nothing stood here."""
        found = self.named([channel_id], [each.name or "" for each in entries.values()])
        # One without a place came by mail, and waits for its leaf.
        there = {each.name for each in found if each.position is not None}
        fresh = [place for place, each in entries.items() if each.name not in there]
        names = [(channel_id, entries[place].name, place, entries[place].counted, True) for place in fresh]
        NAMES.put(self._connection, names)
        return fresh

    def retract(self, channel_id: int, name: str, at: datetime) -> Written | None:
        """The report of this name counts no more, neither by its leaf nor by its row; its leaf."""
        (found,) = self.named([channel_id], [name]) or (None,)
        if found is None or found.position is None:
            return None
        this = (leaf_name.c.channel_id == channel_id) & (leaf_name.c.name == name)
        self._connection.execute(update(leaf_name).where(this).values(retracted=at))
        ours = select(report_out.c.report_id).where(report_out.c.name == name).scalar_subquery()
        self._connection.execute(update(report_row).where(report_row.c.id == ours).values(retracted=at))
        (written,) = self.written(channel_id, found.position, found.position + 1) or (None,)
        return written

    def holes(self, channel_id: int, size: int) -> list[int]:
        """Places among the first ``size`` that have no leaf."""
        query = select(leaf.c.position).where(leaf.c.channel_id == channel_id, leaf.c.position < size)
        return sorted(set(range(size)) - set(self._connection.scalars(query)))

    def nodes(self, channel_id: int) -> Iterator[tuple[tree.Node, bytes]]:
        """Every stored node."""
        return self._ledger.nodes(channel_id)

    def plant(self, channel_id: int, nodes: Iterable[tuple[tree.Node, bytes]]) -> None:
        """Nodes of the tree, in the place of what is stored there."""
        _NODES.put(self._connection, [(channel_id, level, position, digest) for (level, position), digest in nodes])

    def uproot(self, channel_id: int, size: int, nodes: Collection[tree.Node]) -> None:
        """Take these nodes away, and payloads of leaves that are none of the first ``size``."""
        for level, position in nodes:
            here = (node.c.channel_id == channel_id) & (node.c.level == level) & (node.c.position == position)
            self._connection.execute(node.delete().where(here))
        beside = (payload.c.position >= size) | (payload.c.position < 0)
        self._connection.execute(payload.delete().where(payload.c.channel_id == channel_id, beside))

    def put_head(self, channel_id: int, found: Head) -> None:
        """A head, in the place of what is stored over so many leaves."""
        _HEADS.put(self._connection, [(channel_id, found.size, found.root, found.note, found.signed, found.receipted)])

    def stopped(self, channel_id: int) -> tuple[str, int] | None:
        """Why we do not sign in this channel, and how many leaves it has elsewhere."""
        query = select(signing_stop).where(signing_stop.c.channel_id == channel_id)
        row = self._connection.execute(query).first()
        return None if row is None else (row.reason, row.size)

    def stop(self, channel_id: int, reason: str, *, size: int, now: datetime) -> None:
        """Sign nothing more in this channel; of a size that no channel reaches, which is a peer's word, the largest is kept."""
        values = {"channel_id": channel_id, "reason": reason, "size": min(size, _MOST_LEAVES), "since": now}
        adding = upsert(signing_stop).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[signing_stop.c.channel_id], set_=values))

    def go_on(self, channel_id: int) -> None:
        """Sign again."""
        self._connection.execute(signing_stop.delete().where(signing_stop.c.channel_id == channel_id))


def _type_of(data: bytes) -> str:
    return str((leaf_bytes.read(data) or {}).get("type", ""))


def _written(row: Any) -> Written:
    return Written(
        position=row.position,
        data=octets(row.data),
        submitted=row.submitted,
        salt=None if row.salt is None else octets(row.salt),
        payload=None if row.payload is None else octets(row.payload),
    )


def _named(row: Any) -> Named:
    return Named(
        channel_id=row.channel_id,
        name=row.name,
        position=row.position,
        counted=row.counted,
        retracted=row.retracted,
        report_id=row.report_id,
    )
