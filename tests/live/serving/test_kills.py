"""Killed at any moment, under load: what was acknowledged is in the store, nothing is counted twice, and the ledger agrees.

Trust:      the load is ours: reports of a peer that signs them, reports of a stranger, complaints of our own people and some that
            they take back again, at once or when the report has left, and a mail host that takes what leaves.
Limits:     COMITY_KILLS says how often (50; ``script/soak kills`` makes it 1,000).
"""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.bootstrap.first_run import first_run
from comity.formats import dkim
from comity.ledger import leaf
from comity.outlets.private_key import KeySort

from ...mail_host import mail_host as listening

if TYPE_CHECKING:
    from conftest import Desk, Lmtp, Running

pytestmark = pytest.mark.live
KILLS = int(os.environ.get("COMITY_KILLS", "50"))
JUNK, NOT_JUNK = "junk@comity.west.example", "not-junk@comity.west.example"
_AT_ONCE = ("0", "3", "6")  # complaints whose names end so are taken back at once
NOW = format_datetime(datetime.now(UTC))  # what arrived long ago is not complained about any more
COMPLAINED = (
    "Received: from h.example (h.example [198.51.100.{host}]) by mx.west.example (Postfix) with ESMTP id 4ABC\r\n"
    "\tfor <{name}@west.example>; {now}\r\n"
    "From: Shop <news@shop.example>\r\nTo: {name}@west.example\r\nSubject: Offer\r\n"
    "Message-ID: <c-{mark}@shop.example>\r\n\r\nbuy\r\n"
)
# What names the mail names nobody: the name of its reader would leave as a token.
_MARK, _NAME = str.maketrans("kn", "xy"), str.maketrans("xy", "kn")


