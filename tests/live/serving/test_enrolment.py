"""A network enrols beside real servers: BIND says its records, Postfix carries each mail, its people read theirs in a Maildir."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comity.bootstrap.first_run import first_run
from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.outlets.private_key import KeySort

from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Postfix

    from .conftest import Desk

pytestmark = pytest.mark.live
NAMED = shutil.which("named", path="/usr/sbin")
POSTMAP = shutil.which("postmap") or shutil.which("postmap", path="/usr/sbin")
IP = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
UNSHARE = shutil.which("unshare")
POSTFIX = """
transport_maps = inline:{{ {{ west.example = lmtp:inet:127.0.0.1:{gate} }} }}
relay_domains = west.example
virtual_mailbox_domains = east.example, carrier.example
virtual_mailbox_base = {mail}
virtual_mailbox_maps = hash:{mail}/boxes
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
"""
BOXES = ("fbl@east.example", "abuse@east.example", "postmaster@east.example", "abuse@carrier.example")
SUBJECTS = ("", "Spring shoes", "A loan for you", "Your parcel waits", "Learn Chinese", "Free coffee")  # campaigns
COMPLAINT = """\
Received: from h.example (h.example [198.51.100.70]) by mx.west.example (Postfix) with ESMTP id 4ABC{number}
\tfor <{who}@west.example>; {day}
From: News <news@east.example>
To: {who}@west.example
Subject: {subject}
Message-ID: <{number}@east.example>

