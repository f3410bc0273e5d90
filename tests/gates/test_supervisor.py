"""The keeper of the processes: what dies lives again, what is wrong is told, all end together."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

READY = 'import json, os, sys; print(json.dumps({"listening": [sys.argv[1]]}), flush=True); '
WAIT = "sys.stdin.read()"  # until the keeper is gone, or SIGTERM
OPEN = [0, 1, 2]

# What the keeper logs goes to the standard error: its processes have a standard output of their own.
_KEEPER = """
import json, os, sys
from comity.gates import supervisor
given = json.loads(sys.argv[1])
for name, value in given["constants"].items():
    setattr(supervisor, name, value)
say = lambda **said: print(json.dumps(said), file=sys.stderr, flush=True)
keeper = supervisor.Supervisor(
    list(given["scripts"]),
    lambda role: [sys.executable, "-c", given["scripts"][role], role],
    log=lambda event, /, **details: say(event=event, details=details),
    optional=given["optional"],
    ready=lambda places: say(told=list(places)),
)
came = keeper.run()
if isinstance(came, str):
    sys.argv = ["-c", came]
    exec(given["scripts"][came], {"is_fork": True})
    sys.exit()
say(status=came)
"""


class Kept:
    """What a keeper said and did in one run."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.told: list[str] = []
        self.status = -1

    def of(self, name: str) -> list[dict[str, Any]]:
        return [details for event, details in self.events if event == name]

    def take(self, said: dict[str, Any]) -> None:
        if "event" in said:
            self.events.append((said["event"], said["details"]))
        self.told += said.get("told", [])
        self.status = said.get("status", self.status)


