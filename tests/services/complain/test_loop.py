"""The loop closes: west reports, east makes a case of it and says what it did, west hears it; both ledgers verify."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from comity.cases.own_side import OwnSide
from comity.formats import dkim, outcome
from comity.formats.mime import scan
from comity.formats.own_side import read_own
from comity.formats.reading import read
from comity.ledger import note
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.case_outcome import CaseOutcome
from comity.model.feedback import Kind
from comity.model.sending import Peer, PeerState
from comity.model.tier import Tier
from comity.services.complain.bounces import Bounces
from comity.services.complain.outcomes import Taken, take
from comity.services.complain.sending import Answer, Envelope, Mailing, Persistence, Reply
from comity.services.complain.signing import signer
from comity.services.prove.verifying import verify
from comity.services.prove.writing import Scribe
from comity.services.receive.answering import Answered, Answering
from comity.services.receive.answering import OwnSide as Answerer
from comity.services.receive.coming_back import ComingBack
from comity.services.receive.exchange import Correspondents
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, prepare
from comity.services.receive.signers import Signers
from comity.store.engine import Store, open_store
from comity.store.tables import ledger, sending
from comity.store.tables.cases import abuse_case

if TYPE_CHECKING:
    from conftest import Desk

WEST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
EAST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
RECORDS = {
    "s1._domainkey.west.example": dkim.public_record(WEST_KEY),
    "s1._domainkey.east.example": dkim.public_record(EAST_KEY),
}
EAST = FeedbackProvider(
    domain="east.example", address="fbl@east.example", organisation="东方电信", reporting_mta="mx.east.example"
)
WEST_AGREEMENT = Agreement(
    peer="west", address="feedback@west.example", dkim_domains=("west.example",), tier=Tier.T2, languages=("en", "zh")
)


class _Keys:
    def find(self, names: object) -> dict[str, str]:
        return RECORDS


@dataclass
class Post:
    """Carries mail: what is handed over lies here."""

    taken: list[Envelope] = field(default_factory=list)

    def send(self, mail: Envelope) -> Reply:
        """Take it."""
        self.taken.append(mail)
        return Reply(answer=Answer.ACCEPTED, text="250 ok")

    def close(self) -> None:
        """Nothing to close."""


class East:
    """The other side: what arrives becomes a case, and is answered."""

    def __init__(self, store: Store, desk: "Desk") -> None:
        salts, tokens = count(), count()
        self.store, self.desk = store, desk
        self.scribe = Scribe("east.example", EAST_KEY, new_salt=lambda: b"%016d" % next(salts))
        known = Correspondents((WEST_AGREEMENT,), scribe=self.scribe, ours="east.example")
        self.ingest = Ingest(Terms(own=OwnSide(read_own(b"198.51.100.0/24,Shop\n", "own.csv").holdings)), known)
        ours = Answerer(
            provider=EAST,
            agreements=(WEST_AGREEMENT,),
            words={"en": catalogue("en"), "zh": catalogue("zh")},
        )
        self.answering = Answering(ours, self.scribe, new_token=lambda: f"e{next(tokens)}")

    def receive(self, mail: Envelope) -> None:
        """Work one mail off."""
        delivery = Delivery(gate="lmtp", name="1", arrived=self.desk.now)
        item = prepare(mail.data, delivery, lambda data, name: read(data, name=name), signers=Signers(_Keys()))
        with self.store.write() as rows:
            self.ingest.apply([item], rows, self.desk.now)

    def live(self) -> None:
        """The operator of east lets mail to west out."""
        with self.store.write() as rows:
            rows.peers.put(Peer(name="west", address=WEST_AGREEMENT.address, state=PeerState.LIVE, since=self.desk.now))

    def tell(self, what: CaseOutcome = CaseOutcome.STOPPED) -> Answered:
        """Say of every case what was done."""
        with self.store.write() as rows:
            case_ids = rows.connection.scalars(select(abuse_case.c.id)).all()
            return self.answering.tell(rows, case_ids, what, now=self.desk.now)


@pytest.fixture
def east(desk: "Desk") -> Iterator[East]:
    """East's side, with an empty store."""
    opened = open_store(":memory:")
    opened.create()
    yield East(opened, desk)
    opened.close()


def mailed(desk: "Desk", store: Store, domain: str, key: Ed25519PrivateKey) -> list[Envelope]:
    """Everything that one side sends now."""
    post = Post()
    persistence = Persistence(bounce_address=f"bounces@{domain}")
    Mailing(store, lambda: post, signer(domain, "s1", key=key), persistence=persistence, clock=lambda: desk.now).once(
        "t"
    )
    return post.taken


def reported(desk: "Desk", east: East) -> None:
    """West's complaint has become east's case."""
    desk.live("east")
    desk.complain()
    desk.later(minutes=16)
    desk.decide()
    for mail in mailed(desk, desk.store, "west.example", WEST_KEY):
        east.receive(mail)


def heard(desk: "Desk", mail: Envelope, *, signers: Signers | None = None) -> Taken | None:
    """West takes an answer in."""
    signed_by = (signers or Signers(_Keys()))(mail.data, desk.now)
    with desk.store.write() as rows:
        return take(rows, mail.data, signed_by, now=desk.now)


def outcomes(desk: "Desk") -> list[str | None]:
    with desk.store.read() as rows:
        return list(rows.connection.scalars(select(sending.report_out.c.outcome)))


