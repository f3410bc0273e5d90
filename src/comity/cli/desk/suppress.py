"""``comity suppress list|add|lift``: who gets no more mail, which customer is throttled or held, and the way back.

Trust:      targets are strangers' words and pass ``plain``; who lifts, and why, is written down.
Answers:    lines or ``--json``; a thing is named by its number, or by the recipient or customer it holds on.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.desk.course_lines import consequence_lines
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.formats import header_text
from comity.formats.original import ID_LIMIT, bare_id
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import MARKS, STANDING, ActionKind, Mark
from comity.services.public.course import consequence_object

command = typer.Typer(add_completion=False, no_args_is_help=True)

_BY = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_WHY = Annotated[str | None, typer.Option("--why", metavar="TEXT")]
_JSON = Annotated[bool, typer.Option("--json")]


@command.command("list")
def list_held(
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 50,
    as_json: _JSON = False,
) -> None:
    """Show what holds."""
    from comity.bootstrap.desk import desk_read

    known = sorted(each.value for each in STANDING)
    if kind is not None and kind not in known:
        raise _usage("suppress-kind", kind, known=", ".join(known))
    kinds = STANDING if kind is None else (ActionKind(kind),)
    with desk_read(settings()) as records:
        found = records.consequences.in_force(datetime.now(UTC), kinds)
    if as_json:
        for each in found:
            print(json.dumps(consequence_object(each), ensure_ascii=True))
        return
    words = speaker()
    if not found:
        put(words.say("suppress.none"))
    for each in found[:limit]:
        print("\n".join(consequence_lines(each)))
    if len(found) > limit:
        put(words.say("suppress.more", n=len(found) - limit))


@command.command()
def add(
    mark: Annotated[str, typer.Argument(metavar="MARK")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650)] = 730,
    *,
    kind: Annotated[str, typer.Option("--kind", metavar="|".join(MARKS))] = MARKS[0],
    why: _WHY = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Suppress a recipient by hand."""
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.playbook.lifting import suppress

    known, now = mark_in(kind, mark.strip()), datetime.now(UTC)
    until = now + timedelta(days=days)
    with desk_write(settings()) as records:
        suppress(
            records,
            known,
            until=until,
            by=by or account(),
            why=why or "-",
            new_key=lambda: secrets.token_hex(12),
            now=now,
        )
    if as_json:
        said = {"target_kind": known.kind, "target": known.value, "action": "suppress"}
        print(json.dumps(said | {"until": until.strftime("%Y-%m-%dT%H:%M:%SZ")}))
    else:
        put(speaker().say(f"suppress.added.{known.kind}", mark=plain(known.value), until=until.strftime("%Y-%m-%d")))


@command.command("lift")
def lift_one(
    what: Annotated[str, typer.Argument(metavar="NUMBER|TARGET")],
    *,
    why: _WHY = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Undo what holds, or what waits to be done."""
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.playbook.lifting import lift

    with desk_write(settings()) as records:
        found = lift(records, what.strip(), by=by or account(), why=why, now=datetime.now(UTC))
    for each in found:
        if as_json:
            print(json.dumps({"id": each.consequence_id, "lifted": True, "target": each.target}, ensure_ascii=True))
        else:
            does = speaker().say(f"playbook.action.{each.kind.value}")
            put(speaker().say("suppress.lifted", does=does, target=plain(each.target, 60)))


def mark_in(kind: str, text: str) -> Mark:
    """By what a recipient is known, as reports that come in would say it.

    >>> mark_in("message-id", "<1@shop.example>").value, mark_in("feedback-id", "111:222:333").value
    ('1@shop.example', '111:222:333')
    """
    if kind not in MARKS:
        raise _usage("suppress-mark", kind, known=", ".join(MARKS))
    value = {"address": header_text.address, "message-id": bare_id, "feedback-id": _own_id}[kind](text)
    if value is None:
        raise _usage(f"suppress-{kind}", text)
    return Mark(kind=kind, value=value)


def _own_id(text: str) -> str | None:
    return text[:ID_LIMIT] if text and text.isprintable() else None


def _usage(code: str, text: str, **details: object) -> ComityError:
    return ComityError(code, f"{code}: {text}", outcome=Outcome.USAGE, details={"text": text, **details})