def keep(
    scripts: Mapping[str, str],
    until: Callable[[Kept], bool] | None = None,
    *,
    optional: tuple[str, ...] = (),
    first: str = "",
    **constants: float,
) -> Kept:
    """Keep processes with these scripts; SIGTERM comes when ``until`` is true. ``first`` is run before anything else."""
    kept = Kept()
    constants = {"_FIRST_WAIT": 0.01, **constants}
    given = json.dumps({"scripts": scripts, "optional": optional, "constants": constants})
    with subprocess.Popen([sys.executable, "-c", first + _KEEPER, given], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        is_told = until is None
        try:
            for line in process.stderr:
                assert line.startswith("{"), line + process.stderr.read()
                kept.take(json.loads(line))
                if not is_told and until is not None and until(kept):
                    is_told = True
                    process.send_signal(signal.SIGTERM)
            assert process.wait(300) == 0
        finally:
            process.kill()
    return kept


def test_ready_is_said_once_when_all_are() -> None:
    """Readiness names every place, in the order of the roles; a signal ends all with status 0."""
    kept = keep({"gates": READY + WAIT, "worker": READY + WAIT}, lambda so_far: bool(so_far.told))
    assert kept.told == ["gates", "worker"]
    assert kept.status == 0
    assert not kept.of("process-died")


def test_what_dies_is_started_again() -> None:
    """A process that was killed lives again, each time after a longer wait; the other one is left alone."""
    deadly = READY + "os.kill(os.getpid(), 9)"
    kept = keep({"gates": deadly, "worker": READY + WAIT}, lambda so_far: len(so_far.of("process-died")) == 4)
    died = kept.of("process-died")
    assert [each["status"] for each in died[:4]] == [-9] * 4
    assert [each["wait"] for each in died[:4]] == [0.01, 0.02, 0.04, 0.08]
    assert [each["role"] for each in kept.of("process-started")].count("worker") == 1


def test_whoever_waits_for_a_database_is_there_soon_after_it() -> None:
    """A process that says "try again later" (75) is started again after a few seconds, however often it said so."""
    scripts = {"worker": "import sys; sys.exit(75)"}
    kept = keep(scripts, lambda so_far: len(so_far.of("process-died")) == 4, _LATER=0.02)
    assert [each["wait"] for each in kept.of("process-died")[:4]] == [0.01, 0.02, 0.02, 0.02]


def test_a_wrong_configuration_is_not_tried_again() -> None:
    """A process that says 78 at its start ends the program with 78."""
    kept = keep({"gates": "import sys; sys.exit(78)", "worker": READY + WAIT})
    assert kept.status == 78


def test_what_has_served_before_ends_nobody_else() -> None:
    """A worker whose database was carried to a newer version meanwhile says so; mail is taken until the node is replaced."""
    scripts = {"gates": READY + WAIT, "worker": READY + "sys.exit(78)"}
    kept = keep(scripts, lambda so_far: len(so_far.of("process-failed")) >= 3, _LONGEST_WAIT=0.01)
    assert kept.of("process-failed")[0]["role"] == "worker"
    assert [each["role"] for each in kept.of("process-started")].count("gates") == 1
    assert kept.status == 0


def test_what_may_fail_ends_nobody_else() -> None:
    """Pages that cannot be served are said and tried again; the others are ready without them, and go on."""
    kept = keep(
        {"gates": READY + WAIT, "pages": "import sys; sys.exit(78)", "worker": READY + WAIT},
        lambda so_far: len(so_far.of("process-failed")) >= 3 and bool(so_far.told),
        optional=("pages",),
        _LONGEST_WAIT=0.01,
    )
    assert kept.told == ["gates", "worker"]
    assert kept.of("process-failed")[0] == {"role": "pages", "status": 78, "wait": 0.01}
    assert [each["role"] for each in kept.of("process-started")].count("gates") == 1
    assert kept.status == 0


def test_who_does_not_end_is_killed() -> None:
    """One that hears no signal has its time; the others had ended before, or end after it."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY + "import time; time.sleep(600)"
    kept = keep(
        {"gates": READY + WAIT, "pages": deaf, "worker": READY + WAIT},
        lambda so_far: bool(so_far.told),
        _END_SECONDS=0.2,
    )
    assert kept.status == 0


def test_who_dies_while_another_ends_is_not_waited_for(tmp_path: Path) -> None:
    """The first one to end takes the other with it, whose end is seen although nobody was waiting for it then."""
    gates = (
        "import os, signal, time; from pathlib import Path; "
        f"signal.signal(signal.SIGTERM, lambda *_: (os.kill(int(Path({str(tmp_path)!r}, 'pid').read_text()), 9),"
        " time.sleep(0.5), os._exit(0))); "
    )
    worker = f"import os; from pathlib import Path; Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid())); "
    scripts = {"gates": gates + READY + WAIT, "worker": worker + READY + WAIT}
    assert keep(scripts, lambda so_far: bool(so_far.told), _END_SECONDS=900).status == 0


def test_where_no_process_can_be_begun_it_is_tried_again() -> None:
    """The system says that there are too many: nothing ends for that, nothing stays open, and it is there when there is room."""
    few = (
        "import os; real, times, before = os.fork, [], []\n"
        "def fork():\n"
        "    times.append(1)\n"
        "    before.append(len(os.listdir('/proc/self/fd')))\n"
        "    if len(times) < 4:\n"
        "        raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "    assert len(set(before)) == 1\n"
        "    return real()\n"
        "os.fork = fork\n"
    )
    kept = keep({"gates": READY + WAIT}, lambda so_far: bool(so_far.told), first=few)
    assert [each["status"] for each in kept.of("process-died")] == [75, 75, 75]
    assert (kept.told, kept.status) == (["gates"], 0)


def test_processes_end_when_their_keeper_is_killed(tmp_path: Path) -> None:
    """Nothing is left behind by a keeper that had no time to say goodbye: no process holds open what ends another."""
    marks = [tmp_path / "gates", tmp_path / "worker"]
    script = READY + f"sys.stdin.read(); open({str(tmp_path)!r} + '/' + sys.argv[1], 'w').close()"
    given = {"scripts": {"gates": script, "worker": script}, "optional": [], "constants": {}}
    deadly = _KEEPER.replace("say(told=list(places))", "os.kill(os.getpid(), 9)")
    command = [sys.executable, "-c", deadly, json.dumps(given)]
    assert subprocess.run(command, timeout=300, check=False, stderr=subprocess.DEVNULL).returncode == -9
    deadline = time.monotonic() + 120
    while not all(each.exists() for each in marks):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_process_begins_with_nothing_of_its_keeper() -> None:
    """Its three standard places are open and no other, signals mean what they mean to any process, none is held back, and it
    has a session of its own.
    """
    state = (
        "import json, os, signal, sys; "
        "said = [sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1],"
        " [int(signal.getsignal(s)) for s in (signal.SIGTERM, signal.SIGCHLD)],"
        " signal.getsignal(signal.SIGINT) is signal.default_int_handler,"
        " len(signal.pthread_sigmask(signal.SIG_BLOCK, ())), os.getsid(0) == os.getpid()]; "
        "print(json.dumps({'listening': [json.dumps(said)]}), flush=True); sys.stdin.read()"
    )
    kept = keep({"gates": state, "worker": state}, lambda so_far: bool(so_far.told))
    assert len(kept.told) == 2
    for said in kept.told:
        assert json.loads(said) == [OPEN, [0, 0], True, 0, True]


def test_who_died_begins_with_a_new_interpreter() -> None:
    """The first life has what its keeper has loaded; the next one has loaded everything itself: it may be another program."""
    script = (
        "import json, os, sys; is_fork = 'is_fork' in globals(); "
        "is_fork and os.kill(os.getpid(), 9); print(json.dumps({'listening': [str(is_fork)]}), flush=True); sys.stdin.read()"
    )
    kept = keep({"gates": script}, lambda so_far: bool(so_far.told))
    assert kept.told == ["False"]
    assert [each["status"] for each in kept.of("process-died")] == [-9]
    assert len({each["pid"] for each in kept.of("process-started")}) == 2


def test_it_begins_without_standard_places() -> None:
    """Whoever starts it with none open, as some do that run daemons, gets the same processes."""
    given = {"scripts": {"gates": READY + WAIT}, "optional": [], "constants": {}}
    command = [sys.executable, "-c", _KEEPER, json.dumps(given)]
    closed = ["/bin/sh", "-c", 'exec "$@" <&- >&-', "sh", *command]
    with subprocess.Popen(closed, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if "told" in line:
                    process.send_signal(signal.SIGTERM)
                    assert json.loads(line) == {"told": ["gates"]}
                    break
            assert process.wait(300) == 0
        finally:
            process.kill()


def test_where_a_thread_runs_nobody_is_a_fork() -> None:
    """A library may have begun one: what it holds in that moment nobody lets go of in a fork, so each process begins anew."""
    script = "import json, sys; print(json.dumps({'listening': [str('is_fork' in globals())]}), flush=True); sys.stdin.read()"
    beside = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    assert keep({"gates": script}, lambda so_far: bool(so_far.told)).told == ["True"]
    assert keep({"gates": script}, lambda so_far: bool(so_far.told), first=beside).told == ["False"]
