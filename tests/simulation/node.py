"""One network of a simulation: the services of the program, joined as ``comity.bootstrap`` joins them, behind ports that can fail.

Limits:     gates, worker, sender and exchange are one process here, which dies as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from comity.attribution.origin import Vantage
from comity.cases.own_side import OwnSide
from comity.cases.standing import source_net
from comity.feedback.moves import MovePolicy
from comity.feedback.parties import Parties
from comity.formats import dkim
from comity.formats.own_side import read_own
from comity.formats.reading import read
from comity.ledger import pairing
from comity.ledger.day_close import Places
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.arrival import Arrival
from comity.model.case_outcome import CaseOutcome
from comity.model.mailbox_kind import Mailboxes, MailboxKind
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import Calendar
from comity.model.tier import Tier
from comity.services.complain.bounces import Bounces
from comity.services.complain.complaint import Complaints
from comity.services.complain.deciding import Deciding, Pacing
from comity.services.complain.exchanging import Exchange
from comity.services.complain.looking import AtHand, Looking
from comity.services.complain.peers import Peering
from comity.services.complain.sending import Answer, Envelope, Mailing, Persistence, Reply
from comity.services.complain.signing import signer
from comity.services.complain.straight_line import StraightLine, Terms
from comity.services.judge.learning.drawing import Drawing, People
from comity.services.judge.learning.hearing import Hearing, HearingTerms
from comity.services.prove import pairing as pairing_service
from comity.services.prove.agreement.accepting import Accepting
from comity.services.prove.agreement.acting import Ours
from comity.services.prove.agreement.taking import Taking
from comity.services.prove.closing import CloseTerms, Closing
from comity.services.prove.forwarding import Forwarding, Window, to_give
from comity.services.prove.leaves.objecting import Objecting
from comity.services.prove.receiving import Receiving, ReceivingTerms
from comity.services.prove.writing import Scribe
from comity.services.receive.answering import Answering
from comity.services.receive.answering import OwnSide as Answerer
from comity.services.receive.batches import Here
from comity.services.receive.coming_back import ComingBack
from comity.services.receive.exchange import Correspondents
from comity.services.receive.ingest import Ingest
from comity.services.receive.own_people import OwnPeople
from comity.services.receive.planning import Terms as IntakeTerms
from comity.services.receive.prepare import Delivery, Prepared, prepare
from comity.services.receive.reception import Reception
from comity.services.receive.signers import Signers
from comity.services.receive.working_off import WorkingOff, Workplace
from comity.store.group_commit import GroupCommit, Limits
from comity.store.tables.cases import abuse_case

from .ports import Crash, MortalSpool, MortalStore, disk

if TYPE_CHECKING:
    from .world import World

NETWORKS: Final = ("198.51.100", "203.0.113", "192.0.2", "198.51.101", "203.0.114")
_WAIT: Final = timedelta(minutes=1)  # in which a complaint can be taken back
_ANYTHING: Final = {  # where a program finds something to do
    "decide": "SELECT 1 FROM complaint WHERE state = 'waiting' LIMIT 1",
    "sweep": "SELECT 1 FROM outbox WHERE state = 'held' LIMIT 1",
    "send": "SELECT 1 FROM outbox WHERE state = 'waiting' LIMIT 1",
    "give": "SELECT 1 FROM channel c WHERE NOT c.is_copy AND c.reported = ? AND c.size > coalesce("
    "(SELECT max(size) FROM head h WHERE h.channel_id = c.id AND h.receipted IS NOT NULL), 0)",
}
_PATIENCE: Final = 4  # how often the worker waits for a disk before somebody makes room on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What one network is called, and its keys: the same ones in every run."""

    number: int

    @property
    def short(self) -> str:
        return f"n{self.number}"

    @property
    def domain(self) -> str:
        return f"n{self.number}.example"

    @property
    def address(self) -> str:
        return f"fbl@{self.domain}"

    @property
    def network(self) -> str:
        return f"{NETWORKS[self.number]}.0/24"

    def key(self, sort: int) -> Ed25519PrivateKey:
        return _key(8 * self.number + sort)


LEDGER, OFFLINE, DKIM = 0, 1, 2


@cache
def _key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(b"%d" % number).digest())


@cache
def names(number: int) -> Names:
    return Names(number=number)


@cache
def _card(number: int) -> pairing.Card:
    ours = names(number)
    public, offline = (ours.key(each).public_key().public_bytes_raw() for each in (LEDGER, OFFLINE))
    return pairing.card_of(ours.domain, public, offline)


