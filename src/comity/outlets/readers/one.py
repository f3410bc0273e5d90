"""One process with the bounds of every reader, for what somebody in front of a page waits for.

Trust:      what it is given are a stranger's bytes; what it answers is believed no more than what other readers do.
Answers:    ``OneReader(make, ...)``: called with a task it gives what ``make()`` makes of that; None where that was too much, and
            the process was lost over it.
Limits:     one task at a time, from whatever thread; the process is started for the first one, and ends with the program.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

from comity.model.log_events import LogEvent
from comity.outlets.readers.pool import LateReaders, ReaderLimits, ReaderPool
from comity.services.receive.working_off import LostReader

_Answer = TypeVar("_Answer")


class OneReader(Generic[_Answer]):
    """Does one thing after the other."""

    def __init__(
        self, make: Callable[[], Callable[..., _Answer]], log: LogEvent, limits: ReaderLimits | None = None
    ) -> None:
        """``make`` is called once in the process; it must be a function that another process can find."""
        self._lock = Lock()
        self._readers: LateReaders[tuple[Any, ...], _Answer] = LateReaders(
            lambda _: ReaderPool(make, readers=1, log=log, limits=limits)
        )

    def __call__(self, *task: Any) -> _Answer | None:
        """What came of it."""
        with self._lock:
            self._readers.send([task])
            found = self._readers.receive()[0]
        return None if isinstance(found, LostReader) else found

    def close(self) -> None:
        """End the process."""
        self._readers.close()
