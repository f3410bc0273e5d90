"""``comity backup make|check|restore``: a copy of the whole desk, tried, and brought back.

Trust:      a backup holds every key and every mail of the desk: it is readable for its owner only, and not encrypted.
Answers:    a few lines, or one JSON object.
Limits:     see ``comity.bootstrap.backing_up``.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.sending import OWN_PROGRAMS

if TYPE_CHECKING:
    from comity.model.backup import Backup

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
Folder = Annotated[Path, typer.Argument(metavar="BACKUP")]


@command.callback()
def _group() -> None:
    """Copies of the whole desk."""


@command.command("make")
def make(where: Annotated[Path, typer.Argument(metavar="DIR")], as_json: AsJson = False) -> None:
    """Make a backup in a new folder below DIR."""
    from comity.bootstrap.backing_up import make as made

    folder, backup = made(settings(), where, datetime.now(UTC))
    if as_json:
        print(json.dumps({"backup": str(folder), **_object(backup)}))
        return
    words = speaker()
    put(words.say("backup.made", folder=plain(str(folder)), **_sums(backup)))
    for each in backup.left_out:
        put(words.say("backup.left-out", what=plain(each)))
    put(words.say("backup.keep"))


@command.command("check")
def check(folder: Folder, as_json: AsJson = False) -> None:
    """Bring a backup back in a folder of its own, verify it there, and throw that away."""
    from comity.bootstrap.backing_up import check as checked

    backup = checked(folder)
    if as_json:
        print(json.dumps({"backup": str(folder), "holds": True, **_object(backup)}))
        return
    words = speaker()
    put(words.say("backup.holds", folder=plain(str(folder)), **_sums(backup)))
    for each in backup.channels:
        put(words.say("backup.channel", channel=plain(each.origin), n=each.size, root=each.root[:16]))


@command.command("restore")
def restore(  # noqa: PLR0917 - the options of a command line
    folder: Folder,
    into: Annotated[Path, typer.Option("--into", metavar="DIR")],
    database: Annotated[str | None, typer.Option("--database", metavar="ADDRESS")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a desk into a folder where none is; nothing leaves from it before its peers are let live again."""
    from comity.bootstrap.backing_up import restore as restored

    found = restored(folder, into, datetime.now(UTC), database=database)
    if as_json:
        by_hand = [{"lies": lies, "belongs": belongs} for lies, belongs in found.by_hand]
        lets_in = {"accounts": found.lets_in.accounts, "tokens": found.lets_in.tokens}
        said = {"into": str(into), "held": found.held, "by_hand": by_hand, **lets_in, **_object(found.backup)}
        print(json.dumps(said))
        return
    words = speaker()
    put(words.say("backup.restored", into=plain(str(into)), **_sums(found.backup)))
    for lies, belongs in found.by_hand:
        put(words.say("backup.by-hand", lies=plain(lies), belongs=plain(belongs)))
    if found.backup.server is not None and database is None:
        put(words.say("backup.in-a-file", server=plain(found.backup.server)))
    for name in found.held:
        put(words.say("backup.held-programs" if name == OWN_PROGRAMS else "backup.held", peer=plain(name)))
    if found.lets_in.accounts or found.lets_in.tokens:
        put(words.say("backup.lets-in", accounts=found.lets_in.accounts, tokens=found.lets_in.tokens))
    put(words.say("backup.next", settings=plain(str(into / found.backup.settings))))


def _sums(backup: "Backup") -> dict[str, Any]:
    size = sum(each.size for each in backup.files)
    return {
        "n": len(backup.files),
        "size": f"{size / 2**20:,.1f}",
        "made": f"{backup.made:%Y-%m-%d %H:%M}",
        "leaves": sum(each.size for each in backup.channels),
        "ledgers": len(backup.channels),
    }


def _object(backup: "Backup") -> dict[str, Any]:
    return {
        "made": backup.made.isoformat(),
        "files": len(backup.files),
        "bytes": sum(each.size for each in backup.files),
        "channels": [{"origin": each.origin, "size": each.size, "root": each.root} for each in backup.channels],
        "left_out": list(backup.left_out),
        "server": backup.server,
    }
