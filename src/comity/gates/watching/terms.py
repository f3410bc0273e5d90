"""What watches share: how mail is handed over, what is remembered, what a watch is.

Answers:    ``Watch``, ``Memory``, ``Hand``; ``After`` says what becomes of a mail in its mailbox when it was taken.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from comity.model.arrival import Arrival
from comity.model.log_events import LogEvent
from comity.model.mailbox import Condition


class After(StrEnum):
    """What is done with a mail that was taken."""

    LEAVE = "leave"
    SEEN = "seen"
    DELETE = "delete"


class Watch(Protocol):
    """One watched mailbox."""

    name: str  # for the log: says which of the settings, and nothing of a mail
    taken: int  # how many mails were taken so far

    async def run(self) -> None:
        """Take what is there and what comes, until something is wrong."""


class Memory(Protocol):
    """What was taken; see ``comity.store.spool.watched``."""

    def places(self, mailbox: str) -> set[str]:
        """Names of mails that were taken."""

    def add(self, mailbox: str, places: Iterable[str]) -> None:
        """These were taken."""

    def forget(self, mailbox: str, places: Iterable[str]) -> None:
        """These are not there any more."""

    def last(self, mailbox: str) -> tuple[int, int] | None:
        """UIDVALIDITY and the last UID that was taken."""

    def advance(self, mailbox: str, validity: int, uid: int) -> None:
        """All mails up to this one were taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One mail as it lies in a mailbox; ``arrived`` is what the mailbox says, None where it is not to be believed."""

    data: bytes
    arrived: datetime | None
    condition: Condition = Condition.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Hands mail of one mailbox over to the spool.

    ``is_moved``: our own people move mails here, so that the time at which one arrived long before says nothing.
    """

    gate: str
    mailbox: str
    is_moved: bool
    put: Callable[[Arrival], Future[int]]
    now: Callable[[], datetime]
    log: LogEvent

    async def take(self, mails: Sequence[Found]) -> None:
        """Hand these over; they are on the disk when this returns. ``ComityError`` where there is no room."""
        await asyncio.gather(*[asyncio.wrap_future(self.put(self._arrival(each))) for each in mails])

    def _arrival(self, mail: Found) -> Arrival:
        now = self.now()
        # The same time again when it is taken again, so that a complaint is heard once.
        arrived = now if self.is_moved or mail.arrived is None else min(mail.arrived, now)
        return Arrival(
            gate=self.gate,
            envelope_from="",
            recipients=(self.mailbox,),
            arrived=arrived,
            condition=mail.condition,
            data=mail.data,
        )