buy
"""


@dataclass
class Zones:
    """BIND on an address of its own, port 53, and a resolv.conf that names it."""

    folder: Path
    address: str
    process: "subprocess.Popen[bytes] | None" = None

    def say(self, *records: str) -> None:
        """What stands in the zones from now on; a new serial each time."""
        serial = int(time.time() * 10) % (1 << 31)
        head = f"$TTL 1\n@ IN SOA ns.example. host.example. {serial} 60 60 60 1\n@ IN NS ns.example.\n"
        for zone in ("east.example", "100.51.198.in-addr.arpa"):
            own = [each for each in records if each.split()[0].rstrip(".").endswith(zone)]
            (self.folder / f"{zone}.zone").write_text(head + "\n".join(own) + "\n")
        if self.process is not None:
            self.process.send_signal(1)  # SIGHUP: read the zones again
            self._wait(str(serial))

    def start(self) -> None:
        zones = "".join(
            f'zone "{zone}" {{ type primary; file "{self.folder}/{zone}.zone"; }};\n'
            for zone in ("east.example", "100.51.198.in-addr.arpa")
        )
        (self.folder / "named.conf").write_text(
            f'options {{ directory "{self.folder}"; pid-file "{self.folder}/pid"; session-keyfile "{self.folder}/key"; '
            f"listen-on port 53 {{ {self.address}; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; }};\n"
            f"controls {{ }};\n{zones}"
        )
        self.say()
        with (self.folder / "log").open("wb") as log:
            command = [str(NAMED), "-g", "-c", str(self.folder / "named.conf"), "-n", "1"]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT)
        self._wait("60 60 60 1")

    def _wait(self, what: str) -> None:
        command = ["dig", f"@{self.address}", "+short", "+tries=1", "+time=2", "east.example", "SOA"]
        deadline = time.monotonic() + 60
        while what not in subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout:
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def inside(self, *command: str) -> list[str]:
        """A command that asks this server: it sees a resolv.conf of its own, nobody else does."""
        there = Path("/etc/resolv.conf").resolve()
        bind = f'mount --bind "{self.folder}/resolv.conf" {there} && exec "$@"'
        return [str(UNSHARE), "--mount", "--propagation", "private", "/bin/sh", "-c", bind, "sh", *command]


@pytest.fixture
def zones(open_path: Path) -> Iterator[Zones]:
    if None in {NAMED, UNSHARE, shutil.which("dig"), IP} or os.geteuid() != 0:
        pytest.skip("this needs root, BIND, dig, ip and unshare")
    address = f"127.77.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
    folder = open_path / "dns"
    folder.mkdir()
    made = Zones(folder, address)
    (folder / "resolv.conf").write_text(f"nameserver {address}\n")
    if subprocess.run(made.inside("true"), check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a resolv.conf of his own")
    # BIND listens at addresses that an interface has, and programs ask at port 53.
    if subprocess.run([str(IP), "address", "add", f"{address}/32", "dev", "lo"], check=False).returncode:
        pytest.skip("this machine lets nobody have an address of his own")
    try:
        made.start()
        yield made
    finally:
        if made.process is not None:
            made.process.terminate()
            made.process.wait(120)
        subprocess.run([str(IP), "address", "del", f"{address}/32", "dev", "lo"], check=True)


@dataclass
class Walk:
    """West, its name server, its mail host, and the Maildirs of the other side."""

    desk: "Desk"
    postfix: "Postfix"
    zones: Zones
    mail: Path

    def run(self, *words: str, status: int = 0) -> str:
        """A command of our operator's."""
        command = [sys.executable, "-m", "comity", "--config", str(self.desk.folder / "comity.toml"), *words]
        ran = subprocess.run(self.zones.inside(*command), capture_output=True, text=True, timeout=300, check=False)
        assert ran.returncode == status, (words, ran.stdout, ran.stderr)
        return ran.stdout

    def show(self, name: str = "east") -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.run("consumer", "show", name, "--json"))
        return shown

    def complain(self, number: int, who: str, status: int = 0) -> None:
        """One of our people complains about their mail."""
        day = formatdate(time.time())
        path = self.desk.folder / f"{number}.eml"
        path.write_text(COMPLAINT.format(number=number, who=who, day=day, subject=SUBJECTS[number]))
        self.run("complain", str(path), "--recipient", f"{who}@west.example", status=status)

    def wait_for_report(self) -> bytes:
        """The first report in their mailbox."""
        found: list[bytes] = []

        def is_there() -> bool:
            found[:] = [each for each in self.inbox("fbl@east.example") if b"feedback-report" in each]
            return bool(found)

        self.desk.wait_until(is_there, "a report: " + self.postfix.log()[-2000:], 120)
        return found[0]

    def has_mailboxes(self, *addresses: str) -> None:
        """Which mailboxes there are over there from now on."""
        boxes = self.mail / "boxes"
        boxes.write_text("".join(f"{each} {each.partition('@')[2]}/{each.partition('@')[0]}/\n" for each in addresses))
        subprocess.run([str(POSTMAP), f"hash:{boxes}"], check=True, timeout=120)
        self.postfix.control("reload")

    def inbox(self, address: str) -> list[bytes]:
        """What lies in a mailbox of theirs, oldest first."""
        name, _, domain = address.partition("@")
        found = sorted((self.mail / domain / name / "new").glob("*"), key=lambda each: each.stat().st_mtime_ns)
        return [each.read_bytes() for each in found]

    def wait_for(self, address: str, said: str) -> str:
        """The text of the first mail there that says this."""
        found: list[str] = []

        def is_there() -> bool:
            texts = [readable(scan(each)) for each in self.inbox(address)]
            found[:] = [each for each in texts if said in each]
            return bool(found)

        self.desk.wait_until(is_there, f"{said!r} at {address}: {self.postfix.log()[-2000:]}", 120)
        return found[0]

    def answer(self, address: str, word: str) -> None:
        """Whoever reads this mailbox answers the newest question there by hand, through Postfix."""
        asked = [readable(scan(each)) for each in self.inbox(address)]
        codes = [found[1] for found in (re.search(r"\n +(P-[A-Z2-7]{16})\n", each) for each in asked) if found]
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = address, "feedback@west.example", "Re: Feedback loop"
        mail.set_content(f"{word} {codes[-1]}\n")
        self.postfix.send(["feedback@west.example"], mail.as_bytes(), envelope_from=address)

    def wait_state(self, state: str) -> dict[str, Any]:
        """Within two minutes: nothing here waits for the next round of housekeeping."""
        there = "SELECT state FROM consumer WHERE name = 'east'"
        self.desk.wait_until(lambda: self.desk.ask("comity.db", there) == [(state,)], state, 120)
        shown = self.show()
        assert shown["state"] == state
        return shown


