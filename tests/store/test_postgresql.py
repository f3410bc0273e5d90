"""A store in PostgreSQL: what holds there of what a file gives by itself."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from comity.locale import catalogue
from comity.model.outcomes import ComityError, Outcome
from comity.store import replica as replicas
from comity.store.bulk import Bulk
from comity.store.dialects.postgresql import PostgresDatabase
from comity.store.dialects.standing import Standing
from comity.store.engine import Store, open_store
from comity.store.metadata import meta
from comity.store.records import Records
from comity.store.replica import ASK_SECONDS, Replica
from comity.store.tables.intake import raw

from ..engines import Postgres

pytestmark = pytest.mark.live
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """An empty database."""
    yield postgres.new()
    postgres.clear()


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """A store in it."""
    opened = open_store(address)
    opened.create()
    yield opened
    opened.close()


def _put(store: Store, name: str) -> None:
    with store.write() as records:
        records.connection.execute(insert(meta).values(name=name, value="1"))


def _names(store: Store) -> list[str]:
    with store.read() as records:
        return list(records.connection.scalars(select(meta.c.name).order_by(meta.c.name)))


def test_every_connection_is_durable(store: Store) -> None:
    """P1 rests on it, whatever the server's own setting is."""
    with store.write() as records:
        assert records.connection.scalar(text("SHOW synchronous_commit")) == "on"
        assert records.connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    with store.read() as records:
        assert records.connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert records.connection.scalar(text("SHOW transaction_read_only")) == "on"


def test_a_database_without_a_store_is_not_one(address: str) -> None:
    """A slip in a name must not give an empty desk."""
    with pytest.raises(ComityError) as caught, open_store(address).read():
        pass
    assert (caught.value.code, caught.value.outcome) == ("store-missing", Outcome.CONFIGURATION)


