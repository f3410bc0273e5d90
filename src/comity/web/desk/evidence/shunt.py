"""What could not be worked off, why, and another try when the reason is gone.

Trust:      names and details are strangers'.
Standards:  DESIGN.md P5.
Answers:    ``routes(door)``: GET /shunt, POST /shunt. What is tried again goes through the spool to the process that works off.
Limits:     a hundred of each kind on the page, the oldest; a press tries that many.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.services.public.shunt import arrival_again
from comity.web.desk.door import Door
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

_SHOWN: Final = 100
_NUMBER: Final = re.compile(r"c?[1-9][0-9]{0,17}")
_ALL: Final = "all"
_COMPLAINT: Final = "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What the page shows."""

    items: Sequence[Any]
    complaints: Sequence[Any]
    has_more: bool


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        view = await door.seen(visit, _look)
        return door.page(visit, "shunt", title=visit.words.say("desk-menu.shunt"), view=view)

    async def again(visit: Visit) -> Response:
        named = visit.said("mail", 20)
        if named == _ALL:
            view = await door.read(_look)
            names = [*(str(row.id) for row in view.items), *(f"c{each.due.complaint_id}" for each in view.complaints)]
        elif _NUMBER.fullmatch(named):
            names = [named]
        else:
            raise Refused("form", 400)
        for name in names:
            await _again(door, name)
        door.work.log("desk-tried-again", account=visit.signed.account, n=len(names))
        return door.away("/shunt", "tried-again")

    return [
        door.route("/shunt", page, Permit.MAIL_SEE),
        door.route("/shunt", again, Permit.MAIL_RETRY, method="POST"),
    ]


def _look(records: Any) -> Aside:
    items, complaints = records.intake.shunted(most=_SHOWN + 1), records.sending.shunted(most=_SHOWN + 1)
    return Aside(
        items=items[:_SHOWN], complaints=complaints[:_SHOWN], has_more=max(len(items), len(complaints)) > _SHOWN
    )


async def _again(door: Door, name: str) -> None:
    """Try one again; what somebody else tried meanwhile is passed over."""
    if name.startswith(_COMPLAINT):
        number = int(name[1:])
        await door.write(lambda records: records.sending.wait_again([number]))
        return
    arrival = await door.read(lambda records: arrival_again(records, int(name)))
    if arrival is not None:
        await asyncio.wrap_future(door.work.put(arrival))
