"""Figures that take long to count, as they were counted last.

Answers:    ``Aged(monotonic).of(key, make)`` gives what ``make`` gave, and for how many seconds it stands. What is counted in a
            moment is counted anew each time; what took a second to count may be a minute old, and until it is ten minutes old
            it is given at once while it is counted again beside. ``forget()``: what somebody did shows at once.
Limits:     in this process alone; two who ask for the same are counted for once. Sixty-four figures, the latest asked for.
            A key holds all that the answer hangs on: what somebody may see is part of it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

QUICK: Final = 0.05  # seconds: what took no longer is never kept
TIMES: Final = 60  # times as long as it took may it be old
AT_MOST: Final = 10  # times that, while it is counted again
KEPT: Final = 64

_T = TypeVar("_T")
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    value: Any
    at: float
    took: float


class Aged:
    """What was counted last."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[Key, _Figure] = OrderedDict()
        self._counting: dict[Key, asyncio.Task[_Figure]] = {}

    async def of(self, key: Key, make: Callable[[], Awaitable[_T]]) -> tuple[_T, float]:
        """The figure, and how many seconds ago it was counted."""
        found, now = self._known.get(key), self._monotonic()
        if found is None or now - found.at > TIMES * AT_MOST * found.took:
            found = await asyncio.shield(self._count(key, make))
        elif now - found.at > TIMES * found.took:
            self._count(key, make)
        return found.value, max(0.0, self._monotonic() - found.at)

    def forget(self) -> None:
        """Count everything anew for whoever asks next."""
        self._known.clear()
        self._counting.clear()

    def _count(self, key: Key, make: Callable[[], Awaitable[_T]]) -> "asyncio.Task[_Figure]":
        task = self._counting.get(key)
        if task is None:
            task = self._counting[key] = asyncio.create_task(self._counted(key, make))
            task.add_done_callback(lambda done: self._done(key, done))
        return task

    async def _counted(self, key: Key, make: Callable[[], Awaitable[_T]]) -> _Figure:
        began = self._monotonic()
        value = await make()
        now = self._monotonic()
        return _Figure(value=value, at=now, took=now - began)

    def _done(self, key: Key, task: "asyncio.Task[_Figure]") -> None:
        if self._counting.get(key) is not task:
            return  # something was done meanwhile: what was counted is of before
        del self._counting[key]
        if task.cancelled() or task.exception() is not None or task.result().took <= QUICK:
            self._known.pop(key, None)
            return
        self._known[key] = task.result()
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
