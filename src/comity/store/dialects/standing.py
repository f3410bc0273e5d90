"""How far a server of PostgreSQL is: what it has written, or what it has replayed of another one.

Standards:  PostgreSQL 13 and later: a position in the write-ahead log is a number of bytes; what is behind a smaller one was
            committed before. A physical standby has the identity of the cluster that it was copied from.
Answers:    ``standing_of(connection)`` gives ``Standing``.
Limits:     positions are compared between servers of one cluster alone; a copy that became a server of its own is told by
            ``is_standby``.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

_ASK: Final = (
    "SELECT pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system()),"
    " (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), coalesce(current_schema(), ''),"
    " coalesce((CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
    " - '0/0'::pg_lsn)::bigint, 0)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of which store a server has rows, and up to where."""

    store: tuple[int, int, str]  # the cluster, the database in it, the schema
    position: int
    is_standby: bool


def standing_of(connection: Connection) -> Standing:
    """As it is now; a view of the store that is to be so far begins after this was asked."""
    is_standby, cluster, database, schema, position = connection.exec_driver_sql(_ASK).one()
    return Standing(store=(cluster, database, schema), position=position, is_standby=is_standby)
