"""Take what lies on a message bus: mails, ARF reports, XARF documents, one a message.

Trust:      messages are strangers' and are not read here; a bus may lie, hang or forget: it spoils its own watch alone.
Standards:  DESIGN.md P1, P2, P4, P5: a message is acknowledged after it is in the spool; what comes twice is counted once; while
            there is no room nothing is taken; what nobody can read is acknowledged all the same, and put before a person.
Answers:    ``BusWatch(name, place, hand, size=).run()`` takes what lies there and what comes, until the bus is not there any more.
Limits:     a message over the size is put before a person, one over 32 MiB cut: on a bus nothing stays that was taken. The bus is
            looked at every five seconds.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from comity.gates.watching.terms import Found, Hand
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError
from comity.outlets.bus import SECONDS, BusPlace, Handed, bus_at, within

HEAD: Final = 64 << 10
_MOST: Final = 32 << 20
_LOOK_SECONDS: Final = 5.0
_LONGEST_WAIT: Final = 30.0
_BEGIN_SECONDS: Final = 30.0


class BusWatch:
    """One queue, stream or topic."""

    def __init__(self, name: str, place: BusPlace, hand: Hand, *, size: int) -> None:
        self.name, self.taken = name, 0
        self._place, self._hand, self._size = place, hand, size
        self._full = asyncio.Lock()  # held by the one who asks whether there is room again

    async def run(self) -> None:
        """Take messages until something is wrong."""
        bus = bus_at(self._place)
        async with within(self._place):
            try:
                async with asyncio.timeout(_BEGIN_SECONDS):
                    await bus.begin(self._take)
                self._hand.log("watch-begun", watch=self.name)
                while True:
                    await asyncio.sleep(_LOOK_SECONDS)
                    async with asyncio.timeout(SECONDS):
                        await bus.look()
            finally:
                await bus.end()

    async def _take(self, messages: Sequence[Handed]) -> None:
        """Hand these over; they are on the disk when this returns; while there is no room it does not return."""
        found = [self._found(each) for each in messages]
        if any(each.condition is not Condition.WHOLE for each in found):
            self._hand.log("watch-too-large", watch=self.name)
        if self._full.locked() or not await self._took(found):
            await self._wait(found)
        self.taken += len(found)

    async def _took(self, found: Sequence[Found], seconds: float | None = None) -> bool:
        try:
            await self._hand.take(found)
        except ComityError as error:
            if seconds is not None:
                self._hand.log("watch-waits", watch=self.name, code=error.code, seconds=seconds)
            return False
        return True

    async def _wait(self, found: Sequence[Found]) -> None:
        """One asks again and again; the others ask when it is done."""
        seconds = 1.0
        async with self._full:
            while not await self._took(found, seconds):
                await asyncio.sleep(seconds)
                seconds = min(2 * seconds, _LONGEST_WAIT)

    def _found(self, message: Handed) -> Found:
        size = len(message.data)
        if size <= self._size:
            return Found(data=message.data, arrived=message.arrived)
        data = message.data if size <= _MOST else message.data[:HEAD]
        return Found(data=data, arrived=message.arrived, condition=Condition.TOO_LARGE)
