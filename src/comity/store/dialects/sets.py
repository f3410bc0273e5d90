"""Many rows in one statement of PostgreSQL: by COPY where they are new, as one set where they may be there or are changed.

Standards:  PostgreSQL: COPY in its binary format; ``unnest`` of one array a column. ON CONFLICT and UPDATE ... FROM take a row once
            a statement, so that a key that comes twice begins another one: what is done to a row is done in the order given.
Answers:    ``way_of(dialect, table, ...)`` gives what writes rows, None where the plain way is as good.
Limits:     values are as the driver takes them. A few rows go the plain way: a set costs more than they do.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from comity.store.dialects.arrays import Packed, kind_of

Row = Sequence[Any]
FEW: Final = 8
_TARGET: Final = re.compile(r" ON CONFLICT \(([^()]+)\) DO ")


class Way(Protocol):
    """Writes rows."""

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None:
        """All of them, or none."""


def way_of(dialect: Dialect, table: Table, names: Sequence[str], *, statement: str, key: str | None) -> Way | None:
    """For an insert (``key`` is None), or for a change of the rows that are named by the last column."""
    if dialect.name != "postgresql":
        return None
    kinds = [kind_of(dialect, table.c[name].type) for name in names]
    if None in kinds:
        return None
    types = [each for each in kinds if each is not None]
    quoted = [f'"{name}"' for name in names]
    if key is not None:
        return _changing(table, quoted, types)
    if " ON CONFLICT " not in statement:
        return _copying(table, quoted, types)
    target = _TARGET.search(statement)
    tail = statement[statement.index(" ON CONFLICT ") :]
    if target is None or "%(" in tail:
        return None
    by = [each.strip().strip('"') for each in target[1].split(",")]
    if not {*by} <= {*names}:
        return None
    adding = f'INSERT INTO "{table.name}" ({", ".join(quoted)}) SELECT * FROM {_unnest(types)}{tail}'  # noqa: S608 - our own tables
    return _in_sets(adding, types, [list(names).index(each) for each in by])


def _unnest(types: Sequence[str]) -> str:
    return f"unnest({', '.join(f'%s::{each}[]' for each in types)})"


def _copying(table: Table, quoted: Sequence[str], types: Sequence[str]) -> Way:
    statement = f'COPY "{table.name}" ({", ".join(quoted)}) FROM STDIN (FORMAT BINARY)'

    def write(connection: Connection, rows: Sequence[Row]) -> None:
        copied(connection, statement, rows, types=types)

    return write


def copied(connection: Connection, statement: str, rows: Sequence[Row], *, types: Sequence[str] = ()) -> None:
    """Send these rows; ``types`` are those of a binary format. What goes wrong is said as with any other statement."""
    inner: Any = connection.connection
    try:
        with inner.cursor() as cursor, cursor.copy(statement) as copying:
            if types:
                copying.set_types(types)
            for row in rows:
                copying.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        dialect: Any = connection.dialect
        is_gone = dialect.is_disconnect(error, inner, None)
        if is_gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_gone, dialect=dialect
        ) from error


def _changing(table: Table, quoted: Sequence[str], types: Sequence[str]) -> Way:
    *changed, by = quoted
    given = ", ".join(f"{each} = given.{each}" for each in changed)
    statement = (
        f'UPDATE "{table.name}" SET {given} FROM {_unnest(types)} AS given({", ".join(quoted)})'  # noqa: S608 - our own tables
        f' WHERE "{table.name}".{by} = given.{by}'
    )
    return _in_sets(statement, types, [len(quoted) - 1])


def _in_sets(statement: str, types: Sequence[str], by: Sequence[int]) -> Way:
    def write(connection: Connection, rows: Sequence[Row]) -> None:
        for part in parts(rows, lambda row: tuple(row[place] for place in by)):
            columns = zip(types, zip(*part, strict=True), strict=True)
            connection.exec_driver_sql(statement, tuple(Packed.of(kind, column) for kind, column in columns))

    return write


def parts(rows: Sequence[Row], key: Callable[[Row], object]) -> Iterator[list[Row]]:
    """In the order given, each part without a key that comes twice.

    >>> [len(part) for part in parts([(1,), (2,), (1,), (1,)], lambda row: row[0])]
    [2, 1, 1]
    """
    part: list[Row] = []
    seen: set[object] = set()
    for row in rows:
        found = key(row)
        if found in seen:
            yield part
            part, seen = [], set()
        part.append(row)
        seen.add(found)
    if part:
        yield part
