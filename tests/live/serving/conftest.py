"""The real program, started as an operator does, on loopback and in a folder of its own."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from comity.bootstrap.first_run import first_run
from comity.outlets.private_key import KeySort
from comity.outlets.programs.this_process import PREFIX
from comity.store.engine import open_store

MAILBOX = "fbl@west.example"
SIZE_MIB = 48  # of a small disk: two logs of four megabytes, and what a minute of load brings, have room when the filler is gone
AGREEMENTS = '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n'
PROVIDER = {
    "identity.domain": "west.example",
    "identity.address": "feedback@west.example",
    "complain.agreements": "agreements.toml",
    "reading.trusted_hosts": ["mx.west.example"],
}


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 240) -> None:
    """No sleeps: wait on a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


@pytest.fixture
def open_path(tmp_path: Path) -> Path:
    """A folder that programs under other accounts may enter; pytest closes each folder above it to all but us."""
    for each in (tmp_path, *tmp_path.parents):
        if each == Path(tempfile.gettempdir()) or each.stat().st_uid != os.geteuid():
            break
        each.chmod(0o755)
    return tmp_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def feedback(name: str) -> bytes:
    """One ARF report about a mail of its own, by a complainer of its own."""
    return (
        f"From: <fbl@east.example>\r\nTo: <{MAILBOX}>\r\nSubject: complaint\r\nMessage-ID: <r-{name}@east.example>\r\n"
        "Date: Wed, 01 Jul 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: East/1\r\nVersion: 1\r\n"
        f"Source-IP: 192.0.2.7\r\nOriginal-Mail-From: <news@west.example>\r\nOriginal-Rcpt-To: <{name}@east.example>\r\n"
        "Arrival-Date: Wed, 01 Jul 2026 07:00:00 +0000\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: <news@west.example>\r\n"
        f"To: <{name}@east.example>\r\nSubject: News\r\nMessage-ID: <m-{name}@west.example>\r\n"
        "Date: Wed, 01 Jul 2026 07:00:00 +0000\r\n\r\nNews.\r\n--b--\r\n"
    ).encode()


class Lmtp:
    """A plain client: one connection, one mail after the other; every answer is looked at."""

    def __init__(self, place: str) -> None:
        """``place`` is where a gate listens, as the program says it: ``unix:PATH``, or an address and a port."""
        sort, _, where = place.rpartition(":")
        family, address = (socket.AF_UNIX, where) if sort == "unix" else (socket.AF_INET, (sort, int(where)))
        self._socket = socket.socket(family)
        self._socket.settimeout(120)
        self._socket.connect(address)
        self._file = self._socket.makefile("rb")
        self._answer()
        self.say(b"LHLO mail.east.example\r\n")

    def say(self, said: bytes, answers: int = 1) -> bytes:
        self._socket.sendall(said)
        return [self._answer() for _ in range(answers)][-1]

    def deliver(self, name: str, data: bytes) -> bytes:
        """The answer after the content."""
        self.say(f"MAIL FROM:<{name}@east.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode(), 3)
        return self.say(data + b".\r\n")

    def close(self) -> None:
        self._socket.close()

    def _answer(self) -> bytes:
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError("the other side hung up")
            if line[3:4] != b"-":
                return bytes(line)


@dataclass
class Running:
    """One process of ours with all it started."""

    process: subprocess.Popen[str]
    port: int
    places: Sequence[str] = ()

    def connect(self) -> Lmtp:
        """A client of it."""
        return Lmtp(next(each.removeprefix("lmtp=") for each in self.places if each.startswith("lmtp=")))

    def kill(self) -> None:
        """As a power cut does: everything at once."""
        for pid in [*_below(self.process.pid), self.process.pid]:
            _signal(pid, signal.SIGKILL)
        self.process.wait(120)

    def end(self) -> int:
        traced = _below(self.process.pid)[0] if "strace" in _words(self.process.pid)[0] else None
        _signal(traced or self.process.pid, signal.SIGTERM)
        return self.process.wait(120)

    def child(self, role: str) -> int | None:
        """The process of a role, if it lives."""
        return next((pid for pid in _below(self.process.pid) if name_of(pid) == f"{PREFIX}{role}"), None)


@dataclass
class Desk:
    """One desk: settings, store, spool."""

    folder: Path
    data: Path
    running: list[Running] = field(default_factory=list)
    mailbox = MAILBOX
    feedback = staticmethod(feedback)
    wait_until = staticmethod(wait_until)

    def start(self, role: str = "all", *, before: Sequence[str] = ()) -> Running:
        """Start and wait until it is ready."""
        command = [*before, sys.executable, "-m", "comity", "serve", "--json", "--role", role]
        command += ["--config", str(self.folder / "comity.toml")]
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (self.folder / "log").read_text()[-3000:]
        places = json.loads(line)["listening"]
        port = next((int(each.rpartition(":")[2]) for each in places if each.startswith("lmtp=127.0.0.1:")), 0)
        self.running.append(Running(process, port, places))
        return self.running[-1]

    def ask(self, file: str, query: str) -> list[tuple[object, ...]]:
        """Ask one of the two databases."""
        with closing(sqlite3.connect(self.data / file, timeout=120)) as connection:
            return connection.execute(query).fetchall()

    def count(self, file: str, query: str) -> int:
        found = self.ask(file, query)[0][0]
        assert isinstance(found, int)
        return found

    def wait_until_worked_off(self, seconds: float = 240) -> None:
        wait_until(lambda: self.count("spool.db", "SELECT count(*) FROM waiting") == 0, "an empty spool", seconds)

    def events(self, name: str) -> list[dict[str, object]]:
        """What was logged under this name."""
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines if f'"event": "{name}"' in line]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Make a desk; whatever it started ends with the test."""
    made: list[Desk] = []

    def make(*, data: Path = tmp_path, gates: str = "reserve_mib = 1") -> Desk:
        (tmp_path / "comity.toml").write_text(
            f'[own]\nnetworks = ["192.0.2.0/24"]\n[store]\ndatabase = "{data}/comity.db"\n[gates]\nmailboxes = ["{MAILBOX}"]\n'
            f'lmtp = ["127.0.0.1:0"]\nspool = "{data}/spool.db"\n{gates}\n'
        )
        store = open_store(data / "comity.db")
        store.create()
        store.close()
        made.append(Desk(tmp_path, data))
        return made[-1]

    yield make
    for desk in made:
        for each in desk.running:
            each.kill()
        if (desk.folder / "log").exists():
            print(*(desk.folder / "log").read_text().splitlines()[-40:], sep="\n")  # shown where the test failed


@pytest.fixture
def make_provider(tmp_path: Path, make_desk: Callable[..., Desk]) -> Callable[[str], Desk]:
    """Make a desk at which our own people complain, out of the settings of the gates that a page shows."""

    def make(gates: str) -> Desk:
        (tmp_path / "agreements.toml").write_text(AGREEMENTS)
        first_run(tmp_path, PROVIDER, KeySort.ED25519)
        text = (tmp_path / "comity.toml").read_text()
        made = make_desk()
        gates = gates.replace(":2424", ":0") + "reserve_mib = 1\n"
        (tmp_path / "comity.toml").write_text(text.replace("[gates]\n", gates))
        return made

    return make


def _below(pid: int) -> list[int]:
    """All processes that this one started, and those that they did."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = [int(each) for each in re.findall(r"\d+", text)]
    return [found for child in children for found in (child, *_below(child))]


def name_of(pid: int) -> str | None:
    """What the system calls a process."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    except OSError:
        return None


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
