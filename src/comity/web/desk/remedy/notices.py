"""Notices to subscribers: what was given out and what became of it, and what was decided and is not given.

Answers:    ``routes(door)``: GET /remedy/notices.
Limits:     the newest two hundred of each.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.remediation.notice.reference import shown
from comity.services.public.pages.remedy import notices_of
from comity.web.desk.door import Door
from comity.web.desk.work import Visit


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        await door.saw(visit, "list", "notices")
        (given, held), _ = await door.counted(visit, ("notices",), notices_of)
        title = visit.words.say("desk-remedy.notices")
        return door.page(visit, "remedy/notices", title=title, given=given, held=held, reference=shown)

    return [door.route("/remedy/notices", page, Permit.REMEDY_SEE)]
