"""The ports of a network in a simulation: a store and a spool whose process may die between any two effects, a disk that fills.

Trust:      what lies behind the ports is the real thing: SQLite and the store's own queries, transactions and rollbacks.
Limits:     a disk keeps what was committed. That it does so through torn and lost writes is shown elsewhere (tests/store).
            Connections are kept from one run to the next, emptied: compiling statements for new ones would cost more than the runs.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

from comity.store.dialects.sqlite import SqliteDatabase
from comity.store.engine import Records, Store
from comity.store.spool import Spool

_ROOM = 1 << 30  # pages
_STORE_PAGES = 2  # that are left on a full disk


class Crash(BaseException):
    """A process ends here. Whatever stands above it in the stack never happened, and finds every port closed."""

    def __init__(self, node: int) -> None:
        super().__init__(f"n{node} dies")
        self.node = node


class Effect(Protocol):
    """Told of each effect before and after it; raises Crash where the process ends."""

    def __call__(self, what: str, *, counts: bool = True) -> None:
        """``counts``: whether something is different now for anybody."""


class _Memory(SqliteDatabase):
    """A store in memory that outlives its process."""

    def __init__(self) -> None:
        super().__init__(None)
        self._engine: Engine | None = None

    def engine(self, *, read_only: bool) -> Engine:
        self._engine = self._engine or super().engine(read_only=read_only)
        return self._engine


@cache
def _empty() -> bytes:
    """A store without rows."""
    made = Store(_Memory())
    made.create()
    return _connection(made).serialize()


def _connection(store: Store) -> sqlite3.Connection:
    found: Any = store.database.engine(read_only=False).raw_connection().driver_connection
    return found


@dataclass
class Disk:
    """What is there after a crash: store and spool of one network."""

    number: int
    store: Store = field(default_factory=lambda: Store(_Memory()))
    rows: sqlite3.Connection = field(init=False)  # what lies in the store, for whoever looks at it from outside
    spool: sqlite3.Connection = field(init=False)
    is_full: bool = False

    def __post_init__(self) -> None:
        """Hold the spool, which in memory is there for as long as somebody has it open."""
        self.rows, self.spool = _connection(self.store), self.opened()

    def opened(self) -> sqlite3.Connection:
        """A connection to the spool, as each process has its own."""
        name = f"file:/spool-{id(self)}?vfs=memdb"
        return sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)

    def erase(self) -> None:
        """Everything, for the next run."""
        self.free()
        self.rows.deserialize(_empty())
        self.spool.execute("PRAGMA user_version=0")
        self.spool.execute("DROP TABLE IF EXISTS waiting")
        self.spool.execute("DROP TABLE IF EXISTS watched")

    def fill(self) -> None:
        """From now on there is room for next to nothing."""
        self.is_full = True
        (pages,) = self.rows.execute("PRAGMA page_count").fetchone()
        self.rows.execute(f"PRAGMA max_page_count={pages + _STORE_PAGES}")

    def free(self) -> None:
        """There is room again."""
        self.is_full = False
        self.rows.execute(f"PRAGMA max_page_count={_ROOM}")


@cache
def disk(number: int) -> Disk:
    """The disk of this network, as the run before left it."""
    return Disk(number)


class MortalStore:
    """The store as a process has it that may end before and after each transaction that wrote something."""

    def __init__(self, disk: Disk, effect: Effect) -> None:
        self._disk, self._effect = disk, effect

    @contextmanager
    def write(self) -> Iterator[Records]:
        """One transaction; what was not committed when the process ends is gone."""
        self._effect("before a transaction", counts=False)
        with self._disk.store.write() as rows:
            before = self._disk.rows.total_changes
            yield rows
            wrote = self._disk.rows.total_changes != before
            self._effect("before a commit", counts=wrote)
        self._effect("after a commit", counts=wrote)

    @contextmanager
    def read(self) -> Iterator[Records]:
        """One view."""
        self._effect("before it reads", counts=False)
        with self._disk.store.read() as rows:
            yield rows


class MortalSpool(Spool):
    """The spool as one process has it."""

    def __init__(self, disk: Disk, effect: Effect, *, durable: bool) -> None:
        super().__init__(Path(f"spool-{disk.number}"), durable=durable)
        self._disk, self._effect = disk, effect

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        self._effect("before the spool is written", counts=False)
        with super().transaction() as connection:
            yield connection
            if self._disk.is_full and self._durable:
                full = sqlite3.OperationalError("database or disk is full")
                full.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise full
            self._effect("before the spool commits")
        self._effect("after the spool committed")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._disk.opened()
            self._know(self._connection)
        return self._connection
