"""``comity account add|list|role|language|password|totp|code-off|end|sessions|seen``: who works with the pages.

Trust:      a password is typed without being shown, or comes in on standard input; never as an argument, where others read it.
Answers:    lines, or one JSON object a line; no secret is ever among them but that of a second factor, once.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.account import Role
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.times import instant

if TYPE_CHECKING:
    from comity.model.account import Account
    from comity.services.operate.accounts.keeping import Keeping

command = typer.Typer(add_completion=False, no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME")]
_AsJson = Annotated[bool, typer.Option("--json")]
_Stdin = Annotated[bool, typer.Option("--password-stdin")]


@command.callback()
def _group() -> None:
    """Who works with the pages."""


@command.command("add")
def add(  # noqa: PLR0917 - the options of a command line
    name: _Name,
    role: Annotated[str, typer.Option("--role", metavar="ROLE")] = Role.DESK.value,
    password_stdin: _Stdin = False,
    as_json: _AsJson = False,
) -> None:
    """Make an account."""
    wanted, password = _role(role), _password(name, from_stdin=password_stdin)
    made = _kept(lambda keeping: keeping.make(name, wanted, password))
    _tell(made, "account.made", as_json=as_json)


@command.command("list")
def show(as_json: _AsJson = False) -> None:
    """Every account."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found = records.accounts.all()
    for each in found:
        print(json.dumps(_object(each)) if as_json else _line(each))
    if not found and not as_json:
        put(speaker().say("account.none"))


@command.command("role")
def set_role(name: _Name, role: Annotated[str, typer.Argument(metavar="ROLE")], as_json: _AsJson = False) -> None:
    """Give an account another role; its sessions are over."""
    wanted = _role(role)
    _tell(_kept(lambda keeping: keeping.set_role(name, wanted)), "account.changed", as_json=as_json)


@command.command("language")
def set_language(
    name: _Name, language: Annotated[str, typer.Argument(metavar="en|zh")], as_json: _AsJson = False
) -> None:
    """In which language the pages speak to an account."""
    tongue = _language(language)

    def change(keeping: "Keeping") -> "Account":
        keeping.set_language(name, tongue)
        return keeping.known(name)

    _tell(_kept(change), "account.changed", as_json=as_json)


@command.command("password")
def set_password(name: _Name, password_stdin: _Stdin = False, as_json: _AsJson = False) -> None:
    """Give an account another password; its sessions are over."""
    password = _password(name, from_stdin=password_stdin)

    def change(keeping: "Keeping") -> "Account":
        keeping.set_password(name, password)
        return keeping.known(name)

    _tell(_kept(change), "account.changed", as_json=as_json)


@command.command("totp")
def totp(
    name: _Name, code_stdin: Annotated[bool, typer.Option("--code-stdin")] = False, as_json: _AsJson = False
) -> None:
    """Set up an account's second factor: shows its secret, and asks for a code of it."""
    from getpass import getpass
    from secrets import token_bytes

    from comity.services.operate.accounts.keeping import SECRET_BYTES, enrolment_address

    _kept(lambda keeping: keeping.known(name))
    secret, known = token_bytes(SECRET_BYTES), settings()
    house = known.identity.organisation or known.identity.domain or ""
    address = enrolment_address(name, house, secret)
    print(json.dumps({"address": address}) if as_json else address, flush=True)
    code = sys.stdin.readline() if code_stdin else getpass(speaker().say("account.type-code"))
    codes: list[str] = []

    def change(keeping: "Keeping") -> "Account":
        codes.extend(keeping.set_code(name, secret, code.strip(), chance=token_bytes))
        keeping.end_sessions(name)
        return keeping.known(name)

    made = _kept(change)
    if as_json:
        print(json.dumps({**_object(made), "codes": codes}))
        return
    put(speaker().say("account.codes", name=made.name))
    for each in codes:
        put(f"  {each}")


@command.command("code-off")
def code_off(name: _Name, as_json: _AsJson = False) -> None:
    """Ask an account for no second factor any more: it was lost."""

    def change(keeping: "Keeping") -> "Account":
        keeping.drop_code(name)
        return keeping.known(name)

    _tell(_kept(change), "account.changed", as_json=as_json)


@command.command("end")
def end(name: _Name, as_json: _AsJson = False) -> None:
    """Let an account count no more."""

    def change(keeping: "Keeping") -> "Account":
        before = keeping.known(name)
        keeping.end(name)
        return before

    ended = _kept(change)
    _tell(ended, "account.ended", as_json=as_json)
    left = 0 if as_json else _cases_of(ended.name)
    if left:
        print(speaker().say("account.ended-cases", n=left, name=plain(ended.name)))


