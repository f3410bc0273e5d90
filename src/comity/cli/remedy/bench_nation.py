"""``comity bench nation``: a day of a nation: a feed of many rows, taken in as ``comity sighting import`` does, beside many leases.

Answers:    the seconds of each phase, minutes for the feed, microseconds of CPU a row, cases, peak memory, size on the disk. Exit
            status 65 where a row named somebody else, or a lease does not stand as a book that is read leaves it.
Limits:     generated, in a folder that is removed; ``--folder`` says on which disk. One thread works, beside the database's own.
            The leases are there when the day begins: they are filled in, and one in some hundred is held against the same line of
            a book that is read. ``--book`` reads the whole book instead, and says how long that takes.
"""

import json
import resource
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from comity.model.feedback import Reading
    from comity.store.engine import Records, Store

_SAMPLE: Final = 10_000
_PHASES: Final = ("book", "file", "read", "write", "conclude", "commit", "check")


def command(
    leases: Annotated[int, typer.Option("--leases", min=1000, max=30_000_000)] = 1_000_000,
    rows: Annotated[int, typer.Option("--rows", min=1000, max=50_000_000)] = 500_000,
    *,
    book: Annotated[bool, typer.Option("--book")] = False,
    folder: Annotated[Path | None, typer.Option("--folder", metavar="DIR")] = None,
    seed: int = 1,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure it."""
    with (
        TemporaryDirectory(prefix="comity-bench-", dir=folder) as place,
        progress(speaker().say("bench.progress")) as bar,
    ):
        found = _measured(Path(place), leases, rows, seed=seed, is_read=book, told=bar.advance)
    if as_json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            if value is not None:
                print(speaker().say(f"bench.nation.{name}", value=value))
    return Outcome.BAD_INPUT if found["wrong"] or found["leases_unlike"] else Outcome.DONE


class _Phases:
    """How long each part of the work took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> "Iterator[None]":
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    @contextmanager
    def kept(self, write: "Callable[[], AbstractContextManager[Records]]") -> "Iterator[Records]":
        """One transaction, whose end counts by itself, too."""
        with ExitStack() as ends:
            yield ends.enter_context(write())
            with self.of("commit"):
                ends.close()


def _measured(place: Path, leases: int, rows: int, *, seed: int, is_read: bool, told: Any) -> dict[str, Any]:
    from comity.outlets.readers.pool import settle
    from comity.services.operate.remedy_bench import nation
    from comity.store.engine import open_store

    settle()  # as the import does
    store = open_store(place / "comity.db")
    store.create()
    feed, phases = place / nation.FILE, _Phases()
    with phases.of("book"):
        unlike = _read_book(store, leases, told) if is_read else _fill(store, leases, told)
    with phases.of("file"):
        nation.write_feed(feed, rows, leases, seed=seed)
    _forget_peak()
    cpu = time.process_time()
    with phases.of("feed"):
        taken = _feed(store, feed, phases, told=told)
    cpu = time.process_time() - cpu
    peak = _peak()
    with phases.of("check"), store.read() as records:
        n, wrong = nation.wrong_rows(
            records.effects.seen(nation.DAY - timedelta(days=1), nation.NEXT_DAY + timedelta(days=1))
        )
    size = sum(each.stat().st_size for each in place.glob("comity.db*"))
    store.close()
    took = phases.seconds
    took["conclude"] = took["feed"] - took["read"] - took["write"]
    return {
        "leases": leases,
        "rows": rows,
        "leases_per_second": round(leases / took["book"]) if is_read else None,
        "leases_unlike": unlike,
        **{f"{name}_seconds": round(took.get(name, 0.0), 1) for name in _PHASES},
        "feed_minutes": round(took["feed"] / 60, 2),
        "feed_cpu_minutes": round(cpu / 60, 2),
        "microseconds_a_row": round(1e6 * cpu / rows, 1),
        "minutes_for_five_million": round(5e6 * took["feed"] / rows / 60, 1),
        "lines": taken.lines,
        "cases": len(taken.opened),
        "sightings": n,
        "wrong": wrong,
        "peak_rss_mib": round(peak),
        "disk_mib": round(size / (1 << 20)),
    }


def _forget_peak() -> None:
    """From here on the most memory is that of the feed: the leases are there when the day begins."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    """The most memory since then, in MiB; since the beginning where the system does not say."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read_book(store: "Store", count: int, told: Any, *, every: int = 1) -> int:
    """As ``comity lease import`` does; none is unlike itself."""
    from comity.outlets.files.aside import LeasesAside
    from comity.services.operate.lease_import import Books
    from comity.services.operate.remedy_bench import nation
    from comity.services.operate.remedy_bench.book import GeneratedBook

    lines = nation.lease_lines(count, every)
    Books(store.write, None, told=told, aside=LeasesAside).take([GeneratedBook(lines)])
    return 0


def _fill(store: "Store", count: int, told: Any) -> int:
    """How many of a sample stand otherwise than when a book with them is read."""
    from comity.services.operate.remedy_bench import nation
    from comity.store.engine import open_store
    from comity.store.subscribers.filling import fill, unlike

    fill(store.write, nation.leases(count), told)
    sample = open_store(":memory:")
    sample.create()
    _read_book(sample, count, told, every=max(1, count // _SAMPLE))
    with sample.read() as some, store.read() as every:
        found = unlike(some, every) + abs(count - every.leases.counts()[0])
    sample.close()
    return found


def _feed(store: "Store", path: Path, phases: _Phases, *, told: Any) -> Any:
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
            with phases.of("read"):
                reading = tables.read(item.data, item.name)
            with phases.of("write"):
                yield reading

    whose = Whose(OwnSide(read_own(nation.NETWORKS, "nation").holdings))
    order = ImportOrder(now=nation.NEXT_DAY, quiet=timedelta(days=3))
    takes = Import(lambda: phases.kept(store.write), whose, standing=Standing(trusted={"shadowserver"}), order=order)
    return takes.take_long(path.name, parts())
