"""Join what a national hub needs: the ways to members that others reach through it.

Answers:    ``relays(settings)`` gives what is done with a message for each member, by domain: path and body in, status and
            answer out. ``RelayCounts(settings)`` keeps count of it by sender and member, until it is closed.
Limits:     to members that the settings name and to nobody else, one hop. What is handed on is signed by its sender and looked at
            by its receiver; a hub can hold a message back, which shows as leaves without a receipt, but changes none. Counts are
            written once a minute at most, and at the end: a flood makes no work for the store. A thousand
            senders a day are named, those after them are one: whoever has a whole network of addresses fills no store.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final

from comity.bootstrap.desk import desk_write
from comity.model.outcomes import ComityError
from comity.services.prove.leaves.refusals import no_answer
from comity.services.prove.leaves.relayed import HANDED_ON, REFUSED_OF, REFUSED_TO
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.exchange_site import ExchangeSite

Relay = Callable[[str, bytes], tuple[int, Mapping[str, object]]]
EVERY: Final = timedelta(minutes=1)
QUOTA: Final = "relay-quota"
_SENDERS: Final = 1000
_OTHERS: Final = "other senders"


def relays(settings: Settings) -> dict[str, Relay]:
    """The ways."""
    if not settings.exchange.relay_to:
        return {}
    return {site.peer: partial(_hand_on, site) for site in settings.exchange.relay_to}


def _hand_on(site: "ExchangeSite", path: str, data: bytes) -> tuple[int, Mapping[str, object]]:
    from comity.outlets.peers.client import PeerClient

    with closing(PeerClient(site)) as client:  # one for each message: several come at once
        status, said = client.relay(path, data)
    return (status, said) if status else (502, {"error": no_answer(said)})


class RelayCounts:
    """How much was relayed for each member, and what of whom was refused."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings, self._clock, self._lock = settings, clock, Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()  # of whom, day, what
        self._written: datetime | None = None
        self._day, self._named = "", set[str]()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="relay-counts")

    def note(self, bringer: str, to: str, refused: str | None) -> None:
        """One message; whoever brings it does not wait for the store."""
        now = self._clock()
        day = now.date().isoformat()
        with self._lock:
            if refused is None:
                self._counts[to, day, HANDED_ON] += 1
            else:
                self._counts[to, day, REFUSED_TO] += 1
                if refused == QUOTA:  # one that found all of its places taken was not too quick
                    self._counts[self._name_of(bringer, day), day, REFUSED_OF] += 1
            if self._written is not None and now - self._written < EVERY:
                return
            self._written, counts, self._counts = now, self._counts, Counter()
        self._beside.submit(self._write, counts)

    def _name_of(self, bringer: str, day: str) -> str:
        if day != self._day:
            self._day, self._named = day, set()
        if len(self._named) < _SENDERS:
            self._named.add(bringer)
        return bringer if bringer in self._named else _OTHERS

    def close(self) -> None:
        """Write what is left."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        self._beside.submit(self._write, counts)
        self._beside.shutdown()

    def _write(self, counts: "Counter[tuple[str, str, str]]") -> None:
        try:
            with desk_write(self._settings) as records:
                for (whom, day, what), n in counts.items():
                    records.keys.count(whom, day, what, number=n)
        except ComityError:  # a store that is busy or full: they are written with the next
            with self._lock:
                self._counts += counts
