"""Many rows of one table at once, at little more than the price of the database's own interface.

Answers:    ``Bulk(table, *names).put(connection, rows)`` inserts rows given as tuples in the order of the names, or does what
            ``finish`` makes of that insert; ``BulkChange(table, *names, key)`` changes rows, the key at the end of each tuple.
Limits:     the types of the columns are honoured; server defaults hold for columns that are not named. Nothing is given back.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Insert, LargeBinary, Table, Update, bindparam, update
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from comity.store.dialects import Insert as Upsert
from comity.store.dialects import insert

Processor = Callable[[Any], Any]  # of what is there: nothing stays nothing
_BOUND: Final = "given_"  # before the name of a value that is changed: the bare one is the column's


class Bulk:
    """One insert statement; its text, and how each value is made fit for the database, are worked out once a dialect."""

    def __init__(self, table: Table, *names: str, finish: Callable[[Upsert], Upsert] | None = None) -> None:
        """``finish`` says what becomes of rows that are there already."""
        self._table, self._names, self._finish = table, names, finish
        self._known: dict[str, tuple[str, tuple[tuple[int, Processor], ...], tuple[str, ...] | None]] = {}

    def put(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Write them all, or none."""
        dialect = connection.dialect
        if dialect.name not in self._known:
            self._known[dialect.name] = self._worked_out(dialect)
        statement, processors, named = self._known[dialect.name]
        values: list[Any] = []
        for row in rows:
            value = list(row)
            for place, process in processors:
                if value[place] is not None:
                    value[place] = process(value[place])
            values.append(tuple(value) if named is None else dict(zip(named, value, strict=True)))
        if values:
            connection.exec_driver_sql(statement, values)

    def _statement(self) -> Insert | Update:
        adding = insert(self._table).values(dict.fromkeys(self._names))
        return adding if self._finish is None else self._finish(adding)

    def _bound(self) -> tuple[str, ...]:
        """What the values are called in the statement."""
        return self._names

    def _ordered(self) -> tuple[str, ...]:
        return self._names

    def _worked_out(self, dialect: Dialect) -> tuple[str, tuple[tuple[int, Processor], ...], tuple[str, ...] | None]:
        statement = self._statement().compile(dialect=dialect)
        bound = self._bound()
        places = [each.name for each in self._table.c if each.name in self._ordered()]
        if (statement.positiontup or list(bound)) != list(bound) or places != list(self._ordered()):
            raise ValueError(f"columns of {self._table.name} in another order than its own: {self._names}")
        found = ((place, _processor(self._table.c[name].type, dialect)) for place, name in enumerate(self._names))
        processors = tuple((place, process) for place, process in found if process is not None)
        return str(statement), processors, None if statement.positiontup else bound


class BulkChange(Bulk):
    """One update statement for many rows; the key says which, and is the last of the names."""

    def _statement(self) -> Update:
        *changed, key = self._names
        where = self._table.c[key] == bindparam(_BOUND + key)
        return update(self._table).where(where).values({name: bindparam(_BOUND + name) for name in changed})

    def _bound(self) -> tuple[str, ...]:
        return tuple(_BOUND + name for name in self._names)

    def _ordered(self) -> tuple[str, ...]:
        return self._names[:-1]


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(kind, LargeBinary):
        return None  # every driver takes bytes as they are; wrapping them costs as much as writing them
    return kind.dialect_impl(dialect).bind_processor(dialect)
