"""Contacts that a person confirmed are asked; what bounced is not used until it answered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zlib import decompress

import pytest
from sqlalchemy import select

from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.formats.registry.ranges import range_of
from comity.locale import catalogue
from comity.model.agreement import FeedbackProvider
from comity.model.network_contact import Contact, ContactLine, ContactState, ContactWay
from comity.model.outcomes import ComityError
from comity.services.complain.bounces import Bounces
from comity.services.complain.contacts import acting
from comity.services.complain.contacts.probing import Probing
from comity.services.complain.sending import Persistence
from comity.store.engine import Store, open_store
from comity.store.tables.sending import outbox

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
EAST = "abuse@east.example"
WEST = FeedbackProvider(
    domain="west.example", address="feedback@west.example", organisation="West Mail", reporting_mta="mx.west.example"
)
BOUNCE = (
    b"From: MAILER-DAEMON@mx.east.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.east.example\n\n"
    b"Final-Recipient: rfc822; abuse@east.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 nobody\n\n--b--\n"
)


@dataclass
class Office:
    """West knows one contact."""

    store: Store
    now: datetime = START
    number: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        words = {"en": catalogue("en"), "zh": catalogue("zh")}
        self.probing = Probing(WEST, words, chance=lambda size: next(self.number).to_bytes(size, "big"))
        where = range_of("198.51.100.0/24")
        assert where is not None
        with self.store.write() as rows:
            begun = rows.network_contacts.begin_import("APNIC", day=date(2026, 3, 1), at=self.now)
            line = ContactLine(range=where, address=EAST, way=ContactWay.IRT)
            rows.network_contacts.put_lines(begun, [line], at=self.now)
            rows.network_contacts.finish_import(begun, ranges=1)

    def confirm(self) -> Contact:
        with self.store.write() as rows:
            return acting.confirm(rows.network_contacts, EAST, actor="wang", now=self.now)

    def probe(self) -> None:
        with self.store.write() as rows:
            self.probing.probe(rows, acting.find(rows.network_contacts, EAST), actor="wang", now=self.now)

    def answer(self, word: str) -> None:
        with self.store.write() as rows:
            code = acting.find(rows.network_contacts, EAST).code
            acting.answered(rows.network_contacts, f"Re: question\n{word} {code}\n", by=EAST, now=self.now)

    def bounce(self) -> None:
        """The newest mail comes back."""
        with self.store.write() as rows:
            token = rows.connection.execute(select(outbox.c.bounce_token).order_by(outbox.c.id.desc())).scalar()
            bounces = Bounces(Persistence(bounce_address="bounces@west.example"))
            bounces.match(rows, f"bounces+{token}@west.example", BOUNCE, now=self.now)

    def contact(self) -> Contact:
        with self.store.read() as rows:
            return acting.find(rows.network_contacts, EAST)

    def mails(self) -> list[Any]:
        with self.store.read() as rows:
            return list(rows.connection.execute(select(outbox).order_by(outbox.c.id)))


@pytest.fixture
def office() -> Iterator[Office]:
    """A new one."""
    store = open_store(":memory:")
    store.create()
    yield Office(store)
    store.close()


def test_nobody_is_asked_whom_no_person_confirmed(office: Office) -> None:
    """The word of a registry lets nothing leave."""
    with pytest.raises(ComityError) as caught:
        office.probe()
    assert caught.value.code == "contact-unconfirmed"
    with office.store.write() as rows:
        assert office.probing.due(rows, actor="comity", now=office.now) == []
    assert office.mails() == []


def test_a_confirmed_one_is_asked_once_a_month(office: Office) -> None:
    """The mail names the network, the registry and the day in both languages; word and code do not stand side by side."""
    office.confirm()
    with office.store.write() as rows:
        assert len(office.probing.due(rows, actor="comity", now=office.now)) == 1
        assert office.probing.due(rows, actor="comity", now=office.now + timedelta(days=29)) == []
    (mail,) = office.mails()
    assert (mail.address, mail.party, mail.state) == (EAST, "registered_contacts", "waiting")
    message = scan(decompress(mail.data))
    text = readable(message)
    assert "198.51.100.0/24" in text and "APNIC" in text and "2026-03-01" in text and "请问" in text
    assert message.headers.first("auto-submitted") == "auto-generated"
    with office.store.write() as rows:
        assert acting.answered(rows.network_contacts, text, by=EAST, now=office.now) is None
    office.answer("agree")
    assert office.contact().answered == office.now
    office.now += timedelta(days=31)
    with office.store.write() as rows:
        assert len(office.probing.due(rows, actor="comity", now=office.now)) == 1


def test_one_that_bounced_is_not_used_until_it_answered(office: Office) -> None:
    """A person's word does not bring it back, and neither does an answer to what was asked before the bounce."""
    office.confirm()
    office.probe()
    office.now += timedelta(hours=1)
    office.bounce()
    assert (office.contact().state, office.contact().bounces) == (ContactState.BOUNCED, 1)
    with pytest.raises(ComityError) as caught:
        office.confirm()
    assert caught.value.code == "contact-bounced"
    office.answer("agree")
    assert office.contact().state is ContactState.BOUNCED
    office.now += timedelta(days=31)
    with office.store.write() as rows:
        assert office.probing.due(rows, actor="comity", now=office.now) == []  # only by its own command
    office.probe()
    office.answer("同意")
    assert office.contact().state is ContactState.CONFIRMED
    with office.store.read() as rows:
        history = [(each.act, each.note) for each in rows.network_contacts.history(EAST)]
    assert [act for act, _ in history] == ["confirm", "probe", "bounce", "probe", "agree"]
    assert "550 nobody" in (history[2][1] or "")


def test_refuse_ends_it(office: Office) -> None:
    """Nothing more is sent, and "agree" later does not bring it back."""
    office.confirm()
    office.probe()
    office.answer("REFUSE")
    assert office.contact().state is ContactState.STOPPED
    office.answer("agree")
    assert office.contact().state is ContactState.STOPPED
    office.now += timedelta(days=31)
    with pytest.raises(ComityError):
        office.probe()
