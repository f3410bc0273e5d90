"""The walled garden: who is in it, since when, until when and why; the way out by hand, with a reason.

Answers:    ``routes(door)``: GET and POST /remedy/garden.
Limits:     a line is let out by the next turn of the program; whoever puts one in does so on its case.
"""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.pages.remedy import gardens_of
from comity.services.receive.playbook.writing_down import let_out
from comity.web.desk.case import found_case
from comity.web.desk.door import Door
from comity.web.desk.work import Visit
from comity.web.waiting import Unfilled


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        await door.saw(visit, "list", "garden")
        (inside, before), _ = await door.counted(visit, ("garden",), lambda records: gardens_of(records, visit.now))
        title = visit.words.say("desk-remedy.garden")
        return door.page(visit, "remedy/garden", title=title, inside=inside, before=before)

    async def release(visit: Visit) -> Response:
        why = visit.said("why", 400)
        if not why:
            raise Unfilled("desk-said.reason-needed", "why")
        await door.write(lambda records: _release(records, visit, why))
        return door.away("/remedy/garden", "let-out")

    return [
        door.route("/remedy/garden", page, Permit.REMEDY_SEE),
        door.route("/remedy/garden", release, Permit.REMEDY_ACT, method="POST"),
    ]


def _release(records: Any, visit: Visit, why: str) -> None:
    case = found_case(records, visit.said("case", 80))
    if not let_out(records, case, by=visit.signed.account, why=why, now=visit.now):
        raise ComityError("garden-empty", case.case_id, outcome=Outcome.UNKNOWN, details={"case": case.case_id})
