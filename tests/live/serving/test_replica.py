"""A desk whose pages ask a hot standby of PostgreSQL, made as an operator makes one: with pg_basebackup.

That pages ask it is seen by holding it back: it then shows what was, until somebody has done something.
"""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from .test_database_faults import lie_in
from .test_faults import Server, free_port, server

if TYPE_CHECKING:
    from conftest import Desk, Running

__all__ = ["server"]

pytestmark = pytest.mark.live
PASSWORD = "three quiet rivers"
GATES = 'reserve_mib = 1\n[pages]\nlisten = ["127.0.0.1:0"]\n[api]\nlisten = ["127.0.0.1:0"]'


class Standby(Server):
    """A copy that the server streams to."""

    def __init__(self, folder: Path, primary: Server) -> None:
        self._folder, self.port = folder, free_port()
        self._settle()
        self._call("pg_basebackup", "-D", "data", "-d", primary.url, "-R", "-X", "stream", "-c", "fast").wait(240)
        self.process = self.start()

    def replay(self, word: str) -> None:
        """Hold back what arrives, or go on with it."""
        self.ask(
            "SELECT 1 FROM (SELECT pg_wal_replay_pause()) AS done"
            if word == "pause"
            else "SELECT 1 FROM (SELECT pg_wal_replay_resume()) AS done"
        )

    def has(self, primary: Server) -> bool:
        """Whether it has all that the primary has written."""
        written = primary.ask("SELECT (pg_current_wal_lsn() - '0/0')::bigint")
        return self.ask("SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint") >= written


@pytest.fixture
def standby(server: Server) -> Iterator[Standby]:
    """It ends before its primary does."""
    deadline = time.monotonic() + 120
    while not server.answers():
        assert time.monotonic() < deadline
    folder = Path(tempfile.mkdtemp(prefix="comity-standby-"))
    made = Standby(folder, server)
    yield made
    if made.process.poll() is None:
        made.kill()
    shutil.rmtree(folder)


