"""Keep what a thread has claimed for as long as it is at it, and not much longer when its machine is gone.

Answers:    ``Leases(store, clock)``: ``begin(by, ids, until)`` and ``end`` stand around the sending of a lot, ``holds(lease)`` says
            whether its next mail may be begun, ``at()`` which ones threads of this process are at, whatever the clock says;
            ``renew(over)`` prolongs all of them every now and then until it is over.
Limits:     the clock is that of all who claim from one store. A process that was stopped for a while and goes on begins nothing of
            what others may have claimed meanwhile; what it was in the middle of may leave a second time, one mail a thread. So may
            a mail that takes longer than a lease while the store cannot be reached.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any, Final

from comity.model.outcomes import ComityError

LEASE: Final = timedelta(minutes=2)
RENEW_EVERY: Final = timedelta(seconds=15)  # eight times a lease: a store that is away for a minute loses none


@dataclass(slots=True, kw_only=True, eq=False)
class Lease:
    """Mails that one thread is at, and until when nobody else is."""

    by: str
    ids: Sequence[int]
    until: datetime


class Leases:
    """What the threads of one process have claimed now."""

    def __init__(self, write: Callable[[], AbstractContextManager[Any]], clock: Callable[[], datetime]) -> None:
        """``write`` opens a transaction."""
        self._write, self._clock = write, clock
        self._held: list[Lease] = []
        self._lock = Lock()

    def begin(self, by: str, ids: Sequence[int], until: datetime) -> Lease:
        """These were claimed."""
        lease = Lease(by=by, ids=ids, until=until)
        with self._lock:
            self._held.append(lease)
        return lease

    def end(self, lease: Lease) -> None:
        """Nobody is at them any more."""
        with self._lock:
            self._held.remove(lease)

    def at(self) -> set[int]:
        """What threads of this process are at, even where a lease is over because somebody set the clock."""
        with self._lock:
            return {each for lease in self._held for each in lease.ids}

    def holds(self, lease: Lease) -> bool:
        """Whether it is ours for a while yet."""
        return self._clock() < lease.until - RENEW_EVERY

    def renew(self, over: Event) -> None:
        """Every now and then, until it is over."""
        while not over.wait(RENEW_EVERY.total_seconds()):
            self.renew_now()

    def renew_now(self) -> None:
        """Prolong what is ours still; what somebody else has claimed is lost. A store that does not answer is asked again."""
        with self._lock:
            held = list(self._held)
        if not held:
            return
        try:
            with self._write() as rows:
                now = self._clock()  # nobody else claims within this transaction, nor before what was claimed is over
                ours = [rows.sending.prolong(each.ids, each.by, now=now, until=now + LEASE) > 0 for each in held]
        except ComityError:
            return
        for each, is_ours in zip(held, ours, strict=True):
            each.until = now + LEASE if is_ours else now
