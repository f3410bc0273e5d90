"""The public page of a network: who we are, whom to reach in which language, and by which rules.

Trust:      everything on it is the operator's, out of the settings.
Standards:  RFC 2142 (role mailboxes), RFC 6449 section 3 (say the rules of a feedback loop).
Answers:    ``routes(door)``: GET /network.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.web.portal.door import Door
from comity.web.portal.work import Visit


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        house = door.work.house
        return door.page(
            visit,
            "network",
            title=house.name or house.domain,
            policy=house.policy.get(visit.words.language, ()),
            is_open=door.work.applying is not None,
            takes_complaints=door.work.put is not None,
        )

    return [door.get("/network", page)]
