"""One network of the demonstration: its folder, its commands, its running program.

Answers:    ``Network(name, folder, tell)``: ``comity(...)`` runs a command as anybody would and gives its JSON lines, ``start()``
            and ``stop()`` the program, ``rows()`` looks into its ``store()``.
Limits:     the program is stopped by its process id; what it logged is in ``serve.log``.
"""

import io
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from comity.cli import main
from comity.cli.frame import INTERRUPTED
from comity.cli.speech import speaker
from comity.model.listener import Listener
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.store.engine import Records, Store

_START_SECONDS = 180
_END_SECONDS = 60
_NAP = 0.05
_TRIES, _PAUSE = 5, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command said, object by object, and its exit status."""

    status: int
    lines: list[dict[str, Any]]


class Network:
    """One network."""

    def __init__(self, name: str, folder: Path, tell: Callable[[Sequence[str]], None]) -> None:
        """``tell`` is told of each command before it runs."""
        self.name, self.folder = name, folder
        self.config = folder / "comity.toml"
        self._tell = tell
        self._process: subprocess.Popen[str] | None = None
        self._places: dict[str, str] = {}

    def comity(self, *words: str) -> Ran:
        """Run one command of this network, in this process: twenty starts of Python would be half of the time."""
        near = [each.removeprefix(f"{self.folder.parent}{os.sep}") for each in words]
        self._tell(["comity", *near, "--config", f"{self.name}/comity.toml"])
        options = ("--json", "--config", str(self.config), "--language", speaker().language)
        output, errors, status = io.StringIO(), io.StringIO(), 0
        for _ in range(_TRIES):
            output, errors = io.StringIO(), io.StringIO()
            with redirect_stdout(output), redirect_stderr(errors):
                status = main([*words, *options])
            if status != Outcome.TRY_AGAIN.value.exit_status or output.getvalue():
                break
            time.sleep(_PAUSE)  # the store is busy: on a machine with much else to do, that takes a while
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        if errors.getvalue():
            with (self.folder / "errors.log").open("a", encoding="utf-8") as log:
                log.write(errors.getvalue())
        return Ran(status=status, lines=[json.loads(line) for line in output.getvalue().splitlines()])

    def start(self) -> None:
        """Start the program; it is not waited for."""
        self._tell(["comity", "serve", "--config", f"{self.name}/comity.toml"])
        command = [sys.executable, "-m", "comity", "serve", "--json", "--config", str(self.config)]
        environment = {**os.environ, "COMITY_CONFIG": str(self.config)}
        with (self.folder / "serve.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
                start_new_session=True,  # Control-C is for us; we stop it by its id
            )

    def listening(self) -> Listener:
        """Where its SMTP gate listens, once it does."""
        process = self._process
        if process is None or process.stdout is None:
            raise self._dead()
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        line = process.stdout.readline() if ready else ""
        if not line:
            raise self._dead()
        self._places = dict(each.partition("=")[::2] for each in json.loads(line)["listening"])
        return Listener(host="127.0.0.1", port=int(self.place("smtp").rpartition(":")[2]))

    def place(self, gate: str) -> str:
        """Where one of its gates listens."""
        return self._places[gate]

    def stop(self) -> int | None:
        """End the program; its exit status, None where it was not running."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.terminate()
        try:
            return process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            if process.stdout is not None:
                process.stdout.close()

    def check_alive(self) -> None:
        """Raise where the program has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise self._dead()

    def _dead(self) -> ComityError:
        return ComityError(
            "demo-serve",
            f"comity serve of {self.name} does not run",
            outcome=Outcome.FAULT,
            place=str(self.folder / "serve.log"),
            details={"name": self.name},
        )

    def store(self) -> "closing[Store]":
        """The store of this network."""
        from comity.bootstrap import settings_for
        from comity.bootstrap.desk import desk_store

        return closing(desk_store(settings_for(str(self.config), {}, self.folder)))

    @contextmanager
    def rows(self) -> "Iterator[Records]":
        """Look into it."""
        with self.store() as store, store.read() as records:
            yield records

    @contextmanager
    def changed_rows(self) -> "Iterator[Records]":
        """Change it, as nobody should."""
        with self.store() as store, store.write() as records:
            yield records


def wait_until(holds: Callable[[], bool], seconds: float, *networks: Network) -> bool:
    """Wait until something is so; False when it has not become so in time, an error when a program ended meanwhile."""
    until, never = time.monotonic() + seconds, Event()
    while not holds():
        for each in networks:
            each.check_alive()
        if time.monotonic() > until:
            return False
        never.wait(_NAP)
    return True
