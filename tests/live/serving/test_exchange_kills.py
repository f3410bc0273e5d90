"""Two networks exchange their ledgers over HTTPS while one after the other is killed: at each death its ledger holds, and no
receipt is for leaves that are gone.

Trust:      the load is ours: people of both complain about mail of the other's, and take some of it back; a mail host takes what
            leaves.
Limits:     COMITY_EXCHANGE_KILLS says how often (8; ``script/soak exchange`` makes it 300). Each dies by SIGKILL, with all its
            processes, by the id under which it was started.
"""

import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from comity.bootstrap.first_run import first_run
from comity.cli import main
from comity.outlets.private_key import KeySort

from ...mail_host import free_port
from ...mail_host import mail_host as listening
from .conftest import Lmtp

pytestmark = pytest.mark.live
KILLS = int(os.environ.get("COMITY_EXCHANGE_KILLS", "8"))
ADDRESSES = {"west.example": "192.0.2", "east.example": "198.51.100"}
MAIL = (
    "Received: from h.example (h.example [{address}]) by mx.{ours} (Postfix) with ESMTP id 4ABC\r\n\tfor <{name}@{ours}>; {now}\r\n"
    "From: Shop <news@shop.example>\r\nTo: {name}@{ours}\r\nSubject: Offer\r\nMessage-ID: <c-{name}@shop.example>\r\n\r\nbuy\r\n"
)
# What a writer has a receipt for, and what the copy of the other side has: origin, size, root.
RECEIPTS = (
    "SELECT origin, head.size, head.root FROM head JOIN channel ON channel.id = channel_id "
    "WHERE NOT is_copy AND receipted IS NOT NULL AND origin NOT LIKE '%by-mail'"
)
ROOTS = (
    "SELECT head.root FROM head JOIN channel ON channel.id = channel_id WHERE is_copy AND origin = ? AND head.size = ?"
)
LEAVES = (
    "SELECT origin, position, data FROM leaf JOIN channel ON channel.id = channel_id WHERE is_copy = ? "
    "AND origin LIKE ? AND origin NOT LIKE '%by-mail' ORDER BY origin, position"
)


