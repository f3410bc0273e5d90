"""``comity urgent list|seen``: what a person must see within the hour, because somebody reported fraud.

Trust:      what a mail says of itself is a stranger's: control characters are made visible, JSON is escaped.
Answers:    a line each or ``--json``, oldest first; whoever acts on the case has seen it, ``seen`` says so of all else.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.urgent import Urgent
from comity.services.public.times import instant

command = typer.Typer(add_completion=False)

_JSON = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """What must not wait."""


@command.command("list")
def list_urgent(
    *,
    everything: Annotated[bool, typer.Option("--all")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 50,
    as_json: _JSON = False,
) -> None:
    """Show what nobody has seen yet."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.grave import urgent_line
    from comity.services.receive.grave.urgent import standing

    with desk_read(settings()) as records:
        found = records.urgent.newest(limit) if everything else standing(records.urgent)[:limit]
    words = speaker()
    for each in found:
        if as_json:
            print(json.dumps(_object(each), ensure_ascii=True))
        else:
            put(plain(urgent_line(each, words)))
    if not found and not as_json:
        put(words.say("urgent.none"))


@command.command("seen")
def seen(
    number: Annotated[int, typer.Argument(metavar="NUMBER")],
    *,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: _JSON = False,
) -> None:
    """Say that somebody has seen it."""
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.grave import urgent

    with desk_write(settings()) as records:
        found = urgent.see(records.urgent, number, by=by or account(), why=note, now=datetime.now(UTC))
    print(json.dumps(_object(found), ensure_ascii=True) if as_json else speaker().say("urgent.seen", n=number))


def _object(each: Urgent) -> dict[str, Any]:
    return {
        "urgent": each.urgent_id,
        "kind": each.kind.value,
        "about": each.about,
        "case": each.case_id,
        "entered": instant(each.entered),
        "more": each.more,
        "told": instant(each.told),
        "tellings": each.tellings,
        "seen": instant(each.seen),
        "seen_by": each.seen_by,
        "note": each.why,
    }