@pytest.fixture
def maildirs() -> Iterator[Path]:
    """Where Postfix, under another account, delivers: not below pytest's own folder, which each run closes to others."""
    folder = Path(tempfile.mkdtemp(prefix="comity-maildirs-"))
    folder.chmod(0o755)
    shutil.chown(folder, "nobody")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def walk(
    zones: Zones,
    make_desk: "Callable[..., Desk]",
    make_postfix: "Callable[[str], Postfix]",
    open_path: Path,
    maildirs: Path,
) -> Walk:
    """All of them, running."""
    mail, port = maildirs, free_port()
    desk = make_desk()
    for each in ("comity.toml", "comity.db"):
        (open_path / each).unlink()
    postfix = make_postfix(POSTFIX.format(gate=port, mail=mail, user=mail.stat().st_uid))
    given: dict[str, Any] = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "identity.organisation": "West Mail",
        "reading.trusted_hosts": ["mx.west.example"],
        "sending.host": "127.0.0.1",
        "sending.port": postfix.port,
        "sending.wait_seconds": 0,
        "sending.suspend_after": 2,
        "gates.lmtp": [f"127.0.0.1:{port}"],
        "gates.mailboxes": ["feedback@west.example", "bounces@west.example"],
        "gates.reserve_mib": 1,
    }
    first_run(open_path, given, KeySort.ED25519)
    made = Walk(desk, postfix, zones, mail)
    made.has_mailboxes(*BOXES)
    (open_path / "ours.csv").write_text("network,contact\n198.51.100.0/24,abuse@carrier.example\n")
    made.run("contact", "import", str(open_path / "ours.csv"))
    desk.start(before=zones.inside())
    return made


def test_from_the_application_to_leaving(walk: Walk) -> None:
    """A record proves the domain beside that of another operator, its own people the mailbox, the registered contact the network;
    reports leave on trial; a dead mailbox suspends, and the people of the domain are told; leaving is one step."""
    claims = ("--domain", "east.example", "--network", "198.51.100.64/26")
    walk.run("consumer", "apply", "east", "--mailbox", "fbl@east.example", *claims)
    assert "abuse@carrier.example" in walk.run("consumer", "show", "east")
    (record,) = [each for each in walk.show()["claims"] if each["dns_name"]]
    name = record["dns_name"]
    walk.zones.say(f'{name}. TXT "comity-of-another-operator"', f'{name}. TXT "{record["dns_value"]}"')
    walk.run("consumer", "prove", "east", "--mail", status=75)  # the mailbox and the network are still open
    assert [each["way"] for each in walk.show()["claims"]].count("dns") == 1

    walk.wait_for("fbl@east.example", "fbl@east.example")
    walk.wait_for("abuse@carrier.example", "198.51.100.64/26")
    for asked in walk.inbox("fbl@east.example"):  # a ticket system repeats what it gets
        again = b"From: fbl@east.example\nSubject: Re: your ticket\n\n> " + asked.replace(b"\n", b"\n> ")
        walk.postfix.send(["feedback@west.example"], again)
    walk.answer("abuse@carrier.example", "agree")
    answered = "SELECT count(*) FROM consumer_claim WHERE way = 'mail'"
    walk.desk.wait_until(lambda: walk.desk.count("comity.db", answered) == 1, "the contact's answer", 120)
    shown = walk.show()
    assert (shown["state"], [each["way"] for each in shown["claims"]].count("mail")) == ("applied", 1)
    walk.answer("fbl@east.example", "同意")
    walk.wait_state("proved")
    assert "fbl@east.example" in walk.run("consumer", "accept", "east")
    walk.wait_for("fbl@east.example", "on trial")

    walk.complain(1, "ann")
    report = walk.wait_for_report()
    assert b"ann@" not in report
    walk.has_mailboxes("abuse@east.example", "postmaster@east.example", "abuse@carrier.example")
    for number, who in ((2, "bob"), (3, "cai")):
        walk.complain(number, who)
    walk.wait_state("suspended")
    for to in ("abuse@east.example", "postmaster@east.example"):
        assert "its mailbox refuses reports" in walk.wait_for(to, "have stopped")

    walk.has_mailboxes(*BOXES)
    before = len(walk.inbox("fbl@east.example"))  # the notice may be there before the command ends
    walk.run("consumer", "resume", "east")
    walk.complain(4, "dee")
    walk.desk.wait_until(lambda: len(walk.inbox("fbl@east.example")) >= before + 2, "a notice and a report", 120)
    assert walk.show()["state"] == "trial"
    walk.run("consumer", "leave", "east")
    walk.wait_for("fbl@east.example", "has left")
    there = len(walk.inbox("fbl@east.example"))
    walk.complain(5, "eve", status=78)  # nobody is left who could be told
    assert walk.desk.count("comity.db", "SELECT count(*) FROM complaint WHERE state = 'waiting'") == 0
    assert walk.desk.count("comity.db", "SELECT count(*) FROM outbox WHERE state = 'waiting'") == 0
    assert len(walk.inbox("fbl@east.example")) == there