class MailHost:
    """Takes whatever leaves."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 taken"


class Node:
    """One network: its folder, its commands, its running program."""

    def __init__(self, folder: Path, name: str, *, mail_port: int) -> None:
        self.name, self.folder = name, folder / name
        self.peer = next(each for each in ADDRESSES if each != name)
        self.port, self.process = free_port(), None  # type: int, subprocess.Popen[str] | None
        given: dict[str, str | int | bool | list[str]] = {
            "identity.domain": name,
            "identity.address": f"feedback@{name}",
            "own.domains": [name],
            "own.networks": [f"{ADDRESSES[name]}.0/24"],
            "reading.trusted_hosts": [f"mx.{name}"],
            "complain.agreements": "agreements.toml",
            "gates.mailboxes": [f"feedback@{name}"],
            "gates.moved_to_junk": [f"junk@comity.{name}"],
            "gates.moved_from_junk": [f"not-junk@comity.{name}"],
            "gates.lmtp": ["unix:lmtp"],
            "gates.reserve_mib": 1,
            "exchange.listen": [f"127.0.0.1:{self.port}"],
            "sending.host": "127.0.0.1",
            "sending.port": mail_port,
            "sending.wait_seconds": 1,
            "sending.per_day": 10**7,
        }
        self.folder.mkdir()
        (self.folder / "agreements.toml").write_text(
            f'[[agreement]]\npeer = "{self.peer}"\naddress = "feedback@{self.peer}"\n'
            f'networks = ["{ADDRESSES[self.peer]}.0/24"]\ntier = "T2"\n'
        )
        first_run(self.folder, given, KeySort.ED25519)

    def run(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit status and lines of one command of this network."""
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            status = main([*words, "--json", "--config", str(self.folder / "comity.toml")])
        return status, [json.loads(line) for line in output.getvalue().splitlines()]

    def start(self) -> None:
        command = [sys.executable, "-m", "comity", "serve", "--json", "--config", str(self.folder / "comity.toml")]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline(), (self.folder / "log").read_text()[-3000:]

    def kill(self) -> None:
        """All its processes at once, as a power cut does; they are in a group of their own."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(120)
            self.process = None

    def trust(self, other: "Node") -> None:
        """Pin the key of the other network, and say where it is."""
        (card,) = other.run("peer", "card")[1]
        file = self.folder / "other.card"
        file.write_text(card["card"], encoding="utf-8")
        self.run("peer", "add", str(file))
        status, _ = self.run("peer", "trust", other.name, *card["words"][1].split())
        assert status == 0
        assert self.run("peer", "live", other.name)[0] == 0
        config = self.folder / "comity.toml"
        site = f"{other.name} https://127.0.0.1:{other.port} {other.folder / 'peers.pem'}"
        said = config.read_text(encoding="utf-8")
        config.write_text(said.replace("[exchange]\n", f'[exchange]\npeers = ["{site}"]\n'), encoding="utf-8")

    def ask(self, query: str, *values: object, file: str = "comity.db") -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / file, timeout=120)) as connection:
            return connection.execute(query, values).fetchall()

    def count(self, query: str, file: str = "comity.db") -> int:
        found = self.ask(query, file=file)[0][0]
        return int(found or 0)

    @property
    def still_to_do(self) -> int:
        """Mail that was taken and not worked off, complaints that are not decided, mail that has not left."""
        return (
            self.count("SELECT count(*) FROM waiting", "spool.db")
            + self.count("SELECT count(*) FROM complaint WHERE state = 'waiting'")
            + self.count("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')")
        )

    @property
    def confirmed(self) -> int:
        """Leaves of ours that the other side has cosigned."""
        return max((size for _, size, _ in self.ask(RECEIPTS)), default=0)


class Load:
    """People of one network who complain about the other's mail; every third complaint is taken back."""

    def __init__(self, node: Node) -> None:
        self._node, self._over = node, threading.Event()
        self.complained: set[str] = set()
        self._thread = threading.Thread(target=self._deliver)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _deliver(self) -> None:
        number = 0
        lmtp: Lmtp | None = None
        while not self._over.is_set():
            name = f"k{number}"
            try:
                lmtp = lmtp or Lmtp(f"unix:{self._node.folder / 'lmtp'}")
                taken = self._moved(lmtp, "junk", name)
                if taken:
                    self.complained.add(name)
                if taken and number % 3 == 0:
                    self._moved(lmtp, "not-junk", name)
                number += 1
            except OSError:
                lmtp = None
            self._over.wait(0.05)

    def _moved(self, lmtp: Lmtp, mailbox: str, name: str) -> bool:
        ours = self._node.name
        address = f"{ADDRESSES[self._node.peer]}.{sum(name.encode()) % 250}"
        mail = MAIL.format(address=address, ours=ours, name=name, now=format_datetime(datetime.now(UTC)))
        lmtp.say(f"MAIL FROM:<{name}@{ours}>\r\nRCPT TO:<{mailbox}@comity.{ours}>\r\nDATA\r\n".encode(), 3)
        return lmtp.say(mail.encode() + b".\r\n").startswith(b"250 ")


@contextmanager
def running(*folders: Path) -> Iterator[list[Node]]:
    """West and east in these folders, paired, live, running."""
    with listening(MailHost()) as port:
        made = [Node(folder, name, mail_port=port) for folder, name in zip(folders, ADDRESSES, strict=True)]
        try:
            for each in made:
                each.start()  # each makes its certificate
            for each in made:
                each.kill()
            for one, other in (made, made[::-1]):
                one.trust(other)
            for each in made:
                each.start()
            yield made
        finally:
            for each in made:
                each.kill()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[Node]]:
    """Both in one folder."""
    with running(tmp_path, tmp_path) as made:
        yield made


