"""The store: what was written is on the disk, what failed is undone, what is not ours is refused."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from comity.model.outcomes import ComityError, Outcome
from comity.store.engine import Store, open_store
from comity.store.metadata import meta

from ..engines import ONLY_SQLITE


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on the disk, and one in memory."""
    opened = open_store(tmp_path / "comity.db" if request.param == "file" else ":memory:")
    opened.create()
    yield opened
    opened.close()


def _put(store: Store, name: str) -> None:
    with store.write() as records:
        records.connection.execute(insert(meta).values(name=name, value="1"))


def _names(store: Store) -> set[str]:
    with store.read() as records:
        return set(records.connection.scalars(select(meta.c.name)))


def test_what_a_block_wrote_is_there_when_it_has_ended(store: Store) -> None:
    """A transaction is one thing: whole."""
    _put(store, "a")
    assert _names(store) == {"a"}


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    """... or not at all."""
    with pytest.raises(ZeroDivisionError), store.write() as records:
        records.connection.execute(insert(meta).values(name="a", value="1"))
        raise ZeroDivisionError
    assert _names(store) == set()


def test_a_savepoint_undoes_its_own_part_only(store: Store) -> None:
    """One item that fails takes nothing with it, on any level."""
    with store.write() as records:
        put = records.connection.execute
        put(insert(meta).values(name="before", value="1"))
        with pytest.raises(IntegrityError), records.savepoint():
            put(insert(meta).values(name="inside", value="1"))
            with records.savepoint():
                put(insert(meta).values(name="deeper", value="1"))
            put(insert(meta).values(name="before", value="again"))
        with records.savepoint():
            put(insert(meta).values(name="after", value="1"))
    assert _names(store) == {"before", "after"}


def test_reading_cannot_write(tmp_path: Path) -> None:
    """A page that shows things cannot change them by mistake."""
    store = open_store(tmp_path / "comity.db")
    store.create()
    with pytest.raises(ComityError), store.read() as records:
        records.connection.execute(insert(meta).values(name="a", value="1"))
    assert _names(store) == set()
    store.close()


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    """What is written while somebody looks does not change what he sees."""
    store = open_store(tmp_path / "comity.db")
    store.create()
    with store.read() as records:
        assert records.connection.scalar(select(func.count()).select_from(meta)) == 0
        _put(store, "a")
        assert records.connection.scalar(select(func.count()).select_from(meta)) == 0
    assert _names(store) == {"a"}
    store.close()


@ONLY_SQLITE
def test_every_connection_is_durable(tmp_path: Path) -> None:
    """P1 rests on these two settings."""
    store = open_store(tmp_path / "comity.db")
    store.create()
    with store.write() as records:
        assert records.connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert records.connection.scalar(text("PRAGMA synchronous")) == 2
        assert records.connection.scalar(text("PRAGMA foreign_keys")) == 1
    store.close()


@ONLY_SQLITE
def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    """It holds what strangers wrote about our customers; its companions are as closed as it is."""
    store = open_store(tmp_path / "deep" / "comity.db")
    store.create()
    _put(store, "a")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep").iterdir()} == {0o600}
    store.close()


@ONLY_SQLITE
def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    """A slip in a path must not give an empty desk."""
    store = open_store(tmp_path / "comity.db")
    with pytest.raises(ComityError) as caught, store.read():
        pass
    assert (caught.value.code, caught.value.outcome) == ("store-missing", Outcome.CONFIGURATION)
    assert list(tmp_path.iterdir()) == []


def test_making_it_twice_changes_nothing(store: Store) -> None:
    """``comity init`` may be run again."""
    _put(store, "a")
    store.create()
    assert _names(store) == {"a"}


