"""What is claimed and proved is counted by day, in bounded room, and nothing is lost when the store is busy."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from comity.attribution.claims import Claim, claim_of
from comity.formats.authres import MethodResult
from comity.gates.delivery import tally as module
from comity.gates.delivery.tally import Delivered, Tally
from comity.model.agreement import Agreement, Tier
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.cards.claimed import OTHERS, Counts, shares
from comity.services.complain.cards.judged import Judged
from comity.store.consumers import claimed as queries
from comity.store.engine import open_store

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
DAY = NOW.date()


def _result(method: str, result: str, **properties: str) -> MethodResult:
    return MethodResult(
        method=method, result=result, properties={name.replace("_", "."): value for name, value in properties.items()}
    )


@pytest.mark.parametrize(
    ("results", "wanted"),
    [
        ([_result("dmarc", "pass")], True),
        ([_result("dmarc", "fail"), _result("dkim", "pass", header_d="east.example")], False),
        ([_result("dmarc", "none"), _result("spf", "pass", smtp_mailfrom="b@mail.east.example")], True),
        ([_result("dmarc", "none"), _result("spf", "pass", smtp_mailfrom="b@other.example")], False),
        ([_result("dkim", "fail", header_d="east.example")], False),
        ([_result("dkim", "temperror", header_d="east.example")], None),
        ([], None),
    ],
)
def test_a_claim_is_proved_by_the_same_organisation(results: list[MethodResult], wanted: bool | None) -> None:
    """By DMARC where it settles it, else by SPF or DKIM; what nobody could look up is not counted."""
    found = claim_of(["Bob <b@news.east.example>"], results)
    assert (None if found is None else (found.domain, found.is_aligned)) == (
        wanted if wanted is None else ("east.example", wanted)
    )


def test_who_names_two_organisations_claims_nothing() -> None:
    """Nor does who names none."""
    said = [_result("dmarc", "pass")]
    assert claim_of(["b@east.example, c@west.example"], said) is None
    assert claim_of([], said) is None


class Kept:
    """Where counts go; busy at first."""

    def __init__(self, busy: int = 0) -> None:
        self.busy, self.events = busy, list[str]()
        self.counts: dict[tuple[date, str], Counts] = {}
        self.judged: dict[tuple[date, str], Judged] = {}
        self.delivered = Counter[tuple[datetime, str, str, str]]()

    def take(
        self, counts: Mapping[tuple[date, str], Counts], judged: Mapping[tuple[date, str], Judged], delivered: Delivered
    ) -> None:
        if self.busy:
            self.busy -= 1
            raise ComityError("store-busy", "busy", outcome=Outcome.BUSY)
        for key, each in counts.items():
            self.counts[key] = self.counts.get(key, Counts()) + each
        for key, more in judged.items():
            self.judged[key] = self.judged.get(key, Judged()) + more
        self.delivered.update(delivered)

    def log(self, name: str, **_: object) -> None:
        self.events.append(name)


def test_a_busy_store_gets_the_counts_later() -> None:
    """All of them, once."""
    kept = Kept(busy=1)
    tally = Tally(kept.take, now=lambda: NOW, log=kept.log)
    tally.count(Claim(domain="east.example", is_aligned=True), is_spam=False)
    tally.judge("east.example", is_judged=True, is_spam=True)
    asyncio.run(tally.flush())
    tally.judge("east.example", is_judged=False, is_spam=False)
    tally.count(Claim(domain="east.example", is_aligned=False), is_spam=True)
    asyncio.run(tally.flush())
    asyncio.run(tally.flush())
    assert kept.counts == {(DAY, "east.example"): Counts(mails=2, aligned=1, spam=1)}
    assert kept.judged == {(DAY, "east.example"): Judged(mails=2, judged=1, spam=1)}
    assert kept.events == ["tally-waits"]


def test_what_goes_to_inboxes_is_counted_by_hour_once() -> None:
    """By network of the source and folder; a store that is busy gets it later."""
    kept = Kept(busy=1)
    tally = Tally(kept.take, now=lambda: NOW, log=kept.log)
    tally.deliver("shop.example", "198.51.100.7", mailboxes=2, is_spam=False, is_proved=True)
    asyncio.run(tally.flush())
    tally.deliver("shop.example", "198.51.100.9", mailboxes=1, is_spam=False, is_proved=True)
    tally.deliver("shop.example", None, mailboxes=1, is_spam=True, is_proved=False)
    asyncio.run(tally.flush())
    asyncio.run(tally.flush())
    assert kept.delivered == {
        (NOW, "shop.example", "198.51.100.0/24", "inbox"): 3,
        (NOW, "shop.example", "-", "junk"): 1,
    }


def test_invented_senders_fill_an_hour_and_not_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is handed over: the sum stays right, and whoever was proved keeps a counter of his own."""
    monkeypatch.setattr(module, "ROOM", 3)
    kept, now = Kept(), NOW
    tally = Tally(kept.take, now=lambda: now, log=kept.log)
    for number in range(10):
        tally.deliver(f"x{number}.example", "203.0.113.7", mailboxes=1, is_spam=False, is_proved=False)
        tally.deliver("shop.example", "198.51.100.7", mailboxes=1, is_spam=False, is_proved=True)
        asyncio.run(tally.flush())
    assert (len(kept.delivered), kept.delivered.total()) == (3 + 1 + 1, 20)
    assert kept.delivered[NOW, "shop.example", "198.51.100.0/24", "inbox"] == 10
    assert kept.delivered[NOW, OTHERS, "-", "inbox"] == 7
    now = NOW.replace(hour=9)
    tally.deliver("x9.example", "203.0.113.7", mailboxes=1, is_spam=False, is_proved=False)
    asyncio.run(tally.flush())
    assert kept.delivered[now, "x9.example", "203.0.113.0/24", "inbox"] == 1


