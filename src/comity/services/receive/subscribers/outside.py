"""Books that another program of ours keeps: it is asked before a transaction begins, and its answers are held for it.

Answers:    ``OutsideBook(ask, ...)``: ``fetch(questions)`` asks, ``of(question)`` gives what was answered, None where nobody did.
Limits:     an answer is held for a minute, and ``HELD`` of them, or as many as were asked for at once. Who does not answer twice
            is left alone for ``PAUSE``: mail goes on, and what it asked waits for a person.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from typing import Final

from comity.formats import ip
from comity.model.lease import Asked, Lease
from comity.model.log_events import LogEvent

HELD: Final = 5_000
PAUSE: Final = timedelta(seconds=30)
_FRESH: Final = timedelta(minutes=1)
_AT_ONCE: Final = 500
_TRIES: Final = 2

Asks = Callable[[Sequence[Asked], datetime], Sequence[Lease] | str]


class OutsideBook:
    """What such a program said lately."""

    def __init__(self, ask: Asks, *, clock: Callable[[], datetime], log: LogEvent) -> None:
        self._ask, self._clock, self._log = ask, clock, log
        self._held: OrderedDict[Asked, tuple[datetime, tuple[Lease, ...] | None]] = OrderedDict()
        self._silent_until: datetime | None = None
        self._lock = Lock()

    def fetch(self, questions: Iterable[Asked]) -> None:
        """Ask whatever has not been answered within the last minute."""
        now = self._clock()
        with self._lock:
            wanted = list(dict.fromkeys(questions))
            for each in wanted:  # what is asked now goes last
                if each in self._held:
                    self._held.move_to_end(each)
            asking = [each for each in wanted if not self._is_fresh(each, now)]
        for some in (asking[at : at + _AT_ONCE] for at in range(0, len(asking), _AT_ONCE)):
            leases = self._asked(some, now)
            with self._lock:
                for each in some:
                    self._held[each] = (now, None if leases is None else _about(each, leases))
                    self._held.move_to_end(each)
        with self._lock:
            while len(self._held) > max(HELD, len(wanted)):
                self._held.popitem(last=False)

    def of(self, question: Asked) -> tuple[Lease, ...] | None:
        """What was answered; None: nobody answered."""
        with self._lock:
            return self._held.get(question, (None, None))[1]

    def _is_fresh(self, question: Asked, now: datetime) -> bool:
        moment, leases = self._held.get(question, (now, None))
        return leases is not None and now - moment < _FRESH

    def _asked(self, questions: Sequence[Asked], now: datetime) -> Sequence[Lease] | None:
        if self._silent_until is not None and now < self._silent_until:
            return None
        reason = ""
        for _ in range(_TRIES):
            said = self._ask(questions, now)
            if not isinstance(said, str):
                if self._silent_until is not None:
                    self._log("lease-service-back")
                self._silent_until = None
                return said
            reason = said
        self._silent_until = self._clock() + PAUSE
        self._log("lease-service-silent", reason=reason, n=len(questions))
        return None


def _about(question: Asked, leases: Iterable[Lease]) -> tuple[Lease, ...]:
    """Those of the address that was asked about; whether time and ports fit is asked of all books alike."""
    canonical = ip.canonical(question.address)
    if canonical is None:
        return ()
    address = ip_address(canonical)
    return tuple(each for each in leases if each.network.version == address.version and address in each.network)
