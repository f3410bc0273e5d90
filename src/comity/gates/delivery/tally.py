"""How much of the mail that claims a domain was proved to be of it, how mail of peers was judged, and, where the settings say so,
how much went to inboxes: counted at delivery, by day or hour, never a row for a mail.

Trust:      domains are strangers' words: whoever invents thousands of them fills the room of those that were never proved, and
            takes none from those that were.
Answers:    ``Tally(keep, ...)``: ``count(claim, is_spam)`` for each mail, ``judge(peer, ...)`` for each of a peer,
            ``deliver(...)`` for each that goes to mailboxes; ``run()`` hands what was counted to ``keep`` each minute, and nothing
            when it begins; ``flush()`` at once.
Limits:     ``ROOM`` domains of each kind between two times, and as many of each kind in an hour that are delivered; more are
            counted together as ``OTHERS``. What ``keep`` cannot take now is tried again; a power cut loses the counts of a minute.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from comity.attribution.claims import Claim
from comity.formats.inbox_counters import INBOX, JUNK, UNKNOWN, network_of
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.services.complain.cards.claimed import OTHERS, ROOM, Counts
from comity.services.complain.cards.judged import Judged

_EVERY = 60.0

Delivered = Mapping[tuple[datetime, str, str, str], int]  # by hour, domain, network of the source, folder
Keep = Callable[[Mapping[tuple[date, str], Counts], Mapping[tuple[date, str], Judged], Delivered], None]


class Tally:
    """Counts since the last time."""

    def __init__(self, keep: Keep, *, now: Callable[[], datetime], log: LogEvent) -> None:
        self._keep, self._now, self._log = keep, now, log
        self._judged: dict[tuple[date, str], Judged] = {}
        self._counts: dict[tuple[date, str], Counts] = {}
        self._delivered = Counter[tuple[datetime, str, str, str]]()
        self._hour: datetime | None = None
        self._named: tuple[set[tuple[str, str]], set[tuple[str, str]]] = (set(), set())  # never proved, and proved
        self._kinds = [0, 0]  # how many domains were never proved, and how many were

    def count(self, claim: Claim, *, is_spam: bool) -> None:
        """One mail."""
        self._add((self._now().date(), claim.domain), Counts(mails=1, aligned=int(claim.is_aligned), spam=int(is_spam)))

    def judge(self, peer: str, *, is_judged: bool, is_spam: bool) -> None:
        """One mail of a peer."""
        key = (self._now().date(), peer)
        self._judged[key] = self._judged.get(key, Judged()) + Judged(mails=1, judged=int(is_judged), spam=int(is_spam))

    def deliver(self, domain: str, source: str | None, *, mailboxes: int, is_spam: bool, is_proved: bool) -> None:
        """One mail to so many mailboxes: in Junk where it was judged spam, else in the inbox."""
        folder = JUNK if is_spam else INBOX
        hour = self._now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._named = hour, (set(), set())
        named, what = self._named[is_proved], (domain, network_of(source) or UNKNOWN)
        if what in named or len(named) < ROOM:
            named.add(what)
        else:
            what = (OTHERS, UNKNOWN)
        self._delivered[hour, *what, folder] += mailboxes

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
            await self.flush()
            await asyncio.sleep(_EVERY)

    async def flush(self) -> None:
        """Hand over what there is."""
        counts, self._counts, self._kinds = self._counts, {}, [0, 0]
        judged, self._judged = self._judged, {}
        delivered, self._delivered = self._delivered, Counter()
        try:
            await asyncio.to_thread(self._keep, counts, judged, delivered)
        except (ComityError, OSError) as error:
            self._log("tally-waits", code=error.code if isinstance(error, ComityError) else type(error).__name__)
            for key, each in counts.items():
                self._add(key, each)
            for key, more in judged.items():
                self._judged[key] = self._judged.get(key, Judged()) + more
            self._delivered.update(delivered)
