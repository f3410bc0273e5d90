"""Reports of peers are written into their channel, in the transaction that counts them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from comity.cases.own_side import OwnSide
from comity.formats import dkim
from comity.formats.own_side import read_own
from comity.ledger import note
from comity.model.agreement import Agreement
from comity.model.outcomes import ComityError
from comity.model.tier import Tier
from comity.services.prove.verifying import verify
from comity.services.prove.writing import Scribe
from comity.services.receive.exchange import Correspondents
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, Prepared, prepare
from comity.services.receive.signers import Signers
from comity.store.engine import Store
from comity.store.tables.intake import report_row

from ...engines import poison
from ..stores import store
from .intake import NOW, arf, counts, fates, ingest, reads

__all__ = ["store"]

LEDGER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
RECORDS = {
    "k._domainkey.west.example": dkim.public_record(PEER_KEY),
    "t._domainkey.west.example": dkim.public_record(PEER_KEY).replace("k=ed25519", "k=ed25519; t=y"),
    "k._domainkey.evil.example": dkim.public_record(PEER_KEY),
}
WEST = Agreement(peer="west", address="fbl@west.example", tier=Tier.T2, version=3)
CHANNEL = "west.example/to/east.example/2026q1/by-mail"


class _Keys:
    def find(self, names: Iterable[str]) -> Mapping[str, str | None]:
        return {name: RECORDS.get(name) for name in names}


def _signed(mail: bytes, domain: str = "west.example", selector: str = "k") -> Prepared:
    signed = dkim.sign(mail, domain=domain, selector=selector, key=PEER_KEY) + mail
    return _read(signed)


def _read(mail: bytes) -> Prepared:
    return prepare(mail, Delivery(gate="lmtp", name="1.eml", arrived=NOW), reads, signers=Signers(_Keys()))


@pytest.fixture
def peers() -> Correspondents:
    """One peer, and a ledger."""
    return _peers(WEST)


def _peers(known: Agreement) -> Correspondents:
    salts = count()
    scribe = Scribe("east.example", LEDGER_KEY, new_salt=lambda: b"%016d" % next(salts))
    return Correspondents([known], scribe=scribe, ours="east.example")


def _ledger(store: Store) -> tuple[int, list[str]]:
    """How many leaves there are, and what does not hold."""
    with store.read() as records:
        verdicts = verify(records.ledger, [note.verifier_of("east.example", LEDGER_KEY)])
    return sum(each.leaves for each in verdicts), [fault.code for each in verdicts for fault in each.faults]


def test_who_may_have_signed_it_is_known_while_the_dns_is_gone() -> None:
    """A key that nobody answers for is no verdict; where another signature holds, or nobody should be asked, none is waited for."""

    class _Silent(_Keys):
        def find(self, names: Iterable[str]) -> Mapping[str, str | None]:
            return {name: record for name, record in super().find(names).items() if "west" not in name}

    signed = dkim.sign(arf(1), domain="west.example", selector="k", key=PEER_KEY) + arf(1)
    twice = dkim.sign(signed, domain="evil.example", selector="k", key=PEER_KEY) + signed
    gone = Signers(_Silent(), is_silent=lambda name: name.endswith("west.example"))
    assert (gone.seen(signed, NOW).unasked, gone(signed, NOW)) == (("west.example",), ())
    assert (gone.seen(twice, NOW).unasked, gone(twice, NOW)) == ((), ("evil.example",))
    assert Signers(_Silent()).seen(signed, NOW).unasked == ()
    assert Signers(_Keys(), is_silent=lambda _: True).seen(signed, NOW).unasked == ()
    delivery = Delivery(gate="lmtp", name="1.eml", arrived=NOW)
    assert prepare(signed, delivery, reads, signers=gone).unasked == ("west.example",)


def test_a_peers_report_is_a_leaf(store: Store, peers: Correspondents) -> None:
    """Leaf, row and roll-up say the same; the row names the terms."""
    ingest(store, _signed(arf(1)), _signed(arf(2, recipient="bob@mail.example")), correspondents=peers)
    assert _ledger(store) == (2, [])
    with store.read() as records:
        (channel,) = records.ledger.channels()
        row = records.connection.execute(select(report_row)).first()
    assert (channel.origin, row.channel_id) == (CHANNEL, channel.channel_id)
    assert (row.peer, row.agreement_version, row.tier, row.tlp, row.solicited) == (
        "west.example", 3, "T2", "TLP:AMBER", True,
    )  # fmt: skip


def test_what_a_peer_signed_is_counted_once_whatever_we_learnt_meanwhile(store: Store, peers: Correspondents) -> None:
    """It came again after its network was found to be ours: one report, and one leaf."""
    elsewhere = Terms(own=OwnSide(read_own(b"198.51.100.0/24\n", "own.csv").holdings))
    assert fates(ingest(store, _signed(arf(1, report_id="cr1-a")), correspondents=peers, terms=elsewhere)) == [
        "unmatched"
    ]
    again = _signed(arf(1, report_id="cr1-a", trace="X: 1\n"))
    assert fates(ingest(store, again, correspondents=peers)) == ["repeat"]
    assert _ledger(store) == (1, [])


def test_a_peer_has_its_leaf_whatever_stands_in_from(store: Store, peers: Correspondents) -> None:
    """Who signed is the peer: a report that was forged before, and signed by nobody, takes no leaf from it."""
    given = arf(1, report_id="cr1-a", provider="fbl@elsewhere.example")
    assert fates(ingest(store, given, correspondents=peers)) == ["case"]
    assert fates(ingest(store, _signed(given), correspondents=peers)) == ["case"]
    again = _signed(arf(1, report_id="cr1-a", provider="fbl@elsewhere.example", trace="X: 1\n"))
    assert fates(ingest(store, again, correspondents=peers)) == ["repeat"]
    assert _ledger(store) == (1, [])


def test_one_sending_to_many_has_one_id_and_many_leaves(store: Store, peers: Correspondents) -> None:
    """Original-Envelope-Id is the id of a report where it has no other one; the ledger holds all the same."""
    batch = [
        _signed(
            arf(n, recipient=f"{n}@mail.example").replace(b"Arrival-Date", b"Original-Envelope-Id: sale\nArrival-Date")
        )
        for n in (1, 2)
    ]
    ingest(store, *batch, correspondents=peers)
    assert _ledger(store) == (2, [])


def test_p3_holds_whatever_comes(store: Store, peers: Correspondents) -> None:
    """Repeats, bounces, strangers' reports and shunted items among them: leaves = rows = roll-ups, at every commit."""
    batch = [
        _signed(arf(1, report_id="cr1-a")), _signed(arf(1, report_id="cr1-a", trace="X: 1\n")), arf(2), b"\x00" * 99,
        _signed(arf(3)), _signed(arf(3, report_id="cr1-c", carrier="c@west.example")), _signed(arf(4, kind="not-spam")),
    ]  # fmt: skip
    for size in (1, 2, 7):
        for start in range(0, len(batch), size):
            ingest(store, *batch[start : start + size], correspondents=peers)
            assert _ledger(store)[1] == []
    assert _ledger(store) == (3, [])
    assert counts(store)["counted"] == 4  # three of the peer's, one outside any channel


