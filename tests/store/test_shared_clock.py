"""Machines whose clocks differ tell the same moment where they write in one store on a server."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects import shared_clock
from comity.store.dialects.shared_clock import SharedClock
from comity.store.engine import open_store

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


def test_while_the_server_is_away_its_last_word_holds() -> None:
    """Whoever is in the middle of sending is not stopped by a server that does not answer."""

    class Away:
        def view(self) -> AbstractContextManager[Connection]:
            raise ComityError("store-away", "away", outcome=Outcome.TRY_AGAIN)

    before = datetime.now(UTC)
    assert before <= SharedClock(Away())() <= datetime.now(UTC)
    assert shared_clock._ASK_EVERY < 60
