"""Whether the tables of a store are those of this program, to the last index.

Answers:    ``check(database)`` gives the differences, a line each: ``-`` is missing, ``+`` is there and not ours.
Limits:     looks only: what it makes to compare with is in memory, or in tables of its own connection, and is gone afterwards.
            Rows are not looked at.
"""

from comity.store import tables
from comity.store.dialects import Database
from comity.store.dialects.layouts import differences, layout, made_of
from comity.store.metadata import metadata
from comity.store.migrations import version
from comity.store.trouble import told

__all__ = ["check", "tables"]


def check(database: Database) -> list[str]:
    """Of a store of this version; another one is refused."""
    engine = database.engine(read_only=False)
    try:
        with told(database.place), engine.begin() as connection:
            version.refuse(connection, database.place)
            wanted = made_of(connection, lambda aside: metadata.create_all(aside, checkfirst=False))
            return differences(layout(connection), wanted)
    finally:
        engine.dispose()