def test_a_second_writer_is_told_to_try_again(store: Store, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One writer, in whatever process; readers wait for nobody."""
    monkeypatch.setattr("comity.store.dialects.postgresql.BUSY_SECONDS", 0.05)
    other = open_store(address)
    with store.write() as records:
        records.connection.execute(insert(meta).values(name="a", value="1"))
        assert _names(other) == []
        with pytest.raises(ComityError) as caught, other.write():
            pass
        assert (caught.value.code, caught.value.outcome) == ("store-busy", Outcome.TRY_AGAIN)
    _put(other, "b")
    assert _names(store) == ["a", "b"]
    other.close()


def test_a_server_that_ends_our_connections_is_said_and_survived(store: Store, address: str) -> None:
    """A restart of the server costs what was not committed, and nothing else; nobody has to restart us."""
    _put(store, "a")
    url = make_url(address)
    beside = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    )
    with pytest.raises(ComityError) as caught, store.write() as records:
        records.connection.execute(insert(meta).values(name="lost", value="1"))
        with beside.connect() as connection:
            connection.execute(end, {"name": url.database})
        with records.savepoint():
            records.connection.execute(insert(meta).values(name="more", value="1"))
    assert (caught.value.code, caught.value.outcome) == ("store-away", Outcome.TRY_AGAIN)
    _put(store, "b")
    assert _names(store) == ["a", "b"]
    beside.dispose()


def test_a_line_that_breaks_within_a_part_is_said_as_what_it_is(store: Store, address: str) -> None:
    """There is no part left to undo: whoever tried to would hide what happened behind a fault of ours, which ended the worker."""
    url = make_url(address)
    beside = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    )
    with pytest.raises(ComityError) as caught, store.write() as records, records.savepoint(), records.savepoint():
        with beside.connect() as connection:
            connection.execute(end, {"name": url.database})
        records.connection.execute(insert(meta).values(name="lost", value="1"))
    assert (caught.value.code, caught.value.outcome) == ("store-away", Outcome.TRY_AGAIN)
    with pytest.raises(ComityError) as caught, store.write() as records:
        with beside.connect() as connection:
            connection.execute(end, {"name": url.database})
        with suppress(DBAPIError):
            records.connection.execute(insert(meta).values(name="lost", value="1"))
        records.connection.execute(insert(meta).values(name="lost", value="2"))
    assert (caught.value.code, caught.value.outcome) == ("store-away", Outcome.TRY_AGAIN)
    _put(store, "b")
    assert _names(store) == ["b"]
    beside.dispose()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("25P03", "store-away"), ("40003", "store-busy"), ("53200", "store-busy"), ("53300", "store-busy"),
        ("53100", "store-full"), ("57014", "store-away"), ("57P01", "store-away"), ("58000", "store-disk"), ("58030", "store-disk"),
    ],
)  # fmt: skip
def test_what_the_server_lacks_is_no_fault_of_what_is_written(store: Store, state: str, code: str) -> None:
    """Out of memory, out of time, ended by somebody: it is waited for, and no item is put aside for it."""
    raises = f"DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(ComityError) as caught, store.write() as records:
        records.connection.exec_driver_sql(raises)
    assert (caught.value.code, caught.value.outcome in (Outcome.TRY_AGAIN, Outcome.FULL)) == (code, True)


def test_a_line_that_breaks_while_many_rows_go_is_said_and_survived(store: Store, address: str) -> None:
    """Rows that are copied are no other matter than statements: try again, and it works."""
    url = make_url(address)
    beside = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    )
    lot = [(n, b"%032d" % n, b"x", 1, NOW, None) for n in range(100)]
    put = Bulk(raw, "id", "digest", "data", "size", "arrived", "kept_until").put
    with pytest.raises(ComityError) as caught, store.write() as records, beside.connect() as connection:
        connection.execute(end, {"name": url.database})
        put(records.connection, lot)
    assert (caught.value.code, caught.value.outcome) == ("store-away", Outcome.TRY_AGAIN)
    with store.write() as records:
        put(records.connection, lot)
        assert records.connection.scalar(text("SELECT count(*) FROM raw")) == len(lot)
    beside.dispose()


def test_an_address_that_nobody_answers_is_said_without_its_password() -> None:
    """An error goes into logs."""
    store = open_store("postgresql://desk:secret@127.0.0.1:1/comity")
    with pytest.raises(ComityError) as caught, store.read():
        pass
    assert (caught.value.code, caught.value.outcome) == ("store-away", Outcome.TRY_AGAIN)
    assert "secret" not in f"{caught.value} {caught.value.place} {caught.value.details}"


def test_a_database_that_is_not_unicode_is_refused(address: str) -> None:
    """Mail in every script would not fit, and it would show on some day or other."""
    url = make_url(address)
    beside = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = f"{url.database}_latin"
    with beside.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    store = open_store(url.set(database=name).render_as_string(hide_password=False))
    with pytest.raises(ComityError) as caught:
        store.create()
    assert caught.value.code == "store-encoding"
    store.close()
    with beside.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    beside.dispose()


def test_without_the_driver_it_says_which_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: most stores are files."""
    monkeypatch.setattr("comity.store.dialects.postgresql.find_spec", lambda _: None)
    with pytest.raises(ComityError) as caught:
        PostgresDatabase("postgresql://127.0.0.1/comity")
    assert (caught.value.code, caught.value.outcome) == ("store-driver", Outcome.CONFIGURATION)
    assert "psycopg" in catalogue("en").say("error.store-driver", **caught.value.details)


def test_text_is_ordered_and_compared_by_code_points(store: Store) -> None:
    """The database of these tests sorts as English does; ours sorts the same everywhere."""
    for name in ("b", "B", "a", "ä", "投诉"):
        _put(store, name)
    assert _names(store) == ["B", "a", "b", "ä", "投诉"]


def test_what_was_committed_survives_the_end_of_the_process(store: Store, address: str) -> None:
    """A process that is killed loses what it had not committed, and frees its turn to write."""
    program = """
import os, signal, sys
from sqlalchemy import insert
from comity.store.engine import open_store
from comity.store.metadata import meta
from comity.store.tables.intake import raw
store = open_store(sys.argv[1])
for name in ("a", "b"):
    with store.write() as records:
        records.connection.execute(insert(meta).values(name=name, value="1"))
with store.write() as records:
    records.connection.execute(insert(meta).values(name="c", value="1"))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, address], env=os.environ, check=False)
    assert done.returncode == -9
    _put(store, "d")
    assert _names(store) == ["a", "b", "d"]


def test_who_finds_every_line_to_a_copy_in_use_asks_the_primary(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and those who look meanwhile go on: a copy that many look at for long is not a silent one."""
    address, events, lines = postgres.new(made=True), list[str](), 8
    # The same server plays both: only what it says of itself differs.
    monkeypatch.setattr(replicas, "standing_of", lambda _: Standing(store=(1, 2, "x"), position=1, is_standby=True))
    copy = Replica(
        PostgresDatabase(address, connect_seconds=ASK_SECONDS, free_seconds=0),
        lambda event, /, **_: events.append(event),
    )
    primary = Store(PostgresDatabase(address))
    looking = threading.Barrier(lines + 1)

    def long(records: Records) -> None:
        looking.wait(30)
        records.connection.exec_driver_sql("SELECT pg_sleep(4)")

    with ThreadPoolExecutor(lines) as beside:
        found = [beside.submit(copy.look, long, primary._reader) for _ in range(lines)]
        looking.wait(30)
        began = time.monotonic()
        assert copy.look(lambda _: None, primary._reader) is None
        assert time.monotonic() - began < 3
        assert None not in [each.result() for each in found], "nobody was interrupted"
    assert events == []
    copy.close()
    primary.close()


def test_who_looks_for_too_long_is_alone_in_that(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """His line is hung up and he asks the primary; another one, that began later, is not disturbed."""
    address = postgres.new(made=True)
    monkeypatch.setattr(replicas, "standing_of", lambda _: Standing(store=(1, 2, "x"), position=1, is_standby=True))
    monkeypatch.setattr(replicas, "_LOOK_SECONDS", 2)
    copy = Replica(PostgresDatabase(address), lambda *_, **__: None)
    primary = Store(PostgresDatabase(address))
    is_late = threading.Event()

    def long(records: Records) -> bool:
        records.connection.exec_driver_sql("SELECT pg_sleep(60)")
        return True

    def later(records: Records) -> bool:
        assert is_late.wait(30)
        records.connection.exec_driver_sql("SELECT 1")
        return True

    with ThreadPoolExecutor(2) as beside:
        too_long = beside.submit(copy.look, long, primary._reader)
        time.sleep(1)
        other = beside.submit(copy.look, later, primary._reader)
        assert too_long.result() is None
        is_late.set()
        looked = other.result()
    assert looked is not None
    assert looked.found
    copy.close()
    primary.close()


def test_a_copy_that_stops_answering_is_said_to_be_away(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever checks it waits a few seconds, not until the line breaks."""
    monkeypatch.setattr(replicas, "standing_of", lambda line: line.exec_driver_sql("SELECT pg_sleep(30)"))
    copy = Replica(PostgresDatabase(postgres.new(made=True), connect_seconds=ASK_SECONDS), lambda *_, **__: None)
    began = time.monotonic()
    with pytest.raises(ComityError) as caught:
        copy.standing()
    assert (caught.value.code, time.monotonic() - began < 20) == ("store-away", True)
    copy.close()