class Person:
    """Somebody with a browser."""

    def __init__(self, base: str, other: "Person | None" = None) -> None:
        self.base, self.kept = base, other.kept if other else http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.kept))

    def see(self, path: str, form: dict[str, str] | None = None) -> str:
        """A page, or the page on which a form leads."""
        data = None if form is None else urlencode(form).encode()
        with self._opener.open(self.base + path, data, timeout=60) as answer:
            return str(answer.read().decode())

    def sign_in(self) -> None:
        assert "ann" in self.see("/sign-in", {"name": "ann", "password": PASSWORD, "next": "/"})

    def do(self, path: str, **form: str) -> str:
        """What a form of this page does, and the page after it."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.see(path))
        assert found is not None
        return self.see(path, {"csrf": found[1], **form})


@dataclass
class House:
    """A desk with a replica, and somebody who is signed in."""

    desk: "Desk"
    running: "Running"
    person: Person

    def deliver(self, name: str) -> None:
        client = self.running.connect()
        assert client.deliver(name, self.desk.feedback(name)).startswith(b"250")
        client.close()
        self.desk.wait_until_worked_off()

    def place(self, name: str, running: "Running | None" = None) -> str:
        places = (running or self.running).places
        return "http://" + next(each.partition("=")[2] for each in places if each.startswith(f"{name}="))

    def command(self, *words: str, given: str | None = None) -> str:
        whole = [sys.executable, "-m", "comity", "--config", str(self.desk.folder / "comity.toml"), *words]
        return subprocess.run(
            whole, input=given, text=True, capture_output=True, check=False, timeout=240, env=os.environ
        ).stdout


@pytest.fixture
def house(make_desk: "Callable[..., Desk]", server: Server, standby: Standby) -> House:
    """One report was worked off, and is on both servers."""
    desk = make_desk(gates=GATES)
    lie_in(desk, server)
    settings = desk.folder / "comity.toml"
    settings.write_text(settings.read_text().replace("[store]\n", f'[store]\nreplica = "{standby.url}"\n'))
    made = House(desk, desk.start(), Person(""))
    made.command("account", "add", "ann", "--role", "administrator", "--password-stdin", given=PASSWORD)
    made.deliver("first")
    made.person = Person(made.place("desk"))
    made.person.sign_in()
    desk.wait_until(standby.answers, "the standby")
    desk.wait_until(lambda: standby.has(server), "the standby has all of it")
    return made


def _cases(page: str) -> set[str]:
    return set(re.findall(r'href="/cases/([\w-]+)', page))


def _events(house: House, name: str) -> list[dict[str, Any]]:
    return house.desk.events(name)


def test_pages_ask_it(house: House, server: Server, standby: Standby) -> None:
    """Whoever only looks is shown the copy, and how old it is."""
    desk, person = house.desk, house.person
    desk.wait_until(lambda: len(_cases(person.see("/cases"))) == 1, "the case")
    (case,) = _cases(person.see("/cases"))
    assert "replica: " in house.command("doctor")
    token = house.command("token", "add", "watch", "--scope", "metrics:read", "--scope", "cases:read").strip()
    api = Person(house.place("api"))
    api._opener.addheaders = [("Authorization", f"Bearer {token}")]
    desk.wait_until(lambda: standby.has(server), "the standby has all of it")
    desk.wait_until(lambda: "comity_replica_in_use 1" in api.see("/metrics"), "figures")

    standby.replay("pause")
    for _ in range(2):
        desk.wait_until(lambda: "reports" in api.see("/v1/cases"), "programs look at the copy")
    before = json.loads(api.see("/v1/cases"))["cases"][0]["reports"]
    house.deliver("second")
    assert server.ask("SELECT sum(reports)::bigint FROM abuse_case") == before + 1
    assert json.loads(api.see("/v1/cases"))["cases"][0]["reports"] == before, "the copy was asked"
    desk.wait_until(lambda: "a copy of the database answered" in person.see(f"/cases/{case}"), "its age", 25)

    standby.replay("resume")
    desk.wait_until(lambda: "a copy of the database answered" not in person.see(f"/cases/{case}"), "it has caught up")


def test_whoever_acts_sees_it(house: House, server: Server, standby: Standby) -> None:
    """What somebody did shows at once, also where another machine answers; who did nothing is shown the copy meanwhile."""
    desk, person = house.desk, house.person
    other = desk.start("pages")  # another machine behind the same name
    there, stranger = Person(house.place("desk", other), person), Person(house.place("desk", other))
    stranger.sign_in()
    desk.wait_until(lambda: len(_cases(stranger.see("/cases"))) == 1, "the case")
    (case,) = _cases(stranger.see("/cases"))
    stranger.see(f"/cases/{case}")
    desk.wait_until(lambda: standby.has(server), "the standby has all of it")
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.5):
            stranger.see("/cases")

    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(look)  # so that this machine knows how far the primary was
        try:
            stranger.see("/cases")
            standby.replay("pause")
            assert 'data-act="take"' not in person.do(f"/cases/{case}", act="take")
            assert 'data-act="take"' not in person.see(f"/cases/{case}")
            assert 'data-act="take"' not in there.see(f"/cases/{case}"), "the browser says up to where it has written"
            assert 'data-act="take"' in stranger.see(f"/cases/{case}"), "who did nothing is shown the copy"
        finally:
            ended.set()
            standby.replay("resume")
        looking.result()
    desk.wait_until(lambda: 'data-act="take"' not in stranger.see(f"/cases/{case}"), "the copy has it")
    assert not _events(house, "replica-left")


def test_it_falls_behind(house: House, standby: Standby) -> None:
    """Behind the bound it is left, which is logged; when it has caught up it is asked again."""
    desk, person = house.desk, house.person
    standby.replay("pause")
    house.deliver("second")
    desk.wait_until(lambda: bool(person.see("/cases")) and bool(_events(house, "replica-left")), "it is left", 120)
    assert _events(house, "replica-left")[0]["reason"] == "behind"
    standby.replay("resume")
    desk.wait_until(lambda: bool(person.see("/cases")) and bool(_events(house, "replica-back")), "it is back", 120)


@pytest.mark.parametrize("how", ["killed", "stopped", "promoted"])
def test_it_is_gone(house: House, standby: Standby, how: str) -> None:
    """Whatever becomes of it, pages are answered by the primary within seconds, and the log and the doctor say so."""
    desk, person = house.desk, house.person
    desk.wait_until(lambda: len(_cases(person.see("/cases"))) == 1, "the case")
    children = Path(f"/proc/{standby.process.pid}/task/{standby.process.pid}/children").read_text().split()
    pids = [standby.process.pid, *map(int, children)]
    if how == "killed":
        standby.kill()
    elif how == "stopped":
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
    else:
        standby.ask("SELECT pg_promote()::int")
    try:
        began = time.monotonic()
        for _ in range(10):
            assert len(_cases(person.see("/cases"))) == 1
        took = time.monotonic() - began
        print(f"{how}: ten pages in {took:.1f} s")
        assert took < 20
        (left,) = _events(house, "replica-left")
        assert left["reason"] == {"killed": "store-away", "stopped": "silent", "promoted": "no-standby"}[how]
        if how != "stopped":
            said = house.command("doctor")
            assert ("cannot be asked" if how == "killed" else "no hot standby") in said
    finally:
        if how == "stopped":
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
    if how == "stopped":
        desk.wait_until(lambda: bool(person.see("/cases")) and bool(_events(house, "replica-back")), "it is back", 120)
