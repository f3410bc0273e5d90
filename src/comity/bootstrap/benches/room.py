"""How much room a store of a bench takes on the disk: pages in use, and the mails among them.

Answers:    ``room_taken(store)`` gives ``Room``.
Limits:     a file of SQLite. Mails end in pages of their own where they are large; what is lost at their edges counts as rows.
"""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import func, select

from comity.store.engine import Store
from comity.store.tables.intake import raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes."""

    pages: int
    mails: int  # packed, as they are kept

    def since(self, before: Self) -> "Room":
        """What was added."""
        return Room(pages=self.pages - before.pages, mails=self.mails - before.mails)


def room_taken(store: Store) -> Room:
    """Ask the database."""
    with store.read() as records:
        ask = records.connection.exec_driver_sql
        pages = ask("PRAGMA page_count").scalar_one() - ask("PRAGMA freelist_count").scalar_one()
        mails = records.connection.scalar(select(func.coalesce(func.sum(func.length(raw.c.data)), 0)))
        return Room(pages=pages * ask("PRAGMA page_size").scalar_one(), mails=int(mails or 0))
