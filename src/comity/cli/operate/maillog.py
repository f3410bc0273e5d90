"""``comity maillog import|count FILE...``: which login handed in which mail, and what lines of ours send, out of our own logs.

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
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

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


@command.command("count")
def count_logs(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", exists=True, dir_okay=False)] = None,
    *,
    zone: Annotated[str | None, typer.Option("--zone", metavar="ZONE")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Count what lines of ours send, and take in what is unlike their past."""
    from comity.bootstrap.remedy.own_logs import count_own_logs

    named = files or list(settings().sources.own_logs)
    if not named:
        raise ComityError("own-log-none", "no log", outcome=Outcome.USAGE)
    read, closed = count_own_logs(settings(), named, zone=zone_of(zone) if zone else None)
    words = speaker()
    for each in read:
        if as_json:
            print(json.dumps({"file": each.name, "lines": each.lines, "counted": each.counted, "again": each.again}))
        else:
            said = words.say("maillog.counted", name=plain(each.name, 80), lines=each.lines, n=each.counted)
            put(f"{said} {words.say('maillog.again')}" if each.again else said)
    if as_json:
        print(json.dumps({"hours": closed.hours, "unusual": closed.unusual, "opened": closed.opened}))
    else:
        put(words.say("maillog.closed", hours=closed.hours, n=closed.unusual, opened=closed.opened))


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
