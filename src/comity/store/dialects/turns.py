"""Whoever has waited longest writes next.

A store has one writer at a time, and neither a pool of connections nor SQLite lets those who wait go in any order: whoever has just
written takes the lock again before a sleeper has woken. Under a flood of mail what took mail in wrote without an end, and reports
waited for minutes to be marked as sent.

Standards:  flock(2).
Answers:    ``turns_of(place)`` gives the ``Turns`` of all threads of this process that write there, by whatever ``Store``; each of
            them writes within ``one(place)``. ``next_of(file, seconds)`` is a turn among processes, held only until the database's
            own lock is had: whoever has let go of that queues here before he can ask for it again.
Limits:     a matter of order alone. Whether two write at once, the database decides; where a folder cannot be locked one goes on
            without. Who waits longer than ``FREE_SECONDS`` is told that the store is busy. A thread that has a turn asks for no
            other one: it would wait for itself.
"""

import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Final
from weakref import WeakValueDictionary

from comity.model.outcomes import ComityError, Outcome

FREE_SECONDS: Final = 30
_NAPS: Final = (0.0005, 0.001, 0.002, 0.004)  # seconds; the last one is repeated


class Turns:
    """The queue of one process."""

    def __init__(self, seconds: float = FREE_SECONDS) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False

    def __len__(self) -> int:
        """How many wait."""
        with self._lock:
            return len(self._waiting)

    @contextmanager
    def one(self, place: str) -> Iterator[None]:
        """Be the only one, when all who came before have had their turn; "store-busy" names the place."""
        if not self._come():
            reason = "every connection is in use"
            raise ComityError("store-busy", reason, outcome=Outcome.TRY_AGAIN, place=place, details={"reason": reason})
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().release()  # the turn passes over as it is: nobody who comes now is before him
                else:
                    self._is_taken = False

    def _come(self) -> bool:
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=self._seconds):
            return True
        with self._lock:
            if called in self._waiting:
                self._waiting.remove(called)
                return False
        return True  # called at the last moment


_TURNS: Final = WeakValueDictionary[tuple[int, str], Turns]()
_FINDING: Final = Lock()


def turns_of(place: str) -> Turns:
    """The queue for this place; a child of this process begins its own, since nobody would call it here."""
    with _FINDING:
        key = os.getpid(), place
        found = _TURNS.get(key)
        if found is None:
            found = _TURNS[key] = Turns()
        return found


@contextmanager
def next_of(file: Path, seconds: float) -> Iterator[None]:
    """Be the one process that asks for the file's own lock. Its folder is locked, where no lock of SQLite lies, and nothing is
    left behind."""
    try:
        folder = os.open(file.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        _locked(folder, monotonic() + seconds)
        yield
    finally:
        os.close(folder)


def _locked(folder: int, until: float) -> None:
    tries = 0
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > until:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error from None
            sleep(_NAPS[min(tries, len(_NAPS) - 1)])
            tries += 1
        except OSError:  # a file system without such locks
            return
        else:
            return
