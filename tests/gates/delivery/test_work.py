"""Each mail at delivery counts for the peer whose mail it is, as what it was judged; what a header claims counts for nobody."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from comity.formats.delivery_memory import DeliveryKeys
from comity.gates.delivery.tally import Tally
from comity.gates.delivery.work import DeliveryWork
from comity.gates.milter.conversation import IncomingMail
from comity.gates.milter.marking import Marker, MarkTerms
from comity.model.agreement import Agreement
from comity.model.tier import Tier
from comity.model.verdict import Judgement, Verdict
from comity.services.complain.cards.judged import Judged, Whose

NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
EAST = Agreement(
    peer="east",
    address="fbl@east.example",
    networks=(ip_network("198.51.100.0/24"),),
    dkim_domains=("east.example",),
    tier=Tier.T2,
)
SIGNED = b"mx.west.example; dkim=pass header.d=east.example"


class Says:
    """A filter that says one thing."""

    def __init__(self, verdict: Verdict | None) -> None:
        self.verdict = verdict

    async def judge(self, data: bytes, facts: object) -> Judgement | None:
        if self.verdict is None:
            return None
        return Judgement(verdict=self.verdict, probability=0.5, score=0.0, threshold=0.0, language="none")


TERMS = MarkTerms(
    keys=DeliveryKeys(secrets={"1": b"k" * 32}),
    own_domains=frozenset({"west.example"}),
    trusted_hosts=frozenset({"mx.west.example"}),
)


def counted(
    verdict: Verdict | None, *, ip: str = "192.0.2.9", results: bytes | None = None, to: str = "a@west.example"
) -> object:
    kept: dict[tuple[date, str], Judged] = {}

    def keep(_: object, judged: Mapping[tuple[date, str], Judged], __: object) -> None:
        kept.update(judged)

    work = DeliveryWork(
        marker=Marker(TERMS, lambda: NOW),
        opinions=Says(verdict),  # type: ignore[arg-type]
        tally=Tally(keep, now=lambda: NOW, log=lambda *_, **__: None),
        whose=Whose((EAST,)),
    )
    fields = [] if results is None else [(b"authentication-results", results)]
    fields += [(b"received", b"from a by mx.west.example; 1 May 2026"), (b"from", b"News <news@east.example>")]
    text = b"From: News <news@east.example>\r\nSubject: x\r\n\r\nbuy\r\n"
    mail = IncomingMail(client_ip=ip, recipients=[to], fields=fields, content=bytearray(text))
    asyncio.run(work.decide(mail))
    assert work.tally is not None
    asyncio.run(work.tally.flush())
    return kept.get((NOW.date(), "east.example"))


@pytest.mark.parametrize(
    ("verdict", "wanted"),
    [
        (Verdict.SPAM, Judged(mails=1, judged=1, spam=1)),
        (Verdict.LEGITIMATE, Judged(mails=1, judged=1)),
        (Verdict.UNSURE, Judged(mails=1, judged=1)),
        (None, Judged(mails=1)),
    ],
)
def test_by_address_and_by_signature(verdict: Verdict | None, wanted: Judged) -> None:
    """Handed over from a network of the agreement, or signed by its domain as our own host found."""
    assert counted(verdict, ip="198.51.100.9") == wanted
    assert counted(verdict, results=SIGNED) == wanted


def test_a_claim_is_not_enough() -> None:
    """From: east.example alone, from a stranger's address; or mail that is not for our mailboxes."""
    assert counted(Verdict.SPAM) is None
    assert counted(Verdict.SPAM, results=SIGNED.replace(b"pass", b"fail")) is None
    assert counted(Verdict.SPAM, ip="198.51.100.9", to="a@elsewhere.example") is None


@pytest.mark.parametrize(
    ("verdict", "more", "wanted"),
    [
        (Verdict.SPAM, {}, {(NOW, "shop.example", "198.51.100.0/24", "junk"): 2}),
        (Verdict.LEGITIMATE, {}, {(NOW, "shop.example", "198.51.100.0/24", "inbox"): 2}),
        (None, {}, {(NOW, "shop.example", "198.51.100.0/24", "inbox"): 2}),
        (Verdict.LEGITIMATE, {"envelope_from": ""}, {}),
        (Verdict.LEGITIMATE, {"is_authenticated": True}, {}),
    ],
)
@pytest.mark.parametrize("is_on", [True, False])
def test_deliveries_count_where_the_settings_say_so(
    verdict: Verdict | None, more: dict[str, Any], wanted: dict[Any, int], *, is_on: bool
) -> None:
    """Each mailbox once, by what the filter said; bounces and mail of our own people are nobody's deliveries."""
    kept = Counter[Any]()

    def keep(_: object, __: object, delivered: Mapping[Any, int]) -> None:
        kept.update(delivered)

    work = DeliveryWork(
        marker=Marker(TERMS, lambda: NOW),
        opinions=Says(verdict),  # type: ignore[arg-type]
        tally=Tally(keep, now=lambda: NOW, log=lambda *_, **__: None),
        counts_inboxes=is_on,
    )
    known: dict[str, Any] = {"client_ip": "198.51.100.9", "envelope_from": "n@shop.example"}
    known |= {
        "recipients": ["a@west.example", "b@west.example"],
        "content": bytearray(b"From: n@shop.example\r\n\r\nbuy\r\n"),
    }
    asyncio.run(work.decide(IncomingMail(**(known | more))))
    assert work.tally is not None
    asyncio.run(work.tally.flush())
    assert kept == (wanted if is_on else {})
