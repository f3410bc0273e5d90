"""A ledger of two networks to close and to state: reports, answers and retractions on days that the test names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.cases.standing import source_net
from comity.ledger import note
from comity.ledger.day_close import Places
from comity.ledger.leaf import LeafType
from comity.services.prove.closing import Closed, CloseTerms, Closing
from comity.services.prove.writing import Event, Scribe
from comity.store.engine import Store, open_store

WEST, EAST = "west.example", "east.example"
KEYS = {
    WEST: Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    EAST: Ed25519PrivateKey.from_private_bytes(bytes(32)),
}
PUBLIC = {name: note.verifier_of(name, key) for name, key in KEYS.items()}
COUNTRIES = {"198.51.100": ("CN", "SG"), "203.0.113": ("US", "US"), "192.0.2": ("CN", "CN")}


def country(address: str | None, at: int) -> str | None:
    """Where an address is registered (0) and used (1)."""
    return COUNTRIES.get((address or "").rpartition(".")[0], (None, None))[at]


PLACES = Places(network=source_net, registrant=lambda ip: country(ip, 0), location=lambda ip: country(ip, 1))


class Scene:
    """The ledger of one side; ``shared``: each side writes its own direction, and the other has a copy of it."""

    def __init__(self, of: str = WEST, *, shared: bool = False) -> None:
        self.of, self.shared = of, shared
        self._numbers = count()
        seeds = count(1)
        self.terms = CloseTerms(
            places=PLACES,
            within_hours=72,
            countries="2026-11-01",
            new_seed=lambda: f"{of} {next(seeds)}".encode().ljust(32),
        )
        salts = count()
        self.scribes = {name: Scribe(name, KEYS[name], new_salt=lambda: b"%016d" % next(salts)) for name in KEYS}
        self.scribe = self.scribes[of]

    @cached_property
    def store(self) -> Store:
        """Made when it is first asked: some only want to know with which keys and terms a side writes."""
        opened = open_store(":memory:")
        opened.create()
        return opened

    def write(self, events: Sequence[Event], day: date, hour: int = 12) -> None:
        """Write events on a day."""
        with self.store.write() as rows:
            for each in events:
                by_mail = each.reporting != self.of and not self.shared
                writer = self.scribes[each.reporting if self.shared else self.of]
                writer.write(rows.ledger, [replace(each, by_mail=by_mail)], at(day, hour))

    def reports(self, n: int, day: date, **more: Any) -> list[str]:
        """So many reports on a day; their names."""
        names = [f"r{next(self._numbers)}" for _ in range(n)]
        self.write([event(name, **more) for name in names], day)
        return names

    def close(
        self, through: date, direction: tuple[str, str] = (WEST, EAST), now: datetime | None = None
    ) -> list[Closed]:
        """Close days."""
        closing = Closing(self.scribes[direction[0]] if self.shared else self.scribe, self.terms)
        with self.store.write() as rows:
            return closing.close(rows, direction, through, now=now or at(through + timedelta(days=1), 0))


def event(
    name: str,
    leaf_type: LeafType = LeafType.REPORT,
    *,
    direction: tuple[str, str] = (WEST, EAST),
    ip: str = "198.51.100.7",
    sort: str = "complaint",
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """One event between the two."""
    return Event(
        reporting=direction[0],
        reported=direction[1],
        leaf_type=leaf_type,
        event_id=name,
        observed=None,
        facts=facts if facts is not None else {"class": sort, "source": {"ip": ip, "dkim": None}},
    )


def answer(name: str, outcome: str = "stopped") -> Event:
    """East says what it did about a report of west."""
    facts = {"report": name, "outcome": outcome}
    return event(f"{name}.outcome", LeafType.OUTCOME, direction=(EAST, WEST), facts=facts)


def at(day: date, hour: int) -> datetime:
    """A moment."""
    return datetime.combine(day, time(hour), UTC)
