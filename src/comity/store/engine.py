"""Open a store, and write to it and read from it in transactions.

Trust:      the database file is our own and holds personal data: it is made readable for its owner only.
Standards:  SQLite in WAL mode with ``synchronous=FULL``: when ``write()`` has ended, the bytes are on the disk.
Answers:    ``open_store(where)`` gives ``Store``: ``create()``, ``write()`` gives ``Records`` in one transaction, ``read()``
            gives ``Records`` that cannot write, ``close()``.
            A disk that is full, a store that is busy or damaged is a ``ComityError`` that says so.
Limits:     a store in memory has one connection, so that its ``read()`` could write.
            One writer at a time, in whatever process: the second one waits up to ``BUSY_SECONDS``, then is told to try again.
            A database with another schema version is refused.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.pool import QueuePool, StaticPool

from comity.model.outcomes import ComityError, Outcome
from comity.store import tables
from comity.store.metadata import SCHEMA_VERSION, meta, metadata
from comity.store.records import Records
from comity.store.trouble import told

__all__ = ["Records", "Store", "open_store", "tables"]

BUSY_SECONDS: Final = 10
MEMORY: Final = ":memory:"
_SCHEMES: Final = ("sqlite:///", "sqlite://")
_READERS: Final = 8
# Negative: KiB. Identities are hashes, so that every new row touches a page of each of their indexes: with the two megabytes
# that SQLite keeps by itself, a store of 300,000 reports spent a sixth of the writer's time fetching the same pages again.
_WRITER_PAGES_KIB: Final = -65536
_READER_PAGES_KIB: Final = -2048


def open_store(where: str | Path) -> "Store":
    """The store in a file, by its path or ``sqlite:///PATH``; ``:memory:`` is one that ends with the process.

    Nothing is opened before it is used.
    """
    text = str(where)
    scheme = next((each for each in _SCHEMES if text.startswith(each)), "")
    if "://" in text and not scheme:
        scheme = text.partition("://")[0]
        raise ComityError("store-kind", f"{scheme} is no kind of store", outcome=Outcome.CONFIGURATION, place=scheme)
    rest = text.removeprefix(scheme)
    return Store(None if rest in ("", MEMORY) else Path(rest))


class Store:
    """One database."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.place = str(path) if path else MEMORY
        self._lock = RLock()
        self._is_known = False
        self._writer = self._engine(read_only=False)
        self._reader = self._engine(read_only=True) if path else self._writer

    def create(self) -> None:
        """Make file and tables; a store that is there already is left as it is, one of another version refused."""
        if self.path is not None and not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        with self._transaction(self._writer) as connection:
            if not inspect(connection).has_table(meta.name):
                metadata.create_all(connection)
                connection.execute(insert(meta).values(name="schema_version", value=str(SCHEMA_VERSION)))
            self._check(connection)
        if self.path is not None:
            _sync_folder(self.path.parent)

    @contextmanager
    def write(self) -> Iterator[Records]:
        """One transaction that writes: committed, and on the disk, when the block ends; undone when it raises."""
        with self._transaction(self._writer) as connection:
            self._check(connection)
            yield Records(connection, self.place)

    @contextmanager
    def read(self) -> Iterator[Records]:
        """One view of the store that does not change while it is looked at, and cannot write."""
        with self._transaction(self._reader) as connection:
            self._check(connection)
            yield Records(connection, self.place)

    def close(self) -> None:
        """Let go of every connection."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        if self.path is None:
            self._lock.acquire()
        try:
            with told(self.place), engine.begin() as connection:
                yield connection
        finally:
            if self.path is None:
                self._lock.release()

    def _check(self, connection: Connection) -> None:
        if self._is_known:
            return
        if not inspect(connection).has_table(meta.name):
            raise _absent(self.place)
        found = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version"))
        if found != str(SCHEMA_VERSION):
            raise ComityError(
                "store-version",
                f"this store has version {found}, this program knows version {SCHEMA_VERSION}",
                outcome=Outcome.CONFIGURATION,
                place=self.place,
                remedy="Use the program that made it, or one that is newer.",
                details={"found": found, "known": SCHEMA_VERSION},
            )
        self._is_known = True

    def _engine(self, *, read_only: bool) -> Engine:
        options: dict[str, Any] = {"poolclass": StaticPool}
        if self.path is not None:
            options = {"poolclass": QueuePool, "pool_size": _READERS if read_only else 1, "max_overflow": 0}
        engine = create_engine("sqlite://", creator=lambda: self._connect(read_only=read_only), **options)
        event.listen(engine, "begin", _begin_reading if read_only else _begin_writing)
        return engine

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        if self.path is None:
            connection = sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)
        else:
            if not self.path.exists():
                raise _absent(self.place)
            uri = self.path.absolute().as_uri() + "?mode=rw"
            connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
            )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"query_only={int(read_only)}",
            f"cache_size={_READER_PAGES_KIB if read_only else _WRITER_PAGES_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _absent(place: str) -> ComityError:
    return ComityError(
        "store-missing",
        "there is no store here yet",
        outcome=Outcome.CONFIGURATION,
        place=place,
        remedy="comity init makes one.",
    )


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _sync_folder(folder: Path) -> None:
    """The name of a new file is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
