"""Somebody signs in, and out.

Trust:      whoever comes is a stranger; what went wrong is told in one sentence, whatever it was. The token goes into a cookie that
            no script reads and no other site sends.
Standards:  RFC 6265bis (``__Host-``, SameSite=Strict), OWASP ASVS 4.0 section 3.4.
Answers:    ``routes(door)``: GET and POST /sign-in, POST /sign-out; ``sign_in_page``; ``hand_over`` gives a browser its session.
Limits:     the second factor is asked for in a second step, which asks for the password again: nothing is kept in between.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.locale import catalogue
from comity.services.operate.accounts.signing_in import ABSOLUTE, Entered, Given, digest_of
from comity.web.desk.door import SIGN_IN, Door, own_path
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

# Tries of one household, right or wrong: an office shares an address, and the waits do the rest.
PER_MINUTE: Final = 600


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def form(request: Request) -> Response:
        if await door.signed(request) is not None:
            return door.away(own_path(request.query_params.get("next", "/")))
        return await sign_in_page(door, request, {"next": request.query_params.get("next", "/")[:2000]})

    async def enter(request: Request) -> Response:
        fields = {name: values[0] for name, values in (await door.form(request)).items()}
        given = Given(
            name=fields.get("name", "")[:200],
            password=fields.get("password", "")[:1000],
            code=fields.get("code", "")[:100],
            passkey=(fields.get("passkey", "")[:16384], request.cookies.get(passkey_cookie(door), "")[:200]),
            household=door.client(request),
        )
        now = door.work.now()
        if door.pace.wait(given.household, PER_MINUTE) is not None:
            raise Refused("often", 429)
        found = await door.slowly(lambda: door.work.signing_in.enter(given, now))
        if not isinstance(found, Entered):
            door.work.log("desk-sign-in-refused", reason=found.reason)
            status = 429 if found.reason == "wait" else 401
            return await sign_in_page(door, request, fields, status=status, refusal=found.reason, seconds=found.seconds)
        door.work.log("desk-signed-in", account=found.account)
        response = door.away(own_path(fields.get("next", "/")))
        await hand_over(door, request, response, found=found)
        return response

    async def leave(visit: Visit) -> Response:
        await door.write(lambda records: records.accounts.end_session(visit.signed.session))
        response = door.away(SIGN_IN)
        response.delete_cookie(door.cookie, path="/", secure=door.work.is_secure, httponly=True, samesite="strict")
        return response

    return [
        door.public(SIGN_IN, form),
        door.public(SIGN_IN, enter, method="POST"),
        door.route("/sign-out", leave, method="POST"),
    ]


def passkey_cookie(door: Door) -> str:
    """The name of the cookie that a browser holds until its device answers."""
    return f"{door.cookie}-passkey"


async def hand_over(door: Door, request: Request, response: Response, *, found: Entered) -> None:
    """Give the browser the token of its session; whatever it held until now is over."""
    before = request.cookies.get(door.cookie, "")[:200]
    if before:
        await door.write(lambda records: records.accounts.end_session(digest_of(before)))
    response.set_cookie(
        door.cookie,
        found.token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=door.work.is_secure,
        httponly=True,
        samesite="strict",
    )


async def sign_in_page(
    door: Door, request: Request, fields: Mapping[str, str], *, status: int = 200, refusal: str = "", seconds: int = 0
) -> Response:
    """The page with the form, and what went wrong before."""
    words = catalogue(door.language(request))
    is_empty = await door.read(lambda records: not records.accounts.all())
    more: dict[str, Any] = {
        "name": fields.get("name", ""),
        "next": own_path(fields.get("next", "/")),
        "refusal": refusal,
        "seconds": seconds,
        "is_empty": is_empty,
        "has_passkeys": door.work.passkeys is not None,
        "houses": door.work.elsewhere.providers if door.work.elsewhere else (),
        "asks_code": refusal == "code-missing" or bool(fields.get("code")),
    }
    text = door.rendering.bare(words, "sign-in", request=request, title=words.say("desk-sign-in.title"), more=more)
    return door.answer(text, status=status)
