"""``comity maillog import FILE...``: which login handed in which mail, out of the logs of our own mail servers.

Trust:      logs are the operator's own; names in them are shown with control characters removed.
Answers:    what each log held since it was read last, or ``--json``. Exit status 65 where a file is no log that anybody here knows.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.lease import zone_of
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.receive.subscribers.mail_logs import LogRead

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def maillog() -> None:
    """Commands about mail logs."""


@command.command("import")
def import_logs(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    *,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Take in what is new in these logs."""
    from datetime import UTC

    from comity.bootstrap.sources.tracing import import_mail_logs

    with progress(speaker().say("maillog.progress")) as bar:
        read = import_mail_logs(settings(), files, zone_of(zone) or UTC, told=bar.advance)
    for each in read:
        print(_object(each) if as_json else _line(each))
    return (
        Outcome.BAD_INPUT
        if any(each.lines and each.shape is None and not each.mails for each in read)
        else Outcome.DONE
    )


def _line(each: "LogRead") -> str:
    words, name = speaker(), plain(each.name, 80)
    if each.lines and each.shape is None:
        return words.say("maillog.nothing", name=name, lines=each.lines)
    said = words.say("maillog.taken", name=name, lines=each.lines, n=each.mails, added=each.added)
    return f"{said} {words.say('maillog.again')}" if each.again else said


def _object(each: "LogRead") -> str:
    shape = each.shape.value if each.shape else None
    told = {"file": each.name, "shape": shape, "lines": each.lines, "mails": each.mails, "added": each.added}
    return json.dumps({**told, "again": each.again}, ensure_ascii=True)
