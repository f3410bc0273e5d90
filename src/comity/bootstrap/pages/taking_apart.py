"""Mail is taken apart for people in a process of its own, with the bounds of every reader.

Answers:    ``taking_apart(log)``: called with the bytes it gives ``Dissected``, with the number of a part too its rendering;
            None where the reader was lost over it.
"""

from collections.abc import Callable

from comity.model.log_events import LogEvent
from comity.outlets.readers.one import OneReader
from comity.outlets.readers.pool import ReaderLimits
from comity.services.public.evidence import Dissected, Rendered, dissect, rendering

_Answer = Dissected | Rendered


def taking_apart(log: LogEvent, limits: ReaderLimits | None = None) -> OneReader[_Answer]:
    """Who takes mail apart."""
    return OneReader(make_take_apart, log, limits)


def make_take_apart() -> Callable[[bytes, int | None], _Answer]:
    """What the process does."""
    return take_apart


def take_apart(data: bytes, number: int | None = None) -> _Answer:
    """The same in this process."""
    return dissect(data) if number is None else rendering(data, number)
