"""Passkeys at the door and on one's own account.

Trust:      what a device answers is a stranger's until the service has looked at it. A new passkey, and the end of one, want the
            password, too: a found session must not become an account.
Standards:  W3C Web Authentication level 2; OWASP ASVS 4.0 section 2.8.
Answers:    ``routes(door)``: POST /sign-in/passkey/options and POST /sign-in/passkey; POST /account/passkeys/options and
            POST /account/passkeys.
Limits:     thirty asked a minute from one household; without ``pages.url`` there are none.
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.services.operate.accounts.passkeys import WITHIN, Passkeys
from comity.services.operate.accounts.signing_in import Given, Refusal
from comity.web.desk.door import OWN, Door, own_path
from comity.web.desk.own_account import not_known
from comity.web.desk.signing_in import PER_MINUTE, hand_over, passkey_cookie, sign_in_page
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

ASKED_PER_MINUTE: Final = 30
_ANSWER: Final = 16_384


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def asked(request: Request) -> Response:
        passkeys = _passkeys(door)
        await door.form(request)
        if door.pace.wait(f"{door.client(request)} passkey", ASKED_PER_MINUTE) is not None:
            raise Refused("often", 429)
        now = door.work.now()
        found = await door.slowly(lambda: passkeys.ask(now))
        if isinstance(found, Refusal):
            raise Refused("often", 429)
        response = _json(found.options)
        response.set_cookie(
            passkey_cookie(door),
            found.browser,
            max_age=int(WITHIN.total_seconds()),
            path="/",
            secure=door.work.is_secure,
            httponly=True,
            samesite="strict",
        )
        return response

    async def enter(request: Request) -> Response:
        passkeys = _passkeys(door)
        fields = {name: values[0] for name, values in (await door.form(request)).items()}
        if door.pace.wait(door.client(request), PER_MINUTE) is not None:
            raise Refused("often", 429)
        browser, now = request.cookies.get(passkey_cookie(door), "")[:200], door.work.now()
        home, signing_in = door.client(request), door.work.signing_in
        held_up = await door.slowly(lambda: signing_in.held_up(home, now))
        if held_up is not None:
            return await sign_in_page(door, request, fields, status=429, refusal="wait", seconds=held_up.seconds)
        found = await door.slowly(lambda: passkeys.enter(fields.get("passkey", "")[:_ANSWER], browser, now))
        if isinstance(found, Refusal):
            await door.slowly(lambda: signing_in.failed(home, now))
            door.work.log("desk-sign-in-refused", reason=found.reason)
            return await sign_in_page(door, request, fields, status=401, refusal="passkey")
        door.work.log("desk-signed-in", account=found.account)
        response = door.away(own_path(fields.get("next", "/")))
        await hand_over(door, request, response, found=found)
        return response

    async def invited(visit: Visit) -> Response:
        passkeys, signed = _passkeys(door), visit.signed
        return _json(await door.inside(lambda: passkeys.invite(signed.account, signed.session, visit.now)))

    async def act(visit: Visit) -> Response:
        return await _act(door, visit)

    return [
        door.public("/sign-in/passkey/options", asked, method="POST"),
        door.public("/sign-in/passkey", enter, method="POST"),
        door.route(f"{OWN}/passkeys/options", invited, method="POST"),
        door.route(f"{OWN}/passkeys", act, method="POST"),
    ]


async def _act(door: Door, visit: Visit) -> Response:
    """One more, or one less, for whoever knows the password, too."""
    passkeys, signed, word = _passkeys(door), visit.signed, visit.said("act", 20)
    typed = visit.form.get("password", [""])[0][:1000]
    given = Given(name=signed.account, password=typed, household=door.client(visit.request))
    refusal = await door.inside(lambda: door.work.signing_in.refuses(given, visit.now))
    if refusal is not None:
        raise not_known(refusal)
    if word == "remove":
        await door.write(lambda records: _removed(records, visit))
    elif word == "add":
        answer, called = visit.said("passkey", _ANSWER), visit.said("called", 60)
        await door.inside(
            lambda: passkeys.add(answer, called, account=signed.account, session=signed.session, now=visit.now)
        )
    else:
        raise Refused("form", 400)
    door.work.log("desk-account-changed", account=signed.account, by=signed.account, act=f"passkey-{word}")
    return door.away(OWN, "done")


def _passkeys(door: Door) -> Passkeys:
    if door.work.passkeys is None:
        raise Refused("missing", 404)
    return door.work.passkeys


def _json(text: str) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(text, 200, headers, "application/json")


def _removed(records: Any, visit: Visit) -> None:
    number = visit.said("passkey", 20)
    kept = records.accounts.find(visit.signed.account)
    if not number.isascii() or not number.isdigit() or int(number) >= 1 << 63:
        raise Refused("form", 400)
    if not records.passkeys.remove(kept.account_id, int(number)):
        raise Refused("missing", 404)
