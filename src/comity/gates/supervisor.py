"""Keep the processes of the program alive: start them, start again what dies, end them together.

Answers:    ``Supervisor(roles, ...)``: ``run()`` gives the exit status: 0 after a signal, 78 when a process says at its start that
            its configuration is wrong (to try that again helps nobody). One that has served before, and a role that is
            ``optional``, end nobody else: that it failed is logged, and it is tried again.
Limits:     a process that dies is started again after half a second, then after twice as long each time, at most 30 s, until it
            has lived for a minute; one that says "try again later" (75: the database is away) waits for five at most.
            Processes see the end of their standard input when we end, whatever ended us, and end too.
"""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from comity.model.log_events import LogEvent
from comity.model.outcomes import Outcome

SUPERVISED: Final = "COMITY_SUPERVISED"  # set for processes that have us as parent
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_LATER: Final = 5.0  # whoever waits for a database is there soon after it
_LIVED: Final = 60.0
_END_SECONDS: Final = 60.0


@dataclass(slots=True)
class _Role:
    """One process, in all its lives."""

    name: str
    may_fail: bool = False  # without the others: it is optional, or it has served before
    process: Process | None = None
    places: tuple[str, ...] = ()
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """The parent of all."""

    def __init__(
        self,
        roles: Sequence[str],
        command: Callable[[str], Sequence[str]],
        *,
        environment: Mapping[str, str],
        log: LogEvent,
        optional: Collection[str] = (),
        ready: Callable[[Sequence[str]], None],
    ) -> None:
        """``command(role)`` is the command line of one; the roles are ended in their order."""
        self._roles = [_Role(each, each in optional) for each in roles]
        self._command, self._log, self._told = command, log, ready
        self._environment = {**environment, SUPERVISED: "1"}
        self._stop = asyncio.Event()
        self._status = Outcome.DONE.value.exit_status

    async def run(self) -> int:
        """Until told to stop."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._stop.set)
        living = [asyncio.create_task(self._keep(each)) for each in self._roles]
        announcing = asyncio.create_task(self._announce())
        await self._stop.wait()
        announcing.cancel()
        for role, task in zip(self._roles, living, strict=True):
            await self._end(role)
            await task
        self._log("process-ended")
        return self._status

    async def _announce(self) -> None:
        for each in self._roles:
            await each.ready.wait()
        self._told([place for each in self._roles for place in each.places])
        self._log("process-ready")

    async def _keep(self, role: _Role) -> None:
        """Start a process again and again."""
        seconds, clock = _FIRST_WAIT, asyncio.get_running_loop().time
        while not self._stop.is_set():
            born = clock()
            status = await self._live(role)
            if self._stop.is_set():
                return
            is_wrong = status == Outcome.CONFIGURATION.value.exit_status
            if is_wrong and not role.may_fail:
                self._status = status
                self._stop.set()
                return
            if is_wrong:
                seconds = _LONGEST_WAIT  # whoever mends it is a person
                role.ready.set()  # the others need not wait for it
            else:
                seconds = _FIRST_WAIT if clock() - born > _LIVED else seconds
                seconds = min(seconds, _LATER) if status == Outcome.TRY_AGAIN.value.exit_status else seconds
            self._log("process-failed" if is_wrong else "process-died", role=role.name, status=status, wait=seconds)
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                seconds = min(2 * seconds, _LONGEST_WAIT)

    async def _live(self, role: _Role) -> int:
        """One life of a process."""
        process = await asyncio.create_subprocess_exec(
            *self._command(role.name), stdin=PIPE, stdout=PIPE, env=self._environment, start_new_session=True
        )
        role.process = process
        self._log("process-started", role=role.name, pid=process.pid)
        if process.stdout is not None:
            async for said in process.stdout:  # one line, when it is ready; then the end, when it ends
                role.places = tuple(json.loads(said)["listening"])
                role.may_fail = True
                role.ready.set()
        return await process.wait()

    async def _end(self, role: _Role) -> None:
        process = role.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()


def command_line(role: str, *, config: str | None, language: str, as_json: bool) -> list[str]:
    """How one of our processes is started."""
    options = ["--language", language, *(("--config", config) if config else ()), *(("--json",) if as_json else ())]
    return [sys.executable, "-m", "comity", "serve", "--role", role, *options]
