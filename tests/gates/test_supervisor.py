"""The keeper of the processes: what dies lives again, what is wrong is told, all end together."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.gates import supervisor
from comity.gates.supervisor import Supervisor

READY = 'import json, os, sys; print(json.dumps({"listening": [sys.argv[1]]}), flush=True); '
WAIT = "sys.stdin.read()"  # until the keeper is gone, or SIGTERM


class Kept:
    """What a keeper said and did in one run."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.told: list[str] = []
        self.status = -1

    def of(self, name: str) -> list[dict[str, object]]:
        return [details for event, details in self.events if event == name]


def keep(
    scripts: dict[str, str], until: Callable[[Kept], bool] | None = None, *, optional: tuple[str, ...] = ()
) -> Kept:
    """Keep processes with these scripts; SIGTERM comes when ``until`` is true."""
    kept = Kept()

    def ready(places: object) -> None:
        assert isinstance(places, list)
        kept.told += places

    async def run() -> None:
        keeper = Supervisor(
            list(scripts),
            lambda role: [sys.executable, "-c", scripts[role], role],
            environment=os.environ,
            log=lambda event, /, **details: kept.events.append((event, details)),
            optional=optional,
            ready=ready,
        )
        running = asyncio.create_task(keeper.run())
        while until is not None and not until(kept):
            await asyncio.sleep(0.01)
        if until is not None:
            os.kill(os.getpid(), signal.SIGTERM)
        kept.status = await running

    asyncio.run(asyncio.wait_for(run(), 300))
    return kept


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_WAIT", 0.01)


def test_ready_is_said_once_when_all_are() -> None:
    """Readiness names every place, in the order of the roles; a signal ends all with status 0."""
    kept = keep({"gates": READY + WAIT, "worker": READY + WAIT}, lambda so_far: bool(so_far.told))
    assert kept.told == ["gates", "worker"]
    assert kept.status == 0
    assert not kept.of("process-died")


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    """A process that was killed lives again, each time after a longer wait; the other one is left alone."""
    deadly = READY + "os.kill(os.getpid(), 9)"
    kept = keep({"gates": deadly, "worker": READY + WAIT}, lambda so_far: len(so_far.of("process-died")) == 4)
    died = kept.of("process-died")
    assert [each["status"] for each in died] == [-9] * 4
    assert [each["wait"] for each in died] == [0.01, 0.02, 0.04, 0.08]
    assert [each["role"] for each in kept.of("process-started")].count("worker") == 1


def test_whoever_waits_for_a_database_is_there_soon_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that says "try again later" (75) is started again after a few seconds, however often it said so."""
    monkeypatch.setattr(supervisor, "_LATER", 0.02)
    kept = keep({"worker": "import sys; sys.exit(75)"}, lambda so_far: len(so_far.of("process-died")) == 4)
    assert [each["wait"] for each in kept.of("process-died")] == [0.01, 0.02, 0.02, 0.02]


def test_a_wrong_configuration_is_not_tried_again() -> None:
    """A process that says 78 at its start ends the program with 78."""
    kept = keep({"gates": "import sys; sys.exit(78)", "worker": READY + WAIT})
    assert kept.status == 78


def test_what_has_served_before_ends_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose database was carried to a newer version meanwhile says so; mail is taken until the node is replaced."""
    monkeypatch.setattr(supervisor, "_LONGEST_WAIT", 0.01)
    kept = keep(
        {"gates": READY + WAIT, "worker": READY + "sys.exit(78)"}, lambda so_far: len(so_far.of("process-failed")) >= 3
    )
    assert kept.of("process-failed")[0]["role"] == "worker"
    assert [each["role"] for each in kept.of("process-started")].count("gates") == 1
    assert kept.status == 0


def test_what_may_fail_ends_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that cannot be served are said and tried again; the others are ready without them, and go on."""
    monkeypatch.setattr(supervisor, "_LONGEST_WAIT", 0.01)
    kept = keep(
        {"gates": READY + WAIT, "pages": "import sys; sys.exit(78)", "worker": READY + WAIT},
        lambda so_far: len(so_far.of("process-failed")) >= 3 and bool(so_far.told),
        optional=("pages",),
    )
    assert kept.told == ["gates", "worker"]
    assert kept.of("process-failed")[0] == {"role": "pages", "status": 78, "wait": 0.01}
    assert [each["role"] for each in kept.of("process-started")].count("gates") == 1
    assert kept.status == 0


def test_processes_end_when_their_keeper_is_killed(tmp_path: Path) -> None:
    """Nothing is left behind by a keeper that had no time to say goodbye."""
    mark = tmp_path / "ended"
    script = READY + f"sys.stdin.read(); open({str(mark)!r}, 'w').close()"
    keeper = (
        "import asyncio, os, sys; from comity.gates.supervisor import Supervisor;"
        f"s = Supervisor(['gates'], lambda role: [sys.executable, '-c', {script!r}, role], environment=os.environ,"
        " log=lambda *_, **__: None, ready=lambda _: os.kill(os.getpid(), 9)); asyncio.run(s.run())"
    )
    assert subprocess.run([sys.executable, "-c", keeper], timeout=300, check=False).returncode == -9
    deadline = time.monotonic() + 120
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
