"""Queries about heads of ledgers that go by mail.

Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from comity.model.owed import MailedHead, SeenHead
from comity.store.dialects import insert as upsert
from comity.store.tables.coalition.answers import head_mailed, head_seen


class OwedHeads:
    """What was seen of others, and mailed of ours."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, origin: str) -> SeenHead | None:
        """The last head of a channel that came by mail and that we cosigned."""
        row = self._connection.execute(select(head_seen).where(head_seen.c.origin == origin)).one_or_none()
        return None if row is None else SeenHead(**dict(zip(_SEEN, row, strict=True)))

    def seen_of(self, peer: str) -> Sequence[SeenHead]:
        """Those of one peer, by channel."""
        query = select(head_seen).where(head_seen.c.peer == peer).order_by(head_seen.c.origin)
        return [SeenHead(**dict(zip(_SEEN, row, strict=True))) for row in self._connection.execute(query)]

    def see(self, head: SeenHead) -> None:
        """In the place of the one before."""
        values = {name: getattr(head, name) for name in _SEEN}
        adding = upsert(head_seen).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[head_seen.c.origin], set_=values))

    def mailed(self, origin: str) -> MailedHead | None:
        """How far a channel of ours was mailed."""
        row = self._connection.execute(select(head_mailed).where(head_mailed.c.origin == origin)).one_or_none()
        return None if row is None else MailedHead(**dict(zip(_MAILED, row, strict=True)))

    def mail(self, head: MailedHead) -> None:
        """In the place of what was noted before."""
        values = {name: getattr(head, name) for name in _MAILED}
        adding = upsert(head_mailed).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[head_mailed.c.origin], set_=values))

    def goes_on(self, origin: str, known: int | None, *, at: datetime) -> None:
        """The peer said from which size it goes on; the next mail need not wait."""
        this = head_mailed.c.origin == origin
        self._connection.execute(update(head_mailed).where(this).values(known=known, at=at))


_SEEN: Final = tuple(each.name for each in head_seen.c)
_MAILED: Final = tuple(each.name for each in head_mailed.c)
