"""``comity bench ingest``: mail to case, durable and counted once, beside a short script in the same run.

Answers:    mails a second on the clock of the wall, CPU time of each process, memory, growth; exit status 65 when a number is
            wrong: a report too many, a leaf too few.
Limits:     generated mails only, in a folder of its own that is removed; the disk is that of ``--folder``.
"""

import json
import multiprocessing
import os
import resource
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.progress import Progress, progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from comity.bootstrap.benches.room import Room
    from comity.services.operate.bench_ingest import Load, Rate

_WARM = 100
_GROWN = 3000  # mails at each size


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    count: int
    size: int
    seed: int
    readers: int
    folder: Path
    grow: int


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was measured."""

    load: "Load"
    ours: "Rate"
    theirs: "Rate"
    readers_cpu: float
    peak: tuple[float, float]
    wrong: list[str]
    grown: list[tuple[int, "Rate"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our way took."""

    rate: "Rate"
    readers_cpu: float
    work_cpu: float  # of the readers, without their start
    reader_peak: float
    room: "Room"
    wrong: list[str]


def command(  # noqa: PLR0917  # the options of a command line
    count: Annotated[int, typer.Option(min=1000, max=1_000_000)] = 10_000,
    size: Annotated[int, typer.Option(min=2000, max=200_000)] = 12_000,
    seed: int = 1,
    readers: Annotated[int, typer.Option(min=1, max=64)] = os.cpu_count() or 1,
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", file_okay=False)] = Path(),
    grow: Annotated[int, typer.Option("--grow", metavar="ROWS", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure intake."""
    order = Order(count=count, size=size, seed=seed, readers=readers, folder=folder, grow=grow)
    with progress(speaker().say("bench.progress"), 6) as bar:
        found = _measure(order, bar)
    for line in _objects(found) if as_json else _lines(found):
        print(line)
    return Outcome.BAD_INPUT if found.wrong else Outcome.DONE


def _measure(order: Order, bar: Progress) -> _Found:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from comity.services.operate import bench_ingest as service

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    load = service.sample_mails(order.count, size=order.size, seed=order.seed, key=key)
    bar.advance()
    order.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=order.folder) as name:
        place = Path(name)
        ours = intake(order, load, key, place=place)
        bar.advance()
        theirs = service.peer(load, place / "peer.db", wall=time.perf_counter, cpu=time.process_time)
        bar.advance()
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=order.folder) as name:
        grown = _grown(order, key, Path(name), bar=bar) if order.grow else []
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, ours.reader_peak
    return _Found(
        load=load,
        ours=ours.rate,
        theirs=theirs,
        readers_cpu=ours.readers_cpu,
        peak=peak,
        wrong=ours.wrong,
        grown=grown,
    )


def intake(order: Order, load: "Load", key: "RSAPrivateKey", *, place: Path) -> "Ours":
    """Our way, with readers that are warm; what it cost them; which number is wrong."""
    from comity.bootstrap.benches.desk import bench_desk
    from comity.bootstrap.benches.room import room_taken
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.working import bench
    from comity.services.operate import bench_ingest as service

    settings = bench_desk(place, key, readers=order.readers)
    warm = service.sample_mails(_WARM, size=order.size, seed=order.seed + 1, key=key)
    before = _children()
    store = desk_store(settings)
    with bench(settings) as ready:
        service.ingest(warm, ready, wall=time.perf_counter, cpu=time.process_time)
        room, working = room_taken(store), at_work()
        rate = service.ingest(load, ready, wall=time.perf_counter, cpu=time.process_time)
        room, working = room_taken(store).since(room), at_work() - working
        peak = max((peak_of(each.pid) for each in multiprocessing.active_children()), default=0.0)
    store.close()
    wrong = _wrong(place / "comity.db", load, warm)
    return Ours(rate=rate, readers_cpu=_children() - before, work_cpu=working, reader_peak=peak, room=room, wrong=wrong)


def at_work(without: int | None = None) -> float:
    """CPU seconds that processes of ours have had so far, but for this one and one other."""
    ticks = sum(_ticks(each.pid) for each in multiprocessing.active_children() if each.pid != without)
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(process: int | None) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def peak_of(process: int | None) -> float:
    """The most memory that another process has had, in MiB. What ``getrusage`` says of children begins with our own."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def _wrong(database: Path, load: "Load", warm: "Load") -> list[str]:
    """What must be equal and is not."""
    from comity.store.engine import open_store

    store = open_store(database)
    reports, leaves = load.reports + warm.reports, load.signed + warm.signed
    with store.read() as records:
        cases = records.cases.in_states(list(records.cases.count_by_state()))
        channels = records.ledger.channels()
        counted = {
            "cases": sum(case.reports for case in cases) + sum(records.intake.unmatched().values()),
            "leaves": sum(channel.size for channel in channels),
            "rows": sum(records.ledger.exchanged(channel.channel_id)[0] for channel in channels),
            "roll-ups": sum(records.ledger.exchanged(channel.channel_id)[1] for channel in channels),
        }
    store.close()
    expected = {"cases": reports, "leaves": leaves, "rows": leaves, "roll-ups": leaves}
    return [f"{name} {counted[name]} / {number}" for name, number in expected.items() if counted[name] != number]


def _grown(order: Order, key: "RSAPrivateKey", place: Path, *, bar: Progress) -> "list[tuple[int, Rate]]":
    """The same work in a store with a tenth of the rows, and with all of them."""
    from datetime import UTC, datetime

    from comity.bootstrap.benches.desk import bench_desk
    from comity.bootstrap.working import bench
    from comity.services.operate import bench_ingest as service

    settings = bench_desk(place, key, readers=order.readers)
    grown, there = [], 0
    with bench(settings) as ready:
        for number, rows in enumerate((order.grow // 10, order.grow)):
            service.fill(rows - there, ready.write, datetime.now(UTC))
            there = rows
            load = service.sample_mails(_GROWN, size=order.size, seed=order.seed + 2 + number, key=key)
            warm = replace(load, mails=load.mails[:_WARM])
            service.ingest(warm, ready, wall=time.perf_counter, cpu=time.process_time)
            rest = replace(load, mails=load.mails[_WARM:])
            grown.append((rows, service.ingest(rest, ready, wall=time.perf_counter, cpu=time.process_time)))
            bar.advance()
    return grown


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _objects(found: _Found) -> list[str]:
    told: dict[str, Any] = {
        "mails": found.ours.mails,
        "bytes_each": found.load.size,
        "mails_per_second": round(found.ours.per_second),
        "peer_mails_per_second": round(found.theirs.per_second),
        "writer_microseconds_each": round(found.ours.cpu / found.ours.mails * 1e6),
        "readers_microseconds_each": round(found.readers_cpu / found.ours.mails * 1e6),
        "peer_microseconds_each": round(found.theirs.cpu / found.theirs.mails * 1e6),
        "fates": dict(found.ours.fates),
        "peak_rss_mib": {"writer_with_bench": round(found.peak[0], 1), "reader": round(found.peak[1], 1)},
        "wrong": found.wrong,
        "growth": [
            {
                "rows": rows,
                "mails_per_second": round(rate.per_second),
                "writer_microseconds_each": round(rate.cpu / rate.mails * 1e6),
            }
            for rows, rate in found.grown
        ],
    }
    return [json.dumps(told, ensure_ascii=True)]


def _lines(found: _Found) -> list[str]:
    say, ours, theirs = speaker().say, found.ours, found.theirs
    lines = [
        say("bench.ingest-ours", n=f"{ours.mails:,}", size=f"{found.load.size:,}", rate=f"{ours.per_second:,.0f}"),
        say(
            "bench.ingest-cpu",
            writer=f"{ours.cpu / ours.mails * 1e6:.0f}",
            readers=f"{found.readers_cpu / ours.mails * 1e6:.0f}",
        ),
        say(
            "bench.ingest-peer",
            rate=f"{theirs.per_second:,.0f}",
            cpu=f"{theirs.cpu / theirs.mails * 1e6:.0f}",
            ratio=f"{ours.per_second / theirs.per_second:.2f}",
        ),
        say("bench.ingest-memory", writer=f"{found.peak[0]:.0f}", reader=f"{found.peak[1]:.0f}"),
    ]
    lines += [
        say(
            "bench.ingest-grown",
            rows=f"{rows:,}",
            rate=f"{rate.per_second:,.0f}",
            cpu=f"{rate.cpu / rate.mails * 1e6:.0f}",
        )
        for rows, rate in found.grown
    ]
    lines += [say("bench.ingest-wrong", what=each) for each in found.wrong]
    return [*lines, *([] if found.wrong else [say("bench.ingest-right")])]
