"""How fast each peer takes mail, so that a slow one holds up nobody else.

Answers:    ``Pace(threads)``: ``lot(party)`` how many mails a thread may take for it now; ``begin`` and ``end`` stand around them.
Limits:     known to this process alone. As long as there are several threads, one of them is kept from peers that are slow;
            with one thread a slow peer gets one mail in its turn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

LOT: Final = 100
TURN: Final = timedelta(seconds=1)  # when this is over, the next peer has its turn
_SLOW: Final = TURN / 4  # a mail that takes longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A thread is at one peer."""

    party: str
    at: datetime
    is_slow: bool


class Pace:
    """What the threads of one process know of the peers."""

    def __init__(self, threads: int) -> None:
        self._most_slow = max(threads - 1, 1)
        self._taken: dict[str, timedelta] = {}  # how long one mail took the last time; the slow ones only
        self._at_slow = 0
        self._lock = Lock()

    def lot(self, party: str) -> int:
        """How many mails for this peer; 0: not now."""
        with self._lock:
            if party not in self._taken:
                return LOT
            return 1 if self._at_slow < self._most_slow else 0

    def begin(self, party: str, now: datetime) -> Begun:
        """A thread begins."""
        with self._lock:
            is_slow = party in self._taken
            self._at_slow += is_slow
            return Begun(party=party, at=now, is_slow=is_slow)

    def end(self, begun: Begun, *, each: timedelta | None) -> None:
        """It has ended; ``each`` is how long a mail took, None where none was begun."""
        with self._lock:
            self._at_slow -= begun.is_slow
            if each is None:
                return
            if each > _SLOW:
                self._taken[begun.party] = each
            else:
                self._taken.pop(begun.party, None)
