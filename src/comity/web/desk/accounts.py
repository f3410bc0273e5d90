"""Everybody who works here: made, changed and ended by whoever looks after accounts; and who saw what of whom.

Trust:      whoever changes somebody else's account types the password once more: a found session must not become others.
            A password that is given is shown once, to whoever gives it, and lets in for nothing but its replacement.
Standards:  GDPR article 5(2): who looked at personal data can be told.
Answers:    ``routes(door)``: GET and POST /accounts, GET /access-log.
Limits:     nobody changes his own account here; the newest three hundred lines of what was seen.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Account, Permit, Role
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.accounts.keeping import new_password
from comity.web.desk.door import Door
from comity.web.desk.knowing import asked_again
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

PATH: Final = "/accounts"
LOG: Final = "/access-log"
_SHOWN: Final = 300
_ACTS: Final = ("add", "give", "role", "code-off", "sessions", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A password that is shown once."""

    name: str
    password: str


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        return await _page(door, visit)

    async def act(visit: Visit) -> Response:
        word, name = visit.said("act", 20), visit.said("name", 80)
        if name.lower() == visit.signed.account:
            raise ComityError("account-own", name, outcome=Outcome.CONFLICT)
        _known(visit, word)
        again = await asked_again(door, visit, _what(visit, word, name))
        if again is not None:
            return again
        given = await door.write(lambda records: _act(door, records, visit, word=word, name=name))
        door.work.log("desk-account-changed", account=name.lower(), by=visit.signed.account, act=word)
        return door.away(PATH, "done") if given is None else await _page(door, visit, given=given)

    async def log(visit: Visit) -> Response:
        account, about = visit.asked("account", 64).lower(), visit.asked("about", 80)
        found = await door.read(
            lambda records: records.accounts.seen(_SHOWN, account=account or None, about=about or None)
        )
        title = visit.words.say("desk-menu.access-log")
        return door.page(visit, "access-log", title=title, found=found, account=account, about=about, most=_SHOWN)

    return [
        door.route(PATH, page, Permit.ACCOUNTS_ACT),
        door.route(PATH, act, Permit.ACCOUNTS_ACT, method="POST"),
        door.route(LOG, log, Permit.AUDIT_SEE),
    ]


async def _page(door: Door, visit: Visit, *, given: Given | None = None) -> Response:
    def look(records: Any) -> tuple[Sequence[Account], Counter[str]]:
        return records.accounts.all(), Counter(each.account for each in records.accounts.sessions())

    found, sessions = await door.read(look)
    accounts = sorted(found, key=lambda each: (each.ended is not None, each.name))
    title = visit.words.say("desk-menu.accounts")
    return door.page(
        visit, "accounts", title=title, accounts=accounts, sessions=sessions, roles=list(Role), given=given
    )


def _known(visit: Visit, word: str) -> None:
    """Refuse what is no act of this page before a password is asked for it."""
    if word not in _ACTS or (word in ("add", "role") and visit.said("role", 40) not in list(Role)):
        raise Refused("form", 400)


def _what(visit: Visit, word: str, name: str) -> str:
    """What is about to be done, in words."""
    say, role = visit.words.say, visit.said("role", 40)
    return say(f"desk-again.{word}", name=name, role=say(f"account.role.{role}") if role else "")


def _act(door: Door, records: Any, visit: Visit, *, word: str, name: str) -> Given | None:
    """Do one thing; the password, where one was given."""
    keeping, role = door.work.keeping(records, visit.now), visit.said("role", 40)
    if word == "add":
        name = keeping.make(name, Role(role), new_password(door.work.chance)).name
    if word in ("add", "give"):
        return Given(name=name, password=keeping.give(name, door.work.chance))
    if word == "role":
        keeping.set_role(name, Role(role))
    elif word == "code-off":
        keeping.drop_code(name)
    elif word == "sessions":
        keeping.end_sessions(name)
    elif word == "end":
        keeping.end(name)
    return None
