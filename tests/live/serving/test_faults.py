"""What surrounds the program fails: processes stand still, peers connect and say nothing, the database is killed under load,
the clock is set.

Each time: what was acknowledged is stored, none of it twice, and how long it took until mail was taken again is told.
"""

import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from comity.store.engine import open_store

from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk, Running

pytestmark = pytest.mark.live
IDLE = int(os.environ.get("COMITY_IDLE", "1000"))
REPORTS = "SELECT count(*) FROM report WHERE case_id IS NOT NULL"


class Load:
    """Delivers one report after the other, on a new connection where the last one failed; knows what was acknowledged."""

    def __init__(self, desk: "Desk", running: "Running", name: str) -> None:
        self.acknowledged: list[str] = []
        self._desk, self._running, self._name = desk, running, name
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        number, client = 0, None
        while not self._over.is_set():
            name = f"{self._name}-{number}"
            try:
                client = client or self._running.connect()
                if client.deliver(name, self._desk.feedback(name)).startswith(b"250"):
                    self.acknowledged.append(name)
                    number += 1
            except OSError:
                client = None

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(240)
        assert not self._thread.is_alive()


@pytest.mark.parametrize("role", ["gates", "worker"])
def test_a_process_that_stands_still(make_desk: "Callable[..., Desk]", role: str) -> None:
    """While it stands nothing is lost; when it goes on, all of it is worked off. Gates go on while the worker stands."""
    desk = make_desk()
    running = desk.start()
    with Load(desk, running, role) as load:
        desk.wait_until(lambda: len(load.acknowledged) >= 20, "load")
        stopped = running.child(role)
        assert stopped is not None
        os.kill(stopped, signal.SIGSTOP)
        try:
            if role == "worker":
                before = len(load.acknowledged)
                desk.wait_until(lambda: len(load.acknowledged) >= before + 50, "mail is taken while the worker stands")
            else:
                with socket.create_connection(("127.0.0.1", running.port), timeout=2) as peer, suppress(TimeoutError):
                    assert peer.recv(100) == b"", "nobody answers while it stands"
        finally:
            os.kill(stopped, signal.SIGCONT)
        before, began = len(load.acknowledged), time.monotonic()
        desk.wait_until(lambda: len(load.acknowledged) > before, "mail is taken again")
        print(f"{role} stood still: mail is taken again after {time.monotonic() - began:.2f} s")
        desk.wait_until(lambda: len(load.acknowledged) >= before + 20, "load")
    desk.wait_until_worked_off()
    assert desk.count("comity.db", REPORTS) == len(load.acknowledged)
    assert running.child(role) == stopped, "nobody had to start it again"


def test_peers_that_connect_and_say_nothing(make_desk: "Callable[..., Desk]") -> None:
    """A thousand silent connections do not keep a mail host out for longer than the time a connection may be silent."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    idle = min(IDLE, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, idle + 200)), hard))
    desk = make_desk(gates="reserve_mib = 1\nconnections = 100\ntimeout_seconds = 10")
    running = desk.start()
    silent = list[socket.socket]()
    try:
        for _ in range(idle):
            each = socket.socket()
            each.setblocking(False)
            with suppress(BlockingIOError):
                each.connect(("127.0.0.1", running.port))
            silent.append(each)
        began = time.monotonic()
        with Load(desk, running, "served") as load:
            desk.wait_until(lambda: len(load.acknowledged) >= 20, "a mail host is served")
        print(f"{idle} silent connections: twenty mails taken within {time.monotonic() - began:.1f} s")
    finally:
        for each in silent:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    desk.wait_until_worked_off()
    assert desk.count("comity.db", REPORTS) == len(load.acknowledged)


class Server:
    """A PostgreSQL of our own: its folder, its port, killed with all its processes and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._settle()
        words = ["initdb", "--pgdata", "data", "--username", "desk", "--auth", "trust", "--encoding", "UTF8"]
        self._call(*words, "--locale", "C.UTF-8", "--no-sync").wait(240)  # what is written later is synced
        self.process = self.start()

    def _settle(self) -> None:
        """As whom it runs: the folder is that account's."""
        self._programs = max(Path("/usr/lib/postgresql").iterdir(), key=lambda each: int(each.name)) / "bin"
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._account is not None:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)

    def _call(self, program: str, *words: str) -> "subprocess.Popen[bytes]":
        account = self._account
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / program), *words],
                cwd=self._folder, stdout=log, stderr=log, start_new_session=True,
                user=account and account.pw_uid, group=account and account.pw_gid, extra_groups=[] if account else None,
            )  # fmt: skip

    @property
    def url(self) -> str:
        return f"postgresql://desk@127.0.0.1:{self.port}/postgres"

    def start(self) -> "subprocess.Popen[bytes]":
        options = ["-c", f"unix_socket_directories={self._folder}", "-c", "listen_addresses=127.0.0.1"]
        self.process = self._call("postgres", "-D", "data", "-p", str(self.port), *options)
        return self.process

    def answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except Exception:
            return False
        return True

    def ask(self, query: str) -> int:
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        try:
            with engine.connect() as connection:
                return int(connection.execute(text(query)).scalar_one())
        finally:
            engine.dispose()

    def restart(self) -> None:
        """In good order: transactions are ended, and told so."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(120)
        self.start()

    def kill(self) -> None:
        """The parent and every process of it, at once."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in [self.process.pid, *map(int, re.findall(r"\d+", children))]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(120)


