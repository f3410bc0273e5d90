"""What watches need: a spool that can be told to have no room, a memory on disk, a log."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.gates.watching.terms import Hand, Watch
from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome
from comity.store.spool.watched import Watched

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Place:
    """Where watches of one test work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrived: list[Arrival] = []
        self.has_room = True
        self.events: list[tuple[str, dict[str, object]]] = []

    def put(self, arrival: Arrival) -> "Future[int]":
        done: Future[int] = Future()
        if not self.has_room:
            done.set_exception(ComityError("spool-reserve", "no room", outcome=Outcome.FULL))
        else:
            self.arrived.append(arrival)
            done.set_result(len(self.arrived))
        return done

    def log(self, event: str, /, **details: object) -> None:
        self.events.append((event, details))

    def hand(self, gate: str, *, is_moved: bool = False) -> Hand:
        return Hand(
            gate=gate, mailbox="abuse@west.example", is_moved=is_moved, put=self.put, now=lambda: NOON, log=self.log
        )

    def memory(self) -> Watched:
        return Watched(self.folder / "spool.db")

    @property
    def texts(self) -> list[bytes]:
        return [each.data for each in self.arrived]

    def logged(self, event: str) -> int:
        return sum(name == event for name, _ in self.events)

    def run(self, watch: Watch, *steps: Callable[[], bool] | Callable[[], None]) -> None:
        """Watch while each step is waited for in turn: one that gives True or False is a condition."""
        asyncio.run(_with(watch.run(), steps))


async def _with(running: Awaitable[None], steps: tuple[Callable[[], object], ...]) -> None:
    task = asyncio.ensure_future(running)
    try:
        for step in steps:
            deadline = time.monotonic() + 120
            while step() is False:
                if task.done():
                    task.result()
                assert time.monotonic() < deadline, step
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
