"""Many rows of one table at once, at little more than the price of the database's own interface.

Answers:    ``Bulk(table, *names).put(connection, rows)`` inserts rows given as tuples in the order of the names.
Limits:     the types of the columns are honoured; server defaults hold for columns that are not named. Nothing is given back.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]  # of what is there: nothing stays nothing


class Bulk:
    """One insert statement; its text, and how each value is made fit for the database, are worked out once a dialect."""

    def __init__(self, table: Table, *names: str) -> None:
        self._table, self._names = table, names
        self._known: dict[str, tuple[str, tuple[tuple[int, Processor], ...]]] = {}

    def put(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Insert them all, or none."""
        dialect = connection.dialect
        if dialect.name not in self._known:
            self._known[dialect.name] = self._worked_out(dialect)
        statement, processors = self._known[dialect.name]
        values = []
        for row in rows:
            value = list(row)
            for place, process in processors:
                if value[place] is not None:
                    value[place] = process(value[place])
            values.append(tuple(value))
        if values:
            connection.exec_driver_sql(statement, values)

    def _worked_out(self, dialect: Dialect) -> tuple[str, tuple[tuple[int, Processor], ...]]:
        statement = insert(self._table).values(dict.fromkeys(self._names)).compile(dialect=dialect)
        if list(statement.positiontup or ()) != list(self._names):
            raise ValueError(f"columns of {self._table.name} in another order than its own: {self._names}")
        found = ((place, _processor(self._table.c[name].type, dialect)) for place, name in enumerate(self._names))
        return str(statement), tuple((place, process) for place, process in found if process is not None)


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(kind, LargeBinary):
        return None  # every driver takes bytes as they are; wrapping them costs as much as writing them
    return kind.dialect_impl(dialect).bind_processor(dialect)
