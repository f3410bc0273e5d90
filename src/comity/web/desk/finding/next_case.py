"""On to the next case of the queue that somebody works through, in its order.

Answers:    ``routes(door)``: GET /cases/{case}/next leads to it, or back to the queue where there is none.
            ``way_of(visit)`` is what the address of a case keeps of the queue: what was asked for, and the place in it.
Limits:     a case that left the queue was at its place: whoever moved up to there is next. One that moved further than two
            hundred places meanwhile is taken for gone.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.queue import asked_of, said_of
from comity.web.desk.rendering import link
from comity.web.desk.work import Visit

_NEAR: Final = 200
_FURTHEST: Final = 1_000_000


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def onward(visit: Visit) -> Response:
        return door.away(*await door.read(lambda records: _next(records.places, visit)))

    return [door.route("/cases/{case}/next", onward, Permit.CASES_SEE)]


def way_of(visit: Visit) -> dict[str, str]:
    """The queue that somebody came from, and the place in it; empty where he came from elsewhere."""
    at = _place(visit)
    return {name: each for name, each in said_of(visit).items() if each} | ({} if at is None else {"at": str(at)})


def _next(places: Any, visit: Visit) -> tuple[str, str]:
    """Where to go, and what is said there."""
    said, here, at = said_of(visit), str(visit.request.path_params["case"]), _place(visit) or 0
    start = max(0, at - _NEAR)
    names = places.names(asked_of(said, visit), visit.now, start=start, most=2 * _NEAR + 2)
    place = names.index(here) + 1 if here in names else at - start
    if place >= len(names):
        return link("/cases", **said), "queue-over"
    return link(f"/cases/{names[place]}", **said, at=str(start + place)), ""


def _place(visit: Visit) -> int | None:
    text = visit.asked("at", 7)
    return min(int(text), _FURTHEST) if text.isascii() and text.isdecimal() else None
