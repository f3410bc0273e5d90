"""A store in a file of SQLite.

Trust:      the file is our own and holds personal data: it is made readable for its owner only.
Standards:  SQLite in WAL mode with ``synchronous=FULL``: when a transaction has ended, its bytes are on the disk.
Answers:    ``SqliteDatabase(path)``, without a path one in memory.
Limits:     one writer at a time, in whatever process: the second one waits up to ``BUSY_SECONDS``, and then as long again where
            a third one was before him.
            In memory there is one connection, so that reading could write.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, column, create_engine, event, insert
from sqlalchemy import table as lite
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.turns import next_of
from comity.store.dialects.wal import into_wal, rely_on

BUSY_SECONDS: Final = 10
MEMORY: Final = ":memory:"
_READERS: Final = 8
# Negative: KiB. Identities are hashes, so that every new row touches a page of each of their indexes: with the two megabytes
# that SQLite keeps by itself, a store of 300,000 reports spent a sixth of the writer's time fetching the same pages again.
_WRITER_PAGES_KIB: Final = -65536
_READER_PAGES_KIB: Final = -2048


class SqliteDatabase:
    """One file, or one memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.place = str(path) if path else MEMORY
        self.is_alone = path is None

    def make(self) -> None:
        """The file, empty, for its owner only."""
        if self.path is not None and not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))

    def kept(self) -> None:
        """The name of a new file is on the disk only when its folder is."""
        if self.path is None:
            return
        descriptor = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def fits(self, connection: Connection) -> None:
        """Every file does."""

    def indexes(self, connection: Connection) -> set[str]:
        """As the file's own list has them."""
        return {*connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars()}

    def begin_filling(self, connection: Connection) -> None:
        """What refers to a row is checked at the end of the transaction."""
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")

    def fill(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """One statement for all."""
        plain = lite(table.name, *(column(each.name) for each in table.columns))
        statement = str(insert(plain).values(dict.fromkeys(plain.c.keys())).compile(dialect=connection.dialect))
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])

    def filled(self, connection: Connection) -> None:
        """The largest number is looked up whenever a row is added."""

    def engine(self, *, read_only: bool) -> Engine:
        """Connections that write, one, or that read, a few."""
        options: dict[str, Any] = {"poolclass": StaticPool}
        if self.path is not None:
            options = {"poolclass": QueuePool, "pool_size": _READERS if read_only else 1, "max_overflow": 0}
        engine = create_engine("sqlite://", creator=lambda: self._connect(read_only=read_only), **options)
        event.listen(engine, "begin", _begin_reading if read_only else self._begin_writing)
        return engine

    def changing(self) -> Engine:
        """A table is changed by making it anew: what names its rows is looked at when that is done."""
        engine = create_engine(
            "sqlite://", creator=lambda: self._connect(read_only=False, keys=False), poolclass=NullPool
        )
        event.listen(engine, "begin", self._begin_writing)
        return engine

    def changed(self, connection: Connection) -> None:
        """A row that names another one, which is not there."""
        if found := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise ComityError(
                "upgrade-rows",
                f"a row of {found[0]} names one of {found[2]} that is not there",
                outcome=Outcome.FAULT,
                place=self.place,
                details={"table": found[0], "other": found[2]},
            )

    def others(self, connection: Connection) -> int:
        """A file does not know: the lock of the worker does."""
        return 0

    def _begin_writing(self, connection: Connection) -> None:
        with nullcontext() if self.path is None else next_of(self.path, BUSY_SECONDS):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _connect(self, *, read_only: bool, keys: bool = True) -> sqlite3.Connection:
        if self.path is None:
            connection = sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)
        else:
            if not self.path.exists():
                raise absent(self.place)
            uri = self.path.absolute().as_uri() + "?mode=rw"
            connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
            )
        try:
            self._set_up(connection, read_only=read_only, keys=keys)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection, *, read_only: bool, keys: bool) -> None:
        if self.path is not None:
            into_wal(connection, self.path)
        for pragma in (
            "synchronous=FULL",
            f"foreign_keys={int(keys)}",
            "temp_store=MEMORY",
            f"query_only={int(read_only)}",
            f"cache_size={_READER_PAGES_KIB if read_only else _WRITER_PAGES_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if self.path is not None and not read_only:
            rely_on(connection, self.path)


def absent(place: str) -> ComityError:
    """Nobody has made a store here."""
    return ComityError(
        "store-missing",
        "there is no store here yet",
        outcome=Outcome.CONFIGURATION,
        place=place,
        remedy="comity init makes one.",
    )


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
