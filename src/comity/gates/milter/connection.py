"""One connection of a mail host to the milter.

Answers:    ``MilterConnection``, an asyncio protocol over ``Conversation``.
Limits:     what cannot be understood ends the connection; the mail host then does what its setting says (in Postfix
            ``milter_default_action``).
"""

import asyncio
from dataclasses import dataclass, field

from comity.gates.milter.conversation import Conversation
from comity.gates.milter.marking import Marker
from comity.gates.milter.packets import MilterError
from comity.model.log_events import LogEvent


@dataclass(slots=True)
class MilterWork:
    """What all connections share."""

    marker: Marker
    log: LogEvent
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
        counts = self.marker.counts
        self.log(
            "milter-ended",
            marked=counts["marked"],
            kept=counts["kept"],
            left=counts["left"],
            removed=counts["removed"],
            faults=self.faults,
        )


class MilterConnection(asyncio.Protocol):
    """Bytes in, bytes out."""

    def __init__(self, work: MilterWork) -> None:
        self._work = work
        self._conversation = Conversation(work.marker.changes, work.fault)
        self._transport: asyncio.Transport | None = None

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
        if self._conversation.is_over:
            self.hang_up()

    def connection_lost(self, error: Exception | None) -> None:
        """It ended."""
        self._work.open.discard(self)

    def hang_up(self) -> None:
        """Close, once everything is sent."""
        if self._transport is not None:
            self._transport.close()
