"""Which database a store lies in, and what each of them does in its own way.

Answers:    ``database_of(where)`` gives the ``Database`` of a path or an address; ``insert`` and ``Insert`` are the statements that
            say what becomes of a row that is there already; ``marked(dialect, text)`` is a plain statement, written with question
            marks, for this driver; ``among(connection, column, values)`` asks for one of many values; ``number_of_new(connection,
            table)`` is the number for a row that is added by itself; ``COUNTED`` are options of an insert that says how many rows
            were new; ``is_open(connection)`` says whether there is still a transaction to undo a part of; ``dialect_of(name)``
            writes statements down where no database is.
Limits:     tables and queries are the same everywhere. Only what stands in this folder knows which database it talks to.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Dialect, Engine, Table, any_, bindparam, func, select

# SQLite has taken over PostgreSQL's ON CONFLICT: one statement is compiled for either of them.
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.arrays import Among, kind_of
from comity.store.dialects.postgresql import PostgresDatabase, plain_dialect
from comity.store.dialects.sqlite import MEMORY, SqliteDatabase

__all__ = [
    "COUNTED",
    "MEMORY",
    "Database",
    "Insert",
    "among",
    "database_of",
    "dialect_of",
    "insert",
    "is_open",
    "marked",
    "number_of_new",
]

# For an insert whose ``rowcount`` is asked for: how many rows were new.
COUNTED: Final = {"preserve_rowcount": True}
_FILES: Final = ("sqlite:///", "sqlite://")
_SERVERS: Final = ("postgresql", "postgres", "postgresql+psycopg")


class Database(Protocol):
    """Where rows lie."""

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""

    @property
    def place(self) -> str:
        """What it is called in errors; no secret stands in it."""

    @property
    def is_alone(self) -> bool:
        """Whether it has a single connection, which readers and writers share."""

    def engine(self, *, read_only: bool) -> Engine:
        """Connections to it; nothing is opened before it is used. A transaction that may write is alone in writing."""

    def changing(self) -> Engine:
        """Connections by which tables are changed, with rows in them; each transaction is alone in writing."""

    def changed(self, connection: Connection) -> None:
        """Refuse what a change has left behind that the rules of the tables do not allow."""

    def others(self, connection: Connection) -> int:
        """How many connections of this program there are besides, as far as the database knows."""

    def make(self) -> None:
        """Make ready what tables can be made in."""

    def kept(self) -> None:
        """See to it that what was made is there after a power cut."""

    def fits(self, connection: Connection) -> None:
        """Refuse a database that cannot keep what a store must."""

    def indexes(self, connection: Connection) -> set[str]:
        """The names of the indexes that it has."""

    def begin_filling(self, connection: Connection) -> None:
        """Rows of all tables are about to come, those that name others perhaps before them."""

    def fill(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Add many rows: values of all columns, as the driver writes them."""

    def filled(self, connection: Connection) -> None:
        """All rows have come, with their numbers: what numbers the next ones goes on from there."""


def database_of(where: str | Path) -> Database:
    """The database at this path (also ``sqlite:PATH``, ``sqlite:///PATH``) or address (``postgresql://...``).

    ``:memory:`` ends with the process.
    """
    text = str(where)
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme in _SERVERS:
        return PostgresDatabase(text)
    if text.startswith("sqlite:") and not scheme:
        text = text.replace("sqlite:", "sqlite:///", 1)
    file = next((each for each in _FILES if text.startswith(each)), "")
    if scheme and not file:
        raise ComityError("store-kind", f"{scheme} is no kind of store", outcome=Outcome.CONFIGURATION, place=scheme)
    rest = text.removeprefix(file)
    return SqliteDatabase(None if rest in ("", MEMORY) else Path(rest))


def dialect_of(name: str) -> Dialect:
    """For whoever writes statements down: no database is asked.

    >>> dialect_of("sqlite").name
    'sqlite'
    """
    found: Dialect = SQLiteDialect() if name == "sqlite" else plain_dialect()
    return found


def number_of_new(connection: Connection, table: Table) -> dict[str, int]:
    """The number of a new row of a table whose rows are also numbered by us; SQLite goes on from the largest one by itself.

    Nobody else writes in this transaction.
    """
    if connection.dialect.name == "sqlite":
        return {}
    return {"id": (connection.scalar(select(func.max(table.c.id))) or 0) + 1}


def among(connection: Connection, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a value is one of these, of which there may be hundreds.

    SQLite wants a mark for each. PostgreSQL takes them as one array: a mark for each is written, read and planned for as long as
    the rows that are found.
    """
    if connection.dialect.name == "sqlite":
        return column.in_(values)
    kind = kind_of(connection.dialect, column.type)
    if kind is None:
        raise TypeError(f"no list is made of {column.type!r}")
    return column == any_(bindparam(None, values, type_=Among(kind, column.type), unique=True))


@lru_cache(maxsize=256)
def _with_marks(paramstyle: str, text: str) -> str:
    return text if paramstyle == "qmark" else text.replace("?", "%s")


def marked(connection: Connection, text: str) -> str:
    """A statement of ours, whose values are question marks, as the driver wants it.

    >>> _with_marks("pyformat", "SELECT ?"), _with_marks("qmark", "SELECT ?")
    ('SELECT %s', 'SELECT ?')
    """
    return _with_marks(connection.dialect.paramstyle, text)


def is_open(connection: Connection) -> bool:
    """Whether the transaction stands: where the disk or the line failed, the database has undone all of it by itself."""
    if connection.invalidated:  # to ask for the line itself would be an error of its own, in place of what broke it
        return False
    inner: Any = connection.connection
    if connection.dialect.name == "sqlite":
        return bool(inner.in_transaction)
    return not inner.closed
