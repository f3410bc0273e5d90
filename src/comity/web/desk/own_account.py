"""One's own account: password, second factor, sessions, language.

Trust:      a found session must not become an account: password and second factor are changed by whoever knows the password, too.
Standards:  OWASP ASVS 4.0 sections 2.1 (changing a password), 2.8 (time-based codes), 3.3 (ending one's sessions).
Answers:    ``routes(door)``: GET and POST /account, GET and POST /account/code.
Limits:     the secret of a second factor stands in the form that sets it up, and nowhere before a code of it was right.
"""

from base64 import b32decode, b32encode
from binascii import Error as NoBase32
from collections.abc import Sequence
from typing import Any, Final

import segno
from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.locale import catalogue, speaks
from comity.model.account import Account, Passkey, Session
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.accounts.keeping import SECRET_BYTES, enrolment_address
from comity.services.operate.accounts.signing_in import Given, Refusal
from comity.web.desk.door import LANGUAGE_COOKIE, OWN, Door
from comity.web.desk.work import Visit
from comity.web.waiting import Refused, Unfilled

CODE: Final = f"{OWN}/code"
_GROUP: Final = 4


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        return await own_page(door, visit)

    async def act(visit: Visit) -> Response:
        word = visit.said("act", 20)
        if word in ("password", "code-off"):
            refusal = await _refusal(door, visit)
            if refusal is not None:
                raise not_known(refusal)
        said = await door.write(lambda records: _act(door, records, visit, word=word))
        door.work.log("desk-account-changed", account=visit.signed.account, by=visit.signed.account, act=word)
        response = door.away("/" if visit.signed.must_change and word == "password" else OWN, said)
        if word == "language":  # what was chosen on this browser before would hide it
            response.delete_cookie(LANGUAGE_COOKIE)
        return response

    async def set_up(visit: Visit) -> Response:
        return _set_up(door, visit, door.work.chance(SECRET_BYTES))

    async def check(visit: Visit) -> Response:
        secret = _secret(visit.said("secret", 64))
        refusal = await _refusal(door, visit)
        if refusal is not None:
            return _set_up(door, visit, secret, refusal=refusal)
        try:
            codes = await door.write(lambda records: _code(door, records, visit, secret=secret))
        except ComityError as error:
            if error.code != "account-code":
                raise
            return _set_up(door, visit, secret, refusal=Refusal(reason="code"))
        door.work.log("desk-account-changed", account=visit.signed.account, by=visit.signed.account, act="code")
        return door.page(visit, "own-codes", title=visit.words.say("desk-own.codes"), codes=codes)

    return [
        door.route(OWN, page),
        door.route(OWN, act, method="POST"),
        door.route(CODE, set_up),
        door.route(CODE, check, method="POST"),
    ]


def not_known(refusal: Refusal) -> Unfilled:
    """The password was not the account's."""
    if refusal.reason == "wait":
        return Unfilled("desk-sign-in.wait", "password", status=429, arguments={"n": refusal.seconds})
    return Unfilled("desk-own.wrong", "password", status=403)


async def own_page(door: Door, visit: Visit) -> Response:
    """The page."""

    def look(records: Any) -> tuple[Account, Sequence[Session], Sequence[Passkey]]:
        account = door.work.keeping(records, visit.now).known(visit.signed.account)
        kept = records.accounts.find(account.name)
        return account, records.accounts.sessions(account.name), records.passkeys.of(kept.account_id)

    account, sessions, passkeys = await door.read(look)
    title = visit.words.say("desk-own.title")
    shown: dict[str, Any] = {"account": account, "sessions": sessions, "passkeys": passkeys}
    shown["has_passkeys"] = door.work.passkeys is not None
    return door.page(visit, "own-account", title=title, **shown)


def _set_up(door: Door, visit: Visit, secret: bytes, *, refusal: Refusal | None = None) -> Response:
    address = enrolment_address(visit.signed.account, door.work.house, secret)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#ffffff")
    text = b32encode(secret).decode("ascii")
    return door.page(
        visit,
        "own-code",
        title=visit.words.say("desk-own.set-up"),
        status=_status(refusal),
        picture=picture,
        secret=text,
        typed=" ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)),
        refusal=refusal,
    )


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return 429 if refusal.reason == "wait" else 403


async def _refusal(door: Door, visit: Visit) -> Refusal | None:
    """Whether the password that was typed is not the account's."""
    given = Given(name=visit.signed.account, password=_typed(visit, "password"), household=door.client(visit.request))
    return await door.inside(lambda: door.work.signing_in.refuses(given, visit.now))


def _act(door: Door, records: Any, visit: Visit, *, word: str) -> str:
    """Do one thing; the name of the sentence that says so."""
    keeping, name = door.work.keeping(records, visit.now), visit.signed.account
    if word == "password":
        new = _typed(visit, "new")
        if new != _typed(visit, "again"):
            raise ComityError("password-differs", "typed differently", outcome=Outcome.USAGE)
        if visit.signed.must_change and new == _typed(visit, "password"):
            raise ComityError("password-given", "the same one", outcome=Outcome.USAGE)
        keeping.set_password(name, new, stays=visit.signed.session)
        return "password-set"
    if word == "code-off":
        keeping.drop_code(name)
    elif word == "language" and speaks(visit.said("language", 20)):
        keeping.set_language(name, catalogue(visit.said("language", 20)).html_language)
    elif word == "sessions":
        keeping.end_sessions(name, stays=visit.signed.session)
    else:
        raise Refused("form", 400)
    return "done"


def _code(door: Door, records: Any, visit: Visit, *, secret: bytes) -> list[str]:
    keeping, name = door.work.keeping(records, visit.now), visit.signed.account
    codes: list[str] = keeping.set_code(name, secret, visit.said("code", 20), chance=door.work.chance)
    keeping.end_sessions(name, stays=visit.signed.session)  # they came in without it
    return codes


def _secret(text: str) -> bytes:
    try:
        secret = b32decode(text.encode("ascii"))
    except (NoBase32, ValueError):
        raise Refused("form", 400) from None
    if len(secret) != SECRET_BYTES:
        raise Refused("form", 400)
    return secret


def _typed(visit: Visit, name: str) -> str:
    """A password as it was typed, with the blanks around it."""
    return visit.form.get(name, [""])[0][:1000]