def _wait(holds: Any, what: str, nodes: list[Node], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        said = "\n".join((each.folder / "log").read_text()[-1500:] for each in nodes)
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{said}"
        time.sleep(0.05)


def _holds(node: Node) -> int:
    """Leaves less retractions are the rows are the roll-ups, in each channel, out of the bytes; how many leaves there are."""
    status, channels = node.run("ledger", "verify")
    assert status == 0 and channels, channels
    assert all(each["holds"] for each in channels), channels
    return sum(each["leaves"] for each in channels)


def _has_what_it_confirmed(dead: Node, other: Node) -> int:
    """Each head of the other's for which the dead one gave a receipt is in its store, with that root; how many."""
    receipts = other.ask(RECEIPTS)
    for origin, size, root in receipts:
        assert dead.ask(ROOTS, origin, size) == [(root,)], f"a receipt for leaves that are gone: {origin} {size}"
    return len(receipts)


def test_both_are_killed_while_they_exchange(nodes: list[Node]) -> None:
    """At every death leaves = rows = aggregates on the dead side, and what it cosigned is there; at the end both have the same."""
    chance = random.Random(KILLS)  # noqa: S311
    checked = leaves = 0
    loads = [Load(each) for each in nodes]
    try:
        for number in range(KILLS):
            before = [each.confirmed for each in nodes]
            _wait(
                lambda before=before: all(each.confirmed > n for each, n in zip(nodes, before, strict=True)),
                "receipts on both sides",
                nodes,
            )
            time.sleep(chance.random() * 0.3)  # at any moment, and not when something happened
            dead, other = nodes if number % 2 else nodes[::-1]
            dead.kill()
            leaves += _holds(dead)
            checked += _has_what_it_confirmed(dead, other)
            dead.start()
    finally:
        for each in loads:
            each.end()
    _both_have_the_same(nodes, loads)
    complaints = [len(each.complained) for each in loads]
    print(f"{KILLS} kills, {checked} receipts and {leaves} leaves looked at, {complaints} complaints")


def _both_have_the_same(nodes: list[Node], loads: list[Load]) -> None:
    """Every complaint that was acknowledged is there, every exchanged one is one leaf, and both have the same leaves."""
    _let_all_leave(nodes)
    for each in nodes:
        each.kill()
    for (one, load), other in zip(zip(nodes, loads, strict=True), nodes[::-1], strict=True):
        _holds(one)
        ours, theirs = one.ask(LEAVES, False, f"{one.name}/%"), other.ask(LEAVES, True, f"{one.name}/%")
        assert ours == theirs and len(ours) > 0, "two ledgers"
        reports = [record for _, _, data in ours if (record := json.loads(data))["type"] == "report"]
        assert len({each["id"] for each in reports}) == len(reports), "a report that is there twice"
        exchanged = one.count("SELECT count(*) FROM report WHERE direction = 'out' AND channel_id IS NOT NULL")
        assert exchanged == len(reports)
        known = one.count("SELECT count(*) FROM complaint WHERE NOT not_spam")
        assert known >= len(load.complained), "a complaint that was acknowledged and lost"


def _let_all_leave(nodes: list[Node]) -> None:
    """Until everything was decided, has left, and is confirmed by the other side."""
    for each in nodes:
        each.kill()
        with closing(sqlite3.connect(each.folder / "comity.db")) as connection, connection:
            connection.execute("UPDATE outbox SET leased_until = 0 WHERE leased_until IS NOT NULL")  # ten minutes pass
    for each in nodes:
        each.start()
    for each in nodes:
        _wait(lambda each=each: each.still_to_do == 0, "complaints that are decided, mail that has left", nodes)
        size = f"SELECT size FROM channel WHERE NOT is_copy AND reporting = '{each.name}'"  # noqa: S608 - a name of ours
        _wait(lambda each=each, size=size: each.confirmed == each.count(size) > 0, "receipts for all", nodes)


def test_killed_while_its_disk_is_full(tmp_path: Path, small_disk: Path) -> None:
    """East's disk fills while both exchange, and it dies so: what it confirmed is there, its ledger holds, and all goes on."""
    with running(tmp_path, small_disk) as nodes:
        west, east = nodes
        loads = [Load(each) for each in nodes]
        try:
            _wait(lambda: min(west.confirmed, east.confirmed) > 5, "receipts on both sides", nodes)
            filler = small_disk / "filler"
            with (
                suppress(OSError),
                filler.open("wb", buffering=0) as file,
            ):  # what is buffered would fail again when it is closed
                while True:
                    file.write(bytes(65_536))
            behind = "SELECT size FROM channel WHERE NOT is_copy AND reporting = 'west.example'"
            _wait(lambda: west.count(behind) > west.confirmed + 20, "leaves that east does not take", nodes)
            east.kill()
            filler.unlink()
            assert _holds(east) > 0
            assert _has_what_it_confirmed(east, west) > 0
            east.start()
            before = west.confirmed
            _wait(lambda: west.confirmed > before, "receipts again", nodes)
        finally:
            for each in loads:
                each.end()
        _both_have_the_same(nodes, loads)
