"""How fast each peer takes mail, so that a slow one holds up nobody else.

Answers:    ``Pace(threads)``: ``lot(party, now)`` how many mails a thread may take for it now; ``begin`` and ``end`` stand around
            them; ``has_room(now)`` whether any thread may begin. ``SPARE``: so many threads more than ``threads`` are run.
Limits:     known to this process alone. As long as there are several threads, one of them is kept from peers that are slow;
            with one thread a slow peer gets one mail in its turn. A thread that has been at one peer for long counts as stuck
            there: it is not one of ``threads`` any more, so that what one peer does stops nobody, however it comes; no other
            thread goes to that peer meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

LOT: Final = 100
TURN: Final = timedelta(seconds=1)  # when a peer took so long, the next one has its turn
SPARE: Final = 1
_SLOW: Final = TURN / 4  # a mail that takes longer
_STUCK: Final = 2 * TURN  # a turn and one mail more


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A thread is at one peer."""

    party: str
    at: datetime


class Pace:
    """What the threads of one process know of the peers."""

    def __init__(self, threads: int) -> None:
        self._threads, self._most_slow = threads, max(threads - 1, 1)
        self._taken: dict[str, timedelta] = {}  # how long one mail took the last time; the slow ones only
        self._begun: list[Begun] = []
        self._lock = Lock()

    def has_room(self, now: datetime) -> bool:
        """Whether one thread more may be at a peer."""
        with self._lock:
            return self._moving(now, self._begun) < self._threads

    @staticmethod
    def _moving(now: datetime, begun: Sequence[Begun]) -> int:
        return sum(now - each.at <= _STUCK for each in begun)

    def lot(self, party: str, now: datetime) -> int:
        """How many mails for this peer; 0: not now."""
        with self._lock:
            if self._moving(now, self._begun) >= self._threads:
                return 0
            stuck = {each.party for each in self._begun if now - each.at > _STUCK}
            if party in stuck:
                return 0
            slow = self._taken.keys() | stuck
            if party not in slow:
                return LOT
            at_slow = [each for each in self._begun if each.party in slow]
            # With the spare one, a thread is left for whoever is quick, also where all the others become stuck.
            has_room = self._moving(now, at_slow) < self._most_slow and len(at_slow) < self._threads - 1 + SPARE
            return 1 if has_room else 0

    def begin(self, party: str, now: datetime) -> Begun:
        """A thread begins."""
        with self._lock:
            begun = Begun(party=party, at=now)
            self._begun.append(begun)
            return begun

    def end(self, begun: Begun, *, each: timedelta | None) -> None:
        """It has ended; ``each`` is how long a mail took, None where none was begun."""
        with self._lock:
            self._begun.remove(begun)
            if each is None:
                return
            if each > _SLOW:
                self._taken[begun.party] = each
            else:
                self._taken.pop(begun.party, None)
