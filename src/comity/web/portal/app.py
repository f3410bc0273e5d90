"""The application for other networks: its routes, and what answers where something goes wrong.

Answers:    ``portal_app(work)`` gives the ASGI application.
Limits:     each page stands in a module of its own, which gives its routes.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from comity.model.outcomes import ComityError
from comity.web.portal import checking, complaining, enrolling, network, own, proving, recourse, statements
from comity.web.portal.door import Door
from comity.web.portal.work import PortalWork
from comity.web.waiting import Refused

_ROOMS = (network, enrolling, proving, recourse, statements, checking, complaining, own)


def portal_app(work: PortalWork) -> Starlette:
    """The application."""
    door = Door(work)

    async def start(request: Request) -> Response:
        where = f"/{door.accepted(request).language}/network"
        return RedirectResponse(where, 302, {"vary": "accept-language", "cache-control": "no-store"})

    async def folder(request: Request) -> Response:
        return RedirectResponse(f"/{door.words(request).language}/network", 302, {"cache-control": "no-store"})

    routes: list[BaseRoute] = [Route("/", start), Route("/network", start)]
    for room in _ROOMS:
        routes += room.routes(door)
    routes += [Route("/{language}", folder), Route("/{language}/", folder)]
    told = dict.fromkeys((Refused, HTTPException, ComityError, Exception), door.told)
    app = Starlette(routes=routes, exception_handlers=told)
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    return app
