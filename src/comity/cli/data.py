"""``comity data import FILE...`` and ``comity data show ADDRESS...``: whose an address is, as of which day.

Trust:      the operator chose the files; names in them are strangers' and are shown as such.
Answers:    ``import`` names every line that cannot be read and then changes nothing (exit status 65); ``show`` gives a line for
            each address. ``--json``: one object a line.
Limits:     the files are not fetched: where they come from, and under which licence, is the operator's choice.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.known_network import KnownNetwork
    from comity.services.operate.prefix_import import Imported, MistakeAt

command = typer.Typer(add_completion=False, no_args_is_help=True)

_JSON = Annotated[bool, typer.Option("--json")]


@command.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    *,
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")] = None,
    registrant: Annotated[bool, typer.Option("--registrant")] = False,
    as_json: _JSON = False,
) -> Outcome:
    """Make the index out of these files."""
    from comity.bootstrap.data import import_prefixes

    stated = day.date() if day else None
    with progress(speaker().say("data.progress")) as bar:
        done = import_prefixes(settings(), files, country_is_registrant=registrant, day=stated, told=bar.advance)
    for each in _objects(done) if as_json else _lines(done):
        print(each)
    return Outcome.BAD_INPUT if done.mistaken else Outcome.DONE


@command.command("show")
def show(addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...")], as_json: _JSON = False) -> Outcome:
    """Say whose these addresses are."""
    from comity.bootstrap.data import prefix_index, prefix_path
    from comity.formats import ip

    index = prefix_index(settings())
    if index is None:
        place = str(prefix_path(settings()))
        raise ComityError("prefix-index-missing", "no table was imported", outcome=Outcome.CONFIGURATION, place=place)
    for text in addresses:
        address = ip.canonical(text)
        if address is None:
            raise ComityError("address-unfit", f"{text} is no address", outcome=Outcome.USAGE, place=text)
        found = index.find(address)
        print(json.dumps({"address": address} | network_object(found)) if as_json else f"{address}  {described(found)}")
    return Outcome.DONE


def described(found: "KnownNetwork | None") -> str:
    """A network in words; the day of the data is always among them."""
    words = speaker()
    if found is None:
        return words.say("data.unknown")
    unknown = words.say("data.not-known")
    return words.say(
        "data.network",
        asn=words.say("data.no-asn") if found.asn is None else f"AS{found.asn}",
        name=plain(found.name or "", 60),
        registrant=found.registrant_country or unknown,
        location=found.location_country or unknown,
        day=found.data_date.isoformat(),
    )


def network_object(found: "KnownNetwork | None") -> dict[str, Any]:
    """A network as the keys of a JSON object; null where nothing is known."""
    return {
        "asn": found and found.asn,
        "name": found and found.name,
        "registrant_country": found and found.registrant_country,
        "location_country": found and found.location_country,
        "data_date": found and found.data_date.isoformat(),
    }


def _lines(done: "Imported") -> list[str]:
    words = speaker()
    lines = [_mistake_line(each) for each in done.mistakes]
    if len(done.mistakes) < done.mistaken:
        lines.append(words.say("data.more-mistakes", n=done.mistaken - len(done.mistakes)))
    if done.size is None:
        return [*lines, words.say("data.nothing-changed")]
    for each in done.tables:
        shape = words.say(f"data.shape.{each.shape.value}") if each.shape else ""
        name, day = plain(each.name, 80), each.day.isoformat()
        lines.append(words.say("data.table", name=name, shape=shape, n=each.entries, day=day))
    return [*lines, words.say("data.written", size=f"{done.size / 1e6:.1f}", day=_oldest(done))]


def _mistake_line(each: "MistakeAt") -> str:
    place = plain(each.name, 200) + (f":{each.line}" if each.line is not None else "")
    return f"{place}: {speaker().say(f'data.mistake.{each.mistake.code}', detail=plain(each.mistake.detail, 60))}"


def _objects(done: "Imported") -> list[str]:
    lines: list[dict[str, Any]] = [
        {"file": each.name, "line": each.line, "mistake": each.mistake.code, "detail": each.mistake.detail}
        for each in done.mistakes
    ]
    lines += [
        {"file": each.name, "shape": each.shape, "entries": each.entries, "date": each.day.isoformat()}
        for each in done.tables
    ]
    dates = {side.value: day.isoformat() for side, day in done.dates.items()}
    lines.append({"written": done.size is not None, "bytes": done.size, "mistakes": done.mistaken, "dates": dates})
    return [json.dumps(each, ensure_ascii=True) for each in lines]


def _oldest(done: "Imported") -> str:
    return min(done.dates.values(), default=date.min).isoformat()