@cache
def _provider(number: int) -> FeedbackProvider:
    ours, mx = names(number), f"mx.n{number}.example"
    return FeedbackProvider(
        domain=ours.domain,
        address=ours.address,
        organisation=f"Network {number}",
        reporting_mta=mx,
        trusted_hosts=(mx,),
    )


@cache
def _agreements(number: int, count: int) -> tuple[Agreement, ...]:
    return tuple(
        Agreement(
            peer=each.short, address=each.address, networks=(ip_network(each.network),), tier=Tier.T2, languages=("en", "zh"),
        )
        for each in map(names, range(count))
        if each.number != number
    )  # fmt: skip


@cache
def _words() -> Mapping[str, Any]:
    return {each: catalogue(each) for each in ("en", "zh")}


@cache
def _vantage(number: int) -> Vantage:
    return Vantage(
        trusted_hosts=frozenset(_provider(number).trusted_hosts), own_domains=frozenset({names(number).domain})
    )


@cache
def _line(number: int, count: int) -> StraightLine:
    secret = b"%032d" % number
    terms = Terms(
        provider=_provider(number), parties=Parties(_agreements(number, count)), vantage=_vantage(number), key=secret
    )
    return StraightLine(terms, words=_words())


class _Keys:
    """The DNS, as far as it is asked."""

    def find(self, wanted: object) -> dict[str, str]:
        return _records()


@cache
def _records() -> dict[str, str]:
    each = [names(number) for number in range(len(NETWORKS))]
    return {f"s1._domainkey.{one.domain}": dkim.public_record(one.key(DKIM)) for one in each}


@cache
def _people(number: int, count: int) -> OwnPeople:
    domain = names(number).domain
    mailboxes = Mailboxes.of(
        {
            MailboxKind.MOVED_TO_JUNK: [f"junk@{domain}"],
            MailboxKind.MOVED_FROM_JUNK: [f"not-junk@{domain}"],
            MailboxKind.FEEDBACK: [f"fbl@{domain}"],
        }
    )
    return OwnPeople(
        mailboxes,
        frozenset({domain}),
        identify=_line(number, count).identify,
        read=lambda data, name: read(data, name=name),
        drawing=Drawing(_vantage(number), b"%032d" % number, People()),
        moves=MovePolicy(oldest=None),
    )


_PLACES: Final = Places(network=source_net, registrant=lambda _: None, location=lambda _: None)


