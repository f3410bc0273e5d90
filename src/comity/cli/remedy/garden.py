"""``comity garden list|release``: which lines are in the walled garden, and the way out by hand.

Trust:      labels pass ``plain``; who lets a line out, and why, is written down.
Answers:    lines or ``--json``. A line is let out by the next turn of ``comity serve``, or of ``comity playbook turn``.
Limits:     whoever puts a line in decides so on its case: ``comity case act CASE confine``, where its playbook offers that.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.desk.course_lines import consequence_lines
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import ActionKind
from comity.services.public.course import consequence_object

command = typer.Typer(add_completion=False, no_args_is_help=True)
_JSON = Annotated[bool, typer.Option("--json")]


@command.command("list")
def list_gardens(as_json: _JSON = False) -> None:
    """Show who is in it."""
    from comity.bootstrap.desk import desk_read

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        found = [
            *records.consequences.in_force(now, (ActionKind.GARDEN,)),
            *records.consequences.to_release(datetime.max.replace(tzinfo=UTC), 1000),
        ]
    for each in found:
        lines = [json.dumps(consequence_object(each), ensure_ascii=True)] if as_json else consequence_lines(each)
        print("\n".join(lines))
    if not found and not as_json:
        put(speaker().say("garden.none"))


@command.command()
def release(
    case: Annotated[str, typer.Argument(metavar="CASE")],
    *,
    why: Annotated[str, typer.Option("--why", metavar="TEXT")] = "-",
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: _JSON = False,
) -> None:
    """Let a line out."""
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.desk import Desk
    from comity.services.receive.playbook.writing_down import let_out

    now = datetime.now(UTC)
    with desk_write(settings()) as records:
        one = Desk(records, actor="", now=now).find(case)
        if not let_out(records, one, by=by or account(), why=why, now=now):
            raise ComityError(
                "garden-empty",
                f"garden-empty: {one.case_id}",
                outcome=Outcome.UNKNOWN,
                details={"case": one.case_id},
            )
    if as_json:
        print(json.dumps({"case": one.case_id, "line": one.label, "released": True}, ensure_ascii=False))
    else:
        put(speaker().say("garden.released", label=plain(one.label, 60)))
