"""A report that nobody asked for: made at most once a day, held, read by a person, sent over SMTP, ended by one word."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from comity.attribution.origin import Vantage
from comity.feedback.parties import Parties
from comity.formats import arf
from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.formats.registry.ranges import range_of
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.consumer import Consumer, ConsumerState
from comity.model.decisions import noes_in
from comity.model.network_contact import ContactLine, ContactState, ContactWay
from comity.model.outcomes import ComityError
from comity.model.sending import OutboxState
from comity.outlets.mail_out import HostTerms, MailHost
from comity.services.complain.complaint import Complaints
from comity.services.complain.contacts import acting
from comity.services.complain.contacts.choosing import choose
from comity.services.complain.contacts.confirming import Confirming
from comity.services.complain.contacts.volume import Few
from comity.services.complain.deciding import Deciding, Pacing
from comity.services.complain.exchanging import Exchange
from comity.services.complain.looking import AtHand, Looking
from comity.services.complain.sending import Mailing, Persistence
from comity.services.complain.straight_line import Mail, StraightLine, Terms
from comity.services.prove.writing import Scribe
from comity.store.engine import Store, open_store
from comity.store.tables.intake import report_row
from comity.store.tables.sending import complaint

from ....mail_host import mail_host

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
EAST = "abuse@east.example"
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    trusted_hosts=("mx.west.example",),
    traps=("trap@west.example",),
)


@dataclass
class Desk:
    """West, where networks that did not ask may be told."""

    store: Store
    few: Few | None = field(default_factory=lambda: Few(per_network=1, in_all=2))
    agreements: tuple[Agreement, ...] = ()
    now: datetime = START
    port: int = 0

    def __post_init__(self) -> None:
        self.line = StraightLine(
            Terms(
                provider=WEST,
                parties=Parties(self.agreements),
                vantage=Vantage(trusted_hosts=frozenset(WEST.trusted_hosts), own_domains=frozenset({"west.example"})),
                key=b"k" * 32,
                unsolicited=self.few is not None,
            ),
            words={"en": catalogue("en"), "zh": catalogue("zh")},
        )
        self.exchange = Exchange("west.example", Scribe("west.example", KEY, new_salt=lambda: bytes(16)))
        self.complaints = Complaints(self.line, self.exchange)
        tokens = iter(range(10**6))
        self.deciding = Deciding(
            self.store,
            AtHand(Looking(self.line)),
            self.exchange,
            pacing=Pacing(unsolicited=self.few),
            new_token=lambda: f"b{next(tokens)}",
            registry=choose,
        )
        self.confirming = Confirming(self.store, self.exchange, choose, few=self.few, agreements=self.agreements)
        with self.store.write() as rows:
            begun = rows.network_contacts.begin_import("RIPE", day=date(2026, 3, 1), at=self.now)
            lines = [
                ContactLine(range=place, address=address, way=ContactWay.ABUSE_C)
                for text, address in (
                    ("198.51.100.0/24", EAST), ("192.0.2.0/24", EAST), ("203.0.113.0/25", "abuse@south.example"),
                    ("203.0.113.128/25", "abuse@north.example"),
                )
                if (place := range_of(text)) is not None
            ]  # fmt: skip
            rows.network_contacts.put_lines(begun, lines, at=self.now)
            rows.network_contacts.finish_import(begun, ranges=len(lines))
            for _, address in {(each.address, each.address) for each in lines}:
                acting.confirm(rows.network_contacts, address, actor="wang", now=self.now)

    def complain(self, number: int, address: str = "198.51.100.7", to: str = "ann@west.example") -> None:
        data = (
            f"Delivered-To: {to}\n"
            f"Received: from h.example (h.example [{address}]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
            f"\tfor <{to}>; Sun, 01 Mar 2026 08:05:09 +0000\n"
            f"From: Shop <news@shop.example>\nTo: {to}\nSubject: Great news {number}\n"
            f"Message-ID: <{number}@shop.example>\n\nbuy\n"
        ).encode()
        with self.store.write() as rows:
            self.complaints.enter(rows, Mail(path=f"{number}.eml", data=data), self.now)

    def decide(self) -> None:
        self.now += timedelta(minutes=16)
        self.deciding.run(self.now)

    def mails(self) -> list[Any]:
        with self.store.read() as rows:
            return rows.sending.listed(None, list(OutboxState), 100)

    def noes(self) -> list[list[str]]:
        with self.store.read() as rows:
            query = select(complaint.c.refusals).order_by(complaint.c.id)
            return [[no["reason"] for no in noes_in(row.refusals)] for row in rows.connection.execute(query)]

    def send(self) -> int:
        terms = HostTerms(host="127.0.0.1", port=self.port, timeout=60)
        persistence = Persistence(bounce_address="bounces@west.example")
        mailing = Mailing(
            self.store, lambda: MailHost(terms), lambda data, _: data, persistence=persistence, clock=lambda: self.now
        )
        return mailing.once("t").sent


@dataclass
class Host:
    """A mail host that takes everything, unless told otherwise."""

    taken: list[tuple[list[str], bytes]] = field(default_factory=list)
    says: str | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to a mail."""
        if self.says is None:
            self.taken.append((envelope.rcpt_tos, envelope.content))
        return self.says or "250 ok"


