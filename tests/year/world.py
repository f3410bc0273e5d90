"""Two networks, the people and machines around them, and a year of days.

Answers:    ``World(folder)`` makes all of it; ``go(until)`` lets time pass in steps of a few hours and does at each what people,
            feeds, books and the two workers do. What happened stands in ``mails``, ``done`` and ``problems``.
Limits:     west is a mailbox provider in New York, east an access provider in ``zone``. Chance is drawn from a seed.
"""

import re
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from random import Random
from secrets import token_bytes
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from comity.bootstrap import sending
from comity.bootstrap.pages import passwords
from comity.cli.demo.agreeing import TERMS
from comity.formats import dkim
from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.model.account import Role
from comity.model.arrival import Arrival
from comity.outlets.dns_keys import DnsKeys
from comity.outlets.peers import client
from comity.services.complain.sending import Answer, Envelope, Reply
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.signing_in import Entered, Given, SigningIn

from .clock import Clock
from .network import Given as Settings
from .network import Network

START: Final = datetime(2027, 10, 25, 5, 30, tzinfo=UTC)
WEST, EAST = "west.example", "east.example"
LINES: Final = 12
_STEP: Final = (14_400, 28_800)  # seconds
_SITE: Final = "http://127.0.0.1:1"
_LETTERS: Final = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
_AGREED: Final = """\
[[agreement]]
peer = "{peer}"
address = "{address}"
networks = [{networks}]
tier = "T2"
body = "bulk"
languages = ["en", "zh"]
"""
_PASSWORD: Final = "correct horse battery"
_COUNTED: Final = ("letters.example", "shop.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """A mail that left a network."""

    at: datetime
    by: str
    to: str
    subject: str
    data: bytes


class World:
    """All of it."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        patched: pytest.MonkeyPatch,
        *,
        zone: str = "Asia/Shanghai",
        databases: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        self.folder, self.clock, self.zone = folder, clock, zone
        self.chance = Random(seed)  # noqa: S311 - traffic, not secrets
        self.mails: list[Mailed] = []
        self.done = Counter[tuple[str, date]]()  # what the people did, by kind and day
        self.problems: list[str] = []
        self.found: dict[tuple[str, str], datetime] = {}  # since when something is there that should have gone
        self.told: set[tuple[str, str]] = set()  # what the oracles said already
        self.waits: list[tuple[str, datetime]] = []
        self.kept: Arrival | None = None
        self.imposed: list[tuple[str, date]] = []
        self.held: dict[str, str] = {}
        self.answering = {"fbl@letters.example", "abuse@harbour.example"}
        self.dns: dict[str, str] = {}
        self.ends: dict[str, list[tuple[datetime, datetime]]] = {}  # when a machine was off
        self.infected: dict[int, tuple[date, date]] = {}
        self.statements: dict[str, Path] = {}
        self.plans: list[tuple[datetime, Callable[[], None]]] = []
        self._number, self._day = 0, None
        self._put_in_place(patched)
        self._make(databases or {})
        self.networks = {each.name: each for each in (self.west, self.east)}

    def wrong(self, what: str) -> None:
        """Something that must not be."""
        self.problems.append(f"{self.clock.now():%Y-%m-%d %H:%M} {what}")

    # -- what lies around the networks

    def _put_in_place(self, patched: pytest.MonkeyPatch) -> None:
        world = self

        class Way:
            """To a peer, without a socket."""

            def __init__(self, site: Any, *, seconds: float | None = None) -> None:
                self._to = site.peer

            def _door(self, name: str, data: bytes) -> tuple[int, Mapping[str, Any]]:
                there = world.networks[self._to]
                return (0, {}) if world.is_off(self._to) else getattr(there, name)(data)

            def post(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
                return self._door("take_leaves", data)

            def ask(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
                return self._door("answer_question", data)

            def hand(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
                return self._door("take_documents", data)

            def state(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
                return self._door("take_statement", data)

            def close(self) -> None:
                """Nothing to close."""

        class Host:
            """The mail host of both."""

            def __init__(self, terms: Any) -> None:
                self._by = terms.our_name

            def send(self, mail: Envelope) -> Reply:
                world.carry(self._by.removeprefix("mx1."), mail)
                return Reply(answer=Answer.ACCEPTED, text="250 taken")

            def close(self) -> None:
                """Nothing to close."""

        def find(self: DnsKeys, names: Any) -> Mapping[str, bytes | None]:
            return {each: world.dns[each].encode() if each in world.dns else None for each in names}

        patched.setattr(client, "PeerClient", Way)
        patched.setattr(sending, "MailHost", Host)
        patched.setattr(DnsKeys, "find", find)
        patched.setattr(DnsKeys, "is_silent", lambda self, name: False)

    def carry(self, by: str, mail: Envelope) -> None:
        """A mail leaves one network: to the other one's gate, or to somebody who reads it."""
        subject = str(make_header(decode_header(message_from_bytes(mail.data).get("Subject", ""))))
        self.mails.append(Mailed(at=self.clock.now(), by=by, to=mail.to, subject=subject, data=mail.data))
        there = self.networks.get(mail.to.rpartition("@")[2])
        if there is not None and mail.to.partition("@")[0] in ("feedback", "abuse", "bounces"):
            arrival = Arrival(
                gate="smtp",
                envelope_from=mail.envelope_from,
                recipients=(mail.to,),
                arrived=self.clock.now(),
                data=mail.data,
            )
            there.take(arrival)
        if mail.to in self.answering:
            self._answer(by, mail)

    def _answer(self, by: str, mail: Envelope) -> None:
        """Whoever reads this mailbox agrees to what a mail with a code asks."""
        found = re.search(r"(?:\n +|Code: )(P-[A-Z2-7]{16})\n", readable(scan(mail.data)))
        if found is None:
            return
        answer = EmailMessage()
        answer["From"], answer["To"], answer["Subject"] = mail.to, f"feedback@{by}", "Re: your question"
        answer.set_content(f"agree {found[1]}\n")
        arrival = Arrival(
            gate="smtp",
            envelope_from=mail.to,
            recipients=(f"feedback@{by}",),
            arrived=self.clock.now(),
            data=answer.as_bytes(),
        )
        self.networks[by].take(arrival)

    # -- the beginning

    def _make(self, databases: Mapping[str, str]) -> None:
        self.west = Network(self, WEST, {**_west(), **_lies(databases, WEST)}, _WEST_TABLES)
        self.east = Network(self, EAST, {**_east(self.zone), **_lies(databases, EAST)})
        self.networks = {}
        for ours, theirs, networks in (
            (self.west, ("east", f"abuse@{EAST}"), '"198.51.100.0/24", "203.0.113.64/26"'),
            (self.east, ("west", f"feedback@{WEST}"), '"192.0.2.128/25"'),
        ):
            peer, address = theirs
            ours.file("agreements.toml", _AGREED.format(peer=peer, address=address, networks=networks))
        for ours, theirs in ((self.west, self.east), (self.east, self.west)):
            zone = (theirs.folder / "dkim.zone").read_text(encoding="ascii")
            ours.file("keys.zone", zone + f'k1._domainkey.letters.example. TXT "{dkim.public_record(_LETTERS)}"\n')
        self.east.file("own.csv", _OWN)
        for each in (self.west, self.east):
            each.start()
        self.networks = {each.name: each for each in (self.west, self.east)}
        self._pair()
        self._enrol()
        self._help()
        for each in (self.west, self.east):
            each.again()

    def _pair(self) -> None:
        for ours, theirs in ((self.west, self.east), (self.east, self.west)):
            (card,) = theirs.comity("peer", "card")
            ours.comity("peer", "add", ours.file(f"{theirs.name}.card", card["card"]))
            ours.comity("peer", "trust", theirs.name, *card["words"][0].split())
        terms, proposal, both = (str(self.west.folder / each) for each in ("terms.toml", "proposal.note", "both.note"))
        Path(terms).write_text(TERMS, encoding="utf-8")
        self.west.comity("agreement", "propose", EAST, "--terms", terms, "--out", proposal)
        self.east.comity("agreement", "accept", proposal, "--out", both)
        self.west.comity("agreement", "take", both)
        self.west.comity("peer", "live", "east")
        self.east.comity("peer", "live", "west")

    def _enrol(self) -> None:
        west = self.west
        (made,) = west.comity(
            "consumer", "apply", "letters", "--mailbox", "fbl@letters.example", "--domain", "letters.example"
        )
        for each in made["claims"]:
            if each["dns_name"]:
                self.dns[each["dns_name"]] = each["dns_value"]
        with west.store.write() as rows:
            Keeping(rows.accounts, passwords(), self.clock.now()).make("mei", Role.ADMINISTRATOR, _PASSWORD)
        contacts = west.file("contacts.csv", "network,contact\n192.0.2.0/27,abuse@harbour.example\n")
        west.comity("contact", "import", contacts, "--date", f"{self.clock.now():%Y-%m-%d}")
        west.comity("contact", "confirm", "abuse@harbour.example", "--by", "mei")

        self.at(START + timedelta(days=1), lambda: west.comity("consumer", "prove", "letters", "--mail", status=75))
        self.at(START + timedelta(days=2), lambda: west.comity("consumer", "accept", "letters"))
        self.at(START + timedelta(days=20), lambda: west.comity("consumer", "confirm", "letters"))

    def _help(self) -> None:
        people = "".join(f"line-{n},{'zh-CN' if n % 2 else 'en'},line{n}@lines.example\n" for n in range(LINES))
        self.east.comity("subscriber", "import", self.east.file("people.csv", f"subscriber,language,mail\n{people}"))

    # -- time

    def is_off(self, name: str) -> bool:
        """Whether the machine of a network is off."""
        return any(begin <= self.clock.now() < end for begin, end in self.ends.get(name, ()))

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Do something then."""
        self.plans.append((when, act))
        self.plans.sort(key=lambda each: each[0])

    def go(self, until: datetime) -> None:
        """Let time pass."""
        while self.clock.now() < until:
            self.clock.go(self.clock.now() + timedelta(seconds=self.chance.randrange(*_STEP)))
            self.step()

    def step(self) -> None:
        """What everybody does at this moment."""
        now = self.clock.now()
        while self.plans and self.plans[0][0] <= now:
            self._try(self.plans.pop(0)[1])
        if now.date() != self._day and now.hour >= 6:
            self._day = now.date()
            self._try(lambda: self.people(now))
        for each in self.networks.values():
            if not self.is_off(each.name):
                self._try(each.turn)

    def _try(self, act: Callable[[], None]) -> None:
        """A command that was refused, or a fault of ours, is written down, and the year goes on."""
        try:
            act()
        except Exception as error:
            where = traceback.format_exc().splitlines()[-8:]
            self.wrong(f"{type(error).__name__}: {error} {where}")

    # -- what people, feeds and books do, once a day

    def people(self, now: datetime) -> None:
        """A day of theirs."""
        self._change_mind(now)
        for number in range(6):
            self._complain(now, f"198.51.100.{number}" if number % 3 else "198.51.100.7", "junk")
        self._complain(now, "198.51.100.200", "junk")
        for _ in range(2):
            self._complain(now, "192.0.2.40", "junk", signed=True)
        self._feed(now)
        self._count(now)
        if now.weekday() == 4:
            self._desk(now)
        if now.weekday() == 1:
            self._sign_in(now)

    def _complain(self, now: datetime, source: str, folder: str, *, signed: bool = False) -> None:
        if self.is_off(WEST):
            return
        self._number += 1
        mailbox = f"ann{self._number % 7}@{WEST}"
        domain = "letters.example" if signed else "shop.example"
        written = (
            f"From: Shop <news@{domain}>\r\nTo: {mailbox}\r\nSubject: News {self._words(4)}\r\n"
            f"Date: {format_datetime(now)}\r\nMessage-ID: <c{self._number}@{domain}>\r\n\r\n{self._words()}\r\n"
        ).encode()
        if signed:
            written = dkim.sign(written, domain=domain, selector="k1", key=_LETTERS) + written
        head = (
            f"Delivered-To: {mailbox}\r\n"
            f"Received: from h.example (h.example [{source}]) by mx1.{WEST} (Postfix) with ESMTP id 4{self._number}\r\n"
            f"\tfor <{mailbox}>; {format_datetime(now)}\r\n"
        ).encode()
        arrival = Arrival(
            gate="lmtp", envelope_from=mailbox, recipients=(f"{folder}@{WEST}",), arrived=now, data=head + written
        )
        self.west.take(arrival)
        self.done["complaint-letters" if signed else "complaint-east", now.date()] += 1
        self.kept = replace(arrival, recipients=(f"not-junk@{WEST}",))

    def _change_mind(self, now: datetime) -> None:
        """Each third day somebody takes back what was complained about the day before."""
        if self.kept is not None and now.toordinal() % 3 == 0 and not self.is_off(WEST):
            self.west.take(self.kept)
            self.done["taken-back", now.date()] += 1

    def _words(self, n: int = 40) -> str:
        """No two mails are one campaign."""
        return " ".join("".join(self.chance.choices("abcdefghijklmnoprstuvw", k=6)) for _ in range(n))

    def _feed(self, now: datetime) -> None:
        if self.is_off(EAST):
            return
        east, day = self.east, now.date()
        held = "".join(
            f"{self.address(n, now)},,line-{n},{self.began(now).isoformat()},{self.moves(now).isoformat()}\n"
            for n in range(LINES)
        )
        east.comity("lease", "import", east.file("leases.csv", f"address,ports,subscriber,began,ended\n{held}"))
        if day.day in (3, 18):
            line = (day.month * 2 + (day.day > 9)) % LINES
            self.infected[line] = (day, day + timedelta(days=4))
        rows = [(203, "192.0.2.9")]  # nobody's of ours: the feed is heard every day
        rows += [(line, self.address(line, now)) for line, (one, other) in self.infected.items() if one <= day <= other]
        seen = now - timedelta(hours=1)
        lines = "".join(f"{seen:%Y-%m-%d %H:%M:%S},{address},41022,64500,ZZ,mirai\n" for _, address in rows)
        name = f"{day}-event4_sinkhole-east.csv"
        feed = east.file(name, f"timestamp,src_ip,src_port,src_asn,src_geo,family\n{lines}")
        taken = east.comity("sighting", "import", feed, "--trusted", "shadowserver")
        self.done["sighted", day] += len(rows) - 1
        self.done["opened", day] += sum(len(each.get("opened") or ()) for each in taken)
        self.done["relapses", day] += sum(len(each.get("relapses") or ()) for each in taken)
        Path(feed).unlink()

    def began(self, now: datetime) -> datetime:
        """Since when lines have their addresses: each month they move."""
        return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def moves(self, now: datetime) -> datetime:
        """When they move next."""
        return self.began(self.began(now) + timedelta(days=32))

    def address(self, line: int, now: datetime) -> str:
        """Which address a line has."""
        return f"203.0.113.{80 + (line + now.month) % LINES}"

    def _desk(self, now: datetime) -> None:
        """On Fridays a person at the desk works."""
        if self.is_off(EAST):
            return
        for each in self.east.comity("case", "list", "--state", "new", "--limit", "20"):
            if not str(each.get("label", "")).startswith("line-"):
                self.east.comity("case", "close", each["case"], "--outcome", "stopped", "--by", "mei")
                self.done["closed", now.date()] += 1

    def _count(self, now: datetime) -> None:
        """The mail hosts of west count what they delivered the day before."""
        if self.is_off(WEST):
            return
        day = now.date() - timedelta(days=1)
        lines = "".join(
            f"{day}T{hour:02}:00:00Z,{domain},192.0.2.40,inbox,10\n" for hour in range(24) for domain in _COUNTED
        )
        self.west.comity(
            "counters", "import", self.west.file("counters.csv", f"hour,domain,source,folder,mails\n{lines}")
        )

    def _sign_in(self, now: datetime) -> None:
        """Mei signs in at west; nobody signs out."""
        if self.is_off(WEST):
            return
        entering = SigningIn(self.west.store, passwords(), token_bytes)
        entered = entering.enter(Given(name="mei", password=_PASSWORD, household="h"), now)
        if not isinstance(entered, Entered):
            self.wrong(f"mei cannot sign in: {entered}")

    def impose(self) -> None:
        """West lists somebody for a month, who objects in every second month and is answered late in every fourth."""
        now = self.clock.now()
        until = (now + timedelta(days=40)).date().isoformat()
        words = (
            "--measure",
            "listed",
            "--reason",
            "mail to traps",
            "--until",
            until,
            "--by",
            "mei",
            "--also",
            "trap",
            "--also",
            "sinkhole",
        )
        (made,) = self.west.comity("recourse", "impose", f"203.0.113.{200 + now.month}", *words)
        reference = str(made["reference"])
        self.imposed.append((reference, now.date()))
        if now.month % 2 == 0:
            argue = ("recourse", "argue", reference, "--text", "The server was cleaned.")
            self.at(now + timedelta(days=3), lambda: self.west.comity(*argue))
            answer = ("recourse", "answer", reference, "--text", "It is still seen.", "--by", "mei", "--refuse")
            self.at(now + timedelta(days=20 if now.month % 4 == 0 else 6), lambda: self.west.comity(*answer))

    def hold(self, until: str) -> None:
        """Counsel holds a case of a subscriber, and one of a host."""
        for each in self.east.comity("case", "list", "--all", "--limit", "200"):
            kind = "line" if str(each["label"]).startswith("line-") else "host"
            if kind not in self.held:
                self.held[kind] = str(each["case"])
                words = ("--until", until, "--why", "order 7", "--by", "counsel")
                self.east.comity("retention", "hold", "--case", self.held[kind], *words)

    def fall_silent(self) -> None:
        """The consumer answers no mail any more, and its records leave the DNS."""
        self.answering.discard("fbl@letters.example")
        self.dns.clear()

    def set_back(self) -> None:
        """The clock is set back by an hour soon after midnight, on a Monday."""
        midnight = self.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        for minutes in (20, -40):
            self.clock.go(midnight + timedelta(minutes=minutes))
            for each in self.networks.values():
                each.turn()

    def wait(self) -> None:
        """A person lets the newest case of a host wait for nine days."""
        for each in self.east.comity("case", "list", "--limit", "50"):
            if not str(each["label"]).startswith("line-") and each["state"] in ("new", "open"):
                self.east.comity("case", "act", each["case"], "wait", "--until", "9d", "--by", "mei")
                self.waits.append((str(each["case"]), self.clock.now()))
                return

    def state_quarter(self, period: str) -> None:
        """Both sign what they state of a quarter."""
        self.west.comity("statement", "propose", EAST, period)
        self.east.comity("statement", "accept", WEST, period)
        file = self.west.folder / f"statement-{period}.json"
        self.west.comity("statement", "fetch", EAST, period, "--out", str(file))
        self.statements[period] = file

    def rows(self, name: str) -> dict[str, int]:
        """How many rows each table of a network has."""
        from comity.store.metadata import metadata

        with self.networks[name].store.view() as connection:
            return {
                table: int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our names
                for table in sorted(metadata.tables)
            }


def _lies(databases: Mapping[str, str], name: str) -> Settings:
    return {"store.database": databases[name]} if name in databases else {}


def _both(name: str) -> Settings:
    other = EAST if name == WEST else WEST
    return {
        "identity.domain": name,
        "own.domains": [name],
        "complain.agreements": "agreements.toml",
        "gates.smtp": ["127.0.0.1:0"],
        "gates.reserve_mib": 1,
        "exchange.peers": [f"{other} {_SITE}"],
        "pages.listen": ["127.0.0.1:0"],
        "worker.dkim_keys": "keys.zone",
        "desk.weekly_to": [f"boss@{name}"],
        "coalition.digest": "daily",
        "coalition.digest_to": [f"digest@{name}"],
        "retention.holders": ["counsel"],
        "retention.normalised_days": 100,
        "retention.payload_days": 100,
        "retention.case_days": 100,
        "retention.sighting_days": 100,
        "data.lease_days": 60,
        "judging.starter": "none",
    }


def _west() -> Settings:
    return {
        **_both(WEST),
        "identity.address": f"feedback@{WEST}",
        "identity.organisation": "West Mail",
        "identity.reporting_mta": f"mx1.{WEST}",
        "reading.trusted_hosts": [f"mx1.{WEST}"],
        "own.networks": ["192.0.2.128/25"],
        "gates.mailboxes": [f"feedback@{WEST}", f"bounces@{WEST}"],
        "gates.moved_to_junk": [f"junk@{WEST}"],
        "gates.moved_from_junk": [f"not-junk@{WEST}"],
        "consumers.cards": "weekly",
        "consumers.cards_to": [f"cards@{WEST}"],
        "consumers.proof_days": 90,
        "unsolicited.enabled": True,
        "unsolicited.probe": True,
        "sources.alarm_to": [f"alarm@{WEST}"],
        "learning.keep_days": 60,
    }


def _east(zone: str) -> Settings:
    return {
        **_both(EAST),
        "identity.address": f"abuse@{EAST}",
        "identity.organisation": "East Access 东方接入",
        "identity.reporting_mta": f"mx1.{EAST}",
        "identity.language": "zh",
        "reading.trusted_hosts": [f"mx1.{EAST}"],
        "own.files": ["own.csv"],
        "gates.mailboxes": [f"abuse@{EAST}", f"bounces@{EAST}"],
        "help.listen": ["127.0.0.1:0"],
        "help.provider": "东方接入",
        "help.portal": "help.east.example",
        "help.help_line": "10000",
        "help.time_zone": zone,
        "help.notice_days": 100,
        "playbook.use": "ladder",
        "playbook.live": ["notice", "raise", "wait", "close"],
    }


_WEST_TABLES: Final = """
[[sources.loops]]
name = "jmrp"
domains = ["west.example"]
expires = 2028-06-15
"""
_OWN: Final = """\
prefix,customer,contact
198.51.100.0/25,Hosting,hosting-desk@east.example
198.51.100.128/25,Harbour Town,it@harbour.east.example
203.0.113.80/28,Home lines,care@east.example
"""
