"""Queries about peers.

Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from comity.model.sending import Peer, PeerState
from comity.store.dialects import insert as upsert
from comity.store.tables.peers import peer


class Peers:
    """Who may be written to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_name(self, names: Sequence[str]) -> Mapping[str, Peer]:
        """Peers that are known."""
        return {row.name: _peer(row) for row in self._connection.execute(select(peer).where(peer.c.name.in_(names)))}

    def all(self) -> list[Peer]:
        """Every peer, by name."""
        return [_peer(row) for row in self._connection.execute(select(peer).order_by(peer.c.name))]

    def put(self, known: Peer) -> None:
        """A peer as it is now."""
        values = asdict(known) | {"state": known.state.value}
        adding = upsert(peer).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[peer.c.name], set_=values))


def _peer(row: Row[Any]) -> Peer:
    return Peer(
        name=row.name,
        address=row.address,
        state=PeerState(row.state),
        since=row.since,
        reason=row.reason,
        agreement_version=row.agreement_version,
    )