@pytest.fixture
def store() -> Iterator[Store]:
    made = open_store(":memory:")
    made.create()
    yield made
    made.close()


@pytest.fixture
def host() -> Iterator[tuple[Host, int]]:
    handler = Host()
    with mail_host(handler) as port:
        yield handler, port


def test_off_means_off(store: Store) -> None:
    """Nothing is made, and the complaint says why nobody was told."""
    desk = Desk(store, few=None)
    desk.complain(1)
    desk.decide()
    assert desk.mails() == []
    assert desk.noes() == [["no-agreement-and-no-cfbl-address"]]


def test_it_waits_for_a_person_and_then_says_what_it_is(store: Store, host: tuple[Host, int]) -> None:
    """Held as unconfirmed, whatever switch is thrown; after confirmation it arrives, marked, without any recipient in it."""
    handler, port = host
    desk = Desk(store, port=port)
    desk.complain(1)
    desk.decide()
    (mail,) = desk.mails()
    assert (mail.address, mail.state, mail.reason, mail.tier) == (EAST, "held", "unconfirmed", "T1")
    assert mail.rule == "contact:abuse-c:198.51.100.0/24"
    desk.deciding.sweep(desk.now)
    assert desk.send() == 0
    assert desk.confirming.confirm(mail.name, actor="wang", now=desk.now) is OutboxState.WAITING
    assert desk.send() == 1
    ((to, data),) = handler.taken
    assert to == [EAST]
    message = scan(data)
    assert message.headers.first("comity-solicited") == "no"
    assert b"\nComity-Solicited: no" in data.split(b"message/feedback-report", 1)[1]
    assert b"ann@west.example" not in data and b"<1@shop.example>" not in data
    text = readable(message)
    assert "STOP" in text and "停止" in text and "RIPE" in text and "2026-03-01" in text
    reading = arf.read(data)
    assert reading is not None and reading.reports[0].source_ip == "198.51.100.7"
    with store.read() as rows:
        row = rows.connection.execute(select(report_row)).one()
        assert (row.solicited, row.agreement_version, row.channel_id) == (False, None, None)
        assert '"contact":{"network":"198.51.100.0/24","source":"RIPE","day":"2026-03-01"}' in row.facts
        history = rows.network_contacts.history(EAST)
        assert [(each.act, each.actor) for each in history] == [("confirm", "wang"), ("report", "wang")]


def test_few_in_a_day(store: Store) -> None:
    """One for a contact, whichever of its networks it is; two in all; tomorrow again."""
    desk = Desk(store)
    desk.complain(1)
    desk.complain(2, "192.0.2.9")
    desk.complain(3, "203.0.113.7")
    desk.complain(4, "203.0.113.200")
    desk.decide()
    assert [mail.address for mail in desk.mails()] == [EAST, "abuse@south.example"]
    assert desk.noes() == [[], ["network-enough"], [], ["unsolicited-enough"]]
    desk.now += timedelta(days=1)
    desk.complain(5, "192.0.2.9")
    desk.decide()
    assert len(desk.mails()) == 3


