"""Queries about documents of ours on their way to peers.

Limits:     one connection, no commits.
"""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from comity.model.document import Outgoing
from comity.store.tables.coalition.signals import document_out


class Documents:
    """What peers are given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, peer: str, about: str, note: str, *, at: datetime) -> None:
        """One more document for a peer."""
        self._connection.execute(
            insert(document_out).values(peer=peer, about=about, note=note, entered=at, given=None, refused=None)
        )

    def about(self, about: str) -> list[Outgoing]:
        """What was sent about one thing, oldest first."""
        return self._found(document_out.c.about == about)

    def waiting(self, peer: str, most: int) -> list[Outgoing]:
        """What this peer has not taken and not refused, oldest first."""
        waits = (document_out.c.peer == peer) & document_out.c.given.is_(None) & document_out.c.refused.is_(None)
        return self._found(waits, most=most)

    def given(self, ids: list[int], at: datetime) -> None:
        """The peer has taken them."""
        self._connection.execute(update(document_out).where(document_out.c.id.in_(ids)).values(given=at))

    def refused(self, document_id: int, reason: str) -> None:
        """The peer said why it does not take one."""
        self._connection.execute(update(document_out).where(document_out.c.id == document_id).values(refused=reason))

    def _found(self, condition: object, most: int | None = None) -> list[Outgoing]:
        query = select(document_out).where(condition).order_by(document_out.c.id).limit(most)  # type: ignore[arg-type]
        return [
            Outgoing(
                document_id=row.id,
                peer=row.peer,
                about=row.about,
                note=row.note,
                entered=row.entered,
                given=row.given,
                refused=row.refused,
            )
            for row in self._connection.execute(query)
        ]