@ONLY_SQLITE
@pytest.mark.parametrize(("number", "code"), [("9999", "store-newer"), ("abc", "store-newer"), ("0000", "store-early")])
def test_another_version_is_refused(tmp_path: Path, number: str, code: str) -> None:
    """A store of a newer program is not written to by an older one, and one of an older program is carried along first."""
    path = tmp_path / "comity.db"
    open_store(path).create()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (number,))
    for use in (
        open_store(path).create,
        lambda: open_store(path).write().__enter__(),
        lambda: open_store(path).read().__enter__(),
    ):
        with pytest.raises(ComityError) as caught:
            use()
        assert (caught.value.code, caught.value.outcome) == (code, Outcome.CONFIGURATION)


@ONLY_SQLITE
def test_something_else_than_a_store_is_refused(tmp_path: Path) -> None:
    """A path that leads to another file says so, and the file stays as it is."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear desk, " * 500)
    with pytest.raises(ComityError) as caught:
        open_store(path).create()
    assert caught.value.code == "store-damaged"
    assert path.read_text().startswith("Dear desk")
    with pytest.raises(ComityError) as caught:
        open_store("oracle://somewhere")
    assert (caught.value.code, caught.value.place) == ("store-kind", "oracle")


@ONLY_SQLITE
def test_two_writers_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told to try again, not that something is broken."""
    monkeypatch.setattr("comity.store.dialects.sqlite.BUSY_SECONDS", 0.05)
    one, other = open_store(tmp_path / "comity.db"), open_store(tmp_path / "comity.db")
    one.create()
    with one.write():
        with pytest.raises(ComityError) as caught, other.write():
            pass
        assert (caught.value.code, caught.value.outcome) == ("store-busy", Outcome.TRY_AGAIN)
    _put(other, "a")
    assert _names(one) == {"a"}
    one.close()
    other.close()


@ONLY_SQLITE
def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    """Nothing that was acknowledged is lost, and when there is room again it goes on by itself."""
    store = open_store(tmp_path / "comity.db")
    store.create()
    _put(store, "a")
    with pytest.raises(ComityError) as caught, store.write() as records:
        pages = records.connection.scalar(text("PRAGMA page_count"))
        records.connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        with records.savepoint():
            records.connection.execute(insert(meta).values(name="big", value="x" * 100_000))
    assert (caught.value.code, caught.value.outcome) == ("store-full", Outcome.FULL)
    assert _names(store) == {"a"}
    with store.write() as records:
        records.connection.execute(text("PRAGMA max_page_count = 1000000"))
    _put(store, "b")
    assert _names(store) == {"a", "b"}
    store.close()


@ONLY_SQLITE
def test_what_was_committed_survives_the_end_of_the_process(tmp_path: Path) -> None:
    """A process that is killed loses what it had not committed, and nothing else."""
    path = tmp_path / "comity.db"
    program = """
import os, signal, sys
from sqlalchemy import insert
from comity.store.engine import open_store
from comity.store.metadata import meta
store = open_store(sys.argv[1])
store.create()
for name in ("a", "b"):
    with store.write() as records:
        records.connection.execute(insert(meta).values(name=name, value="1"))
with store.write() as records:
    records.connection.execute(insert(meta).values(name="c", value="1"))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], env=os.environ, check=False)
    assert done.returncode == -9
    assert _names(open_store(path)) == {"a", "b"}


_FORGOTTEN = """
import atexit, gc, sys
from comity.store.engine import open_store

class Circle:
    pass

atexit.register(gc.freeze)  # nothing is looked through at the end: neither is the circle in which the store hangs
circle = Circle()
circle.mine, circle.store = circle, open_store(sys.argv[1])
circle.store.create()
with circle.store.read():
    pass
"""


def test_a_store_that_nobody_closed_leaves_no_log_beside_it(tmp_path: Path) -> None:
    """A copy of ``comity.db`` alone would lack what stands in the log."""
    subprocess.run([sys.executable, "-c", _FORGOTTEN, str(tmp_path / "comity.db")], check=True, timeout=60)
    assert [each.name for each in tmp_path.iterdir()] == ["comity.db"]
