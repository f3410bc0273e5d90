"""The clock of all who write in one store: that of its server, however wrong the clocks of their machines are.

Answers:    ``SharedClock(store)()``: the moment there. Where the store is a file, all are on one machine, and its clock is theirs.
Limits:     the server is asked every 15 seconds, and what it says is as exact as its answer is quick. Between two answers, and
            while it cannot be reached, a stopwatch goes on from its last one, which no hand sets and which does not stop while
            the machine sleeps. Raises ``ComityError`` until it was reached once: nobody knows then how wrong our clock is.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Connection

from comity.model.outcomes import ComityError

_ASK_EVERY: Final = 15.0  # seconds


class Viewed(Protocol):
    """A store that can be looked at."""

    def view(self) -> AbstractContextManager[Connection]:
        """One view of it."""


def _machine() -> datetime:
    return datetime.now(UTC)


def _stopwatch() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SharedClock:
    """Tells the moment; many threads may ask."""

    def __init__(
        self, store: Viewed, *, own: Callable[[], datetime] = _machine, stopwatch: Callable[[], float] = _stopwatch
    ) -> None:
        """``own`` is the clock of this machine, ``stopwatch`` counts its seconds from whenever."""
        self._store, self._own, self._stopwatch = store, own, stopwatch
        self._said: tuple[datetime, float] | None = None  # by the server, and when that was on the stopwatch
        self._ask_at: float | None = 0.0  # None: there is no server

    def __call__(self) -> datetime:
        """Now."""
        if self._ask_at is not None and (self._said is None or self._stopwatch() >= self._ask_at):
            self._ask_at = self._stopwatch() + _ASK_EVERY
            self._ask()
        if self._said is None:
            return self._own()
        there, at = self._said
        return there + timedelta(seconds=self._stopwatch() - at)

    def _ask(self) -> None:
        try:
            with self._store.view() as connection:
                if connection.dialect.name != "postgresql":
                    self._ask_at = None
                    return
                connection.exec_driver_sql("SELECT 1")  # the way there may have to be opened first
                before = self._stopwatch()
                there: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
                self._said = there, (before + self._stopwatch()) / 2
        except ComityError:
            if self._said is None:
                raise
