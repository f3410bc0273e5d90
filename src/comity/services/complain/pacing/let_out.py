"""How many reports were let out for a peer today, asked before every batch: what is a minute old is counted once, and not again.

Answers:    ``LetOut().today(rows, party, now)``.
Limits:     known to this process alone. Whoever lets mail out says a moment that is a minute ago at most: what a transaction that
            waited longer for its turn let out is missed by the quota of that day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.model import utc_day

_SETTLED: Final = timedelta(minutes=1)


class Released(Protocol):
    """Rows of the outbox, as far as they are counted."""

    def released_since(self, party: str, since: datetime, before: datetime | None = None) -> int:
        """How much was allowed to leave for a party from this moment on, and before the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    midnight: datetime
    until: datetime
    count: int


class LetOut:
    """What was counted so far."""

    def __init__(self) -> None:
        self._counted: dict[str, _Counted] = {}

    def today(self, rows: Released, party: str, now: datetime) -> int:
        """How many since midnight, UTC."""
        midnight = utc_day.midnight(now)
        counted, until = self._counted.get(party), now - _SETTLED
        # Where the clock was put back, what comes now lies before what was counted.
        if counted is None or counted.midnight != midnight or counted.until > max(until, midnight):
            counted = _Counted(midnight=midnight, until=midnight, count=0)
        if until > counted.until:
            more = rows.released_since(party, counted.until, until)
            counted = _Counted(midnight=midnight, until=until, count=counted.count + more)
        self._counted[party] = counted
        return counted.count + rows.released_since(party, counted.until)