def test_no_more_are_let_out_than_a_day_holds(store: Store) -> None:
    """What was made on several days is not let out on one."""
    desk = Desk(store)
    desk.complain(1)
    desk.decide()
    desk.now += timedelta(days=1)
    desk.complain(2)
    desk.decide()
    first, second = desk.mails()
    desk.confirming.confirm(first.name, actor="wang", now=desk.now)
    with pytest.raises(ComityError) as caught:
        desk.confirming.confirm(second.name, actor="wang", now=desk.now)
    assert caught.value.code == "network-enough"
    desk.now += timedelta(days=1)
    assert desk.confirming.confirm(second.name, actor="wang", now=desk.now) is OutboxState.WAITING


def test_a_trap_is_not_told_about(store: Store) -> None:
    """Whatever else holds."""
    desk = Desk(store)
    desk.complain(1, to="trap@west.example")
    desk.decide()
    assert (desk.mails(), desk.noes()) == ([], [["trap"]])


def test_a_person_says_no(store: Store) -> None:
    """What is declined ends by that name, and is not asked about twice."""
    desk = Desk(store)
    desk.complain(1)
    desk.decide()
    (mail,) = desk.mails()
    assert desk.confirming.decline(mail.name, actor="wang", now=desk.now) is OutboxState.EXPIRED
    (mail,) = desk.mails()
    assert (mail.state, mail.reason, mail.data) == ("expired", "declined", None)
    with pytest.raises(ComityError):
        desk.confirming.confirm(mail.name, actor="wang", now=desk.now)


def test_stop_ends_it_also_for_what_is_held(store: Store) -> None:
    """One word from the contact; then the person who confirms lets nothing out, and nothing new is made."""
    desk = Desk(store)
    desk.complain(1)
    desk.decide()
    (mail,) = desk.mails()
    with store.write() as rows:
        assert acting.ended_by(rows.network_contacts, EAST, "> stop is quoted\n", now=desk.now) is None
        ended = acting.ended_by(rows.network_contacts, "Abuse@East.example", "\nStop.\n> old text\n", now=desk.now)
        assert ended is not None and ended.state is ContactState.STOPPED
    assert desk.confirming.confirm(mail.name, actor="wang", now=desk.now) is OutboxState.EXPIRED
    assert desk.mails()[0].reason == "contact-unusable"
    desk.now += timedelta(days=1)
    desk.complain(2)
    desk.decide()
    assert desk.noes()[1] == ["contact-stopped", "no-agreement-and-no-cfbl-address"]


def test_a_refused_report_makes_the_contact_bounced(store: Store, host: tuple[Host, int]) -> None:
    """550 at the mail host: nothing more is made for it until it answered a probe."""
    handler, port = host
    desk = Desk(store, port=port)
    desk.complain(1)
    desk.decide()
    desk.confirming.confirm(desk.mails()[0].name, actor="wang", now=desk.now)
    handler.says = "550 5.1.1 nobody"
    desk.send()
    desk.now += timedelta(days=1)
    desk.complain(2)
    desk.decide()
    assert desk.noes()[1][0] == "contact-bounced"


def test_who_enrolled_or_left_is_not_written_to_unasked(store: Store) -> None:
    """Leaving the loop does not lead into the other regime; an agreement made meanwhile ends what is held."""
    desk = Desk(store)
    desk.complain(1)
    desk.decide()
    left = Consumer(
        name="east", address="fbl@mail.east.example", state=ConsumerState.LEFT, since=desk.now, applied=desk.now
    )
    with store.write() as rows:
        rows.consumers.put(left)
    assert desk.confirming.confirm(desk.mails()[0].name, actor="wang", now=desk.now) is OutboxState.EXPIRED
    assert desk.mails()[0].reason == "other-regime"
    desk.now += timedelta(days=1)
    desk.complain(2)
    desk.decide()
    assert desk.noes()[1][0] == "other-regime"
