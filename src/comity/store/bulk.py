"""Many rows of one table at once, at little more than the price of the database's own interface.

Answers:    ``Bulk(table, *names).put(connection, rows)`` inserts rows given as tuples in the order of the names, or does what
            ``finish`` makes of that insert; ``BulkChange(table, *names, key)`` changes rows, the key at the end of each tuple.
Limits:     the types of the columns are honoured; server defaults hold for columns that are not named. Nothing is given back.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Insert, LargeBinary, Table, Update, bindparam, update
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from comity.store.dialects import Insert as Upsert
from comity.store.dialects import insert
from comity.store.dialects.sets import FEW, Way, way_of

Processor = Callable[[Any], Any]  # of what is there: nothing stays nothing
_BOUND: Final = "given_"  # before the name of a value that is changed: the bare one is the column's


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was worked out for one kind of database."""

    statement: str
    processors: tuple[tuple[int, Processor], ...]
    named: tuple[str, ...] | None  # what the values are called, where the driver wants names
    way: Way | None  # a better one for many rows


class Bulk:
    """One insert statement; its text, and how each value is made fit for the database, are worked out once a dialect."""

    def __init__(self, table: Table, *names: str, finish: Callable[[Upsert], Upsert] | None = None) -> None:
        """``finish`` says what becomes of rows that are there already."""
        self._table, self._names, self._finish = table, names, finish
        self._known: dict[str, _Known] = {}

    def put(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Write them all, or none."""
        dialect = connection.dialect
        if dialect.name not in self._known:
            self._known[dialect.name] = self._worked_out(dialect)
        known = self._known[dialect.name]
        values: list[tuple[Any, ...]] = []
        for row in rows:
            value = list(row)
            for place, process in known.processors:
                if value[place] is not None:
                    value[place] = process(value[place])
            values.append(tuple(value))
        if known.way is not None and len(values) > FEW:
            known.way(connection, values)
        elif values:
            named, statement = known.named, known.statement
            given = values if named is None else [dict(zip(named, each, strict=True)) for each in values]
            connection.exec_driver_sql(statement, given)

    def _statement(self) -> Insert | Update:
        adding = insert(self._table).values(dict.fromkeys(self._names))
        return adding if self._finish is None else self._finish(adding)

    def _bound(self) -> tuple[str, ...]:
        """What the values are called in the statement."""
        return self._names

    def _ordered(self) -> tuple[str, ...]:
        return self._names

    def _key(self) -> str | None:
        """By which rows are found that are changed; None where they are added."""
        return None

    def _worked_out(self, dialect: Dialect) -> "_Known":
        statement = self._statement().compile(dialect=dialect)
        bound = self._bound()
        places = [each.name for each in self._table.c if each.name in self._ordered()]
        if (statement.positiontup or list(bound)) != list(bound) or places != list(self._ordered()):
            raise ValueError(f"columns of {self._table.name} in another order than its own: {self._names}")
        found = ((place, _processor(self._table.c[name].type, dialect)) for place, name in enumerate(self._names))
        processors = tuple((place, process) for place, process in found if process is not None)
        return _Known(
            statement=str(statement),
            processors=processors,
            named=None if statement.positiontup else bound,
            way=way_of(dialect, self._table, self._names, statement=str(statement), key=self._key()),
        )


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

    def _key(self) -> str:
        return self._names[-1]


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(kind, LargeBinary):
        return None  # every driver takes bytes as they are; wrapping them costs as much as writing them
    return kind.dialect_impl(dialect).bind_processor(dialect)
