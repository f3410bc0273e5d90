"""Sightings that come in by the usual way (mail, API) speak too: in the transaction that takes the item in.

Trust:      a sighting speaks under the name of whoever was proven to have handed it over (a loop, a peer, a program with a
            token), never under the name that the item gives itself: anybody can send a table that looks like a feed. Nobody proven,
            no witness. A source that the desk trusts (``comity source trust``) is enough alone, one on trial needs another.
Answers:    ``FromIntake.join(records, items, now)`` gives what became of each item that had any. ``FromComplaints`` does it with
            what complaints of our own people say, and traps: ``fetch`` before the transaction, ``take`` within it.
Limits:     what a peer saw is hearsay, class ``peer``, whatever its own class was; complaints are complaints. An item that names
            too many lines is held: its rows stand in the cases as any evidence, and an alarm says so until a person ends it, who
            takes it in by ``comity sighting import --release``, or leaves it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from comity.cases.own_side import OwnSide
from comity.model.sighting import Sighting, SightingClass
from comity.model.source import Proof, SeenSource
from comity.remediation.corroboration import Standing
from comity.services.receive.prepare import Prepared
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.infestations import FollowsSights
from comity.services.remedy.sightings.holding import tell_of
from comity.services.remedy.sightings.importing import Import, ImportOrder, Taken, evidence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningTerms:
    """How sightings of the usual intake are taken."""

    quiet: timedelta
    researchers: tuple[IPv4Network | IPv6Network, ...] = ()
    following: FollowsSights | None = None


class FromIntake:
    """Takes sightings of the usual intake in."""

    def __init__(self, whose: Whose, terms: JoiningTerms) -> None:
        self._whose, self._terms = whose, terms

    def join(
        self, records: Any, items: Iterable[tuple[Prepared, SeenSource]], *, acting: Collection[str], now: datetime
    ) -> list[Taken]:
        """Take them in; ``acting`` are the sources that the desk trusts."""
        proven = [(each, source) for each, source in items if source.proof is not Proof.NONE]
        if not proven:
            return []
        standing = Standing(
            trusted=frozenset(acting), outcomes=records.effects.outcomes(), researchers=self._terms.researchers
        )
        takes = Import(
            lambda: nullcontext(records),
            self._whose,
            standing=standing,
            order=ImportOrder(now=now, quiet=self._terms.quiet, is_asked=True),
            following=self._terms.following,
        )
        joined = []
        for each, source in proven:
            taken = takes.take_in(each.delivery.name, _under(each.sightings, source), spoke={source.name: each.spoke})
            if taken.is_held:
                tell_of(records.sources, taken, source.name, released=False, now=now)
            joined.append(taken)
        return joined


class FromComplaints:
    """Takes in what our own people's complaints say of lines of ours, and mail to our traps."""

    def __init__(self, own: OwnSide, whose: Whose, terms: JoiningTerms) -> None:
        self._own, self._whose, self._terms = own, whose, terms

    def fetch(self, seen: Sequence[Sighting]) -> None:
        """Have whoever keeps books elsewhere asked: before a transaction, for it may take its time."""
        self._whose.fetch(evidence_of(each) for each in self._ours(seen))

    def take(self, records: Any, seen: Sequence[Sighting], now: datetime) -> None:
        """Take them in, in the transaction of the caller; what is not about a line of ours is passed over."""
        mine = self._ours(seen)
        if not mine:
            return
        takes = Import(
            lambda: nullcontext(records),
            self._whose,
            standing=Standing(outcomes=records.effects.outcomes(), researchers=self._terms.researchers),
            order=ImportOrder(now=now, quiet=self._terms.quiet, is_asked=True),
            following=self._terms.following,
        )
        spoke: dict[str, set[int]] = defaultdict(set)
        for each in mine:
            spoke[each.source].add(each.seen.toordinal())
        takes.take_in("own", mine, spoke=spoke)

    def _ours(self, seen: Sequence[Sighting]) -> list[Sighting]:
        return [each for each in seen if self._own.by_address(each.address) is not None]


def _under(sightings: Iterable[Sighting], source: SeenSource) -> list[Sighting]:
    """The same under the name of whoever handed them over."""
    return [
        replace(
            each,
            source=source.name,
            sighting_class=SightingClass.PEER
            if source.proof is Proof.PEER and each.sighting_class is not SightingClass.COMPLAINT
            else each.sighting_class,
        )
        for each in sightings
    ]
