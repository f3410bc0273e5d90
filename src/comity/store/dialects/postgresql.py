"""A store in a database of a PostgreSQL server.

Trust:      the server is our own operator's; who may reach it is settled there. A password never stands in an error.
Standards:  PostgreSQL 13 and later. A writer first takes the advisory lock of the store and holds it to the end of its transaction:
            one writer at a time, in whatever process on whatever machine, which is what the ledger, row numbers and "the second
            item sees the first one's case" rest on. Under READ COMMITTED each of its statements sees what the writer before it
            committed. Readers are REPEATABLE READ and READ ONLY: one moment. ``synchronous_commit`` is on, whatever the
            server's own setting: what was committed is on the disk.
Answers:    ``PostgresDatabase(address)``.
Limits:     the second writer waits up to ``BUSY_SECONDS``. Text is ordered by its code points and compared exactly, whatever the
            language of the database; whole numbers have 64 bits: as it is in SQLite. The database is UTF-8.
"""

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Dialect, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql.base import PGDialect, PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.arrays import register
from comity.store.dialects.sets import copied

BUSY_SECONDS: Final = 10
_CONNECT_SECONDS: Final = 10
_FREE_SECONDS: Final = 30
_READERS: Final = 8
_INT8: Final = 20  # what PostgreSQL calls a whole number of 64 bits
_FOREIGN_KEYS: Final = (
    "SELECT t.relname, c.conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
    " WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace ORDER BY 1, 2"
)
_SEQUENCES: Final = (
    "SELECT t.relname, d.objid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
    " JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
    " WHERE d.deptype = 'a' AND a.attname = 'id' AND t.relnamespace = current_schema()::regnamespace"
)
_NAME: Final = "comity"
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = :name AND pid <> pg_backend_pid()"
)
# "comi"; a store is a schema of a database.
_TURN: Final = f"SELECT pg_advisory_xact_lock({0x636F6D69}, hashtext(coalesce(current_schema(), '')))"