@pytest.fixture
def server(make_desk: "Callable[..., Desk]") -> Iterator[Server]:
    """It ends with the test, and after the desk."""
    folder = Path(tempfile.mkdtemp(prefix="comity-pg-"))
    made = Server(folder)
    yield made
    if made.process.poll() is None:
        made.kill()
    shutil.rmtree(folder)


def test_a_database_that_is_killed(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """PostgreSQL is killed with all its processes, three times under load: mail is taken meanwhile, and all of it is in it once."""
    desk = make_desk()
    desk.wait_until(server.answers, "PostgreSQL")
    settings = desk.folder / "comity.toml"
    settings.write_text(re.sub(r'database = "[^"]*"', f'database = "{server.url}"', settings.read_text()))
    store = open_store(server.url)
    store.create()
    store.close()
    running = desk.start()
    with Load(desk, running, "pg") as load:
        for _ in range(3):
            before = server.ask(REPORTS)
            desk.wait_until(lambda before=before: server.ask(REPORTS) >= before + 20, "reports come in")
            server.kill()
            taken = len(load.acknowledged)
            desk.wait_until(lambda taken=taken: len(load.acknowledged) >= taken + 20, "mail is taken without it")
            server.start()
            desk.wait_until(server.answers, "PostgreSQL again")
            before, began = server.ask(REPORTS), time.monotonic()
            desk.wait_until(lambda before=before: server.ask(REPORTS) > before, "reports come in again")
            print(f"PostgreSQL killed: reports come in {time.monotonic() - began:.1f} s after it answers again")
    desk.wait_until_worked_off()
    assert server.ask(REPORTS) == len(load.acknowledged)


FAKED = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), Path("/usr/lib/faketime/libfaketime.so.1"))


def test_a_clock_that_is_set(make_desk: "Callable[..., Desk]", tmp_path: Path) -> None:
    """A day forward and two hours back, under load: mail is taken and worked off all the while, and each report is there once."""
    desk, set_to = make_desk(), tmp_path / "clock"
    set_to.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(FAKED),
        "FAKETIME_TIMESTAMP_FILE": str(set_to),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    running = desk.start(before=["env", *(f"{name}={value}" for name, value in faked.items())])
    with Load(desk, running, "clock") as load:
        for hours in (24, -2, 0):
            set_to.write_text(f"{hours * 3600:+d}\n")
            desk.wait_until(lambda hours=hours: abs(_ahead(desk) - hours) < 0.2, "the clock as it is set")
            before, began = desk.count("comity.db", REPORTS), time.monotonic()
            desk.wait_until(
                lambda before=before: desk.count("comity.db", REPORTS) >= before + 50, "reports go on coming in"
            )
            print(f"clock set by {hours} h: fifty more reports within {time.monotonic() - began:.1f} s")
    desk.wait_until_worked_off()
    assert desk.count("comity.db", REPORTS) == len(load.acknowledged)
    # A process may have died meanwhile, and be started again: the library that sets the clock at times has a sleep fail whose end
    # is over already (EINVAL of clock_nanosleep), as no system does.
    assert [each for name in ("worker-waits", "house-waits", "house-step-failed") for each in desk.events(name)] == []


def _ahead(desk: "Desk") -> float:
    """By how many hours what came last is ahead of the right time."""
    found = desk.ask("comity.db", "SELECT arrived FROM raw ORDER BY id DESC LIMIT 1")
    return (float(str(found[0][0])) / 1e6 - time.time()) / 3600 if found else 1000.0
