"""``comity bench nation``: a day of a nation: leases are taken in, then a feed about them, as ``comity sighting import`` does.

Answers:    leases a second, minutes for the feed, microseconds of CPU a row, cases, peak memory, size on the disk. Exit status 65
            when a row named somebody else.
Limits:     generated, in a folder that is removed; ``--folder`` says on which disk. One thread works, beside the database's own.
"""

import json
import resource
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.model.feedback import Reading
    from comity.store.engine import Store


def command(
    leases: Annotated[int, typer.Option("--leases", min=1000, max=30_000_000)] = 1_000_000,
    rows: Annotated[int, typer.Option("--rows", min=1000, max=50_000_000)] = 500_000,
    *,
    folder: Annotated[Path | None, typer.Option("--folder", metavar="DIR")] = None,
    seed: int = 1,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure it."""
    with (
        TemporaryDirectory(prefix="comity-bench-", dir=folder) as place,
        progress(speaker().say("bench.progress")) as bar,
    ):
        found = _measured(Path(place), leases, rows, seed=seed, told=bar.advance)
    if as_json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(speaker().say(f"bench.nation.{name}", value=value))
    return Outcome.BAD_INPUT if found["wrong"] else Outcome.DONE


def _measured(place: Path, leases: int, rows: int, *, seed: int, told: Any) -> dict[str, Any]:
    from comity.services.operate.remedy_bench import nation
    from comity.store.engine import open_store

    store = open_store(place / "comity.db")
    store.create()
    feed = place / nation.FILE
    nation.write_feed(feed, rows, leases, seed=seed)
    begun = time.perf_counter()
    _leases(store, leases, told)
    book = time.perf_counter() - begun
    begun, cpu = time.perf_counter(), time.process_time()
    taken = _feed(store, feed, told)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with store.read() as records:
        n, wrong = nation.wrong_rows(
            records.effects.seen(nation.DAY - timedelta(days=1), nation.NEXT_DAY + timedelta(days=1))
        )
    size = sum(each.stat().st_size for each in place.glob("comity.db*"))
    store.close()
    return {
        "leases": leases,
        "rows": rows,
        "leases_per_second": round(leases / book),
        "feed_minutes": round(wall / 60, 2),
        "feed_cpu_minutes": round(cpu / 60, 2),
        "microseconds_a_row": round(1e6 * cpu / rows, 1),
        "minutes_for_five_million": round(5e6 * wall / rows / 60, 1),
        "lines": taken.lines,
        "cases": len(taken.opened),
        "sightings": n,
        "wrong": wrong,
        "peak_rss_mib": round(peak),
        "disk_mib": round(size / (1 << 20)),
    }


def _leases(store: "Store", count: int, told: Any) -> None:
    from comity.outlets.files.aside import LeasesAside
    from comity.services.operate.lease_import import Books
    from comity.services.operate.remedy_bench import nation
    from comity.services.operate.remedy_bench.book import GeneratedBook

    Books(store.write, None, told=told, aside=LeasesAside).take([GeneratedBook(nation.lease_lines(count))])


def _feed(store: "Store", path: Path, told: Any) -> Any:
    from comity.cases.own_side import OwnSide
    from comity.formats import tables
    from comity.formats.own_side import read_own
    from comity.outlets.mailboxes.long_table import parts_of
    from comity.remediation.corroboration import Standing
    from comity.services.operate.remedy_bench import nation
    from comity.services.receive.subscribers.whose import Whose
    from comity.services.remedy.sightings.importing import Import, ImportOrder

    def parts() -> "Iterator[Reading]":
        for item in parts_of(path, long=0) or ():
            told()
            yield tables.read(item.data, item.name)

    whose = Whose(OwnSide(read_own(nation.NETWORKS, "nation").holdings))
    order = ImportOrder(now=nation.NEXT_DAY, quiet=timedelta(days=3))
    takes = Import(store.write, whose, standing=Standing(trusted={"shadowserver"}), order=order)
    return takes.take_long(path.name, parts())
