"""Judge one large mail in a process of its own: what is late is killed, and the mail goes on unjudged.

Trust:      the process reads a stranger's mail; it is bounded in memory by the system, in time by us.
Answers:    ``JudgingChild.judge(data, facts)``: the judgement, None where there was none in time. May be called from many threads:
            one mail at a time is judged, and waiting counts.
Limits:     the process is spawned when it is first needed, and again after it was killed; the mail that pays for the start may
            go on unjudged.
"""

import multiprocessing
import resource
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from comity.model.log_events import LogEvent
from comity.model.verdict import Facts, Judgement

_SPAWN: Final = multiprocessing.get_context("spawn")
_START_SECONDS: Final = 30.0

Judge = Callable[[bytes, Facts], Judgement]
_Task = tuple[bytes, dict[str, str]]


class JudgingChild:
    """One process, started when there is something for it."""

    def __init__(self, make: Callable[[], Judge], *, seconds: float, memory: int, log: LogEvent) -> None:
        """``make`` is called once in each process; it must be a function that another process can find."""
        self._make, self._seconds, self._memory, self._log = make, seconds, memory, log
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection[_Task, Judgement | None] | None = None

    def judge(self, data: bytes, facts: Facts) -> Judgement | None:
        """Judge one mail."""
        end = time.monotonic() + self._seconds
        if not self._lock.acquire(timeout=self._seconds):
            self._log("judge-late", size=len(data))
            return None
        try:
            return self._judge(data, facts, end)
        finally:
            self._lock.release()

    def start(self) -> None:
        """Start the process before it is needed."""
        with self._lock:
            self._ready(time.monotonic() + _START_SECONDS)

    def close(self) -> None:
        """End the process."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join()

    def _judge(self, data: bytes, facts: Facts, end: float) -> Judgement | None:
        pipe = self._ready(end)
        if pipe is not None:
            with suppress(OSError, EOFError):
                pipe.send((data, dict(facts)))
                if pipe.poll(max(0.0, end - time.monotonic())):
                    return pipe.recv()
            self.close()
        self._log("judge-late", size=len(data))
        return None

    def _ready(self, end: float) -> "Connection[_Task, Judgement | None] | None":
        """The pipe to a process that waits for work; one that starts is left to start, for the next mail."""
        if self._process is None or not self._process.is_alive():
            self.close()
            self._pipe, theirs = _SPAWN.Pipe()
            self._process = _SPAWN.Process(target=_serve, args=(theirs, self._make, self._memory), daemon=True)
            self._process.start()
            theirs.close()
            self._is_started = False
        pipe = self._pipe
        if pipe is not None and not self._is_started:
            with suppress(OSError, EOFError):
                if pipe.poll(max(0.0, end - time.monotonic())):
                    self._is_started = pipe.recv() is None
            if not self._is_started:
                return None
        return pipe

    _is_started = False


def _serve(pipe: "Connection[Judgement | None, _Task]", make: Callable[[], Judge], memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    judge = make()
    pipe.send(None)
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            data, facts = pipe.recv()
            pipe.send(judge(data, facts))
