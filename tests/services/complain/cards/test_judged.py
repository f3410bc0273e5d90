"""How much mail came from a peer, what of it hit traps, and how much left for it: counted once, by day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.attribution.origin import Vantage
from comity.feedback.parties import Parties
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.tier import Tier
from comity.services.complain.cards.judged import Judged, Whose, domains_of
from comity.services.complain.complaint import Complaints
from comity.services.complain.deciding import Deciding, Pacing
from comity.services.complain.exchanging import Exchange
from comity.services.complain.looking import AtHand, Looking
from comity.services.complain.straight_line import Mail, StraightLine, Terms
from comity.services.prove.writing import Scribe
from comity.store.engine import Store

from ...stores import store

__all__ = ["store"]

EAST = Agreement(
    peer="east",
    address="fbl@east.example",
    networks=(ip_network("198.51.100.0/24"),),
    dkim_domains=("mail.east.example",),
    tier=Tier.T2,
)
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    trusted_hosts=("mx.west.example",),
    traps=("@trap.west.example",),
)
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = date(2026, 3, 2)


class Desk:
    """West, with traps."""

    def __init__(self, store: Store) -> None:
        salts, tokens = count(), count()
        vantage = Vantage(
            trusted_hosts=frozenset(WEST.trusted_hosts), own_domains=frozenset({"west.example", "trap.west.example"})
        )
        terms = Terms(provider=WEST, parties=Parties((EAST,)), vantage=vantage, key=b"k" * 32)
        line = StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")})
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        exchange = Exchange("west.example", Scribe("west.example", key, new_salt=lambda: b"%016d" % next(salts)))
        self.store, self.complaints = store, Complaints(line, exchange)
        self.deciding = Deciding(
            store, AtHand(Looking(line)), exchange, pacing=Pacing(), new_token=lambda: f"b{next(tokens)}"
        )

    def complain(self, number: int, to: str = "x@trap.west.example", *, address: str = "198.51.100.7") -> None:
        text = (
            f"Delivered-To: {to}\nReceived: from h.example (h.example [{address}]) by mx.west.example (Postfix)"
            f" with ESMTP id 4ABC\n\tfor <{to}>; {format_datetime(NOW - timedelta(hours=3))}\n"
            f"From: <news@shop.example>\nTo: {to}\nSubject: x\nMessage-ID: <{number}@shop.example>\n\nbuy\n"
        )
        with self.store.write() as rows:
            self.complaints.enter(rows, Mail(path=f"{number}.eml", data=text.encode()), NOW)

    def counted(self) -> Judged:
        with self.store.read() as rows:
            return rows.judged.of_peer("east.example", DAY, DAY)


def test_a_trap_counts_in_the_transaction_that_decides(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hits by east's network are counted once each, although a first try was undone; nobody is told of any."""
    desk = Desk(store)
    for number in range(3):
        desk.complain(number)
        desk.complain(number)  # the same mail in the same mailbox: said twice
    desk.complain(7, address="192.0.2.7")  # of nobody that we know
    desk.complain(8, to="ann@west.example")  # a person
    later = NOW + timedelta(hours=1)
    with monkeypatch.context() as broken:
        broken.setattr("comity.store.sending.Sending.add_outbox", _full)
        with pytest.raises(OSError, match="full"):
            desk.deciding.run(later)
    assert desk.counted() == Judged()
    decided = desk.deciding.run(later)
    assert (decided.complaints, decided.refused["trap"]) == (5, 4)
    assert desk.counted() == Judged(traps=3)
    desk.deciding.run(later)
    assert desk.counted() == Judged(traps=3)


def _full(*_: object) -> None:
    raise OSError("full")


def test_whose_mail_it_is() -> None:
    """By a signature that holds, then by the address; agreements may change while the program runs."""
    whose = Whose()
    assert whose.of("198.51.100.7", ["mail.east.example"]) is None
    whose.now((EAST,))
    assert whose.of("192.0.2.1", ["x.mail.east.example"]) == "east.example"
    assert whose.of("198.51.100.7", ["other.example"]) == "east.example"
    assert whose.of("192.0.2.1", ["east.example"]) is None  # it may sign as mail.east.example alone
    assert whose.of(None, []) is None


def test_what_left_is_known_when_every_day_is_here(store: Store) -> None:
    """A log that is given again takes the place of what was there; a day without one leaves the number unknown."""
    days = [DAY + timedelta(days=n) for n in range(3)]
    with store.write() as rows:
        rows.judged.put_left({days[0]: {"east.example": 3, "north.example": 1}, days[1]: {}})
        rows.judged.put_left({days[0]: {"east.example": 5}})
        domains = domains_of(replace(EAST, dkim_domains=("mx.eastern.example",)))
        assert domains == {"east.example", "eastern.example"}
        assert rows.judged.left(domains, days[0], days[1]) == 5
        assert rows.judged.left(domains, days[0], days[2]) is None
        rows.judged.add({(days[0], "east.example"): Judged(mails=1)})
        rows.judged.forget(days[1])
        assert rows.judged.of_peer("east.example", days[0], days[2]) == Judged()
        assert rows.judged.left(domains, days[0], days[0]) is None
