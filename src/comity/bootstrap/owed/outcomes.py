"""Join outcomes that were held while a peer was not live: list them, tell them, drop them.

Answers:    ``HeldAnswers(settings)``: ``counts`` by peer, ``waiting`` those that wait for a person alone, ``of`` one peer,
            ``tell`` and ``drop``; with report numbers those alone.
Limits:     lot by lot, each in a transaction of its own; no more than ``_MOST`` at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from comity.accord.agreement.terms import domain_of
from comity.bootstrap.sending import answering
from comity.bootstrap.trust.agreements import holding
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import PeerState
from comity.services.receive.conversation import withheld
from comity.services.receive.conversation.withheld import HeldOutcome
from comity.settings import Settings
from comity.store.chunks import chunks

if TYPE_CHECKING:
    from comity.model.agreement import Agreement
    from comity.store.engine import Store
    from comity.store.records import Records

_MOST: Final = 10_000


class HeldAnswers:
    """What peers were not told."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def counts(self, records: "Records", now: datetime) -> dict[str, int]:
        """How many there are, by the name of the peer; those without an agreement wait for one."""
        counted: Mapping[str, int] = records.held_outcomes.counts()
        if not counted:
            return {}
        known = holding(self._settings, records, now)
        return {each.peer: n for each in known if (n := counted.get(domain_of(each), 0))}

    def waiting(self, records: "Records", now: datetime) -> int:
        """How many could be told now, because mail for the peer leaves."""
        counts = self.counts(records, now)
        peers = records.peers.by_name(list(counts))
        return sum(n for name, n in counts.items() if name in peers and peers[name].state is PeerState.LIVE)

    def of(self, records: "Records", name: str, most: int, *, now: datetime) -> list[HeldOutcome]:
        """Those of one peer."""
        return withheld.held(records, self._agreement(records, name, now), most)

    def is_live(self, records: "Records", name: str, now: datetime) -> bool:
        """Whether mail for the peer leaves."""
        return withheld.is_live(records, self._agreement(records, name, now))

    def tell(self, store: "Store", name: str, report_ids: Sequence[int] = (), *, now: datetime) -> int:
        """Tell a peer that is live; how many outcomes that are."""
        with store.read() as records:
            if not self.is_live(records, name, now):
                details = {"name": name}
                raise ComityError("outcomes-held", name, outcome=Outcome.CONFLICT, details=details)
        told = 0
        for lot in self._lots(store, name, report_ids, now=now):
            with store.write() as records:
                agreement = self._agreement(records, name, now)
                told += withheld.tell(records, agreement, answering(self._settings), report_ids=lot, now=now).told
        return told

    def drop(self, store: "Store", name: str, report_ids: Sequence[int] = (), *, by: str, now: datetime) -> int:
        """Say that a peer is not told of these; how many that are."""
        dropped = 0
        for lot in self._lots(store, name, report_ids, now=now):
            with store.write() as records:
                agreement = self._agreement(records, name, now)
                dropped += withheld.drop(records, agreement, report_ids=lot, by=by, now=now)
        return dropped

    def _lots(self, store: "Store", name: str, report_ids: Sequence[int], *, now: datetime) -> list[Sequence[int]]:
        with store.read() as records:
            found = report_ids or [each.report_id for each in self.of(records, name, _MOST, now=now)]
        return [list(lot) for lot in chunks(found)]

    def _agreement(self, records: "Records", name: str, now: datetime) -> "Agreement":
        known = {each.peer: each for each in holding(self._settings, records, now)}
        if name not in known:
            details = {"known": ", ".join(sorted(known)) or "-"}
            raise ComityError(
                "peer-unknown", f"there is no peer {name}", outcome=Outcome.USAGE, place=name, details=details
            )
        return known[name]