def test_invented_domains_take_no_room_from_those_that_are_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory and in the store: the rest stands together, and the sum is right."""
    monkeypatch.setattr(module, "ROOM", 3)
    monkeypatch.setattr(queries, "ROOM", 4)
    store = open_store(":memory:")
    store.create()

    def keep(counts: Mapping[tuple[date, str], Counts], *_: object) -> None:
        with store.write() as records:
            records.claimed.add(counts)

    tally = Tally(keep, now=lambda: NOW, log=lambda *_, **__: None)
    for turn in range(3):
        for number in range(10):
            tally.count(Claim(domain=f"x{turn}-{number}.example", is_aligned=False), is_spam=True)
        tally.count(Claim(domain="east.example", is_aligned=True), is_spam=False)
        asyncio.run(tally.flush())
    with store.read() as records:
        found = records.claimed.between(DAY, DAY)
    assert found["east.example"] == Counts(mails=3, aligned=3)
    assert len(found) == 4 + 1 + 1
    assert sum(each.mails for each in found.values()) == 33
    assert found[OTHERS].mails == 33 - 3 - 4
    store.close()


def test_each_peer_and_each_domain_has_its_share() -> None:
    """A peer's signing host stands for its organisation; days outside do not count; old days are dropped."""
    store = open_store(":memory:")
    store.create()
    with store.write() as records:
        records.claimed.add({(DAY, "east.example"): Counts(mails=80, aligned=60, spam=5)})
        records.claimed.add({(DAY, "east.example"): Counts(mails=20, aligned=15)})
        records.claimed.add(
            {(DAY, "shop.example"): Counts(mails=10), (date(2026, 3, 1), "shop.example"): Counts(mails=9)}
        )
        agreement = Agreement(
            peer="east", address="fbl@east.example", dkim_domains=("mail.east.example",), tier=Tier.T2
        )
        found = shares(records.claimed, [agreement], since=DAY, until=DAY)
        assert records.claimed.forget(date(2026, 4, 1)) == 1
    told = [(each.kind, each.name, each.counts.mails, each.counts.aligned) for each in found]
    assert told == [
        ("all", OTHERS, 110, 75),
        ("peer", "east", 100, 75),
        ("domain", "east.example", 100, 75),
        ("domain", "shop.example", 10, 0),
    ]
    assert found[1].aligned == 0.75
    assert 0.65 < found[1].low < 0.75 < found[1].high < 0.83
    store.close()
