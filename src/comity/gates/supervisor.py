"""Keep the processes of the program alive: start them, start again what dies, end them together.

Answers:    ``Supervisor(roles, ...)``: ``run()`` gives the exit status: 0 after a signal, 78 when a process says at its start that
            its configuration is wrong (to try that again helps nobody). One that has served before, and a role that is
            ``optional``, end nobody else: that it failed is logged, and it is tried again. **In each process that is begun it
            gives the name of the role instead**, and whoever called it goes on as that.
Limits:     a process that dies is started again after half a second, then after twice as long each time, at most 30 s, until it
            has lived for a minute; one that says "try again later" (75: the database is away) waits for five at most.
            Processes see the end of their standard input when we end, whatever ended us, and end too.

The first life of each is a fork of this process, which has loaded what they share: a third of the memory, half of the time.
Where a thread runs here, as a library may have one, all begin anew. Whoever died does, too: program and settings may be others
by now, and who made one process break by what it sent must not find the next one laid out alike.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from comity.model.log_events import LogEvent
from comity.model.outcomes import Outcome
from comity.outlets.programs.this_process import is_alone

SUPERVISED: Final = "COMITY_SUPERVISED"  # set for processes that have us as parent
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_LATER: Final = 5.0  # whoever waits for a database is there soon after it
_LIVED: Final = 60.0
_END_SECONDS: Final = 60.0
_SAID_BYTES: Final = 65536
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class _Role:
    """One process, in all its lives."""

    name: str
    may_fail: bool = False  # without the others: it is optional, or it has served before
    pid: int | None = None
    keeps: int | None = None  # it ends when this is closed
    says: int | None = None
    said: bytes | None = b""  # of the one line that it says when it is ready; None when that has come
    places: tuple[str, ...] = ()
    is_ready: bool = False
    lives: int = 0
    born: float = 0.0
    wait: float = 0.0  # until it is started again, in seconds
    due: float = 0.0  # when that is

    def descriptors(self) -> list[int]:
        """What is open for it here."""
        return [each for each in (self.keeps, self.says) if each is not None]


class _Heard:
    """Signals, as something that can be waited for; until ``close`` what they do otherwise is left undone."""

    def __init__(self) -> None:
        self.descriptor, self._wakes_us = os.pipe()  # the first can be read when there was one
        for each in (self.descriptor, self._wakes_us):
            os.set_blocking(each, False)
        self._before = {each: signal.signal(each, lambda *_: None) for each in (*_ENDING, signal.SIGCHLD)}
        self._woke_before = signal.set_wakeup_fd(self._wakes_us, warn_on_full_buffer=False)

    def wants_end(self) -> bool:
        """Whether one of those that came since the last look tells us to end."""
        with suppress(BlockingIOError):
            came = os.read(self.descriptor, _SAID_BYTES)
            return any(each in came for each in _ENDING)
        return False

    def close(self) -> None:
        """As it was before."""
        signal.set_wakeup_fd(self._woke_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.descriptor)
        os.close(self._wakes_us)


class Supervisor:
    """The parent of all."""

    def __init__(
        self,
        roles: Sequence[str],
        command: Callable[[str], list[str]],
        *,
        log: LogEvent,
        optional: Collection[str] = (),
        ready: Callable[[Sequence[str]], None],
    ) -> None:
        """``command(role)`` is the command line of one that begins anew; the roles are ended in their order."""
        self._roles = [_Role(each, each in optional) for each in roles]
        self._command, self._log, self._told = command, log, ready
        self._is_announced = self._is_ending = False
        self._status = Outcome.DONE.value.exit_status

    def run(self) -> int | str:
        """Until told to stop; in a process that was begun, until it is there."""
        _fill_standard_places()
        heard = _Heard()
        while not self._is_ending:
            for role in self._roles:
                if role.pid is None and time.monotonic() >= role.due and self._begin(role, heard):
                    return role.name
            self._listen(heard, self._next_due())
            for role in self._roles:
                self._bury(role)
            self._announce()
        for role in self._roles:
            self._end(role, heard)
        heard.close()
        self._log("process-ended")
        return self._status

    def _begin(self, role: _Role, heard: _Heard) -> bool:
        """Begin a life of a role; true in its process."""
        if sys.stdout is not None:
            sys.stdout.flush()
        opened, is_anew = list[int](), bool(role.lives) or None in (sys.stdin, sys.stdout) or not is_alone()
        # A signal for the new process waits until it means there what it means to any other.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (*_ENDING, signal.SIGCHLD))
        try:
            opened += (*os.pipe(), *os.pipe())
            pid = os.fork()
        except OSError:  # too many processes, or no memory: that passes
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            for each in opened:
                os.close(each)
            self._put_off(role, Outcome.TRY_AGAIN.value.exit_status)
            return False
        theirs, keeps, says, tells = opened
        if pid:
            os.set_blocking(says, False)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(theirs)
            os.close(tells)
            role.pid, role.keeps, role.says, role.said = pid, keeps, says, b""
            role.born, role.lives = time.monotonic(), role.lives + 1
            self._log("process-started", role=role.name, pid=pid)
            return False
        os.setsid()
        os.dup2(theirs, 0)
        os.dup2(tells, 1)
        for each in (*opened, *(one for other in self._roles for one in other.descriptors())):
            os.close(each)
        heard.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.environ[SUPERVISED] = "1"
        if is_anew:
            self._anew(role)
        return True

    def _anew(self, role: _Role) -> None:
        command = self._command(role.name)
        try:
            os.execv(command[0], command)  # noqa: S606 - our own interpreter
        except OSError:
            os._exit(Outcome.TRY_AGAIN.value.exit_status)  # it is being replaced, or there is no memory

    def _next_due(self) -> float | None:
        """In how many seconds somebody is to be started."""
        waiting = [each.due for each in self._roles if each.pid is None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def _listen(self, heard: _Heard, seconds: float | None) -> None:
        """Wait until somebody says something, somebody dies, or so long."""
        poll = select.poll()
        poll.register(heard.descriptor, select.POLLIN)
        speaking = {each.says: each for each in self._roles if each.says is not None}
        for each in speaking:
            poll.register(each, select.POLLIN)
        for descriptor, _ in poll.poll(None if seconds is None else seconds * 1000 + 1):
            if descriptor in speaking:
                self._hear(speaking[descriptor])
        self._is_ending |= heard.wants_end()

    def _hear(self, role: _Role) -> None:
        """What a process says, if it says anything."""
        if role.says is None:
            return
        with suppress(BlockingIOError):
            said = os.read(role.says, _SAID_BYTES)
            if not said:
                os.close(role.says)
                role.says = None
            elif role.said is not None:
                role.said += said
        if role.said is not None and b"\n" in role.said:
            role.places = tuple(json.loads(role.said.partition(b"\n")[0])["listening"])
            role.may_fail = role.is_ready = True
            role.said = None

    def _bury(self, role: _Role) -> None:
        """Look whether a process has ended, and when it is to be started again."""
        if role.pid is None:
            return
        pid, status = os.waitpid(role.pid, os.WNOHANG)
        if not pid:
            return
        self._hear(role)  # its last word
        for each in role.descriptors():
            os.close(each)
        role.pid = role.keeps = role.says = None
        if self._is_ending:
            return
        status = os.waitstatus_to_exitcode(status)
        is_wrong = status == Outcome.CONFIGURATION.value.exit_status
        if is_wrong and not role.may_fail:
            self._status, self._is_ending = status, True
            return
        if is_wrong:
            role.is_ready = True  # the others need not wait for it
        self._put_off(role, status)

    def _put_off(self, role: _Role, status: int) -> None:
        """Say when a process is started again that ended with this status."""
        is_wrong = status == Outcome.CONFIGURATION.value.exit_status
        if is_wrong:
            role.wait = _LONGEST_WAIT  # whoever mends it is a person
        else:
            role.wait = _FIRST_WAIT if time.monotonic() - role.born > _LIVED else role.wait or _FIRST_WAIT
            role.wait = min(role.wait, _LATER) if status == Outcome.TRY_AGAIN.value.exit_status else role.wait
        self._log("process-failed" if is_wrong else "process-died", role=role.name, status=status, wait=role.wait)
        role.due = time.monotonic() + role.wait
        role.wait = min(2 * role.wait, _LONGEST_WAIT)

    def _announce(self) -> None:
        if self._is_announced or self._is_ending or not all(each.is_ready for each in self._roles):
            return
        self._is_announced = True
        self._told([place for each in self._roles for place in each.places])
        self._log("process-ready")

    def _end(self, role: _Role, heard: _Heard) -> None:
        """Ask a process to end, and wait for that; kill it when it does not."""
        until, is_killed = time.monotonic() + _END_SECONDS, False
        if role.pid is not None:
            os.kill(role.pid, signal.SIGTERM)
        self._bury(role)
        while role.pid is not None:
            if not is_killed and time.monotonic() > until:
                os.kill(role.pid, signal.SIGKILL)
                is_killed = True
            self._listen(heard, None if is_killed else max(0.0, until - time.monotonic()))
            self._bury(role)


def _fill_standard_places() -> None:
    """Let no pipe of ours become the standard input or output, should whoever started us have left us without."""
    while (found := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(found)


def command_line(role: str, *, config: str | None, language: str, as_json: bool) -> list[str]:
    """How one of our processes is started by itself."""
    options = ["--language", language, *(("--config", config) if config else ()), *(("--json",) if as_json else ())]
    return [sys.executable, "-m", "comity", "serve", "--role", role, *options]
