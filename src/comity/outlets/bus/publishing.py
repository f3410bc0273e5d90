"""Tell another program something over a message bus.

Trust:      the bus stands in our settings, and nowhere else (promise P6).
Answers:    ``BusOut.post(place, body, fields)`` gives ``Answered``: 202 when the bus has it, 0 with the reason where it has not.
            Raises nothing but what is wrong with the settings.
Limits:     a connection for each message: what a playbook tells is little, and a connection that nobody looks after is none.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from comity.model.outcomes import ComityError
from comity.outlets.bus import BusPlace, bus_at, within
from comity.outlets.programs.webhooks import Answered

ACCEPTED: Final = 202
_SECONDS: Final = 20.0


class BusOut:
    """The way to other programs over a bus."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def post(self, place: BusPlace, body: bytes, fields: Mapping[str, str]) -> Answered:
        """Publish once."""
        try:
            asyncio.run(self._publish(place, body, fields))
        except (ComityError, OSError) as error:  # a certificate that is not there, too
            return Answered(status=0, text=str(error)[:200])
        return Answered(status=ACCEPTED, text="")

    async def _publish(self, place: BusPlace, body: bytes, fields: Mapping[str, str]) -> None:
        bus = bus_at(place)
        async with within(place):
            try:
                async with asyncio.timeout(self._seconds):
                    await bus.begin(None)
                    await bus.publish(body, fields)
            finally:
                await bus.end()
