"""West enrols others, with a clock that tests turn."""

from collections.abc import Iterator
from dataclasses import dataclass
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
from comity.model.consumer import ConsumerAct, ConsumerState
from comity.model.network_contact import ContactLine, ContactWay
from comity.model.sending import PeerState
from comity.services.complain.enrolment.acting import Application, EnrolmentDesk, Terms
from comity.services.complain.enrolment.keeping import KeptConsumers, keep, names_due
from comity.services.complain.enrolment.mail import Asking
from comity.services.complain.rows import set_peer
from comity.store.engine import Store, open_store
from comity.store.tables.sending import outbox

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
WEST = FeedbackProvider(
    domain="west.example", address="feedback@west.example", organisation="West Mail", reporting_mta="mx.west.example"
)


@dataclass
class Office:
    """Where west enrols."""

    store: Store
    now: datetime = START

    def __post_init__(self) -> None:
        """Join the parts as the program does."""
        number = count(1)

        def chance(size: int) -> bytes:
            return next(number).to_bytes(size, "big")

        self.terms = Terms(provider=WEST, agreements=(), secret=b"s" * 32, chance=chance)
        words = {"en": catalogue("en"), "zh": catalogue("zh")}
        self.asking = Asking(WEST, words, chance=chance)
        self.zone: dict[str, str | None] = {}

    def desk(self, rows: Any) -> EnrolmentDesk:
        """Our operator."""
        return EnrolmentDesk(rows, self.terms, actor="operator", now=self.now)

    def apply(self, name: str = "east", **wanted: Any) -> None:
        """Somebody applies."""
        wanted = {"address": f"fbl@{name}.example", "domains": (f"{name}.example",)} | wanted
        with self.store.write() as rows:
            self.desk(rows).apply(Application(name=name, **wanted))

    def act(self, act: ConsumerAct, name: str = "east", *, reason: str | None = None) -> list[str]:
        """Our operator acts; who was told."""
        with self.store.write() as rows:
            changed = self.desk(rows).act(name, act, reason=reason)
            return self.asking.decided(rows, changed, act, now=self.now)

    def state(self, name: str = "east") -> ConsumerState:
        """Where it stands."""
        with self.store.read() as rows:
            found = rows.consumers.find(name)
        assert found is not None
        return found.state

    def put_records(self, name: str = "east") -> None:
        """The applicant puts all its records into the DNS."""
        with self.store.read() as rows:
            for each in self.desk(rows).wanted(name):
                if each.dns_name is not None:
                    self.zone[each.dns_name] = each.dns_value

    def look(self, name: str = "east") -> None:
        """Our operator looks into the DNS."""
        with self.store.write() as rows:
            desk = self.desk(rows)
            names = [each.dns_name for each in desk.wanted(name) if each.dns_name]
            desk.look(name, {each: self.zone.get(each) for each in names})

    def ask(self, name: str = "east") -> list[str]:
        """Our operator has mails sent."""
        with self.store.write() as rows:
            self.asking.allow(rows, self.now)
            return self.asking.ask(rows, rows.consumers.claims(name), now=self.now)

    def answer(self, text: str) -> bool:
        """An answer comes in."""
        with self.store.write() as rows:
            return self.desk(rows).answered(text, by="someone@east.example") is not None

    def code(self, subject: str) -> str:
        """The code in the mail about a claim."""
        with self.store.read() as rows:
            (found,) = [each.code for each in rows.consumers.claims("east") if each.subject == subject]
        return found

    def enrol(self, name: str = "east", **wanted: Any) -> None:
        """The whole way until it is on trial."""
        self.apply(name, **wanted)
        self.put_records(name)
        self.look(name)
        self.ask(name)
        self.answer(f"agree {self.code(f'fbl@{name}.example')}")
        self.act(ConsumerAct.ACCEPT, name)

    def refuses_mail(self, name: str = "east") -> None:
        """Its mailbox bounced so often that nothing leaves for it any more."""
        with self.store.write() as rows:
            peer = rows.peers.by_name([name])[name]
            set_peer(rows.peers, peer, PeerState.SUSPENDED, now=self.now, reason="mail-refused")

    def keep(self, **later: float) -> KeptConsumers:
        """Time passes, and the clock does what is due."""
        self.now += timedelta(**later)
        with self.store.write() as rows:
            desk = self.desk(rows)
            names = names_due(rows, desk, self.now)
            records = {each: self.zone.get(each) for each in names}
            return keep(rows, desk, self.asking, records=records, now=self.now)

    def registry(self, *named: tuple[str, str], way: ContactWay = ContactWay.ABUSE_C) -> None:
        """A registry names these addresses for these networks."""
        with self.store.write() as rows:
            begun = rows.network_contacts.begin_import("RIPE", day=date(2026, 3, 1), at=self.now)
            for network, address in named:
                where = range_of(network)
                assert where is not None
                rows.network_contacts.put_lines(
                    begun, [ContactLine(range=where, address=address, way=way)], at=self.now
                )
            rows.network_contacts.finish_import(begun, ranges=len(named))

    def mails(self) -> list[tuple[str, str]]:
        """Whom we wrote to, and what."""
        with self.store.read() as rows:
            found = rows.connection.execute(select(outbox.c.address, outbox.c.data).order_by(outbox.c.id)).all()
        return [(row.address, readable(scan(decompress(row.data)))) for row in found]


@pytest.fixture
def office() -> Iterator[Office]:
    """West's office, with an empty store."""
    opened = open_store(":memory:")
    opened.create()
    yield Office(opened)
    opened.close()
