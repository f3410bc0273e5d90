"""Open the places where people, programs and peers reach us over HTTP, each by itself.

Answers:    ``Opening(places, log)``: ``open()`` opens what can be opened, and raises where that is nothing; ``keep_trying()`` opens
            the others as soon as they can be; ``end()`` ends all of them.
Limits:     a port that somebody else holds, or a certificate that cannot be read, costs that place alone. It is tried again every
            ``AGAIN_SECONDS``; ``comity doctor`` says who answers there meanwhile.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError

if TYPE_CHECKING:
    from comity.gates.serving import OpenWeb
    from comity.gates.web import ServedWeb

AGAIN_SECONDS: Final = 30.0


class Opening:
    """All applications of a process."""

    def __init__(self, places: "Sequence[OpenWeb]", log: LogEvent, *, again: float = AGAIN_SECONDS) -> None:
        """``again`` is how long it waits before it tries once more."""
        self._closed, self._log, self._again = list(places), log, again
        self._served = list["ServedWeb"]()

    @property
    def places(self) -> list[str]:
        """Where it answers."""
        return [each.place for each in self._served]

    async def open(self) -> None:
        """Open what can be opened."""
        refused = await self._try()
        if refused and not self._served:
            raise refused[0]
        for each in refused:
            self._log("web-closed", seconds=self._again, **each.details)

    async def keep_trying(self) -> None:
        """Until all of them are open."""
        while self._closed:
            await asyncio.sleep(self._again)
            before = len(self._served)
            await self._try()
            for each in self._served[before:]:
                self._log("web-open", place=each.place)

    async def end(self) -> None:
        """Finish what is being answered, then stop."""
        for served in self._served:
            await served.end()

    async def _try(self) -> list[ComityError]:
        """Why the others stay closed."""
        refused, closed = list[ComityError](), list["OpenWeb"]()
        for place in self._closed:
            try:
                self._served.append(await place())
            except ComityError as error:
                refused.append(error)
                closed.append(place)
        self._closed = closed
        return refused