class MailHost:
    """Takes what leaves, and remembers how often it got each mail, and what the reports were about."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.reported: Queue[str | None] = Queue()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken[str(BytesHeaderParser().parsebytes(envelope.content)["Message-ID"])] += 1
        for name in re.findall(rb"\nMessage-ID: <c-(\w+)@shop", envelope.content):
            self.reported.put(name.decode().translate(_NAME))
        return "250 taken"


@pytest.fixture
def mail_host() -> Iterator[tuple[MailHost, int]]:
    """A real SMTP server on loopback, and its port."""
    host = MailHost()
    with listening(host) as port:
        yield host, port


@pytest.fixture
def make_west(tmp_path: Path, make_desk: "Callable[..., Desk]") -> "Callable[[int], tuple[Desk, Ed25519PrivateKey]]":
    """Make west.example, live with its peer east.example; with the key that east signs its reports with."""

    def make(port: int) -> "tuple[Desk, Ed25519PrivateKey]":
        theirs = Ed25519PrivateKey.generate()
        desk = make_desk()
        (tmp_path / "comity.toml").unlink()
        (tmp_path / "comity.db").unlink()
        (tmp_path / "agreements.toml").write_text(
            '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n'
        )
        (tmp_path / "keys.zone").write_text(f'k1._domainkey.east.example. TXT "{dkim.public_record(theirs)}"\n')
        given: dict[str, str | int | bool | list[str]] = {
            "identity.domain": "west.example",
            "identity.address": "feedback@west.example",
            "own.domains": ["west.example"],
            "own.networks": ["192.0.2.0/24"],
            "reading.trusted_hosts": ["mx.west.example"],
            "complain.agreements": "agreements.toml",
            "gates.mailboxes": [desk.mailbox],
            "gates.moved_to_junk": [JUNK],
            "gates.moved_from_junk": [NOT_JUNK],
            "gates.lmtp": ["unix:lmtp"],
            "gates.reserve_mib": 1,
            "worker.dkim_keys": "keys.zone",
            "sending.host": "127.0.0.1",
            "sending.port": port,
            "sending.wait_seconds": 1,
            "sending.per_day": 10**7,
        }
        first_run(tmp_path, given, KeySort.ED25519)
        return desk, theirs

    return make


class Load:
    """Mail hosts that deliver as fast as they can, and deliver again what was not acknowledged."""

    def __init__(self, desk: "Desk", key: Ed25519PrivateKey, host: MailHost) -> None:
        self.desk, self._key, self._host = desk, key, host
        self.acknowledged: set[str] = set()  # reports
        self.complained: set[str] = set()
        self.taken_back: set[str] = set()
        self.regretted: set[str] = set()  # taken back when their report had left
        self.running: Running | None = None
        self.over = threading.Event()
        self.attempts = 0
        self._threads = [
            threading.Thread(target=self._deliver, args=(number, story))
            for number, story in enumerate((self._signed, self._unsigned, self._complaint))
        ]
        self._threads.append(threading.Thread(target=self._regret))
        for each in self._threads:
            each.start()

    def end(self) -> None:
        self.over.set()
        self._host.reported.put(None)
        for each in self._threads:
            each.join()

    @property
    def all(self) -> int:
        """How much was acknowledged."""
        return len(self.acknowledged) + len(self.complained) + len(self.taken_back) + len(self.regretted)

    def _deliver(self, client: int, story: "Callable[[Lmtp, str], bool]") -> None:
        number, chance = 0, random.Random(client)  # noqa: S311
        lmtp: Lmtp | None = None
        while not self.over.is_set():
            lmtp, is_done = self._attempt(lmtp, story, f"k{client}n{number}")
            if is_done:
                number += chance.random() > 0.1  # some mail hosts deliver what was taken once more

    def _attempt(
        self, lmtp: "Lmtp | None", story: "Callable[[Lmtp, str], bool]", name: str
    ) -> "tuple[Lmtp | None, bool]":
        """The connection, if it still stands, and what the story says."""
        try:
            if self.running is None:
                raise ConnectionError
            lmtp = lmtp or self.running.connect()
            self.attempts += 1
            return lmtp, story(lmtp, name)
        except OSError:
            time.sleep(0.01)
            return None, False

    def _regret(self) -> None:
        """Every other complaint that nobody took back at once is taken back when its report is at the mail host."""
        lmtp: Lmtp | None = None
        for name in iter(self._host.reported.get, None):
            is_ours = name in self.complained and not name.endswith(_AT_ONCE) and sum(name.encode()) % 2
            while is_ours and name not in self.regretted and not self.over.is_set():
                lmtp, _ = self._attempt(lmtp, self._not_spam, name)

    def _not_spam(self, lmtp: "Lmtp", name: str) -> bool:
        return self._note(self.regretted, name, _moved(lmtp, NOT_JUNK, name))

    def _signed(self, lmtp: "Lmtp", name: str) -> bool:
        data = self.desk.feedback(name)
        header = dkim.sign(data, domain="east.example", selector="k1", key=self._key)
        return self._note(self.acknowledged, name, lmtp.deliver(name, header + data))

    def _unsigned(self, lmtp: "Lmtp", name: str) -> bool:
        return self._note(self.acknowledged, name, lmtp.deliver(name, self.desk.feedback(name)))

    def _complaint(self, lmtp: "Lmtp", name: str) -> bool:
        """Every third complaint is taken back at once; some of those when it was decided already."""
        if name not in self.complained:
            self._note(self.complained, name, _moved(lmtp, JUNK, name))
            return False
        if name.endswith(_AT_ONCE):
            return self._note(self.taken_back, name, _moved(lmtp, NOT_JUNK, name))
        return True

    @staticmethod
    def _note(known: set[str], name: str, answer: bytes) -> bool:
        taken = answer.startswith(b"250 ")
        if taken:
            known.add(name)
        return taken


def _complained(name: str) -> bytes:
    return COMPLAINED.format(name=name, mark=name.translate(_MARK), host=sum(name.encode()) % 250, now=NOW).encode()


def _moved(lmtp: "Lmtp", mailbox: str, name: str) -> bytes:
    lmtp.say(f"MAIL FROM:<{name}@west.example>\r\nRCPT TO:<{mailbox}>\r\nDATA\r\n".encode(), 3)
    return lmtp.say(_complained(name) + b".\r\n")


def _kill_again_and_again(desk: "Desk", load: Load) -> int:
    """Gates, worker or all of it die by SIGKILL; how many died. Every fourth time all of it lives until a report was regretted."""
    chance, killed, rounds = random.Random(KILLS), 0, 0  # noqa: S311
    while killed < KILLS:
        load.running = running = desk.start()
        victims = [*chance.choices(["worker", "gates"], k=chance.randrange(4)), "all"]
        rounds += 1
        for victim in victims:
            before, regretted = load.all, len(load.regretted)
            desk.wait_until(lambda before=before: load.all > before, "mail that is acknowledged")  # type: ignore[misc]
            if victim == "all" and rounds % 4 == 0:
                _until_regretted(desk, load, regretted)
            time.sleep(chance.random() * 0.3)  # at any moment, and not when something happened
            pid = running.child(victim)
            if victim == "all" or pid is None:
                break
            os.kill(pid, signal.SIGKILL)
            killed += 1
        load.running = None
        running.kill()
        killed += 1
    return killed


def _until_regretted(desk: "Desk", load: Load, count: int) -> None:
    desk.wait_until(lambda: len(load.regretted) > count, "a report that has left, and somebody who takes his word back")


def test_what_was_acknowledged_is_stored_once(
    make_west: "Callable[[int], tuple[Desk, Ed25519PrivateKey]]", mail_host: tuple[MailHost, int], tmp_path: Path
) -> None:
    """Every acknowledged mail is one report or complaint, every exchanged one a leaf, and what leaves is at the mail host."""
    host, port = mail_host
    desk, key = make_west(port)
    command = [sys.executable, "-m", "comity", "--config", str(tmp_path / "comity.toml")]
    subprocess.run([*command, "peer", "live", "east"], check=True, capture_output=True)
    load = Load(desk, key, host)
    try:
        killed = _kill_again_and_again(desk, load)
        load.running = running = desk.start()
        _until_regretted(desk, load, len(load.regretted))
        running.kill()
    finally:
        load.end()
    with closing(sqlite3.connect(desk.data / "comity.db")) as connection, connection:
        connection.execute("UPDATE outbox SET leased_until = 0 WHERE leased_until IS NOT NULL")  # ten minutes pass
    desk.start()
    desk.wait_until_worked_off()
    done = "SELECT count(*) FROM complaint WHERE state = 'waiting'"
    desk.wait_until(lambda: desk.count("comity.db", done) == 0, "complaints that are decided")
    going = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')"
    desk.wait_until(lambda: desk.count("comity.db", going) == 0, "mail that has left", 300)

    rows = [str(row[0]) for row in desk.ask("comity.db", "SELECT message_id FROM report WHERE message_id LIKE '%m-k%'")]
    stored = [row.strip("<>").removeprefix("m-").partition("@")[0] for row in rows]
    assert len(set(stored)) == len(stored), "counted twice"
    assert load.acknowledged <= set(stored), "acknowledged and lost"
    assert desk.count("comity.db", "SELECT sum(reports) FROM abuse_case") == len(stored)
    assert desk.count("comity.db", "SELECT count(*) FROM shunt") == 0
    states = _complaints(desk)
    assert load.complained <= states.keys(), "a complaint that was acknowledged and lost"
    gone = {"taken-back", "retracted"}
    assert {name for name in load.taken_back if states[name] not in gone} == set(), "taken back, and still standing"
    assert {states[name] for name in load.regretted} == {"retracted"}, "its report had left, and it was not retracted"
    _agree(command, desk)
    leaves = [leaf.read(data) for (data,) in desk.ask("comity.db", "SELECT data FROM leaf") if isinstance(data, bytes)]
    taken_out = sum(each is not None and each["type"] == "retract" for each in leaves)
    assert taken_out >= len(load.regretted), "taken back, and no leaf says so"
    sent = {str(row[0]) for row in desk.ask("comity.db", "SELECT count(*) FROM outbox WHERE state = 'sent'")}
    assert sum(1 for _ in host.taken) >= int(sent.pop())
    retracted = list(states.values()).count("retracted")
    twice = sum(times > 1 for times in host.taken.values())
    assert max(host.taken.values(), default=0) <= 4, "sent more often than it is tried"
    lost = "SELECT count(*) FROM outbox WHERE state = 'failed'"
    assert desk.count("comity.db", lost) == 0, "given up"
    print(
        f"{killed} kills, {load.attempts} deliveries, {load.all} acknowledged, {len(stored)} reports, {len(states)} complaints, "
        f"{len(load.taken_back)} taken back at once, {len(load.regretted)} when the report had left, {retracted} retracted, "
        f"{taken_out} of {len(leaves)} leaves take one out, {len(host.taken)} mails left, {twice} of them twice"
    )


def _complaints(desk: "Desk") -> dict[str, str]:
    """The state of each complaint, by the name of its mail."""
    rows = desk.ask("comity.db", "SELECT data, state FROM complaint JOIN raw ON raw.id = raw_id WHERE NOT not_spam")
    named = [
        (re.search(rb"<c-(\w+)@", zlib.decompress(data)), str(state)) for data, state in rows if isinstance(data, bytes)
    ]
    states = {found[1].decode().translate(_NAME): state for found, state in named if found}
    assert len(states) == len(rows), "a complaint that is there twice"
    return states


def _agree(command: list[str], desk: "Desk") -> None:
    """Leaves less retractions are the rows are the roll-ups, in each channel, proved from the bytes of the leaves."""
    ran = subprocess.run([*command, "ledger", "verify", "--json"], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    channels = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(channels) == 2
    assert all(each["holds"] and each["leaves"] > 0 for each in channels)
