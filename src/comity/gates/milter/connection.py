"""One connection of a mail host to the milter.

Answers:    ``MilterConnection``, an asyncio protocol over ``Conversation``.
Limits:     what cannot be understood ends the connection; the mail host then does what its setting says (in Postfix
            ``milter_default_action``). While one mail is decided on, nothing more is read from its host.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from comity.gates.milter.conversation import Changes, Conversation, IncomingMail
from comity.gates.milter.marking import Marker
from comity.gates.milter.packets import MilterError
from comity.model.log_events import LogEvent


@dataclass(slots=True)
class MilterWork:
    """What all connections share."""

    marker: Marker
    decide: Callable[[IncomingMail], Awaitable[Changes]]
    log: LogEvent
    wants_content: bool = False
    open: set["MilterConnection"] = field(default_factory=set)
    faults: int = 0

    def fault(self) -> None:
        """Count a fault of ours, and say so."""
        self.faults += 1
        self.log("milter-fault", faults=self.faults)

    def end(self) -> None:
        """Hang up everywhere, and say what was done."""
        for each in tuple(self.open):
            each.hang_up()
        names = ("marked", "kept", "left", "removed", "judged", "unjudged", "spam")
        self.log("milter-ended", faults=self.faults, **{name: self.marker.counts[name] for name in names})


class MilterConnection(asyncio.Protocol):
    """Bytes in, bytes out."""

    def __init__(self, work: MilterWork) -> None:
        self._work = work
        self._conversation = Conversation(work.fault, wants_content=work.wants_content)
        self._transport: asyncio.Transport | None = None
        self._deciding: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._work.open.add(self)

    def data_received(self, data: bytes) -> None:
        """Answer."""
        if self._transport is None:
            return
        try:
            self._transport.write(self._conversation.feed(data))
        except MilterError:
            self._work.log("milter-strange")
            self.hang_up()
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """It ended."""
        self._work.open.discard(self)
        if self._deciding is not None:
            self._deciding.cancel()

    def hang_up(self) -> None:
        """Close, once everything is sent."""
        if self._transport is not None:
            self._transport.close()

    def _go_on(self) -> None:
        if self._conversation.is_over:
            self.hang_up()
        elif self._conversation.asked is not None and self._deciding is None and self._transport is not None:
            self._transport.pause_reading()
            self._deciding = asyncio.create_task(self._decide(self._conversation.asked))

    async def _decide(self, mail: IncomingMail) -> None:
        try:
            changes = await self._work.decide(mail)
            said = self._conversation.said(changes)
        except Exception:  # a fault of ours over one mail: it goes on as if we were not there
            self._work.fault()
            said = self._conversation.said(None)
        self._deciding = None
        if self._transport is None or self._transport.is_closing():
            return
        try:
            self._transport.write(said + self._conversation.decided())
        except MilterError:
            self._work.log("milter-strange")
            self.hang_up()
        if not self._transport.is_closing():
            self._transport.resume_reading()
        self._go_on()
