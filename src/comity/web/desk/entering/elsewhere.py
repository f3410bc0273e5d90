"""Somebody is sent to another house to sign in, and comes back.

Trust:      whoever comes back is a stranger until the service has let him in; what the browser holds meanwhile is a cookie that no
            script reads. Where to go on to is a path of ours, or the first page.
Standards:  OpenID Connect Core 1.0; RFC 9700. The session's cookie is sent to nobody who comes from elsewhere (SameSite=Strict), so
            that a page of ours stands between, which leads on by itself.
Answers:    ``routes(door)``: GET /sign-in/with/HOUSE and GET /sign-in/with/HOUSE/back.
Limits:     thirty begun a minute from one household.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comity.locale import catalogue
from comity.services.operate.accounts.elsewhere.signing_in import WITHIN, Elsewhere, Leaving
from comity.services.operate.accounts.signing_in import Refusal
from comity.web.desk.door import Door, own_path
from comity.web.desk.signing_in import hand_over, sign_in_page
from comity.web.waiting import Refused

PER_MINUTE: Final = 30
_LONGEST: Final = 4096
_GIVEN: Final = ("state", "code", "iss", "error")
# Whatever the other house said that does not hold is one sentence to a stranger; the log has the rest.
_OURS: Final = frozenset({"elsewhere-silent", "elsewhere-unknown", "elsewhere-denied", "wait"})  # no try at a door
_SAID: Final = frozenset({"unknown", "silent", "state", "denied", "role", "domain", "ended", "account-there"})


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def leave(request: Request) -> Response:
        elsewhere = _elsewhere(door)
        if door.pace.wait(f"{door.client(request)} elsewhere", PER_MINUTE) is not None:
            raise Refused("often", 429)
        name, after = str(request.path_params["house"]), own_path(request.query_params.get("next", "/")[:2000])
        now = door.work.now()
        found = await door.slowly(lambda: elsewhere.begin(name, after, now))
        if not isinstance(found, Leaving):
            return await _refused(door, request, found, after=after)
        response = RedirectResponse(found.url, 303, {"cache-control": "no-store", "referrer-policy": "no-referrer"})
        response.set_cookie(
            _cookie(door),
            found.browser,
            max_age=int(WITHIN.total_seconds()),
            path="/",
            secure=door.work.is_secure,
            httponly=True,
            samesite="lax",  # it comes back from elsewhere
        )
        return response

    async def come_back(request: Request) -> Response:
        elsewhere, name = _elsewhere(door), str(request.path_params["house"])
        query = request.query_params
        given = {each: query[each] for each in _GIVEN if each in query and len(query[each]) <= _LONGEST}
        browser, now = request.cookies.get(_cookie(door), "")[:200], door.work.now()
        if any(len(query.getlist(each)) > 1 for each in _GIVEN) or not browser:
            given, browser = {}, ""
        home, signing_in = door.client(request), door.work.signing_in
        held_up = await door.slowly(lambda: signing_in.held_up(home, now))
        if held_up is not None:
            return await sign_in_page(door, request, {}, status=429, refusal="wait", seconds=held_up.seconds)
        found = await door.slowly(lambda: elsewhere.finish(name, given, browser=browser, now=now))
        if isinstance(found, Refusal):
            if found.reason not in _OURS:
                await door.slowly(lambda: signing_in.failed(home, now))
            return await _refused(door, request, found, after="/")
        entered, after = found
        door.work.log("desk-signed-in", account=entered.account)
        words = catalogue(door.language(request))
        more = {"after": own_path(after)}
        text = door.rendering.bare(
            words, "entering/entered", request=request, title=words.say("desk-sign-in.entered"), more=more
        )
        response = door.answer(text)
        await hand_over(door, request, response, found=entered)
        response.delete_cookie(_cookie(door), path="/", secure=door.work.is_secure, httponly=True, samesite="lax")
        return response

    return [
        door.public("/sign-in/with/{house}", leave),
        door.public("/sign-in/with/{house}/back", come_back),
    ]


def _elsewhere(door: Door) -> Elsewhere:
    if door.work.elsewhere is None:
        raise Refused("missing", 404)
    return door.work.elsewhere


def _cookie(door: Door) -> str:
    return f"{door.cookie}-begun"


async def _refused(door: Door, request: Request, refusal: Refusal, *, after: str) -> Response:
    door.work.log("desk-sign-in-refused", reason=refusal.reason)
    if refusal.reason == "wait":
        raise Refused("often", 429)
    said = refusal.reason.removeprefix("elsewhere-")
    status = {"unknown": 404, "silent": 502}.get(said, 403)
    name = refusal.reason if said in _SAID else "elsewhere-token"
    return await sign_in_page(door, request, {"next": after}, status=status, refusal=name)