class Node:
    """One network: what is on its disk, and while its process runs, its services."""

    def __init__(self, world: "World", number: int, count: int) -> None:
        self.world, self.number, self.count, self.names = world, number, count, names(number)
        self.disk = disk(number)
        self.disk.erase()
        self.offset = timedelta(0)
        self.is_up = False
        self.trouble = 0  # grows with each crash, and each transaction that the disk refused
        self.start()
        self.spooled.counts()  # makes the file
        with self.store.write() as rows:
            for other in range(count):
                if other != number:
                    pairing_service.add(rows.keys, _card(other).text(), now=self.now())
                    said = pairing.figures(_card(other).fingerprint())
                    pairing_service.trust(rows.keys, names(other).domain, said, lists=(), now=self.now())

    def now(self) -> datetime:
        """What the clock of this network says."""
        return self.world.time + self.offset

    def effect(self, what: str, *, counts: bool = True) -> None:
        """Before and after everything that is seen from outside: here the process may end. What only looks does not count."""
        if not self.is_up:
            raise Crash(self.number)
        if counts and self.world.crashes and self.world.chance.random() < self.world.crashes:
            self.world.say(f"n{self.number} dies: {what}")
            self.die()
            raise Crash(self.number)

    def die(self, *, power: bool = False) -> None:
        """The process ends; where the power failed, deletions from the spool that nobody waited for may be undone."""
        self.is_up = False
        self.trouble += 1
        if power:
            self._forget_deletions()
        self.spooled.close()
        self.worked.close()

    def _forget_deletions(self) -> None:
        gone = self.undone[self.world.chance.randrange(len(self.undone) + 1) :]
        for row in gone:
            marks = ", ".join("?" * len(row))
            self.disk.spool.execute(f"INSERT OR IGNORE INTO waiting VALUES ({marks})", row)  # noqa: S608 - marks alone

    # -- the program begins

    def start(self) -> None:
        """Open what is on the disk and join the services."""
        self.is_up, self.undone = True, list[tuple[object, ...]]()
        self.store = MortalStore(self.disk, self.effect)
        self.spooled = MortalSpool(self.disk, self.effect, durable=True)
        self.worked = MortalSpool(self.disk, self.effect, durable=False)
        self.gate = GroupCommit(self.spooled, Limits(), threaded=False)
        scribe = Scribe(self.names.domain, self.names.key(LEDGER), new_salt=self.world.salt)
        self.scribe = scribe
        self._join_complaints(scribe)
        self._join_exchange(scribe)
        self._join_intake(scribe)
        self.mailing.inherit(self.names.short)

    def _join_complaints(self, scribe: Scribe) -> None:
        agreements, others = (
            _agreements(self.number, self.count),
            [each for each in range(self.count) if each != self.number],
        )
        self.exchange = self.make_exchange(scribe)
        self.complaints = Complaints(self.line(), self.exchange, wait=_WAIT)
        pacing = Pacing(
            windows={names(each).domain: Window() for each in others},
            our_domain=self.names.domain,
            names={each.peer: each.address.rpartition("@")[2] for each in agreements},
        )
        self.deciding = self.make_deciding(pacing)
        self.peering = Peering(self.store, self.exchange, agreements)
        persistence = Persistence(bounce_address=f"bounces@{self.names.domain}")
        self.bounces = Bounces(persistence)
        self.mailing = self.make_mailing(persistence)
        ours = Answerer(provider=_provider(self.number), agreements=agreements, words=_words())
        self.answering = Answering(ours, scribe, new_token=self.world.token)

    def _join_exchange(self, scribe: Scribe) -> None:
        key = self.names.key(LEDGER)
        close_terms = CloseTerms(
            places=_PLACES, within_hours=72, countries=None, new_seed=lambda: b"s" * 32, calendar=Calendar(zone=UTC)
        )
        terms = ReceivingTerms(name=self.names.domain, key=key, per_day=100_000, source_net=source_net)
        accepting = Accepting(self.names.domain, Taking(Ours(domain=self.names.domain, key=key), scribe))
        self.receiving = self.make_receiving(terms, accepting, Objecting(scribe, close_terms))
        self.closing = Closing(scribe, close_terms)
        self.forwarding = {
            each: Forwarding(self.store, names(each).domain, lambda data, each=each: self.world.carry(self, each, data))
            for each in range(self.count)
            if each != self.number
        }

    def _join_intake(self, scribe: Scribe) -> None:
        own = read_own(f"{self.names.network},Shop\n".encode(), "own.csv").holdings
        domains = [names(each).domain for each in range(self.count) if each != self.number]
        agreements = _agreements(self.number, self.count)
        known = Correspondents(agreements, scribe=scribe, ours=self.names.domain, exchanging=domains)
        ingest = Ingest(IntakeTerms(own=OwnSide(own)), known)
        service = ComingBack(Reception(ingest, self.complaints, Hearing(HearingTerms())), self.bounces)
        self.idle = False
        self.working = WorkingOff(
            Workplace(
                queue=_Queue(self),
                readers=Here(self.prepare),
                ingest=service,
                write=self.store.write,
                now=self.now,
                log=lambda event, /, **facts: None,
                stop=lambda: self.idle,
                rest=self._rest,
            )
        )

    # -- what a mutant puts something wrong in the place of

    def line(self) -> StraightLine:
        """What says of a complaint whom it concerns."""
        return _line(self.number, self.count)

    def make_exchange(self, scribe: Scribe) -> Exchange:
        """What writes leaf, row and roll-up."""
        return Exchange(self.names.domain, scribe)

    def make_deciding(self, pacing: Pacing) -> Deciding:
        """What makes reports of complaints."""
        looks = AtHand(Looking(self.line()))
        return Deciding(self.store, looks, self.exchange, pacing=pacing, new_token=self.world.token)

    def make_mailing(self, persistence: Persistence) -> Mailing:
        """What sends them."""
        sign = signer(self.names.domain, "s1", key=self.names.key(DKIM))
        return Mailing(self.store, lambda: MailHost(self), sign, persistence=persistence, clock=self.now)

    def make_receiving(self, terms: ReceivingTerms, accepting: Accepting, objecting: Objecting) -> Receiving:
        """What takes leaves from peers."""
        return Receiving(terms, accepting, objecting)

    def taken(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """What the gate says to each of some mails that arrive together: whether it is taken."""
        waiting = [self._put(each) for each in arrivals]
        if any(each is not None for each in waiting):
            self.gate.turn()
        self.effect("before the gate answers")
        if any(each is not None and each.exception() is None for each in waiting):
            self.undone = []  # with it everything before is on the disk
        return [each is not None and each.exception() is None for each in waiting]

    # -- what it does

    def has_any(self, kind: str, *values: str) -> bool:
        """Whether there is anything of this to do."""
        if kind == "work":
            return self.disk.spool.execute("SELECT 1 FROM waiting LIMIT 1").fetchone() is not None
        return kind not in _ANYTHING or self.disk.rows.execute(_ANYTHING[kind], values).fetchone() is not None

    def _put(self, arrival: Arrival) -> Any:
        try:
            return self.gate.put(arrival)
        except ComityError:
            return None

    def prepare(self, data: bytes, delivery: Delivery) -> Prepared:
        """Read one mail, as a reader does."""
        people = _people(self.number, self.count)
        return prepare(
            data, delivery, lambda data, name: read(data, name=name), signers=Signers(_Keys()), unwrap=people.unwrap
        )

    def _rest(self, seconds: float) -> None:
        """Nothing to do, or trouble with the disk: after a while somebody makes room, or the program is told to stop."""
        if not self.disk.is_full:
            self.idle = True
            return
        self.effect("while it waits for the disk")
        self.world.time += timedelta(seconds=seconds)
        if self.world.chance.randrange(_PATIENCE) == 0:
            self.disk.free()

    def work(self) -> None:
        """Work off what lies in the spool."""
        self.idle = False
        self.working.run()

    def give(self, other: int) -> None:
        """Give leaves to a peer, as long as there are more."""
        with self.store.read() as rows:
            channels = to_give(rows.ledger.channels(), self.names.domain, names(other).domain)
        for channel in channels:
            while True:
                step = self.forwarding[other].step(channel, now=self.now())
                if step.reason is not None:
                    self.world.say(f"n{self.number} gives n{other}: {step.reason} {step.where or ''}")
                if not step.more:
                    break

    def answer(self) -> None:
        """Tell the reporters of all cases what was done."""
        with self.store.write() as rows:
            cases = list(rows.connection.scalars(select(abuse_case.c.id).order_by(abuse_case.c.id)))
            self.answering.tell(rows, cases, CaseOutcome.STOPPED, now=self.now())

    def close(self, other: int) -> None:
        """Close the days that are over, of what we report to a peer."""
        yesterday = self.now().date() - timedelta(days=1)
        with self.store.write() as rows:
            self.closing.close(rows, (self.names.domain, names(other).domain), yesterday, now=self.now())

    def patiently(self, act: Any, *arguments: Any, **options: Any) -> bool:
        """Do something; whether it was done. Trouble with the disk is none of ours, and shown to whoever asked."""
        try:
            act(*arguments, **options)
        except ComityError as error:
            if error.outcome not in (Outcome.TRY_AGAIN, Outcome.FULL):
                raise
            self.trouble += 1
            self.world.say(f"n{self.number} is told: {error.code}")
            return False
        return True


class _Queue:
    """The spool as the worker has it; what a failing power may bring back is remembered."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node.worked, name)

    def done(self, numbers: Sequence[int]) -> None:
        """These were worked off."""
        marks = ", ".join("?" * len(numbers))
        found = self._node.disk.spool.execute(f"SELECT * FROM waiting WHERE id IN ({marks})", numbers).fetchall()  # noqa: S608
        self._node.worked.done(numbers)
        self._node.undone += found


class MailHost:
    """The way to the mail host of one network."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def send(self, mail: Envelope) -> Reply:
        """Hand over one mail."""
        self._node.effect("before a mail is handed over")
        answer = self._node.world.hand_over(self._node, mail)
        self._node.effect("after a mail was handed over")
        return Reply(answer=answer, text=f"simulated {answer.value}")

    def close(self) -> None:
        """Nothing to close."""


def complained(number: int, about: int, *, mailbox: str, at: datetime) -> bytes:
    """A mail out of one network in a mailbox of another."""
    ours = mailbox.rpartition("@")[2]
    return (
        f"Delivered-To: {mailbox}\n"
        f"Received: from h.example (h.example [{NETWORKS[about]}.{number % 250}]) by mx.{ours} (Postfix) with ESMTP id 4ABC\n"
        f"\tfor <{mailbox}>; {format_datetime(at)}\n"
        f"From: Shop <news@shop.example>\nTo: {mailbox}\nSubject: Great news\n"
        f"Message-ID: <c{number}@shop.example>\n\nbuy {number}\n"
    ).encode()


__all__ = ["Answer", "MailHost", "Names", "Node", "complained", "names"]
