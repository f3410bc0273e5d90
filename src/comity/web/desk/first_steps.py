"""The way to a loop that works, as a list that ticks itself.

Answers:    ``routes(door)``: GET /first-steps.
"""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.bootstrap.pages.sampling import LOG
from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.work import Visit


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        steps = await door.read(door.work.steps)
        upcoming = next((each.name for each in steps if each.is_open), None)
        title = visit.words.say("desk-menu.first-steps")
        sample = door.work.sample
        state = None if sample is None else await door.inside(sample.state)
        place = "" if sample is None else str(sample.folder / LOG)
        more: dict[str, Any] = {"sample": state, "place": place, "may_load": visit.may(Permit.ACCOUNTS_ACT)}
        return door.page(visit, "first-steps", title=title, steps=steps, upcoming=upcoming, **more)

    return [door.route("/first-steps", page, Permit.SETTINGS_SEE)]
