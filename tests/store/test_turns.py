"""Whoever has waited longest writes next: among threads of a process, and among processes."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import insert

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects.turns import Turns, next_of, turns_of
from comity.store.engine import Store, open_store
from comity.store.metadata import meta

from ..engines import ONLY_SQLITE

WRITERS = 8
WRITING = """
import sys, time
from sqlalchemy import insert
from comity.store.engine import open_store
from comity.store.metadata import meta
store = open_store(sys.argv[1])
print("ready", flush=True)
while True:
    with store.write() as records:
        time.sleep(0.05)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on the disk."""
    opened = open_store(tmp_path / "comity.db")
    opened.create()
    yield opened
    opened.close()


@contextmanager
def _flood(store: Store) -> Iterator[None]:
    """A thread that begins the next transaction as soon as one has ended."""
    over, begun = Event(), Event()

    def on_and_on() -> None:
        while not over.is_set():
            with store.write():
                begun.set()
                time.sleep(0.005)

    thread = Thread(target=on_and_on)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_flood_in_one_thread_keeps_no_other_waiting(store: Store) -> None:
    """Of two who write again and again each has every second turn, however soon one of them is back."""
    with _flood(store):
        waited = []
        for number in range(20):
            before = time.monotonic()
            with store.write() as records:
                waited.append(time.monotonic() - before)
                records.connection.execute(insert(meta).values(name=f"n{number}", value="1"))
    # Without order the second one got no turn in half a minute, and was told that the store was busy.
    assert max(waited) < 5


def test_they_come_in_the_order_in_which_they_began_to_wait() -> None:
    """First come, first served."""
    turns, order = Turns(), list[int]()

    def come(number: int) -> None:
        with turns.one("here"):
            order.append(number)

    with ThreadPoolExecutor(WRITERS) as pool, turns.one("here"):
        for number in range(WRITERS):
            pool.submit(come, number)
            while len(turns) < number + 1:
                time.sleep(0.001)
    assert order == list(range(WRITERS))


@ONLY_SQLITE
def test_all_who_write_to_one_file_stand_in_one_row(store: Store, tmp_path: Path) -> None:
    """However often a process has opened it, and by whatever name; who writes elsewhere stands in another one."""
    (tmp_path / "link").symlink_to(tmp_path)
    with (
        closing(open_store(tmp_path / "link" / "comity.db")) as again,
        closing(open_store(tmp_path / "other.db")) as other,
    ):
        assert again._turns is store._turns is turns_of(str(tmp_path / "comity.db"))
        assert other._turns is not store._turns


@ONLY_SQLITE
def test_a_child_of_a_writer_waits_for_nobody(store: Store, tmp_path: Path) -> None:
    """Whoever had the turn when it was made will not call it."""
    with store.write():
        child = os.fork()
        if not child:
            os._exit(not turns_of(str(tmp_path / "comity.db"))._come())
        assert os.waitpid(child, 0)[1] == 0


def test_who_waits_too_long_is_told_and_stands_in_nobody_s_way() -> None:
    """... and the next one has the turn."""
    turns = Turns(0.01)
    with turns.one("here"), ThreadPoolExecutor(1) as pool:
        error = pool.submit(lambda: turns.one("here").__enter__()).exception()
    assert isinstance(error, ComityError)
    assert (error.code, error.outcome, error.place) == ("store-busy", Outcome.TRY_AGAIN, "here")
    with turns.one("here"):
        pass


def test_a_turn_that_ends_by_an_error_is_passed_on() -> None:
    """Whatever happened in it."""
    turns = Turns(0.01)
    with pytest.raises(ZeroDivisionError), turns.one("here"):
        raise ZeroDivisionError
    with turns.one("here"):
        pass


@ONLY_SQLITE
def test_a_flood_in_another_process_keeps_nobody_waiting(store: Store, tmp_path: Path) -> None:
    """It holds the lock nearly always, and lets go for microseconds."""
    command = [sys.executable, "-c", WRITING, str(tmp_path / "comity.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        try:
            other.stdout.readline()
            for number in range(10):
                with store.write() as records:
                    records.connection.execute(insert(meta).values(name=f"n{number}", value="1"))
        finally:
            other.kill()


@ONLY_SQLITE
def test_a_process_that_stands_still_at_the_door_is_said_to_be_busy(store: Store, tmp_path: Path) -> None:
    """An end to all waiting, as SQLite has it."""
    folder = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with pytest.raises(sqlite3.OperationalError) as error, next_of(tmp_path / "comity.db", 0.01):
            pass
    finally:
        os.close(folder)
    assert error.value.sqlite_errorcode == sqlite3.SQLITE_BUSY
    with next_of(tmp_path / "comity.db", 0.01), store.read():
        pass


def test_where_no_folder_can_be_locked_one_goes_on(tmp_path: Path) -> None:
    """Order is not what keeps two from writing at once."""
    with next_of(tmp_path / "nowhere" / "comity.db", 0.01):
        pass
