"""``comity sighting import PATH...``: take in what feeds and others saw of bots at our addresses.

Trust:      what is shown of an item is a stranger's: control characters are removed.
Answers:    one line an item and one a reason (``--json``: one object an item). Exit status 65 where an item cannot be read,
            75 where one is held because it names too many lines at once: look at it, then give it again with ``--release``.
Limits:     nobody is told anything by this command: it opens cases. Addresses of nobody of ours are counted and not kept.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.lease import zone_of
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.feedback import Kind
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.cli.progress import Progress
    from comity.model.feedback import Reading
    from comity.services.remedy.sightings.importing import Taken

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def _group() -> None:
    """One command so far."""


@command.command("import")
def import_sightings(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...|-")],
    *,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME")] = None,
    trusted: Annotated[list[str] | None, typer.Option("--trusted", metavar="NAME")] = None,
    zone: Annotated[str | None, typer.Option("--zone", metavar="ZONE")] = None,
    release: Annotated[bool, typer.Option("--release")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Take them in."""
    from comity.bootstrap import reader_for
    from comity.bootstrap.remedy import importing, tell_of_held
    from comity.outlets.mailboxes import as_given, open_source
    from comity.outlets.readers.pool import settle
    from comity.services.receive import read as service

    settle()
    read, is_unread, takes = reader_for(settings()), False, list["Taken"]()
    with (
        progress(speaker().say("sighting.progress")) as bar,
        importing(settings(), source=source, trusted=trusted or (), zone=zone_of(zone), release=release) as into,
    ):
        for path in paths:
            if (parts := _parts(path, bar, read)) is not None:
                takes.append(into.take_long(path, parts))
                _say(takes[-1], as_json)
                continue
            for item, reading in service.read_items(as_given(path, open_source(path)), read):
                bar.advance()
                if reading is None or reading.kind is Kind.UNREADABLE:
                    is_unread = True
                    why = speaker().say(reading.why if reading else f"why.{item.condition.value}")
                    _unread(item.name, why, as_json)
                    continue
                takes.append(into.take(item.name, reading))
                _say(takes[-1], as_json)
    tell_of_held(settings(), takes, source, released=release)
    is_held = any(each.is_held for each in takes)
    return Outcome.TRY_AGAIN if is_held else Outcome.BAD_INPUT if is_unread else Outcome.DONE


def _parts(path: str, bar: "Progress", read: "Callable[[bytes, str], Reading]") -> "Iterator[Reading] | None":
    """A long table part by part; None where it is read in one piece."""
    from comity.outlets.mailboxes.long_table import parts_of

    items = parts_of(Path(path))
    if items is None:
        return None

    def readings() -> "Iterator[Reading]":
        for item in items:
            bar.advance(share=item.share)
            yield read(item.data, item.name)

    return readings()


def _say(taken: "Taken", as_json: bool) -> None:
    for line in [json.dumps(_object(taken))] if as_json else _lines(taken):
        print(line)


def _unread(name: str, why: str, as_json: bool) -> None:
    print(json.dumps({"path": name, "unread": why}) if as_json else f"{plain(name)}: {why}")


def _lines(taken: "Taken") -> Iterator[str]:
    say, name = speaker().say, plain(taken.name, 100)
    if taken.is_held:
        yield say("sighting.held", name=name, lines=taken.lines)
        return
    yield say("sighting.taken", name=name, n=taken.sightings, repeats=taken.repeats, lines=taken.lines)
    for reason, count in sorted(taken.left.items()):
        yield f"{count:>9,}  {say(f'sighting.left.{reason}')}"
    for reason, count in sorted(taken.untold.items()):
        yield f"{count:>9,}  {say(f'sighting.untold.{reason}')}"
    for certainty, count in sorted(taken.certainties.items()):
        yield f"{count:>9,}  {say(f'sighting.certainty.{certainty.value}')}"
    if taken.opened or taken.returned:
        yield say(
            "sighting.cases",
            opened=len(taken.opened),
            relapses=len(taken.relapses),
            returned=len(taken.returned),
        )


def _object(taken: "Taken") -> dict[str, Any]:
    return {
        "path": taken.name,
        "held": taken.is_held,
        "sightings": taken.sightings,
        "repeats": taken.repeats,
        "left": dict(taken.left),
        "lines": taken.lines,
        "untold": dict(taken.untold),
        "certainties": {key.value: count for key, count in taken.certainties.items()},
        "opened": list(taken.opened),
        "relapses": list(taken.relapses),
        "returned": list(taken.returned),
    }