class PostgresDatabase:
    """One database."""

    path: Path | None = None
    is_alone = False

    def __init__(
        self, address: str, *, connect_seconds: int = _CONNECT_SECONDS, free_seconds: int = _FREE_SECONDS
    ) -> None:
        """``free_seconds``: so long one waits for a connection that others use."""
        self._connect_seconds, self._free_seconds = connect_seconds, free_seconds
        _has_driver()
        try:
            found = make_url(address)
        except (ArgumentError, ValueError) as error:
            raise ComityError("store-address", "no address of a database", outcome=Outcome.CONFIGURATION) from error
        self._address: URL = found.set(drivername="postgresql+psycopg")
        self.place = found.set(drivername="postgresql").render_as_string(hide_password=True)

    def make(self) -> None:
        """The database is the operator's to make: who owns it, and where, is not ours to settle."""

    def kept(self) -> None:
        """A commit is enough."""

    def fits(self, connection: Connection) -> None:
        """Mail is written in every script there is."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise ComityError(
                "store-encoding",
                f"this database keeps text as {encoding}",
                outcome=Outcome.CONFIGURATION,
                place=self.place,
                details={"encoding": encoding},
            )

    def indexes(self, connection: Connection) -> set[str]:
        """As the catalogue has them."""
        return {
            *connection.exec_driver_sql(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
            ).scalars()
        }

    def begin_filling(self, connection: Connection) -> None:
        """What refers to a row is checked at the end of the transaction, as SQLite can by itself."""
        for name, key in _keys(connection):
            connection.exec_driver_sql(f'ALTER TABLE "{name}" ALTER CONSTRAINT "{key}" DEFERRABLE INITIALLY DEFERRED')

    def fill(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """COPY."""
        columns = ", ".join(f'"{each.name}"' for each in table.columns)
        copied(connection, f'COPY "{table.name}" ({columns}) FROM STDIN', rows)

    def filled(self, connection: Connection) -> None:
        """Sequences know nothing of numbers that were given; nor does whoever plans queries know how many rows there are."""
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for name, key in _keys(connection):
            connection.exec_driver_sql(f'ALTER TABLE "{name}" ALTER CONSTRAINT "{key}" NOT DEFERRABLE')
        for name, sequence in connection.exec_driver_sql(_SEQUENCES).all():
            last = connection.exec_driver_sql(f'SELECT max(id) FROM "{name}"').scalar()  # noqa: S608 - our own table
            if last is not None:
                connection.exec_driver_sql(f"SELECT setval('{sequence}', {last:d})")
        connection.exec_driver_sql("ANALYZE")

    def changing(self) -> Engine:
        """Those that write: tables are changed within a transaction here, as rows are; and they can be looked at."""
        engine = self.engine(read_only=False)
        engine.dialect.statement_compiler = _Looking
        return engine

    def changed(self, connection: Connection) -> None:
        """Its rules hold at every moment."""

    def others(self, connection: Connection) -> int:
        """Every one that this database has, of whatever machine; ours are not among them."""
        return int(connection.execute(_OTHERS, {"name": _NAME}).scalar_one())

    def engine(self, *, read_only: bool) -> Engine:
        """Connections that write, one, or that read, a few; one that the server has closed meanwhile is opened again."""
        engine = create_engine(
            self._address,
            poolclass=QueuePool,
            pool_size=_READERS if read_only else 1,
            max_overflow=0,
            pool_timeout=self._free_seconds,
            pool_pre_ping=True,
            # A statement that stays prepared soon gets a plan for any values: it compares each row with each of hundreds of keys,
            # which took several times as long among 16,000 reports as planning anew.
            connect_args={
                "prepare_threshold": None,
                "connect_timeout": self._connect_seconds,
                "fallback_application_name": _NAME,
                "client_encoding": "UTF8",  # whatever stands in the environment: what goes as an array was written so
            },
        )
        _with_types(engine.dialect)
        event.listen(engine, "connect", partial(_settle, read_only=read_only))
        if not read_only:
            event.listen(engine, "begin", _begin_writing)
        return engine


def _keys(connection: Connection) -> Sequence[Any]:
    """Every foreign key of the store: its table, its name."""
    return connection.exec_driver_sql(_FOREIGN_KEYS).all()


class _Types(PGTypeCompiler):
    """Columns that order, compare and count as SQLite does."""

    def visit_TEXT(self, type_: Any, **given: Any) -> str:  # noqa: N802 - a name of the library
        return f'{super().visit_TEXT(type_, **given)} COLLATE "C"'

    def visit_INTEGER(self, type_: Any, **given: Any) -> str:  # noqa: N802 - a name of the library
        return "BIGINT"

    def visit_SMALLINT(self, type_: Any, **given: Any) -> str:  # noqa: N802 - a name of the library
        return "BIGINT"


class _Looking(PGCompiler_psycopg):
    """Whoever asks the catalogue gives it numbers of its own sizes."""

    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: str) -> str:
        plain = PGTypeCompiler(self.dialect).process(dbapi_type, identifier_preparer=self.preparer)
        return f"{sqltext}::{plain}"


def _with_types(dialect: Dialect) -> None:
    dialect.type_compiler_instance = dialect.type_compiler = _Types(dialect)


def plain_dialect() -> Dialect:
    """For statements that are written down; neither a server nor a driver is needed."""
    dialect: Dialect = PGDialect()  # type: ignore[no-untyped-call]
    _with_types(dialect)
    return dialect


def _has_driver() -> None:
    """Asked for here, so that its absence is said in words."""
    if find_spec("psycopg") is None:
        raise ComityError(
            "store-driver",
            "psycopg is not installed",
            outcome=Outcome.CONFIGURATION,
            place="psycopg",
            details={"place": "psycopg"},
        )


def _settle(connection: Any, _: object, *, read_only: bool) -> None:
    """What holds for every transaction of a new connection."""
    # Sums of 64-bit numbers are "numeric" here; every number that is kept is whole.
    connection.adapters.register_loader("numeric", connection.adapters.get_loader(_INT8, 0))
    register(connection.adapters)
    mode = "REPEATABLE READ, READ ONLY" if read_only else "READ COMMITTED, READ WRITE"
    for statement in (
        f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {mode}",
        f"SET lock_timeout = {round(BUSY_SECONDS * 1000)}",
        "SET synchronous_commit = on",
        "SET client_min_messages = warning",
    ):
        connection.execute(statement)
    connection.commit()


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql(_TURN)
