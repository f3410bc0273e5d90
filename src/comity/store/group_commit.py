"""Take mail in durably at speed: what queued while the disk synced is written with the next sync.

Standards:  DESIGN.md P1 and P4: a future that resolved means the bytes are on the disk; one that failed, that nothing was kept.
Answers:    ``GroupCommit(spool, limits)``: ``put(arrival)`` gives a future with the number of the item, or raises
            ``ComityError`` ("spool-busy", "spool-reserve") at once; ``close()`` writes what waits and ends the thread.
            ``turn()`` is one batch of it, for whoever made it ``threaded=False`` and decides himself when the disk has its turn.
Limits:     one thread writes. There is no timer: a lone item is written at once, a flood in batches. Room is kept free on the disk,
            because working off what waits needs some too.
"""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Final

from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome
from comity.store.spool import Spool

COMMIT_ITEMS: Final = 500
COMMIT_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may queue for the disk, and how much of the disk stays free."""

    items: int = 4_000
    data_bytes: int = 32 << 20
    reserve: int = 0


class GroupCommit:
    """The queue before the spool, and the thread that writes it."""

    def __init__(
        self, spool: Spool, limits: Limits, room: Callable[[Path], int] | None = None, *, threaded: bool = True
    ) -> None:
        self._spool = spool
        self._limits = limits
        self._room = room or free_bytes
        self._queue: deque[tuple[Arrival, Future[int]]] = deque()
        self._bytes = 0  # of the queue and of the batch that is being written
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._run, name="spool", daemon=True) if threaded else None
        if self._thread is not None:
            self._thread.start()

    def put(self, arrival: Arrival) -> Future[int]:
        """Queue one mail."""
        future: Future[int] = Future()
        with self._changed:
            full = len(self._queue) >= self._limits.items or self._bytes + len(arrival.data) > self._limits.data_bytes
            if self._closing or (full and self._queue):
                raise ComityError(
                    "spool-busy", "mail arrives faster than the disk takes it", outcome=Outcome.FULL, place=self._place
                )
            self._queue.append((arrival, future))
            self._bytes += len(arrival.data)
            self._changed.notify()
        return future

    def close(self) -> None:
        """Take nothing more, write what waits, end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is None:
            self._run()
        else:
            self._thread.join()
        self._spool.close()

    @property
    def _place(self) -> str:
        return str(self._spool.path)

    def _run(self) -> None:
        while self.turn():
            pass

    def turn(self) -> bool:
        """Wait until something queued, write what did, and answer; False when all is written and no more will come."""
        batch = self._next()
        try:
            numbers: list[int] = self._write([arrival for arrival, _ in batch]) if batch else []
        except BaseException as error:  # nobody may wait for ever, whatever went wrong
            self._answer(batch, self._told(error))
        else:
            self._answer(batch, numbers)
        return bool(batch)

    def _next(self) -> list[tuple[Arrival, Future[int]]]:
        """What queued, up to a commit's worth; nothing only when all is written and no more will come."""
        batch, size = list[tuple[Arrival, Future[int]]](), 0
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            while self._queue and len(batch) < COMMIT_ITEMS:
                size += len(self._queue[0][0].data)
                if batch and size > COMMIT_BYTES:
                    break
                batch.append(self._queue.popleft())
        return batch

    def _write(self, arrivals: list[Arrival]) -> list[int]:
        if self._limits.reserve and self._room(self._spool.path.parent) < self._limits.reserve:
            raise ComityError(
                "spool-reserve", "too little room is left on the disk", outcome=Outcome.FULL, place=self._place
            )
        return self._spool.add(arrivals)

    def _told(self, error: BaseException) -> ComityError:
        if isinstance(error, ComityError):
            return error
        reason = type(error).__name__
        return ComityError("spool-fault", reason, outcome=Outcome.FAULT, place=self._place, details={"reason": reason})

    def _answer(self, batch: list[tuple[Arrival, Future[int]]], answer: list[int] | ComityError) -> None:
        with self._changed:
            self._bytes -= sum(len(arrival.data) for arrival, _ in batch)
        for place, (_, future) in enumerate(batch):
            if not future.set_running_or_notify_cancel():
                continue  # whoever asked has gone; the mail is kept all the same
            if isinstance(answer, ComityError):
                future.set_exception(answer)
            else:
                future.set_result(answer[place])


def free_bytes(folder: Path) -> int:
    """How much an ordinary process may still write there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