def _cases_of(name: str) -> int:
    """How many cases that are not over an account has."""
    from comity.bootstrap.desk import desk_read
    from comity.model.desk import CaseState
    from comity.store.desk.places import AT_REST, Asked

    with desk_read(settings()) as records:
        return records.places.count(Asked(states=tuple(each for each in CaseState if each not in AT_REST), whose=name))


@command.command("sessions")
def sessions(
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    end_all: Annotated[bool, typer.Option("--end")] = False,
    as_json: _AsJson = False,
) -> None:
    """Who is signed in; with --end, nobody of them any more."""
    from comity.bootstrap.desk import desk_write

    with desk_write(settings()) as records:
        if name is not None and records.accounts.find(name.lower()) is None:
            raise ComityError("account-unknown", name, outcome=Outcome.UNKNOWN, details={"name": name})
        found = records.accounts.sessions(name)
        for each in found if end_all else ():
            records.accounts.end_session(each.digest)
    for each in found:
        if as_json:
            row = {"account": each.account, "began": instant(each.began), "seen": instant(each.seen), "ended": end_all}
            print(json.dumps(row))
        else:
            put(f"{plain(each.account, 32):32}  {each.began:%Y-%m-%d %H:%M}  {each.seen:%Y-%m-%d %H:%M} UTC")
    if not as_json:
        said = "account.sessions-ended" if end_all else "account.sessions" if found else "account.no-sessions"
        put(speaker().say(said, n=len(found)))


@command.command("seen")
def seen(
    *,
    account: Annotated[str | None, typer.Option("--account", metavar="NAME")] = None,
    about: Annotated[str | None, typer.Option("--about", metavar="NUMBER")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100_000)] = 50,
    as_json: _AsJson = False,
) -> None:
    """Who saw which personal data, the newest first."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found = records.accounts.seen(most, account=account, about=about)
    for each in found:
        if as_json:
            print(json.dumps({"at": instant(each.at), "account": each.account, "what": each.what, "about": each.about}))
        else:
            what = speaker().say(f"account.what.{each.what}")
            put(f"{each.at:%Y-%m-%d %H:%M} UTC  {plain(each.account, 24):24}  {what} {plain(each.about, 30)}")
    if not found and not as_json:
        put(speaker().say("account.nobody-saw"))


def _kept(change: "Callable[[Keeping], Account]") -> "Account":
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.pages import passwords
    from comity.services.operate.accounts.keeping import Keeping

    with desk_write(settings()) as records:
        return change(Keeping(records.accounts, passwords(), datetime.now(UTC)))


def _password(name: str, *, from_stdin: bool) -> str:
    """One line of standard input, or what somebody types twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    given = getpass(speaker().say("account.type", name=plain(name, 40)))
    if getpass(speaker().say("account.type-again")) != given:
        raise ComityError("password-differs", "typed differently", outcome=Outcome.USAGE)
    return given


def _role(text: str) -> Role:
    if text not in list(Role):
        raise ComityError("account-role", text, outcome=Outcome.USAGE, details={"text": text, "known": ", ".join(Role)})
    return Role(text)


def _language(text: str) -> str:
    from comity.locale import catalogue, speaks

    if not speaks(text):
        raise ComityError("account-language", text, outcome=Outcome.USAGE, details={"text": text})
    return catalogue(text).html_language


def _tell(account: "Account", said: str, *, as_json: bool) -> None:
    role = speaker().say(f"account.role.{account.role.value}")
    print(json.dumps(_object(account)) if as_json else speaker().say(said, name=plain(account.name), role=role))


def _line(each: "Account") -> str:
    words = speaker()
    parts = [words.say(f"account.role.{each.role.value}"), f"{each.created:%Y-%m-%d}"]
    if each.has_code:
        parts.append(words.say("account.with-code"))
    if each.ended is not None:
        parts.append(words.say("account.over", day=f"{each.ended:%Y-%m-%d}"))
    return f"{plain(each.name, 32):24}  {'  '.join(parts)}"


def _object(each: "Account") -> dict[str, object]:
    return {
        "name": each.name,
        "role": each.role.value,
        "language": each.language,
        "code": each.has_code,
        "created": instant(each.created),
        "ended": instant(each.ended),
    }