def test_the_answer_comes_back(desk: "Desk", east: East) -> None:
    """Complaint, report, case, answer: west knows what east did about its own report."""
    reported(desk, east)
    east.live()
    assert east.tell().told == 1
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    assert mail.to == "feedback@west.example"
    assert read(mail.data).kind is Kind.OUTCOME
    text = next(part.text() for part in scan(mail.data).walk() if part.content_type == "text/plain")
    assert "the account or the mailing was stopped" in text
    assert "已停用该账户" in text
    taken = heard(desk, mail)
    assert taken is not None
    assert (taken.outcome, taken.refused) == ("stopped", None)
    assert outcomes(desk) == ["stopped"]


def test_the_mail_says_what_the_ledger_says(desk: "Desk", east: East) -> None:
    """The JSON part is the leaf, byte for byte; it stands in the channel from east to west, and both sides verify."""
    reported(desk, east)
    east.live()
    east.tell()
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    stated = outcome.read(scan(mail.data))
    with east.store.read() as rows:
        leaf = rows.connection.scalars(select(ledger.leaf.c.data).where(ledger.leaf.c.type == "outcome")).one()
        verdicts = verify(rows.ledger, [note.verifier_of("east.example", EAST_KEY)])
    assert stated is not None
    assert stated.statement == leaf
    assert {verdict.channel.origin for verdict in verdicts} == {
        "west.example/to/east.example/2026q1/by-mail",
        "east.example/to/west.example/2026q1",
    }
    assert [fault for verdict in verdicts for fault in verdict.faults] == []
    assert desk.faults() == []


def test_nobody_is_told_before_the_operator_says_so(desk: "Desk", east: East) -> None:
    """While west is only observed, it is told nothing and nothing is written down; later it can be told."""
    reported(desk, east)
    assert east.tell().not_told == {"observe": 1}
    assert mailed(desk, east.store, "east.example", EAST_KEY) == []
    east.live()
    assert east.tell().told == 1


def test_one_answer_to_one_report(desk: "Desk", east: East) -> None:
    """Said twice, it is sent once, and counts once."""
    reported(desk, east)
    east.live()
    east.tell()
    assert east.tell(CaseOutcome.WARNED).told == 0
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    heard(desk, mail)
    again = heard(desk, mail)
    assert again is not None
    assert again.refused == "answered-before"


def test_only_the_one_who_was_told_may_answer(desk: "Desk", east: East) -> None:
    """An answer that its network did not sign changes nothing."""
    reported(desk, east)
    east.live()
    east.tell()
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    forged = heard(desk, mail, signers=Signers(None))
    assert forged is not None
    assert forged.refused == "not-signed-by-peer"
    assert outcomes(desk) == [None]


def test_other_mail_is_no_answer(desk: "Desk") -> None:
    """A mail with another JSON part, or none, is left to others."""
    for body in (
        b"Subject: hi\n\nhello",
        b'Content-Type: application/json\n\n{"type":"report"}',
        b"Content-Type: application/json\n\n[",
    ):
        with desk.store.write() as rows:
            assert take(rows, body, (), now=desk.now) is None


def test_what_comes_back_is_found_among_all_that_comes_in(desk: "Desk", east: East) -> None:
    """Taken in like any mail, an answer finds its report, and a bounce finds the mail it is about."""
    reported(desk, east)
    with desk.store.read() as rows:
        token = rows.connection.scalars(select(sending.outbox.c.bounce_token)).one()
    east.live()
    east.tell()
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    bounce = (
        b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.east.example\nSubject: Undelivered\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.east.example\n\n"
        b"Action: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    intake = ComingBack(Ingest(Terms(own=OwnSide(()))), Bounces(Persistence(bounce_address="bounces@west.example")))
    items = [
        prepare(
            data,
            Delivery(gate="lmtp", name=f"{to}/{number}.eml", arrived=desk.now),
            lambda data, name: read(data, name=name),
            signers=Signers(_Keys()),
        )
        for number, (to, data) in enumerate(
            [("feedback@west.example", mail.data), (f"bounces+{token}@west.example", bounce)]
        )
    ]
    with desk.store.write() as rows:
        intake.apply(items, rows, desk.now)
    assert outcomes(desk) == ["stopped"]
    assert [(state.value, reason) for _, state, reason in desk.outbox()] == [("failed", "bounced")]


@pytest.mark.parametrize(("author", "expected"), [("fbl@east.example", "stopped"), ("ann@east.example", None)])
def test_a_user_of_its_mailboxes_answers_no_report(desk: "Desk", east: East, author: str, expected: str | None) -> None:
    """Whom we complained about may have a mailbox there, and was perhaps shown the report: where the settings name who speaks for
    the network, he does not say that it is over."""
    reported(desk, east)
    east.live()
    east.tell()
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    unsigned = mail.data[mail.data.index(b"From:") :].replace(b"fbl@east.example", author.encode(), 1)
    data = signer("east.example", "s1", key=EAST_KEY)(unsigned, desk.now)
    known = Agreement(
        peer="east", address="fbl@east.example", tier=Tier.T2, languages=("en",), reports_from=("fbl@east.example",)
    )
    intake = ComingBack(Ingest(Terms(own=OwnSide(()))), None, speaking=Correspondents([known]).speaking)
    delivery = Delivery(gate="lmtp", name="feedback@west.example/1.eml", arrived=desk.now)
    item = prepare(data, delivery, lambda data, name: read(data, name=name), signers=Signers(_Keys()))
    assert (item.signed_by, item.author) == (("east.example",), author)
    with desk.store.write() as rows:
        intake.apply([item], rows, desk.now)
    assert outcomes(desk) == [expected]
