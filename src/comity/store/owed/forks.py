"""Queries about peers that signed two histories of one channel.

Limits:     one connection, no commits.
"""

from typing import Final

from sqlalchemy import Connection, select

from comity.model.entry import ForkedHistory
from comity.store.dialects import insert as upsert
from comity.store.tables.trust import forked_history


class Forks:
    """What proves it, a channel once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, found: ForkedHistory) -> None:
        """The first proof about a channel stays."""
        adding = upsert(forked_history).values({name: getattr(found, name) for name in _NAMES})
        self._connection.execute(adding.on_conflict_do_nothing(index_elements=[forked_history.c.origin]))

    def all(self) -> list[ForkedHistory]:
        """All of them, by channel."""
        rows = self._connection.execute(select(forked_history).order_by(forked_history.c.origin))
        return [ForkedHistory(**dict(zip(_NAMES, row, strict=True))) for row in rows]


_NAMES: Final = tuple(each.name for each in forked_history.c)
