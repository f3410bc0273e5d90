"""Two networks with a ledger each, paired, and the way between them without a network: what tests of the exchange begin with."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from comity.cases.standing import source_net
from comity.ledger import note, pairing
from comity.ledger.day_close import Places
from comity.ledger.leaf import LeafType
from comity.services.prove import pairing as pairing_service
from comity.services.prove.agreement.accepting import Accepting
from comity.services.prove.agreement.acting import Ours
from comity.services.prove.agreement.taking import Taking
from comity.services.prove.asking import Asking
from comity.services.prove.closing import CloseTerms
from comity.services.prove.forwarding import Forwarding, Step, to_give
from comity.services.prove.leaves.objecting import Objecting
from comity.services.prove.receiving import Receiving, ReceivingTerms
from comity.services.prove.verifying import verify
from comity.services.prove.writing import Event, Scribe
from comity.store.engine import Store, open_store
from comity.store.tables import intake

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WEST, EAST = "west.example", "east.example"
KEYS = {
    WEST: Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    EAST: Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))),
}
OFFLINE = {
    WEST: Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))),
    EAST: Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35))),
}

CLOSE_TERMS = CloseTerms(
    places=Places(network=source_net, registrant=lambda _: None, location=lambda _: None),
    within_hours=72,
    countries=None,
    new_seed=lambda: b"s" * 32,
)


def card(name: str) -> pairing.Card:
    return pairing.card_of(
        name, KEYS[name].public_key().public_bytes_raw(), OFFLINE[name].public_key().public_bytes_raw()
    )


class Side:
    """One network."""

    def __init__(self, name: str, where: str = ":memory:", *, per_day: int = 100_000) -> None:
        self.name, self.now = name, NOW
        self.store: Store = open_store(where)
        self.store.create()
        salts = count()
        self.scribe = Scribe(name, KEYS[name], new_salt=lambda: b"%016d" % next(salts))
        terms = ReceivingTerms(name=name, key=KEYS[name], per_day=per_day, source_net=source_net)
        accepting = Accepting(name, Taking(Ours(domain=name, key=KEYS[name]), self.scribe))
        objecting = Objecting(self.scribe, CLOSE_TERMS)
        self.receiving, self.asking = Receiving(terms, accepting, objecting), Asking(name)
        self._number = count()

    def pair(self, other: str) -> None:
        with self.store.write() as rows:
            pairing_service.add(rows.keys, card(other).text(), now=NOW)
            said = pairing.figures(card(other).fingerprint())
            pairing_service.trust(rows.keys, other, said, lists=(), now=NOW)

    def event(self, to: str, number: int, **changes: Any) -> Event:
        facts = {
            "class": "complaint", "definition": "complaint", "role": "originator",
            "source": {"ip": f"198.51.100.{number % 250}", "dkim": None}, "tier": "T2", "tlp": "TLP:AMBER", "agreement": 1,
        }  # fmt: skip
        given: dict[str, Any] = {
            "reporting": self.name, "reported": to, "leaf_type": LeafType.REPORT, "event_id": f"cr1-{number}",
            "observed": self.now, "facts": facts, "payload": b"redacted %d" % number, "quarter": "2026q4",
        }  # fmt: skip
        return Event(**given | changes)

    def write(self, *events: Event) -> None:
        """Leaves, report rows and roll-ups in one transaction, as the exchange of reports writes them."""
        with self.store.write() as rows:
            places = self.scribe.write(rows.ledger, events, self.now)
            counts: dict[tuple[int, str, str, str], int] = {}
            for event, (channel_id, _) in zip(events, places, strict=True):
                if event.leaf_type is not LeafType.REPORT:
                    continue
                rows.connection.execute(
                    insert(intake.report_row).values(
                        report_key=next(self._number).to_bytes(16, "big"), direction="out", channel_id=channel_id,
                        evidence_class="complaint", is_complaint=True, facts="{}",
                    )
                )  # fmt: skip
                key = (channel_id, self.now.date().isoformat(), "complaint", source_net(event.facts["source"]["ip"]))
                counts[key] = counts.get(key, 0) + 1
            rows.intake.count_up(counts)

    def reports(self, to: str, start: int, end: int) -> None:
        self.write(*[self.event(to, number) for number in range(start, end)])

    def faults(self) -> list[str]:
        """What does not hold in this ledger."""
        with self.store.read() as rows:
            known = [
                *(note.verifier_of(self.name, KEYS[self.name], each) for each in (note.ED25519, note.COSIGNATURE)),
                *(each for peer in KEYS for each in pairing_service.verifiers(rows.keys, peer)),
            ]
            return [fault.code for verdict in verify(rows.ledger, known) for fault in verdict.faults]

    def size(self, origin: str) -> int:
        with self.store.read() as rows:
            found = rows.history.channel(origin)
            return found.size if found else 0


Way = Callable[[bytes], tuple[int, Mapping[str, Any]]]


def way_to(other: Side, *, lost_answers: int = 0) -> Way:
    """What a posting goes through; the first answers may be lost after everything was stored."""
    lost = iter(range(lost_answers))

    def post(data: bytes) -> tuple[int, Mapping[str, Any]]:
        answer = other.receiving.take(other.store, data, now=other.now)
        if next(lost, None) is not None:
            return 0, {}
        return answer.status, answer.said

    return post


def forwarding(ours: Side, other: Side, post: Way | None = None) -> Forwarding:
    own = [note.verifier_of(ours.name, KEYS[ours.name])]
    return Forwarding(ours.store, other.name, post or way_to(other), ours=own)


def give(ours: Side, other: Side, sender: Forwarding | None = None) -> list[Step]:
    """Give everything that there is to give; what came of each posting."""
    sender = sender or forwarding(ours, other)
    steps: list[Step] = []
    with ours.store.read() as rows:
        channels = to_give(rows.ledger.channels(), ours.name, other.name)
    for channel in channels:
        while True:
            steps.append(sender.step(channel, now=ours.now))
            if not steps[-1].more:
                break
    return steps


def both(*, per_day: int = 100_000) -> tuple[Side, Side]:
    """West and east, paired."""
    west, east = Side(WEST, per_day=per_day), Side(EAST, per_day=per_day)
    west.pair(EAST)
    east.pair(WEST)
    return west, east


def later(side: Side, **much: float) -> None:
    side.now += timedelta(**much)
