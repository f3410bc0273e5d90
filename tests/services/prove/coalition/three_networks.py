"""Three networks, each with a ledger of each pair, and what two of them sign about a month."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord.measured import block
from comity.ledger import note
from comity.model import period as periods
from comity.services.prove.closing import Closing
from comity.services.prove.stating.agreeing import Ours, Stating
from comity.services.prove.writing import Scribe
from comity.store.engine import Store, open_store

from ..closing_scene import Scene, at, event

WEST, EAST, SOUTH = "west.example", "east.example", "south.example"
KEYS = {
    WEST: Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    EAST: Ed25519PrivateKey.from_private_bytes(bytes(32)),
    SOUTH: Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)),
}
PUBLIC = {name: note.verifier_of(name, key) for name, key in KEYS.items()}
ALL = list(PUBLIC.values())
MONTH = periods.read("2026-11")
assert MONTH is not None
FIRST, LAST = MONTH.first, MONTH.last
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
DUE = datetime(2026, 12, 15, tzinfo=UTC)


class Ledger:
    """What one network has of one pair: so many reports of each class that it sent."""

    def __init__(self, of: str, other: str, counts: dict[str, int], *, back: int = 0) -> None:
        self.of, self.other, self.terms = of, other, Scene().terms
        self.store: Store = open_store(":memory:")
        self.store.create()
        salts = count()
        self.scribe = Scribe(of, KEYS[of], new_salt=lambda: b"%016d" % next(salts))
        names = count()
        one, two = sorted((of, other))
        events = [
            event(f"r{next(names)}", direction=(one, two), sort=sort) for sort, n in counts.items() for _ in range(n)
        ]
        events += [event(f"b{next(names)}", direction=(two, one)) for _ in range(back)]
        with self.store.write() as rows:
            for each in events:
                self.scribe.write(rows.ledger, [replace(each, by_mail=each.reporting != of)], at(FIRST, 12))
            for direction in ((one, two), (two, one)):
                Closing(self.scribe, self.terms).close(rows, direction, LAST, now=NOW)

    def stating(self, found: int | None) -> Stating:
        measured = {} if found is None else block(found, found // 2)
        return Stating(Ours(domain=self.of, key=KEYS[self.of]), self.scribe, self.terms, measuring=lambda *_: measured)

    def make(self, found: int | None = None) -> bytes:
        assert MONTH is not None
        with self.store.write() as rows:
            return self.stating(found).make(rows, self.other, MONTH, now=NOW)

    def sign(self, data: bytes, found: int | None = None, **more: Any) -> bytes:
        with self.store.write() as rows:
            return self.stating(found).sign(rows, data, ALL, now=NOW, **more).data


def signed(one: Ledger, other: Ledger, *, found: tuple[int | None, int | None] = (None, None), **more: Any) -> bytes:
    """One begins, the other joins and signs, the first signs."""
    joined = other.sign(one.make(found[0]), found[1], **more)
    return one.sign(joined, found[0], **more)


def pair(one: str, other: str, counts: dict[str, int], *, back: int = 0, lost: int = 0) -> tuple[Ledger, Ledger]:
    fewer = {name: n - (lost if at_ == 0 else 0) for at_, (name, n) in enumerate(counts.items())}
    return Ledger(one, other, counts, back=back), Ledger(other, one, fewer, back=back)
