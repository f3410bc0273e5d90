"""Read mail, or look at complaints, in processes of their own: what kills or stops a reader costs that reader, not the program.

Trust:      a reader handles strangers' bytes; it is bounded in memory by the system, in time by us, and is killed when it is late.
            What it answers may build records of ours and runs no code: ``opened``.
Answers:    ``ReaderPool(make, ...)``: ``send(batch)`` starts on a batch, ``receive()`` gives what came of each item, in order:
            what ``make()`` gave for it, or ``LostReader`` where the reader died on the item or did not answer in time.
            ``LateReaders`` are started when there is something to read. ``settle()`` is for whoever works beside readers.
Limits:     one batch at a time, handed out and gathered by a thread, so that the caller can do other work meanwhile. Readers are
            spawned; those that are there first may be forks (``begins_here``) of a process that has loaded the program, opened
            nothing and begun no thread. Whoever takes the place of a dead one begins anew (``gates/supervisor.py`` says why).
            Answers travel a few at a time: to pass them one by one costs a fifth of the work. A
            reader says on a pipe of its own when it has started, so that the time it needs for that is no item's, when it begins
            with what it was handed, and which item it is done with, so that no other is blamed for its end. One that died before
            it began, in its sleep for instance, costs no item; who begins again with the same one and dies has lost it.
"""

import multiprocessing
import os
import pickle
import resource
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, is_dataclass, replace
from enum import Enum
from io import BytesIO
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Generic, TypeAlias, TypeVar

from comity.model.log_events import LogEvent
from comity.outlets.programs.this_process import is_alone, name_process
from comity.outlets.readers.circles import look_seldom, pass_over
from comity.services.receive.prepare import Delivery, Prepared
from comity.services.receive.working_off import LostReader

_Task = TypeVar("_Task", bound=tuple[Any, ...])
_Answer = TypeVar("_Answer")
Prepare = Callable[[bytes, Delivery], Prepared]
_Pipe: TypeAlias = "Connection[Any, Any]"

_SPAWN: Final = multiprocessing.get_context("spawn")
_FORK: Final = multiprocessing.get_context("fork")
# How much of a batch a reader gets at once: when it dies, the rest of that is sent again. The last of a batch are dealt out in
# smaller hands, so that none of them has many before it while the others wait.
_SLICE: Final = 50
_LEAST: Final = 8
# How many answers travel together, or those of so many seconds.
_TOGETHER: Final = 25
_SOON: Final = 0.02
_SWITCH_SECONDS: Final = 0.0005  # whoever feeds the readers, or sends, must not wait long for whoever writes
_LOOK_SECONDS: Final = 0.2  # how often the clock is looked at while answers come
_MOST_BY_DEFAULT: Final = 4
_START_SECONDS: Final = 60  # a new reader imports the program first
_NO_DESCRIPTOR: Final = 1 << 16  # a process that begins has none so large
_STARTED, _BEGUN, _DONE = b"+", b">", b"."

# What a reader answers is not believed: it may build records, and runs no code (docs/decisions/0021-answers-of-readers.md).
# Rooms whose modules do nothing when they are loaded: a record may be the first of its kind in this process.
_ROOMS: Final = ("comity.model.", "comity.formats.", "comity.cases.", "comity.feedback.", "comity.services.")
_TIMES: Final = frozenset({("datetime", "datetime"), ("datetime", "timedelta"), ("datetime", "timezone")})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    """What one item may cost."""

    seconds: float = 10
    memory: int = 256 << 20


@dataclass(slots=True)
class _Reader:
    """One process, and which items it has before it."""

    process: BaseProcess
    pipe: _Pipe
    begins: _Pipe  # _STARTED, then for each hand _BEGUN, and _DONE for every item that it is done with
    waiting: deque[int] = field(default_factory=deque)
    done: int = 0  # items whose answers are on their way, as far as it says
    deadline: float = 0.0
    is_new: bool = True
    has_begun: bool = False  # with what it has before it

    def has_gone_on(self) -> bool:
        """Whether it has started, begun, or was done with an item, since that was asked."""
        try:
            said = os.read(self.begins.fileno(), 2 * _SLICE)
        except (BlockingIOError, OSError):
            return False
        self.is_new &= _STARTED not in said
        self.has_begun |= _BEGUN in said
        self.done += said.count(_DONE)
        return bool(said)


