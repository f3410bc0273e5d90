"""``comity token add|list|revoke|acts``: who may speak to the API, and what was done with it.

Trust:      the token is printed once and kept nowhere; whoever has it may do what its scopes say.
Answers:    the token alone on standard output, or one JSON object a line.
"""

import json
import secrets
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.api_token import Scope
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.api_token import ApiToken

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """Who may speak to the API."""


@command.command("add")
def add(  # noqa: PLR0917 - the options of a command line
    name: Annotated[str, typer.Argument(metavar="NAME")],
    scope: Annotated[list[str], typer.Option("--scope", metavar="SCOPE")],
    expires: Annotated[str | None, typer.Option("--expires", metavar="DAY")] = None,
    per_minute: Annotated[int | None, typer.Option("--per-minute", min=1, max=10**6)] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token, and show it once."""
    from comity.bootstrap.desk import desk_write
    from comity.services.integrate import tokens

    now = datetime.now(UTC)
    wanted = tokens.Wanted(
        name=name,
        scopes=frozenset(_scopes(scope)),
        per_minute=per_minute or settings().api.per_minute,
        expires=None if expires is None else days.ahead(expires, now),
    )
    chance = secrets.token_bytes(tokens.ID_BYTES + tokens.SECRET_BYTES)
    with desk_write(settings()) as records:
        text, made = tokens.made(records.tokens, wanted, chance, now=now)
    if as_json:
        print(json.dumps({**_object(made), "token": text}))
        return
    print(text)
    print(speaker().say("token.made", name=plain(made.name), id=made.token_id), file=sys.stderr)


@command.command("list")
def show(as_json: AsJson = False) -> None:
    """Every token: what it may do, when it was used last."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found = records.tokens.all()
    words, now = speaker(), datetime.now(UTC)
    for each in found:
        if as_json:
            print(json.dumps(_object(each)))
            continue
        refusal = each.refusal(now)
        used = words.say("token.never") if each.last_used is None else each.last_used
        over = words.say(f"token.{refusal}") if refusal else _until(each)
        put(words.say("token.line", id=each.token_id, name=plain(each.name, 30), used=used, state=over))
        put(f"    {' '.join(sorted(each.scopes))}")
    if not found and not as_json:
        put(words.say("token.empty"))


@command.command("revoke")
def revoke(which: Annotated[str, typer.Argument(metavar="ID|NAME")], as_json: AsJson = False) -> None:
    """Let a token count no more, from the next request on."""
    from comity.bootstrap.desk import desk_write
    from comity.services.integrate import tokens

    with desk_write(settings()) as records:
        found = tokens.called_back(records.tokens, which, datetime.now(UTC))
    if as_json:
        print(json.dumps(_object(found)))
        return
    put(speaker().say("token.ended", name=plain(found.name), id=found.token_id))


@command.command("acts")
def acts(
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """What was changed through the API, by whom."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found = records.tokens.acts(most)
    for each in found:
        if as_json:
            said = {"at": each.at.isoformat(), "token": each.token_id, "name": each.name, "act": each.act}
            print(json.dumps(said | {"about": each.about}))
            continue
        put(f"{each.at:%Y-%m-%d %H:%M} UTC  {plain(each.name, 24)}  {each.act}  {plain(each.about, 60)}")
    if not found and not as_json:
        put(speaker().say("token.no-acts"))


def _scopes(words: list[str]) -> list[Scope]:
    known = [each.value for each in Scope]
    for word in words:
        if word not in known:
            raise _usage("token-scope", word, known=", ".join(known))
    return [Scope(word) for word in words]


def _until(token: "ApiToken") -> str:
    return "" if token.expires is None else speaker().say("token.until", day=f"{token.expires:%Y-%m-%d}")


def _object(token: "ApiToken") -> dict[str, object]:
    return {
        "id": token.token_id,
        "name": token.name,
        "scopes": sorted(each.value for each in token.scopes),
        "per_minute": token.per_minute,
        "created": token.created.isoformat(),
        "expires": token.expires and token.expires.isoformat(),
        "revoked": token.revoked and token.revoked.isoformat(),
        "last_used": token.last_used,
    }


def _usage(code: str, text: str, **details: object) -> ComityError:
    return ComityError(code, f"{code}: {text}", outcome=Outcome.USAGE, details={"text": text, **details})
