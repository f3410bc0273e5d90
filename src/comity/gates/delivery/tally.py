"""How much of the mail that claims a domain was proved to be of it: counted at delivery, by day, never a row for a mail.

Trust:      domains are strangers' words: whoever invents thousands of them fills the room of those that were never proved, and
            takes none from those that were.
Answers:    ``Tally(keep, ...)``: ``count(claim, is_spam)`` for each mail, ``run()`` hands what was counted to ``keep`` each minute,
            ``flush()`` at once.
Limits:     ``ROOM`` domains of each kind between two times; more are counted together as ``OTHERS``. What ``keep`` cannot take now
            is tried again; a power cut loses the counts of a minute.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime

from comity.attribution.claims import Claim
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.services.complain.cards.claimed import OTHERS, ROOM, Counts

_EVERY = 60.0


class Tally:
    """Counts since the last time."""

    def __init__(
        self, keep: Callable[[Mapping[tuple[date, str], Counts]], None], *, now: Callable[[], datetime], log: LogEvent
    ) -> None:
        self._keep, self._now, self._log = keep, now, log
        self._counts: dict[tuple[date, str], Counts] = {}
        self._kinds = [0, 0]  # how many domains were never proved, and how many were

    def count(self, claim: Claim, *, is_spam: bool) -> None:
        """One mail."""
        self._add((self._now().date(), claim.domain), Counts(mails=1, aligned=int(claim.is_aligned), spam=int(is_spam)))

    def _add(self, key: tuple[date, str], more: Counts) -> None:
        found = self._counts.get(key)
        if found is None and key[1] != OTHERS:
            kind = int(more.aligned > 0)
            if self._kinds[kind] >= ROOM:
                key = (key[0], OTHERS)
                found = self._counts.get(key)
            else:
                self._kinds[kind] += 1
        self._counts[key] = more if found is None else found + more

    async def run(self) -> None:
        """Hand over each minute, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            await self.flush()

    async def flush(self) -> None:
        """Hand over what there is."""
        if not self._counts:
            return
        counts, self._counts, self._kinds = self._counts, {}, [0, 0]
        try:
            await asyncio.to_thread(self._keep, counts)
        except (ComityError, OSError) as error:
            self._log("tally-waits", code=error.code if isinstance(error, ComityError) else type(error).__name__)
            for key, each in counts.items():
                self._add(key, each)