class ReaderPool(Generic[_Task, _Answer]):
    """A few readers."""

    def __init__(
        self,
        make: Callable[[], Callable[..., _Answer]],
        *,
        readers: int,
        log: LogEvent,
        limits: ReaderLimits | None = None,
        begins_here: bool = False,
        is_late: bool = False,
    ) -> None:
        """``make`` is called once in each reader; it must be a function that another process can find. What it gives is called
        with each task as its arguments. ``begins_here``: this process has nothing yet that a reader should not have. ``is_late``:
        one that begins here calls ``make`` for its first task, and takes no memory before.
        """
        self._make, self._limits, self._log = make, limits or ReaderLimits(), log
        self._is_late = is_late
        self._poll = select.poll()
        self._places: dict[int, int] = {}  # which reader is at the other end of a descriptor
        self._next_look = 0.0
        forked = begins_here and is_alone()
        self._readers = [self._spawn(place, forked=forked) for place in range(readers)]
        self._tasks: Sequence[_Task] = ()
        self._unsent: deque[int] = deque()
        self._alone: set[int] = set()  # items that are handed out alone: one of them spoiled the answers of all
        self._spared: set[int] = set()  # a reader died before it began with them: perhaps of them after all
        self._answers: dict[int, _Answer | LostReader] = {}
        self._thread = ThreadPoolExecutor(1, "readers")
        self._gathering: Future[None] | None = None
        self._is_closing = False

    def send(self, batch: Sequence[_Task]) -> None:
        """Begin with a batch."""
        self._tasks, self._answers, self._unsent = batch, {}, deque(range(len(batch)))
        self._alone, self._spared = set(), set()
        self._gathering = self._thread.submit(self._gather)

    def receive(self) -> list[_Answer | LostReader]:
        """What came of the batch, as soon as all of it is there."""
        if self._gathering is not None:
            self._gathering.result()
        found = [self._answers[place] for place in range(len(self._tasks))]
        self._tasks, self._answers = (), {}
        return found

    def close(self) -> None:
        """End all readers."""
        self._is_closing = True
        for each in self._readers:
            each.process.kill()
        self._thread.shutdown()
        for each in self._readers:
            self._end(each)

    def _gather(self) -> None:
        """Hand out the batch and take in the answers."""
        for place in range(len(self._readers)):
            self._feed(place)
        while len(self._answers) < len(self._tasks) and not self._is_closing:
            left = min(each.deadline for each in self._readers if each.waiting) - time.monotonic()
            heard = self._poll.poll(max(0.0, min(left, _LOOK_SECONDS)) * 1000)
            for descriptor, _ in heard:
                if descriptor in self._places:
                    self._hear(self._places[descriptor])
            if not heard or time.monotonic() > self._next_look:
                self._look_at_clock()

    def _look_at_clock(self) -> None:
        """End whoever is late."""
        now = time.monotonic()
        self._next_look = now + _LOOK_SECONDS
        for place, each in enumerate(self._readers):
            if each.waiting and each.has_gone_on():
                self._expect(each)
            elif each.waiting and now > each.deadline:
                self._lose(place, "reader-late")

    def _spawn(self, place: int, *, forked: bool = False) -> _Reader:
        ours, theirs = _SPAWN.Pipe()
        begins, says = _SPAWN.Pipe(duplex=False)
        os.set_blocking(begins.fileno(), False)
        given = ((theirs, says), self._make, self._limits)
        process: BaseProcess
        if forked:
            how = {"waits": self._is_late}
            process = _FORK.Process(target=_read_on_alone, args=given, kwargs=how, daemon=True)
        else:
            process = _SPAWN.Process(target=_read_on, args=given, daemon=True)
        process.start()
        theirs.close()
        says.close()
        self._poll.register(ours, select.POLLIN)
        self._places[ours.fileno()] = place
        return _Reader(process, ours, begins)

    def _feed(self, place: int) -> None:
        """Give a reader its next few items."""
        reader = self._readers[place]
        hand = max(_LEAST, min(_SLICE, len(self._unsent) // (2 * len(self._readers))))
        while self._unsent and len(reader.waiting) < hand:
            if self._unsent[0] in self._alone and reader.waiting:
                break
            reader.waiting.append(self._unsent.popleft())
            if reader.waiting[-1] in self._alone:
                break
        if not reader.waiting:
            return
        reader.has_gone_on()
        reader.done, reader.has_begun = 0, False
        self._expect(reader)
        try:
            reader.pipe.send([self._tasks[each] for each in reader.waiting])
        except OSError:
            self._lose(place, "reader-died")

    def _expect(self, reader: _Reader) -> None:
        reader.deadline = time.monotonic() + self._limits.seconds + (_START_SECONDS if reader.is_new else 0)

    def _hear(self, place: int) -> None:
        reader = self._readers[place]
        if not reader.waiting:  # it had nothing to say: it died in its sleep
            self._end(reader)
            self._readers[place] = self._spawn(place)
            return
        try:
            answers = _several(opened(reader.pipe.recv_bytes()), len(reader.waiting))
        except (EOFError, OSError):
            self._lose(place, "reader-died")
            return
        except BadAnswerError:
            self._lose(place, "reader-died", is_spoiled=True)
            return
        reader.has_gone_on()
        reader.done -= len(answers)
        for each in answers:
            self._answers[reader.waiting.popleft()] = each
        if reader.waiting:
            self._expect(reader)
        else:
            self._feed(place)

    def _lose(self, place: int, reason: str, *, is_spoiled: bool = False) -> None:
        """A reader is gone, or as good as: its item is lost, a new one takes the rest. One that died before it began has lost none.

        ``is_spoiled``: what it sent is no answer. Of several that came together any may be the cause: they are read again alone.
        """
        reader = self._readers[place]
        reader.has_gone_on()
        self._end(reader)
        self._log("reader-died", reason=reason, status=reader.process.exitcode)
        is_innocent = reason == "reader-died" and not is_spoiled and not reader.has_begun
        if is_innocent and reader.waiting[0] not in self._spared:
            self._spared.add(reader.waiting[0])
        elif is_spoiled and len(reader.waiting) > 1:
            self._alone.update(list(reader.waiting)[:_TOGETHER])
        else:
            guilty = 0 if is_spoiled else max(0, min(reader.done, len(reader.waiting) - 1))
            self._answers[reader.waiting[guilty]] = LostReader(reason=reason)
            del reader.waiting[guilty]
        self._unsent.extendleft(reversed(reader.waiting))
        if self._is_closing:
            reader.waiting.clear()
            return
        self._readers[place] = self._spawn(place)
        self._feed(place)

    def _end(self, reader: _Reader) -> None:
        if reader.pipe.closed:
            return
        self._poll.unregister(reader.pipe)
        self._places.pop(reader.pipe.fileno())
        reader.pipe.close()
        reader.begins.close()
        reader.process.kill()
        reader.process.join()


def enough_readers(wanted: int | None) -> int:
    """As many as wanted; else one for each core that we may use. The one thread that writes has its hands full with four: reading
    or looking takes three to four times as long as writing down what came of it.
    """
    return wanted or min(_MOST_BY_DEFAULT, len(os.sched_getaffinity(0)))


def settle() -> None:
    """Tell the interpreter that this process works through lots of records from now on: readers do, and who writes what they read.

    Records hold no circles: looking for them took a tenth of the time.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    look_seldom()


class LateReaders(Generic[_Task, _Answer]):
    """Readers that are started when there is something to read: ``make`` gets the size of the first batch."""

    def __init__(self, make: Callable[[int], ReaderPool[_Task, _Answer]]) -> None:
        self._make = make
        self._pool: ReaderPool[_Task, _Answer] | None = None

    def send(self, batch: Sequence[_Task]) -> None:
        """Begin with a batch."""
        if self._pool is None:
            self._pool = self._make(len(batch))
        self._pool.send(batch)

    def receive(self) -> list[_Answer | LostReader]:
        """What came of it, in order."""
        return [] if self._pool is None else self._pool.receive()

    def close(self) -> None:
        """End all readers."""
        if self._pool is not None:
            self._pool.close()


def _several(answers: object, most: int) -> list[Any]:
    """Answers that came together."""
    if not isinstance(answers, list) or not 0 < len(answers) <= most:
        raise BadAnswerError("not so many answers")
    return answers


def _read_on_alone(
    pipes: tuple[_Pipe, _Pipe], make: Callable[[], Callable[..., Any]], limits: ReaderLimits, *, waits: bool
) -> None:
    """The life of a reader that is a fork: of what was open it keeps its pipes and the log, and sees the end of who began it."""
    kept = sorted(each.fileno() for each in pipes)
    for first, after in pairwise((2, *kept, _NO_DESCRIPTOR)):
        os.closerange(first + 1, after)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _read_on(pipes, make, replace(limits, memory=limits.memory + _inherited()), waits=waits)


def _inherited() -> int:
    """Bytes of data that this process has from who began it: they lie in memory once, and are no item's cost.

    proc_pid_statm(5): the sixth number, in pages. Another system than Linux does not say.
    """
    try:
        said = Path("/proc/self/statm").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(said.split()[5]) * resource.getpagesize()


def _read_on(
    pipes: tuple[_Pipe, _Pipe], make: Callable[[], Callable[..., Any]], limits: ReaderLimits, *, waits: bool = False
) -> None:
    """The life of a reader: it answers on the first pipe, and says on the second how many it is done with."""
    look_seldom()
    name_process("reader")
    pipe, done = pipes
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us decides when to end
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # whoever started them must not wait for us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
    with suppress(EOFError, OSError):
        if waits:
            pipe.poll(None)
        answer_to = make()
        settle()
        pass_over()
        os.write(done.fileno(), _STARTED)
        while True:
            answers, began = [], time.monotonic()
            tasks = pipe.recv()
            os.write(done.fileno(), _BEGUN)
            for task in tasks:
                # Should nobody be left to kill us, the system does.
                signal.setitimer(signal.ITIMER_REAL, 2 * limits.seconds)
                answers.append(answer_to(*task))
                os.write(done.fileno(), _DONE)
                if len(answers) == _TOGETHER or time.monotonic() - began > _SOON:
                    pipe.send(answers)
                    answers, began = [], time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, 0)
            if answers:
                pipe.send(answers)


class BadAnswerError(Exception):
    """These bytes are no answer."""


def _member(of: object, name: object) -> Enum:
    """A member of an enumeration: Python 3.11 before 3.11.4, which Debian 12 has, writes it as ``getattr``."""
    if isinstance(of, type) and issubclass(of, Enum) and isinstance(name, str) and name in of.__members__:
        return of.__members__[name]
    raise pickle.UnpicklingError(f"builtins.getattr {name!r}")


class _Opening(pickle.Unpickler):
    """Knows no name but those of records."""

    # What was found once is good for all answers: a dozen names stand in each. What is refused is not remembered.
    _found: Final[dict[tuple[str, str], Any]] = {("builtins", "getattr"): _member}

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if it only holds values."""
        found = self._found.get((module, name))
        if found is None:
            found = self._found[module, name] = self._allowed(module, name)
        return found

    def _allowed(self, module: str, name: str) -> Any:
        if (module, name) in _TIMES:
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith(_ROOMS) else None
        if isinstance(found, type) and found.__module__ == module and _holds_values(found):
            return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _holds_values(found: type) -> bool:
    is_named_tuple = issubclass(found, tuple) and hasattr(found, "_fields")
    return is_dataclass(found) or is_named_tuple or issubclass(found, Enum)


def opened(answer: bytes) -> Any:
    """What a reader sent.

    >>> opened(pickle.dumps(("a mail", None)))
    ('a mail', None)
    >>> opened(pickle.dumps(print))
    Traceback (most recent call last):
        ...
    comity.outlets.readers.pool.BadAnswerError: builtins.print
    """
    try:
        return _Opening(BytesIO(answer)).load()
    except (
        pickle.UnpicklingError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ImportError,
        EOFError,
        MemoryError,
    ) as error:
        raise BadAnswerError(str(error)) from error
