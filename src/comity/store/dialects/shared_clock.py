"""The clock of all who write in one store: that of its server, however wrong the clocks of their machines are.

Answers:    ``SharedClock(store)()``: the moment there. Where the store is a file, all are on one machine, and its clock is theirs.
Limits:     how far the server is from our clock is asked every 15 seconds, and as exact as its answer is quick. While it cannot be
            reached, what it said last holds.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from time import monotonic
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


class SharedClock:
    """Tells the moment; many threads may ask."""

    def __init__(self, store: Viewed, *, own: Callable[[], datetime] = _machine) -> None:
        """``own`` is the clock of this machine."""
        self._store, self._own = store, own
        self._ahead = timedelta()  # of the server before us
        self._ask_at: float | None = 0.0  # None: there is no server

    def __call__(self) -> datetime:
        """Now."""
        if self._ask_at is not None and monotonic() >= self._ask_at:
            self._ask_at = monotonic() + _ASK_EVERY
            self._ask()
        return self._own() + self._ahead

    def _ask(self) -> None:
        try:
            with self._store.view() as connection:
                if connection.dialect.name != "postgresql":
                    self._ask_at = None
                    return
                connection.exec_driver_sql("SELECT 1")  # the way there may have to be opened first
                before = self._own()
                there: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
                self._ahead = there - before - (self._own() - before) / 2
        except ComityError:
            return
