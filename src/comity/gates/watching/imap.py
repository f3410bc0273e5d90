"""Take new mail out of a folder on an IMAP server.

Trust:      mail is strangers' and is not read here. The server's sizes and numbers are claims: nothing larger than was asked for is
            kept. What breaks the conversation is asked for again alone, then cut, then passed over; what is not given is
            put before a person.
Standards:  RFC 3501 section 2.3.1.1: UIDs grow and never come to mean another mail while UIDVALIDITY stays.
Answers:    ``ImapWatch(terms, hand, memory).run()`` takes what lies there, oldest first, then what comes: told by IDLE, else asked.
Limits:     what arrived is remembered as one number: with another UIDVALIDITY all is taken anew, and counted once. A mail over the
            size is taken cut, and put aside for a person. ``delete`` needs UIDPLUS to remove mail; without it mail is flagged only.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from comity.gates.watching.terms import After, Found, Hand, Memory
from comity.model.mailbox import Condition
from comity.outlets.imap.client import ImapClient, ImapNo, Listed
from comity.outlets.imap.place import ImapPlace, away, logged_in
from comity.outlets.imap.wire import WireError

HEAD: Final = 64 << 10  # what is taken of a mail over the size
IDLE_SECONDS: Final = 240.0  # routers forget a connection that is silent for longer
_WINDOW: Final = 1000  # numbers that are asked for at once
_LAST_UID: Final = (1 << 32) - 1
_BATCH: Final = 50
_BATCH_BYTES: Final = 4 << 20
_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapTerms:
    """Where it is, what happens after, how large a mail may be, how often it is asked."""

    place: ImapPlace
    after: After
    size: int
    seconds: float


class ImapWatch:
    """One folder."""

    def __init__(self, name: str, terms: ImapTerms, hand: Hand, *, memory: Memory) -> None:
        self.name, self.taken = name, 0
        self._terms, self._hand, self._memory = terms, hand, memory
        self._mailbox = f"imap:{terms.place}"  # what the memory calls it
        self._validity = self._last = 0
        self._asked: dict[int, int] = {}  # how often we asked for a mail that we did not get

    async def run(self) -> None:
        """Take mail until something is wrong."""
        client: ImapClient | None = None
        try:
            client = await logged_in(self._terms.place)
            await self._watch(client)
        except (ImapNo, WireError, TimeoutError) as error:
            raise away(self._terms.place, error) from error
        finally:
            if client is not None:
                await client.log_out()

    async def _watch(self, client: ImapClient) -> None:
        chosen = await client.select(self._terms.place.folder, read_only=self._terms.after is After.LEAVE)
        known = await asyncio.to_thread(self._memory.last, self._mailbox)
        if known is not None and known[0] != chosen.validity:
            self._hand.log("watch-renumbered", watch=self.name)
        self._validity = chosen.validity
        self._last = known[1] if known is not None and known[0] == chosen.validity else 0
        await self._catch_up(client, chosen.uid_next)
        while True:
            while await self._take(client, f"{self._last + 1}:*"):
                pass
            if "IDLE" in client.able:
                await client.idle(IDLE_SECONDS)
            else:
                await asyncio.sleep(self._terms.seconds)
                await client.call(b"NOOP")

    async def _catch_up(self, client: ImapClient, uid_next: int | None) -> None:
        """Take what lay there before, in windows: a folder may hold a million mails, or two with a billion numbers between."""
        width = _WINDOW
        while uid_next is not None and self._last + 1 < uid_next:
            end = min(self._last + width, uid_next - 1)
            if await self._take(client, f"{self._last + 1}:{end}"):
                width = _WINDOW
            else:
                self._last = max(self._last, end)
                width = min(2 * width, _LAST_UID)

    async def _take(self, client: ImapClient, uids: str) -> int:
        """Take the oldest mails among these numbers; how many there were."""
        found = list[Listed]()
        async with aclosing(client.listed(uids)) as listing:
            async for each in listing:
                if each.uid > self._last:
                    found.append(each)
                if len(found) >= 2 * _WINDOW:
                    found = nsmallest(_WINDOW, found, key=_by_uid)
        found = nsmallest(_WINDOW, {each.uid: each for each in found}.values(), key=_by_uid)
        for batch in self._batches(found):
            await self._take_batch(client, batch)
        return len(found)

    def _batches(self, listed: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
        """As many as fit into one command; what is too large, or was asked for in vain, is alone."""
        batch, size = list[Listed](), 0
        for each in listed:
            is_alone = each.size > self._terms.size or each.uid in self._asked
            if batch and (is_alone or len(batch) >= _BATCH or size + each.size > _BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(each)
            size += each.size
            if is_alone:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    async def _take_batch(self, client: ImapClient, batch: Sequence[Listed]) -> None:
        """Fetch these, hand them over, remember, and only then touch them on the server."""
        tries = max(self._asked.get(each.uid, 0) for each in batch)
        cut = batch[0].size > self._terms.size or tries == _TRIES - 1
        listed = {each.uid: each for each in batch}
        self._asked.update(dict.fromkeys(listed, tries + 1))
        mails = dict[int, Found]()
        if tries < _TRIES:
            condition = Condition.TOO_LARGE if cut else Condition.WHOLE
            bodies = client.mails(_set(listed), head=HEAD if cut else None, most=self._most(batch, cut=cut))
            async with aclosing(bodies):
                async for uid, data in bodies:
                    if uid in listed:
                        mails[uid] = Found(data=data, arrived=listed[uid].arrived, condition=condition)
            await self._hand.take(list(mails.values()))
            if cut and mails:
                self._hand.log("watch-too-large", watch=self.name)
        if len(mails) < len(listed):
            await self._not_given(client, {uid: each for uid, each in listed.items() if uid not in mails})
        await asyncio.to_thread(self._memory.advance, self._mailbox, self._validity, max(listed))
        self._last, self.taken = max(listed), self.taken + len(mails)
        for uid in listed:
            del self._asked[uid]
        if mails:
            await self._settle(client, list(mails), is_whole=not cut)

    async def _not_given(self, client: ImapClient, missing: Mapping[int, Listed]) -> None:
        """What is not there any more was removed meanwhile; what still is, and is not given to us, is put before a person: without
        its bytes, which stay on the server.
        """
        there = list[Listed]()
        try:
            async with aclosing(client.listed(_set(missing))) as listing:
                async for each in listing:
                    if each.uid in missing:
                        there.append(each)
        except ImapNo:
            there = list(missing.values())
        if there:
            lines = (f"UID {each.uid}, {each.size} bytes, in {self._terms.place}\r\n".encode() for each in there)
            unseen = (Found(data=line, arrived=None, condition=Condition.NOT_GIVEN) for line in lines)
            await self._hand.take(list(unseen))
            self._hand.log("watch-not-given", watch=self.name, n=len(there))

    def _most(self, batch: Sequence[Listed], *, cut: bool) -> int:
        """How much a server may send for these; one that counts wrongly is asked again for each mail alone."""
        if cut:
            return HEAD
        return self._terms.size if len(batch) == 1 else sum(each.size for each in batch)

    async def _settle(self, client: ImapClient, uids: Sequence[int], *, is_whole: bool) -> None:
        if self._terms.after is After.SEEN:
            await client.store(_set(uids), r"\Seen")
        elif self._terms.after is After.DELETE and is_whole:
            await client.store(_set(uids), r"\Deleted")
            await client.expunge(_set(uids))


def _set(uids: Iterable[int]) -> str:
    return ",".join(map(str, uids))


def _by_uid(listed: Listed) -> int:
    return listed.uid
