"""What each test would do again and each time alike, done once: ten thousand tests have a store of their own.

Answers:    ``quicken()``, for the process that runs tests: what one store has compiled of its statements serves the next one, a
            new file of SQLite is a copy of one that was made, and browsers read the list of authorities once.
            ``made_anew()`` undoes the second, for those whose matter is how a store is made.
Limits:     only what runs in that process; programs that tests start know nothing of it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from comity.store.dialects.postgresql import PostgresDatabase
from comity.store.dialects.sqlite import SqliteDatabase
from comity.store.engine import Store

_STATEMENTS: Final = LRUCache(10_000)
_MAKE: Final = Store.create


def quicken() -> None:
    """From now on."""
    for each in (SqliteDatabase, PostgresDatabase):
        each.engine = _sharing(each.engine)
    Store.create = _copied
    httpx._transports.default.create_ssl_context = cache(httpx._transports.default.create_ssl_context)


@contextmanager
def made_anew() -> Iterator[None]:
    """Stores are made, not copied."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Store, "create", _MAKE)
        yield


def _sharing(engine: Callable[..., Engine]) -> Callable[..., Engine]:
    """What is compiled is kept by its dialect and its statement: so the dialects of two stores of a kind are one."""

    def shared(database: Any, *, read_only: bool) -> Engine:
        made = engine(database, read_only=read_only)
        made.dialect.__class__ = _alike(type(made.dialect))
        made._compiled_cache = _STATEMENTS
        return made

    return shared


@cache
def _alike(kind: type) -> type:
    is_one: dict[str, Any] = {"__eq__": lambda self, other: type(self) is type(other), "__hash__": lambda _: 1}
    return type(kind.__name__, (kind,), is_one | {"supports_statement_cache": True})


def _copied(store: Store) -> bool:
    database = store.database
    if not isinstance(database, SqliteDatabase):
        return _MAKE(store)
    if database.path is not None:
        is_new = not database.path.exists()
        if is_new:
            database.make()
            database.path.write_bytes(_template())
        _MAKE(store)
        return is_new
    with closing(store._writer.raw_connection()) as connection:
        rows = connection.driver_connection
        is_new = rows.execute("SELECT 1 FROM sqlite_master").fetchone() is None
        if is_new:
            rows.deserialize(_template())
    return is_new


@cache
def _template() -> bytes:
    store = Store(SqliteDatabase(None))  # no test that takes a fixture from beside this opens a store for it
    _MAKE(store)
    with closing(store._writer.raw_connection()) as connection:
        empty = connection.driver_connection.serialize()
    store.close()
    return empty
