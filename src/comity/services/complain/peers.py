"""Switch one peer: mail for it leaves, or is held.

Standards:  promise P9: nothing leaves before the operator says so; each peer goes live by its own command.
Answers:    ``Peering.live(name)`` and ``observe(name)`` give the ``Peer`` as it is now; ``known()`` every peer, with those of
            the agreements.
Limits:     what was held leaves only when asked for (``with_held``): all of it, whatever the day's quota in the settings is; the
            quota of a document that both signed is kept to. For a consumer by enrolment that has left, is suspended or has not
            been accepted nothing is let out: whether it gets reports is decided there (``stopped``). What had been let
            out before a peer was switched back stays in the outbox and goes on when the peer is live again. Answers to our own
            people (``own_people``) that were held do not leave later: they would come too late.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from comity.feedback.enrolment import IN_FORCE
from comity.model import utc_day
from comity.model.agreement import Agreement
from comity.model.consumer import Consumer
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import (
    CORRESPONDENTS,
    HELD_BEFORE,
    OWN_CUSTOMERS,
    OWN_PEOPLE,
    OWN_PROGRAMS,
    OWN_STAFF,
    WARNED,
    Peer,
    PeerState,
)
from comity.services.complain.agreed import Agreed
from comity.services.complain.exchanging import Exchange, let_out
from comity.services.complain.rows import Store, Told, Transaction, set_peer

_BATCH: Final = 100
# To whom mail leaves, or what is told, from the first one on: whoever wants to hold it can say so before there is any.
_LEAVES_AT_ONCE: Final = frozenset({OWN_CUSTOMERS, OWN_STAFF, OWN_PROGRAMS, CORRESPONDENTS})


def stopped(consumer: Consumer | None) -> Consumer | None:
    """The consumer, where it gets no reports: they leave when it is accepted, or proved, or let go on."""
    return None if consumer is None or consumer.state in IN_FORCE else consumer


class Peering:
    """Says whose mail leaves."""

    def __init__(
        self, store: Store, exchange: Exchange, agreements: Sequence[Agreement], *, own_people: str | None = None
    ) -> None:
        """``own_people``: from which address our own people are answered, where they complain by mail."""
        self._store, self._exchange, self._own_people = store, exchange, own_people
        self._agreements: Mapping[str, Agreement] = {each.peer: each for each in agreements}

    def live(self, name: str, *, now: datetime, with_held: bool = False) -> tuple[Peer, int]:
        """Let mail for this peer leave, what was held among it where asked for; how much that was."""
        with self._store.write() as rows:
            consumer = None if name in self._agreements else stopped(rows.consumers.find(name))
            if consumer is not None:
                raise ComityError(
                    f"peer-consumer-{consumer.state.value}",
                    f"{name} is a consumer that gets no reports: {consumer.state.value}",
                    outcome=Outcome.USAGE,
                    place=name,
                    details={"name": name},
                )
            peer = set_peer(rows.peers, self._peer(rows, name, now), PeerState.LIVE, now=now)
        released = 0
        while with_held:
            with self._store.write() as rows:
                held = rows.sending.held(name, HELD_BEFORE, most=_BATCH)
                released += self._let_out(rows, held, peer, now=now)
            with_held = len(held) == _BATCH
        return peer, released

    def _let_out(self, rows: Transaction, held: Sequence[Told], peer: Peer, *, now: datetime) -> int:
        """Let out what the agreement allows; what is over its quota of today waits for the next day."""
        domain = peer.address.rpartition("@")[2]
        agreed = Agreed(rows.agreements, self._exchange.our_domain, now, peers=[domain])
        quota = agreed.quota(domain)
        if quota is not None:
            today = utc_day.midnight(now)
            left = max(quota - rows.sending.released_since(peer.name, today), 0)
            rows.sending.hold_for([each.outbox_id for each in held[left:]], "quota")
            held = held[:left]
        return let_out(rows, self._exchange, held, agreed=agreed, now=now)

    def observe(self, name: str, *, now: datetime) -> Peer:
        """Hold mail for this peer."""
        with self._store.write() as rows:
            return set_peer(rows.peers, self._peer(rows, name, now), PeerState.OBSERVE, now=now)

    def known(self, peers: Sequence[Peer], now: datetime) -> list[Peer]:
        """Every peer: those of the store, and those of agreements that nothing was reported to yet."""
        found = {each.name: each for each in peers}
        return [found.get(name) or self._agreed(name, now) for name in sorted({*found, *self._agreements})]

    def _peer(self, rows: Transaction, name: str, now: datetime) -> Peer:
        known = rows.peers.by_name([name]).get(name)
        if known is not None:
            return known
        if name in self._agreements:
            return self._agreed(name, now)
        if name == WARNED or name in _LEAVES_AT_ONCE:
            return Peer(
                name=name, address=f"postmaster@{self._exchange.our_domain}", state=PeerState.OBSERVE, since=now
            )
        if name == OWN_PEOPLE and self._own_people is not None:
            return Peer(name=name, address=self._own_people, state=PeerState.OBSERVE, since=now)
        names = sorted({*self._agreements, *(each.name for each in rows.peers.all())})
        raise ComityError(
            "peer-unknown" if names else "peer-unknown-none",
            f"there is no peer {name}",
            outcome=Outcome.USAGE,
            place=name,
            details={"known": ", ".join(names)},
        )

    def _agreed(self, name: str, now: datetime) -> Peer:
        agreement = self._agreements[name]
        return Peer(
            name=name,
            address=agreement.address,
            state=PeerState.OBSERVE,
            since=now,
            agreement_version=agreement.version,
        )
