"""Which version the tables of a store have, and whether this program may use them.

Trust:      the database is our own; a number that this program does not know is of a newer one.
Answers:    ``found(connection)`` gives a number, None where there is no store, ``EARLY`` for one from before the first tag;
            ``stamp`` writes this program's own; ``refuse(connection, place)`` lets pass only what this program knows.
Limits:     no Alembic here: every command asks, and pays for importing nothing.
"""

from typing import Final

from sqlalchemy import Connection, delete, insert, inspect, select

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.sqlite import absent
from comity.store.metadata import SCHEMA_VERSION, meta, version

EARLY: Final = 0
_UNKNOWN: Final = 1 << 31


def named(number: int) -> str:
    """What Alembic calls it.

    >>> named(7)
    '0007'
    """
    return f"{number:04}"


def found(connection: Connection) -> int | None:
    """The version of the tables that lie there."""
    there = inspect(connection)
    if not there.has_table(version.name):
        return EARLY if there.has_table(meta.name) else None
    words = connection.scalar(select(version.c.version_num))
    if words is None:
        return EARLY
    return int(words) if words.isdecimal() else _UNKNOWN


def stamp(connection: Connection, number: int = SCHEMA_VERSION) -> None:
    """From now on it has this one."""
    version.create(connection, checkfirst=True)
    connection.execute(delete(version))
    connection.execute(insert(version).values(version_num=named(number)))


def refuse(connection: Connection, place: str) -> None:
    """An error that says what helps, for any version but ours."""
    number = found(connection)
    if number is None:
        raise absent(place)
    if number == SCHEMA_VERSION:
        return
    code = "store-early" if number == EARLY else "store-older" if number < SCHEMA_VERSION else "store-newer"
    raise ComityError(
        code,
        f"the tables have version {number}, this program knows version {SCHEMA_VERSION}",
        outcome=Outcome.CONFIGURATION,
        place=place,
        remedy="Use a newer program." if code == "store-newer" else "comity db upgrade carries it along.",
        details={"found": "?" if number == _UNKNOWN else number, "known": SCHEMA_VERSION},
    )
