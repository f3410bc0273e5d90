"""Mail is taken apart for people in a process of its own, with the bounds of every reader.

Answers:    ``TakingApart(log)``: called with the bytes it gives ``Dissected``, with the number of a part too its rendering;
            None where the reader was lost over it.
Limits:     one mail at a time; the process is started when the first one is looked at, and ends with the program.
"""

from collections.abc import Callable
from threading import Lock

from comity.model.log_events import LogEvent
from comity.outlets.reader_pool import LateReaders, ReaderLimits, ReaderPool
from comity.services.public.evidence import Dissected, Rendered, dissect, rendering
from comity.services.receive.working_off import LostReader

_Task = tuple[bytes, int | None]
_Answer = Dissected | Rendered


class TakingApart:
    """Takes mail apart."""

    def __init__(self, log: LogEvent, limits: ReaderLimits | None = None) -> None:
        self._lock = Lock()
        self._readers: LateReaders[_Task, _Answer] = LateReaders(
            lambda _: ReaderPool(make_take_apart, readers=1, log=log, limits=limits)
        )

    def __call__(self, data: bytes, number: int | None = None) -> _Answer | None:
        """What came of it."""
        with self._lock:
            self._readers.send([(data, number)])
            found = self._readers.receive()[0]
        return None if isinstance(found, LostReader) else found

    def close(self) -> None:
        """End the process."""
        self._readers.close()


def make_take_apart() -> Callable[[bytes, int | None], _Answer]:
    """What the process does."""
    return take_apart


def take_apart(data: bytes, number: int | None = None) -> _Answer:
    """The same in this process."""
    return dissect(data) if number is None else rendering(data, number)
