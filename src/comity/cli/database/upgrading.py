"""``comity db upgrade|current|check``: the tables of a desk, and the version of the program.

Answers:    a few lines, or one JSON object. Exit status 78 where something is to be done.
Limits:     see ``comity.bootstrap.backing_up.upgrading``.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.bootstrap.backing_up.upgrading import Standing
    from comity.store.migrations.steps import Step

AsJson = Annotated[bool, typer.Option("--json")]
_BACKUPS = "backups"


def upgrade(  # noqa: PLR0917 - the options of a command line
    backup: Annotated[Path | None, typer.Option("--backup", metavar="DIR")] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a backup, then carry the tables to the version of this program."""
    from comity.bootstrap.backing_up.upgrading import standing
    from comity.bootstrap.backing_up.upgrading import upgrade as upgraded

    if backup is not None and no_backup:
        raise ComityError("upgrade-options", "both", outcome=Outcome.USAGE)
    given, words = settings(), speaker()
    if dry_run:
        _show(standing(given), as_json=as_json)
        return
    home = given.file.parent if given.file else Path()

    def told(step: "Step") -> None:
        if not as_json:
            put(words.say("db.step", number=step.number, words=_what(step)))

    done = upgraded(given, datetime.now(UTC), backup=None if no_backup else backup or home / _BACKUPS, told=told)
    if as_json:
        steps = [_object(each) for each in done.steps]
        print(json.dumps({"steps": steps, "backup": None if done.backup is None else str(done.backup)}))
        return
    if not done.steps:
        put(words.say("db.nothing"))
        return
    if done.backup is not None:
        put(words.say("db.kept", folder=plain(str(done.backup))))
    put(words.say("db.upgraded"))


def current(as_json: AsJson = False) -> Outcome:
    """Say which version the tables have, and what is to come."""
    from comity.bootstrap.backing_up.upgrading import standing

    found = standing(settings())
    _show(found, as_json=as_json)
    return Outcome.CONFIGURATION if found.steps else Outcome.DONE


def _show(found: "Standing", *, as_json: bool) -> None:
    if as_json:
        steps = [_object(each) for each in found.steps]
        print(json.dumps({"place": found.place, "found": found.found, "known": found.known, "steps": steps}))
        return
    words = speaker()
    put(words.say("db.standing", place=plain(found.place), found=found.found, known=found.known))
    for each in found.steps:
        rolling = words.say("db.rolling" if each.is_rolling else "db.alone")
        put(words.say("db.waiting", number=each.number, words=_what(each), rolling=rolling))
    if found.steps:
        put(words.say("remedy.store-older"))


def _what(step: "Step") -> str:
    """In the reader's language, where the catalogue knows it."""
    return speaker().called(f"db.what.{step.number}", step.words)


def _object(step: "Step") -> dict[str, object]:
    return {"number": step.number, "words": step.words, "rolling": step.is_rolling}


def check(as_json: AsJson = False) -> Outcome:
    """Compare every table, column, rule and index with what this program would make."""
    from comity.bootstrap.backing_up.upgrading import differences

    found = differences(settings())
    if as_json:
        print(json.dumps({"fits": not found, "differences": found}))
    elif not found:
        put(speaker().say("db.fits"))
    else:
        put(speaker().say("db.differs", n=len(found)))
        for each in found:
            put(f"  {plain(each)}")
    return Outcome.CONFIGURATION if found else Outcome.DONE
