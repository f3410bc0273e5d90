"""Two networks that west.example reports to, in a store, with a clock that tests turn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from comity.attribution.origin import Vantage
from comity.feedback.parties import Parties
from comity.ledger import note
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.sending import OutboxState
from comity.model.tier import Tier
from comity.services.complain.complaint import Complaints, Entered
from comity.services.complain.deciding import Decided, Deciding, Pacing
from comity.services.complain.exchanging import Exchange
from comity.services.complain.looking import AtHand, Looking
from comity.services.complain.peers import Peering
from comity.services.complain.straight_line import Mail, StraightLine, Terms
from comity.services.prove.verifying import Verdict, verify
from comity.services.prove.writing import Scribe
from comity.store.engine import Store, open_store
from comity.store.tables import sending

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
ARRIVED = datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC)
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    trusted_hosts=("mx.west.example",),
)
AGREEMENTS = (
    Agreement(peer="east", address="fbl@east.example", networks=(ip_network("198.51.100.0/24"),), tier=Tier.T2),
    Agreement(
        peer="shop",
        address="fbl@shop.example",
        networks=(ip_network("203.0.113.0/24"),),
        tier=Tier.T2,
        not_spam=True,
        version=3,
    ),
    Agreement(peer="good", address="fbl@good.example", dkim_domains=("good.example",), tier=Tier.T2),
    Agreement(peer="asks", address="fbl@asks.example", dkim_domains=("asks.example",), tier=Tier.T2, replays=True),
)


def line_of_west() -> StraightLine:
    """What west does with a complaint."""
    vantage = Vantage(trusted_hosts=frozenset(WEST.trusted_hosts), own_domains=frozenset({"west.example"}))
    terms = Terms(provider=WEST, parties=Parties(AGREEMENTS), vantage=vantage, key=b"k" * 32)
    return StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")})


@dataclass
class Desk:
    """West's side of the loop."""

    store: Store
    pacing: Pacing = field(default_factory=Pacing)
    now: datetime = START

    def __post_init__(self) -> None:
        """Join the parts as the program does."""
        tokens, salts = count(), count()
        self.line = line_of_west()
        scribe = Scribe("west.example", KEY, new_salt=lambda: b"%016d" % next(salts))
        self.exchange = Exchange("west.example", scribe)
        self.complaints = Complaints(self.line, self.exchange)
        self.deciding = Deciding(
            self.store,
            AtHand(Looking(self.line)),
            self.exchange,
            pacing=self.pacing,
            new_token=lambda: f"b{next(tokens)}",
        )
        self.peering = Peering(self.store, self.exchange, AGREEMENTS)

    def mail(self, number: int = 1, address: str = "198.51.100.7") -> bytes:
        """One mail in the mailbox of Ann."""
        return (
            f"Delivered-To: ann@west.example\n"
            f"Received: from h.example (h.example [{address}]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
            f"\tfor <ann@west.example>; {format_datetime(ARRIVED)}\n"
            f"From: Shop <news@shop.example>\nTo: ann@west.example\nSubject: Great news\n"
            f"Message-ID: <{number}@shop.example>\n\nbuy\n"
        ).encode()

    def complain(self, number: int = 1, *, not_spam: bool = False, address: str = "198.51.100.7") -> Entered:
        """Ann says what she thinks of a mail."""
        with self.store.write() as rows:
            told = Mail(path=f"{number}.eml", data=self.mail(number, address), not_spam=not_spam)
            return self.complaints.enter(rows, told, self.now)

    def later(self, **time: float) -> None:
        """Time passes."""
        self.now += timedelta(**time)

    def decide(self) -> Decided:
        """What the program does again and again."""
        return self.deciding.run(self.now)

    def live(self, *names: str, with_held: bool = False) -> None:
        """The operator lets mail for these peers out."""
        for name in names:
            self.peering.live(name, now=self.now, with_held=with_held)

    def outbox(self) -> list[tuple[str, OutboxState, str | None]]:
        """Party, state and reason of all mail."""
        query = select(sending.outbox.c.party, sending.outbox.c.state, sending.outbox.c.reason)
        with self.store.read() as rows:
            found = rows.connection.execute(query.order_by(sending.outbox.c.id)).all()
        return [(row.party, OutboxState(row.state), row.reason) for row in found]

    def verdicts(self) -> list[Verdict]:
        """Every channel, verified from its bytes."""
        with self.store.read() as rows:
            return verify(rows.ledger, [note.verifier_of("west.example", KEY)])

    def faults(self) -> list[str]:
        """What does not hold in the ledger."""
        return [fault.code for verdict in self.verdicts() for fault in verdict.faults]

    def leaves(self) -> dict[str, int]:
        """How many leaves there are of each type."""
        total: dict[str, int] = {}
        with self.store.read() as rows:
            for channel in rows.ledger.channels():
                for name, number in rows.ledger.counts(channel.channel_id).items():
                    total[name] = total.get(name, 0) + number
        return total


@pytest.fixture
def desk() -> Iterator[Desk]:
    """West's side, with an empty store."""
    opened = open_store(":memory:")
    opened.create()
    yield Desk(opened)
    opened.close()
