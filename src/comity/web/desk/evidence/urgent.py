"""What a person must see within the hour, and that somebody has seen it.

Trust:      anybody may say fraud; what is said of a mail is a stranger's.
Answers:    ``routes(door)``: GET /urgent, POST /urgent/{urgent}.
Limits:     all that stands, and the newest twenty that were seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.outcomes import ComityError, Outcome
from comity.model.urgent import Urgent
from comity.services.receive.grave.urgent import see, standing
from comity.web.desk.door import Door
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

_SEEN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentPage:
    """What the page shows."""

    standing: Sequence[Urgent]
    seen: Sequence[Urgent]


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        view = await door.read(_look)
        return door.page(visit, "urgent", title=visit.words.say("desk-menu.urgent"), view=view)

    async def seen(visit: Visit) -> Response:
        named = str(visit.request.path_params["urgent"])
        if not (named.isascii() and named.isdigit() and len(named) < 19):
            raise Refused("missing", 404)
        why = visit.said("why")
        if not why:
            raise ComityError("desk-needs-came", "why", outcome=Outcome.USAGE)
        number, by = int(named), visit.signed.account
        await door.write(lambda records: see(records.urgent, number, by=by, why=why, now=visit.now))
        return door.away("/urgent", "done")

    return [
        door.route("/urgent", page, Permit.CASES_SEE),
        door.route("/urgent/{urgent}", seen, Permit.CASES_ACT, method="POST"),
    ]


def _look(records: Any) -> UrgentPage:
    stands = standing(records.urgent)
    at_rest = [each for each in records.urgent.newest(_SEEN + len(stands)) if each.seen is not None]
    return UrgentPage(standing=stands, seen=at_rest[:_SEEN])