def test_who_signed_is_the_peer_and_not_who_says_so(store: Store, peers: Correspondents) -> None:
    """Anybody can write From:; a foreign signature, a broken one or one that is only being tried proves nothing."""
    unsigned = _read(arf(1))
    foreign = _signed(arf(2), domain="evil.example")
    broken = _read(
        dkim.sign(arf(3), domain="west.example", selector="k", key=PEER_KEY) + arf(3).replace(b"buy", b"sell")
    )
    testing = _signed(arf(4), selector="t")
    unknown = _signed(arf(5), selector="other")
    batch = (unsigned, foreign, broken, testing, unknown)
    assert [each.signed_by for each in batch] == [(), ("evil.example",), (), (), ()]
    ingest(store, *batch, correspondents=peers)
    assert _ledger(store) == (0, [])
    assert counts(store)["new"] == 5


@pytest.mark.parametrize(
    ("carrier", "counts_as_peer"),
    [
        ("From: Loop <FBL@west.example>", True),
        ("From: ann@west.example", False),
        ("From: fbl@west.example, ann@west.example", False),
        ("From: fbl@west.example\nFrom: ann@west.example", False),
        ("Sender: fbl@west.example\nFrom: ann@west.example", False),
    ],
)
def test_a_user_of_its_mailboxes_is_not_the_peer(store: Store, carrier: str, counts_as_peer: bool) -> None:
    """A provider signs the mail of its users too: where the settings name who reports, the others are strangers."""
    peers = _peers(replace(WEST, reports_from=("fbl@west.example",)))
    report = arf(1, report_id="cr1-a").replace(b"From: fbl@west.example", carrier.encode(), 1)
    assert fates(ingest(store, _signed(report), correspondents=peers)) == ["case"]
    assert _ledger(store) == (int(counts_as_peer), [])


