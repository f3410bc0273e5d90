"""``comity db``: carry a desk into another database (``move FROM TO``), or its tables to another version.

Answers:    a few lines, or one JSON object.
Limits:     see ``comity.store.dialects.moving``. What the settings name is the operator's to change.
"""

import json
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.database import upgrading
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def _group() -> None:
    """The database of a desk."""


@command.command("move")
def move(
    source: Annotated[str, typer.Argument(metavar="FROM")],
    target: Annotated[str, typer.Argument(metavar="TO")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Carry every row into another database, and compare what arrived."""
    from comity.bootstrap.backing_up.moving import move as carried
    from comity.bootstrap.backing_up.moving import size

    words = speaker()
    with progress(words.say("db.progress"), size(source)) as line:
        done = carried(settings(), source, target, told=line.advance)
    rows = sum(done.rows.values())
    if as_json:
        channels = [{"origin": each.origin, "size": each.size, "root": each.root.hex()} for each in done.channels]
        print(json.dumps({"rows": rows, "tables": dict(done.rows), "channels": channels}))
        return
    put(words.say("db.moved", rows=f"{rows:,}", tables=sum(1 for n in done.rows.values() if n)))
    for each in done.channels:
        put(words.say("db.channel", channel=plain(each.origin), n=each.size, root=each.root.hex()[:16]))
    put(words.say("db.next"))


command.command("upgrade")(upgrading.upgrade)
command.command("current")(upgrading.current)
command.command("check")(upgrading.check)
