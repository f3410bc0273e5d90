"""Open a store, and write to it and read from it in transactions.

Standards:  DESIGN.md P1: when ``write()`` has ended, the bytes are on the disk.
Answers:    ``open_store(where)`` gives ``Store``: ``create()``, ``write()`` gives ``Records`` in one transaction, ``read()``
            gives ``Records`` that cannot write, ``look(function)`` asks a copy of the store where there is one and it may be a
            little old, ``mend()``, ``close()``.
            A disk that is full, a store that is busy, away or damaged is a ``ComityError`` that says so.
Limits:     one writer at a time, in whatever process: the next ones wait in a row for a while, then are told to try again. How,
            each database settles for itself: ``comity.store.dialects``. A database whose tables have another version is refused:
            ``comity.store.migrations`` carries them along, by a command.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from os.path import realpath
from pathlib import Path
from threading import RLock
from typing import TypeVar
from weakref import finalize

from sqlalchemy import Connection, Engine, inspect

from comity.model.outcomes import ComityError
from comity.store import dialects, tables
from comity.store.desk import derived
from comity.store.dialects import Database
from comity.store.dialects.turns import turns_of
from comity.store.metadata import make_tables, meta, metadata
from comity.store.migrations import first_tag, version
from comity.store.records import Records
from comity.store.replica import Looked, Replica
from comity.store.trouble import told

__all__ = ["Records", "Store", "open_store", "tables"]
_T = TypeVar("_T")


def open_store(where: str | Path, replica: Replica | None = None) -> "Store":
    """The store in a file, by its path or ``sqlite:///PATH``, or in a database, by ``postgresql://HOST/NAME``.

    ``:memory:`` is one that ends with the process. Nothing is opened before it is used.
    """
    return Store(dialects.database_of(where), replica)


class Store:
    """One database."""

    def __init__(self, database: Database, replica: Replica | None = None) -> None:
        self.database, self.replica = database, replica
        self.path, self.place = database.path, database.place
        self._lock = RLock()
        self._turns = turns_of(realpath(database.path) if database.path else database.place)
        self._is_known = self._is_complete = self._was_looked_at = False
        self._writer = database.engine(read_only=False)
        self._reader = self._writer if database.is_alone else database.engine(read_only=True)
        # Whoever forgets to close it: a file of SQLite keeps its log beside it until its last connection is closed.
        finalize(self, _let_go, self._reader, self._writer)

    def create(self) -> bool:
        """Make file and tables; whether that was needed. One that is there is left as it is, of another version refused."""
        self.database.make()
        with self._transaction(self._writer) as connection:
            is_new = not inspect(connection).has_table(meta.name)
            if is_new:
                self.database.fits(connection)
                make_tables(connection)
                version.stamp(connection)
            self._check(connection)
        self.database.kept()
        return is_new

    def same_as(self, other: "Store") -> bool:
        """Whether both are one, as far as their names say."""
        if self.path is None or other.path is None:
            return self.path is other.path and self.place == other.place
        return realpath(self.path) == realpath(other.path)

    @contextmanager
    def write(self) -> Iterator[Records]:
        """One transaction that writes: committed, and on the disk, when the block ends; undone when it raises."""
        with self._transaction(self._writer) as connection:
            self._check(connection, complete=True)
            yield Records(connection, self.place)

    def wrote(self) -> int:
        """Somebody has done something: whoever looks from now on sees it. Up to where that is; nought without a copy."""
        return self.replica.wrote(self._reader) if self.replica is not None else 0

    @contextmanager
    def read(self) -> Iterator[Records]:
        """One view of the store that does not change while it is looked at, and cannot write."""
        if not self._was_looked_at:
            self._look()
        with self._transaction(self._reader) as connection:
            self._check(connection)
            yield Records(connection, self.place)

    def look(self, function: Callable[[Records], _T], *, after: int = 0) -> Looked[_T]:
        """What the function finds, in a copy where there is one that has all up to ``after``. It may be called twice."""
        looked = None if self.replica is None else self.replica.look(function, self._reader, after=after)
        if looked is not None:
            return looked
        with self.read() as records:
            return Looked(function(records))

    @contextmanager
    def view(self) -> Iterator[Connection]:
        """One view of a store of whatever version; what its tables are like is for the one who looks to know."""
        with self._transaction(self._reader) as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        _let_go(self._reader, self._writer)

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        alone: AbstractContextManager[object] = nullcontext()
        if self.database.is_alone:
            alone = self._lock  # whoever writes may look meanwhile
        elif engine is self._writer:
            alone = self._turns.one(self.place)
        with alone, told(self.place), engine.begin() as connection:
            yield connection

    def mend(self) -> bool:
        """Work out anew what another version left as it was; whether there was such a thing."""
        with self.write() as records:
            return derived.mend(records.connection)

    def _look(self) -> None:
        """A store of an earlier version is completed before it is read; one that cannot be written is read as it is."""
        with self._transaction(self._reader) as connection:
            self._check(connection)
            is_complete = self._is_complete or bool(first_tag.SEAL) or not self._missing(connection)
        if not is_complete:
            with suppress(ComityError), self.write():
                pass
        self._was_looked_at = True

    def _missing(self, connection: Connection) -> bool:
        if metadata.tables.keys() - {*inspect(connection).get_table_names()}:
            return True
        there = self.database.indexes(connection)
        return any(index.name not in there for each in metadata.tables.values() for index in each.indexes)

    def _check(self, connection: Connection, *, complete: bool = False) -> None:
        """Refuse a store of another version.

        Until the first tag is set, what joined this one later, tables and indexes, is made when the store is written.
        """
        if not self._is_known:
            version.refuse(connection, self.place)
            self._is_known = True
        if complete and not self._is_complete:
            if not first_tag.SEAL:
                self._complete(connection)
            self._is_complete = True

    def _complete(self, connection: Connection) -> None:
        """Make what is missing; a table that is worked out of others is filled at once."""
        if missing := metadata.tables.keys() - {*inspect(connection).get_table_names()}:
            metadata.create_all(connection)
            derived.fill(connection, missing)
        there = self.database.indexes(connection)
        for each in metadata.sorted_tables:
            for index in each.indexes:
                if index.name not in there:
                    index.create(connection)


def _let_go(*engines: Engine) -> None:
    for each in engines:
        each.dispose()