def test_a_report_about_nobody_of_ours_is_exchanged_all_the_same(store: Store, peers: Correspondents) -> None:
    """What a peer sent was sent, whether we can use it or not."""
    ingest(store, _signed(arf(1, source="8.8.4.4")), correspondents=peers)
    assert _ledger(store) == (1, [])


def test_what_fails_leaves_no_leaf(store: Store, peers: Correspondents) -> None:
    """An item that is undone is undone in the ledger too; the others keep theirs."""
    with store.write() as records:
        poison(records.connection, source="192.0.2.200")
    batch = [_signed(arf(number)) for number in range(5)]
    batch[2] = _signed(arf(2, source="192.0.2.200"))
    assert fates(ingest(store, *batch, correspondents=peers)) == ["case", "case", "shunted", "case", "case"]
    assert _ledger(store) == (4, [])


def test_a_transaction_that_fails_leaves_nothing(store: Store, peers: Correspondents) -> None:
    """A full disk takes rows and leaves alike."""

    class _Broken(Correspondents):
        def write(self, *arguments: object) -> list[object]:  # type: ignore[override]
            peers.write(*arguments)  # type: ignore[arg-type]
            raise ComityError("store-full", "full", outcome=None)  # type: ignore[arg-type]

        of = peers.of  # type: ignore[assignment]

    with pytest.raises(ComityError):
        ingest(store, _signed(arf(1)), correspondents=_Broken())
    assert (_ledger(store), counts(store)["raw"]) == ((0, []), 0)


def test_without_a_ledger_there_are_no_exchanges(store: Store) -> None:
    """Before there is a key, peers' reports are reports like any other."""
    ingest(store, _signed(arf(1)), correspondents=Correspondents([WEST]))
    assert _ledger(store) == (0, [])
    assert counts(store)["new"] == 1


def test_a_leaf_about_a_mail_says_what_was_seen_of_it(store: Store, peers: Correspondents) -> None:
    """Of a peer that speaks mail alone: the hash of the mail, the verdict of DKIM, the key record, which may be gone tomorrow."""
    from hashlib import sha256

    from comity.ledger import leaf

    prepared = _signed(arf(1))
    ingest(store, prepared, correspondents=peers)
    with store.read() as records:
        ((_, data),) = list(records.ledger.leaves(1))
    said = leaf.read(data)
    assert said is not None
    assert said["mail"] == {
        "sha256": prepared.digest.hex(),
        "dkim": "pass d=west.example s=k",
        "key": RECORDS["k._domainkey.west.example"],
    }
    assert len(prepared.digest) == len(sha256().digest())


def test_a_mail_of_a_peer_that_exchanges_meets_its_leaf(store: Store) -> None:
    """No leaf of ours, no roll-up; the mail waits under its id in the channel of the peer until the leaf comes."""
    scribe = Scribe("east.example", LEDGER_KEY, new_salt=lambda: bytes(16))
    peers = Correspondents([WEST], scribe=scribe, ours="east.example", exchanging=["west.example"])
    ingest(store, _signed(arf(1, report_id="cr1-a")), _signed(arf(2, report_id="cr1-b")), correspondents=peers)
    assert _ledger(store) == (0, [])
    with store.read() as records:
        channel = records.history.channel("west.example/to/east.example/2026q1")
        assert channel is not None
        assert (channel.is_copy, records.history.unmet(channel.channel_id)) == (True, (0, 2))
        (row,) = records.connection.execute(select(report_row.c.channel_id).distinct()).all()
    assert row.channel_id == channel.channel_id
