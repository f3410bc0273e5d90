"""``comity bench remedy``: infections whose truth is known: whom the program names, what it says of what helped, and how quickly.

Answers:    wrong people told, rows that named somebody else, what stays unresolved on shared addresses; hours from the first
            sighting to the notice, and whose they are; the share of lines called clean that are not, curves and a comparison
            beside the truth; microseconds a row. Exit status 65 when a wrong one was told.
Limits:     generated, in a folder that is removed.
"""

import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from comity.services.operate.remedy_bench.healing import Healed
    from comity.services.operate.remedy_bench.naming import Named
    from comity.store.engine import Store


def command(
    sightings: Annotated[int, typer.Option("--sightings", min=1000, max=10_000_000)] = 30_000,
    lines: Annotated[int, typer.Option("--lines", min=200, max=1_000_000)] = 3000,
    healing: Annotated[int, typer.Option("--healing", min=50, max=100_000)] = 400,
    *,
    every: Annotated[int, typer.Option("--every", metavar="HOURS", min=1, max=24)] = 24,
    seed: int = 1,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure it."""
    from comity.bootstrap.remedy.benching import Benched
    from comity.services.operate.remedy_bench import town as towns
    from comity.services.operate.remedy_bench.healing import heal, lease_rows
    from comity.services.operate.remedy_bench.naming import name_them

    town = towns.Town(lines, seed)
    rows = town.feed(sightings)
    with TemporaryDirectory(prefix="comity-bench-") as folder, progress(speaker().say("bench.progress")) as bar:
        store = _store(Path(folder) / "naming.db", town.lease_rows())
        telling = Benched(store, map(towns.name_of, range(lines)), Path(folder) / "notices")
        begun = time.process_time()
        named = name_them(store.write, rows, town.infected, every=every, telling=telling)
        spent = time.process_time() - begun - telling.spent
        store.close()
        bar.advance()
        store = _store(Path(folder) / "healing.db", lease_rows(healing))
        healed = heal(store.write, healing, seed, told=bar.advance)
        store.close()
    found = _of_naming(named, spent) | _of_healing(healed)
    if as_json:
        print(json.dumps(found))
    else:
        _print(found)
    return Outcome.BAD_INPUT if named.wrong_told or named.wrong_rows else Outcome.DONE


def _store(path: Path, lines: "Iterable[str]") -> "Store":
    from comity.outlets.files.aside import LeasesAside
    from comity.services.operate.lease_import import Books
    from comity.services.operate.remedy_bench.book import GeneratedBook
    from comity.store.engine import open_store

    store = open_store(path)
    store.create()
    Books(store.write, None, aside=LeasesAside).take([GeneratedBook(lines)])
    return store


def _of_naming(named: "Named", spent: float) -> dict[str, Any]:
    hours = named.hours
    return {
        "sightings": named.rows,
        "people_told": named.told,
        "wrong_people_told": named.wrong_told,
        "wrong_sightings": named.wrong_rows,
        "unresolved": named.unresolved,
        "shared_sightings": named.shared_rows,
        "shared_unresolved_percent": _percent(named.shared_unresolved, named.shared_rows),
        "hours_to_case": _spread(named.case_hours),
        "hours_to_notice": _spread(hours),
        "hours_of_the_feed": _spread(named.feed_hours),
        "hours_unnamed": _spread(named.unnamed_hours),
        "hours_in_our_hands": _spread(named.own_hours),
        "within_24_hours_percent": _percent(sum(each < 24 for each in hours), len(hours)),
        "ours_within_24_hours_percent": _percent(sum(each < 24 for each in named.own_hours), len(hours)),
        "microseconds_a_sighting": round(1e6 * spent / named.rows, 1),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _of_healing(healed: "Healed") -> dict[str, Any]:
    difference = healed.effect.comparison
    return {
        "lines": healed.lines,
        "called_clean": healed.called_clean,
        "called_clean_wrongly_percent": _percent(healed.not_clean, healed.called_clean),
        "curves": [
            {
                "channel": each.channel,
                "day": each.day,
                "truth": round(each.truth, 3),
                "found": round(each.found, 3),
                "low": _rounded(each.low),
                "high": _rounded(each.high),
                "inside": each.is_inside,
            }
            for each in healed.points
        ],
        "difference": {
            "truth": round(healed.difference, 3),
            "found": None if difference is None else _rounded(difference.share),
            "low": None if difference is None else _rounded(difference.low),
            "high": None if difference is None else _rounded(difference.high),
        },
        "coverage": {
            source: {"truth": round(truth, 3), "found": round(found, 3)}
            for source, (truth, found) in healed.coverage.items()
        },
    }


def _print(found: dict[str, Any]) -> None:
    say = speaker().say
    print(say("bench.remedy.naming", **{name: found[name] for name in found if not isinstance(found[name], dict)}))
    for reason, count in sorted(found["unresolved"].items()):
        print(f"{count:>9,}  {say(f'sighting.left.{reason}')}")
    print(say("bench.remedy.hours", within=found["within_24_hours_percent"], **found["hours_to_notice"]))
    for part in ("of_the_feed", "unnamed"):
        print(say(f"bench.remedy.hours-{part.replace('_', '-')}", **found[f"hours_{part}"]))
    print(say("bench.remedy.own-hours", within=found["ours_within_24_hours_percent"], **found["hours_in_our_hands"]))
    print(say("bench.remedy.speed", us=found["microseconds_a_sighting"], mib=found["peak_rss_mib"]))
    print(say("bench.remedy.clean", n=found["called_clean"], wrong=found["called_clean_wrongly_percent"]))
    for each in found["curves"]:
        inside = say(f"bench.remedy.{'inside' if each['inside'] else 'outside'}")
        print(
            f"  {each['channel']:<6} {each['day']:>3}  {100 * each['truth']:5.1f} %  {100 * each['found']:5.1f} %"
            f"  ({_shown(each['low'])}-{_shown(each['high'])})  {inside}"
        )
    difference = {name: _shown(value) for name, value in found["difference"].items()}
    print(say("bench.remedy.difference", **difference))
    for source, each in found["coverage"].items():
        truth, learned = 100 * each["truth"], 100 * each["found"]
        print(say("bench.remedy.coverage", source=source, truth=f"{truth:.0f}", found=f"{learned:.0f}"))


def _spread(hours: "Sequence[float]") -> dict[str, float | None]:
    return {"median": _at(hours, 0.5), "p90": _at(hours, 0.9), "most": _at(hours, 1)}


def _at(hours: "Sequence[float]", share: float) -> float | None:
    return round(hours[min(len(hours) - 1, int(share * len(hours)))], 1) if hours else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f}"


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
