"""Machines whose clocks differ tell the same moment where they write in one store on a server."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects import shared_clock
from comity.store.dialects.shared_clock import SharedClock
from comity.store.engine import Store, open_store

HOUR = timedelta(hours=1)


def test_a_wrong_clock_is_put_right_by_the_server_alone(engine: str) -> None:
    """An hour wrong or right, on a server all mean the same moment; in a file the one clock is everybody's."""
    store = open_store(":memory:")
    store.create()
    now = datetime.now(UTC)
    right, ahead, behind = (
        SharedClock(store, own=lambda by=by: datetime.now(UTC) + by)() - now  # type: ignore[misc]
        for by in (timedelta(), HOUR, -HOUR)
    )
    assert abs(right) < HOUR / 60
    wrong = HOUR if engine == "sqlite" else timedelta()
    assert abs(ahead - wrong) < HOUR / 60
    assert abs(behind + wrong) < HOUR / 60
    store.close()


def test_who_sets_the_clock_of_a_machine_takes_nobodys_mail(engine: str) -> None:
    """A clock that is put forward between two questions to the server is put forward here alone, and counts for nothing."""
    step = timedelta()
    store = open_store(":memory:")
    store.create()
    clock = SharedClock(store, own=lambda: datetime.now(UTC) + step)
    before = clock()
    step = HOUR
    moved = clock() - before
    assert abs(moved - (HOUR if engine == "sqlite" else timedelta())) < HOUR / 60
    store.close()


class Server:
    """A server that is there, or away."""

    is_away = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def view(self) -> AbstractContextManager[Connection]:
        if self.is_away:
            raise ComityError("store-away", "away", outcome=Outcome.TRY_AGAIN)
        return self._store.view()


def test_while_the_server_is_away_its_last_word_holds(engine: str) -> None:
    """Whoever is in the middle of sending is not stopped by a server that does not answer; before its first word nobody begins."""
    store = open_store(":memory:")
    store.create()
    server, seconds = Server(store), 0.0
    clock = SharedClock(server, stopwatch=lambda: seconds)
    with pytest.raises(ComityError):
        clock()
    server.is_away = False
    before = clock()
    server.is_away = True
    seconds = 10 * shared_clock._ASK_EVERY
    later = clock() - before
    assert later == timedelta(seconds=seconds) if engine == "postgresql" else later < HOUR
    assert shared_clock._ASK_EVERY < 60
    store.close()
