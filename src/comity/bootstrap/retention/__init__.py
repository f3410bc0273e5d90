"""Join the store, the settings and the ledger to what erases on time.

Answers:    ``terms(settings)``; ``erase_on_time`` is what the running program does once a day, ``comity retention run`` by hand;
            ``Deed`` is one thing that a person does with a hold.
Limits:     before there are a domain and a key nothing stands in the ledger; the store's own list says what was erased.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from comity.bootstrap.desk import COMPLAINER_KEY, beside, scribe
from comity.model.log_events import LogEvent
from comity.model.retention import Erasure, KeptClass, LegalHold, Term
from comity.outlets.secret_file import secret
from comity.services.operate.housekeeping import forget_counters
from comity.services.operate.retention.erasing import Hand, erase
from comity.services.operate.retention.holding import Holding, refused
from comity.settings import Settings
from comity.settings.retention import WISHES, terms_of

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records


def terms(settings: Settings) -> Mapping[KeptClass, Term]:
    """For how long what is kept."""
    return terms_of({room: getattr(settings, room) for room in {"retention", *(room for room, _ in WISHES.values())}})


def hand_of(settings: Settings) -> Hand:
    """Who erases."""
    key = secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY))
    return Hand(key=blake2b(key, person=b"erasure", digest_size=32).digest(), scribe=scribe(settings))


def erase_due(settings: Settings, store: "Store", *, now: datetime) -> Iterator[Erasure]:
    """Erase lot after lot; each is on the disk when it is told."""
    yield from erase(store.write, terms(settings), hand_of(settings), now=now)


def erase_on_time(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """Erase what is due, and log how much that was of each class."""
    total: dict[str, int] = {}
    for each in erase_due(settings, store, now=now):
        total[each.of.value] = total.get(each.of.value, 0) + each.n
    with store.write() as records:
        records.effects.forget_days(terms(settings)[KeptClass.SIGHTING].before(now).toordinal())
        forget_counters(records, now)
    for of, n in total.items():
        log("erased", of=of, n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that a person does with a hold."""

    by: str
    why: str
    at: datetime
    account: str | None = None

    def holding(self, settings: Settings, records: "Records") -> Holding:
        """Whoever does it, in a transaction."""
        holders = settings.retention.holders
        return Holding(records, by=self.by, why=self.why, holders=holders, now=self.at, account=self.account)

    def done(
        self, settings: Settings, store: "Store", about: str, *, act: Callable[[Holding, "Records"], LegalHold]
    ) -> LegalHold:
        """Let those in who may; that somebody was refused is on the disk before he is told."""
        with store.write() as records:
            admitted = self.holding(settings, records).admit(about)
        if not admitted:
            raise refused(self.by)
        with store.write() as records:
            return act(self.holding(settings, records), records)
