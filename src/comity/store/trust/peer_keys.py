"""Queries about the public keys of peers.

Answers:    ``PeerKeys``: ``of(peer)``, ``all()``, ``put(key)``; and ``count``, ``counts`` of what was exchanged and refused.
Limits:     one connection, no commits.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, Select, select

from comity.model.peer_key import KeyState, PeerKey
from comity.store.dialects import insert as upsert
from comity.store.tables.trust import exchange_count, peer_key


class PeerKeys:
    """Whose signatures are believed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, peer: str) -> list[PeerKey]:
        """Every key of one peer, the newest last."""
        return self._keys(select(peer_key).where(peer_key.c.peer == peer).order_by(peer_key.c.since))

    def all(self) -> list[PeerKey]:
        """Every key of every peer."""
        return self._keys(select(peer_key).order_by(peer_key.c.peer, peer_key.c.since))

    def put(self, key: PeerKey) -> None:
        """A key as it is now."""
        values = {
            "peer": key.peer,
            "public": key.public,
            "revocation": key.revocation,
            "state": key.state.value,
            "since": key.since,
        }
        adding = upsert(peer_key).values(values)
        self._connection.execute(
            adding.on_conflict_do_update(index_elements=[peer_key.c.peer, peer_key.c.public], set_=values)
        )

    def count(self, peer: str, day: str, what: str, *, number: int = 1) -> None:
        """So many more of this on this day."""
        adding = upsert(exchange_count).values(peer=peer, day=day, what=what, count=number)
        self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=[exchange_count.c.peer, exchange_count.c.day, exchange_count.c.what],
                set_={"count": exchange_count.c.count + adding.excluded.count},
            )
        )

    def counts(self, peer: str, day: str | None = None) -> Mapping[str, int]:
        """What was counted about a peer, on one day or in all."""
        query = select(exchange_count).where(exchange_count.c.peer == peer)
        if day is not None:
            query = query.where(exchange_count.c.day == day)
        found: dict[str, int] = {}
        for row in self._connection.execute(query):
            found[row.what] = found.get(row.what, 0) + row[3]
        return found

    def counted(self, day: str, beginning: str) -> list[tuple[str, str, int]]:
        """Of whom on a day something was counted whose name begins so: who, what, how often."""
        query = select(exchange_count.c.peer, exchange_count.c.what, exchange_count.c.count)
        query = query.where(exchange_count.c.day == day, exchange_count.c.what.startswith(beginning, autoescape=True))
        rows = self._connection.execute(query.order_by(exchange_count.c.peer, exchange_count.c.what))
        return [(row[0], row[1], row[2]) for row in rows]

    def _keys(self, query: Select[tuple[object, ...]]) -> list[PeerKey]:
        return [
            PeerKey(
                peer=row.peer,
                public=bytes(row.public),
                revocation=bytes(row.revocation),
                state=KeyState(row.state),
                since=row.since,
            )
            for row in self._connection.execute(query)
        ]
