"""The application of the desk: its routes, and what answers where something goes wrong.

Answers:    ``desk_app(work)`` gives the ASGI application.
Limits:     each page stands in a module of its own, which gives its routes.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comity.locale import catalogue, speaks
from comity.model.outcomes import ComityError
from comity.web.desk import (
    accounts,
    case,
    filtering,
    finding,
    first_steps,
    flows,
    front,
    own_account,
    queue,
    remedy,
    sampling,
    signing_in,
    together,
)
from comity.web.desk.door import LANGUAGE_COOKIE, Door, PublicPage, own_path
from comity.web.desk.entering import ROOMS as ENTERING
from comity.web.desk.evidence import ROOMS as EVIDENCE
from comity.web.desk.exchange import routes as exchange
from comity.web.desk.letters import ROOMS as LETTERS
from comity.web.desk.work import DeskWork
from comity.web.waiting import Refused

_ROOMS = (
    signing_in,
    own_account,
    accounts,
    front,
    queue,
    case,
    first_steps,
    finding,
    filtering,
    remedy,
    flows,
    together,
    sampling,
)


def desk_app(work: DeskWork) -> Starlette:
    """The application."""
    door = Door(work)
    routes: list[BaseRoute] = [
        door.public("/static/{mark}/{name}", _static(door)),
        door.public("/language/{tag}", _language(door)),
    ]
    for room in (*_ROOMS, *ENTERING, *EVIDENCE, *LETTERS):
        routes += room.routes(door)
    routes += exchange(door)
    told = {Refused: door.told, HTTPException: door.told, ComityError: door.told, Exception: door.told}
    app = Starlette(routes=routes, exception_handlers=told)
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    return app


def _static(door: Door) -> PublicPage:
    async def answer(request: Request) -> Response:
        found = door.rendering.static.get(str(request.path_params["name"]))
        if found is None:
            raise Refused("missing", 404)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
            "vary": "accept-encoding",
        }
        if "gzip" not in request.headers.get("accept-encoding", "").replace(" ", "").split(","):
            return Response(found.data, 200, headers, found.media)
        return Response(found.packed, 200, {**headers, "content-encoding": "gzip"}, found.media)

    return answer


def _language(door: Door) -> PublicPage:
    async def answer(request: Request) -> Response:
        tag = str(request.path_params["tag"])
        if not speaks(tag):
            raise Refused("missing", 404)
        response = RedirectResponse(own_path(request.query_params.get("next", "/")), 303, {"cache-control": "no-store"})
        response.set_cookie(
            LANGUAGE_COOKIE,
            catalogue(tag).html_language,
            max_age=31536000,
            secure=door.work.is_secure,
            httponly=True,
            samesite="lax",
        )
        return response

    return answer
