"""``comity bench ingest``: mail to case, durable and counted once, beside a short script in the same run.

Answers:    mails a second on the clock of the wall, the share of each stage in the CPU time, memory, growth; with ``--lmtp`` how
            soon the running program answers a mail host; exit status 65 when a number is wrong: a report too many, a leaf too few.
Limits:     generated mails only, in a folder of its own that is removed; the disk is that of ``--folder``.
"""

import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    from comity.cli.capacity.lmtp_host import OverLmtp
    from comity.services.operate.bench_ingest import Load, Rate
    from comity.services.receive.batches import Bench
    from comity.services.receive.rows import Transaction

_WARM = 100
_GROWN = 3000  # mails at each size
_ALONE = 300  # mails of which parts of reading are measured alone
_STEADY = 1000  # mails that come at a steady rate over LMTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    count: int
    size: int
    seed: int
    readers: int
    folder: Path
    grow: int
    lmtp: bool = False


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was measured; CPU seconds of one mail by stage."""

    load: "Load"
    ours: "Rate"
    theirs: "Rate"
    readers_cpu: float
    peak: tuple[float, float]
    wrong: list[str]
    grown: list[tuple[int, "Rate"]]
    stages: Mapping[str, float]
    lmtp: "OverLmtp | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our way took."""

    rate: "Rate"
    work_cpu: float  # of the readers, without their start
    write_cpu: float  # of the transactions
    reader_peak: float
    room: "Room"
    wrong: list[str]


def command(  # noqa: PLR0913, PLR0917  # the options of a command line
    count: Annotated[int, typer.Option(min=1000, max=1_000_000)] = 10_000,
    size: Annotated[int, typer.Option(min=2000, max=200_000)] = 12_000,
    seed: int = 1,
    readers: Annotated[int, typer.Option(min=1, max=64)] = os.cpu_count() or 1,
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", file_okay=False)] = Path(),
    grow: Annotated[int, typer.Option("--grow", metavar="ROWS", min=0)] = 0,
    lmtp: Annotated[bool, typer.Option("--lmtp")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure intake."""
    order = Order(count=count, size=size, seed=seed, readers=readers, folder=folder, grow=grow, lmtp=lmtp)
    with progress(speaker().say("bench.progress"), 7) as bar:
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
        alone = _alone(load, key, place)
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=order.folder) as name:
        grown = _grown(order, key, Path(name), bar=bar) if order.grow else []
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=order.folder) as name:
        over = _over_lmtp(order, key, Path(name).absolute()) if order.lmtp else None
        bar.advance()
    mails = len(load.mails)
    stages = {
        "read": ours.work_cpu / mails,
        **alone,
        "write": ours.write_cpu / mails,
        "hand-over": max(0.0, ours.rate.cpu - ours.write_cpu) / mails,
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, ours.reader_peak
    return _Found(
        load=load,
        ours=ours.rate,
        theirs=theirs,
        readers_cpu=ours.work_cpu,
        peak=peak,
        wrong=ours.wrong,
        grown=grown,
        stages=stages,
        lmtp=over,
    )


def _alone(load: "Load", key: "RSAPrivateKey", place: Path) -> dict[str, float]:
    """Parts of reading, in this process."""
    from comity.bootstrap import reader_for, settings_for
    from comity.formats.dkim import public_record
    from comity.services.operate import bench_ingest as service

    records = {f"{service.SELECTOR}._domainkey.{service.PEER}": public_record(key)}
    read = reader_for(settings_for(None, {}, place))
    return service.alone(load, _ALONE, read, records=records, cpu=time.process_time)


def _over_lmtp(order: Order, key: "RSAPrivateKey", place: Path) -> "OverLmtp":
    """The running program, as a mail host finds it."""
    from comity.bootstrap.benches.desk import bench_desk
    from comity.cli.capacity.lmtp_host import MAILBOX, over_lmtp
    from comity.services.operate import bench_ingest as service

    settings = bench_desk(place, key, readers=order.readers, mailbox=MAILBOX)
    steady = service.sample_mails(_STEADY, size=order.size, seed=order.seed + 4, key=key)
    flood = service.sample_mails(order.count, size=order.size, seed=order.seed + 5, key=key)
    return over_lmtp(settings, steady.mails, flood.mails)


def intake(order: Order, load: "Load", key: "RSAPrivateKey", *, place: Path) -> "Ours":
    """Our way, with readers that are warm; what it cost them; which number is wrong."""
    from comity.bootstrap.benches.desk import bench_desk
    from comity.bootstrap.benches.room import room_taken
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.working import bench
    from comity.services.operate import bench_ingest as service

    settings = bench_desk(place, key, readers=order.readers)
    warm = service.sample_mails(_WARM, size=order.size, seed=order.seed + 1, key=key)
    store = desk_store(settings)
    spent = [0.0]
    with bench(settings) as joined:
        ready = _timed(joined, spent)
        service.ingest(warm, ready, wall=time.perf_counter, cpu=time.process_time)
        room, working, spent[0] = room_taken(store), at_work(), 0.0
        rate = service.ingest(load, ready, wall=time.perf_counter, cpu=time.process_time)
        room, working = room_taken(store).since(room), at_work() - working
        peak = max((peak_of(each.pid) for each in multiprocessing.active_children()), default=0.0)
    store.close()
    wrong = _wrong(place / "comity.db", load, warm)
    return Ours(
        rate=rate,
        work_cpu=working,
        write_cpu=spent[0],
        reader_peak=peak,
        room=room,
        wrong=wrong,
    )


def _timed(ready: "Bench", spent: list[float]) -> "Bench":
    """The same, with the CPU time of its transactions added up."""

    @contextmanager
    def write() -> Iterator["Transaction"]:
        began = time.thread_time()
        with ready.write() as records:
            yield records
        spent[0] += time.thread_time() - began

    return replace(ready, write=write)


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


def _whole(found: _Found) -> float:
    """CPU seconds of one mail in all processes."""
    return sum(found.stages[name] for name in ("read", "write", "hand-over"))


def _growth(grown: "list[tuple[int, Rate]]") -> float | None:
    """How many times as long one mail takes in the largest store as in the smallest."""
    return round(grown[0][1].per_second / grown[-1][1].per_second, 2) if grown else None


def _lmtp(over: "OverLmtp") -> dict[str, float]:
    from comity.cli.capacity.lmtp_host import percentile

    return {
        "steady_per_second": over.per_second,
        "acknowledged_p50_ms": round(1000 * percentile(over.steady, 50), 1),
        "acknowledged_p99_ms": round(1000 * percentile(over.steady, 99), 1),
        "flood_acknowledged_per_second": round(over.mails / over.acknowledged),
        "flood_acknowledged_p99_ms": round(1000 * percentile(over.flood, 99), 1),
        "flood_worked_off_per_second": round(over.mails / over.worked_off),
        "program_microseconds_each": round(over.cpu / over.mails * 1e6),
        "told_to_try_again": over.refused,
    }


def _objects(found: _Found) -> list[str]:
    whole = _whole(found)
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
        "stages": {
            name.replace("-", "_"): {
                "microseconds_each": round(each * 1e6),
                "share_percent": round(100 * each / whole, 1),
            }
            for name, each in found.stages.items()
        },
        "growth": [
            {
                "rows": rows,
                "mails_per_second": round(rate.per_second),
                "writer_microseconds_each": round(rate.cpu / rate.mails * 1e6),
            }
            for rows, rate in found.grown
        ],
        "growth_factor": _growth(found.grown),
        "lmtp": found.lmtp and _lmtp(found.lmtp),
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
    lines[2:2] = [
        say(f"bench.ingest-{name}", cpu=f"{each * 1e6:,.0f}", share=f"{100 * each / _whole(found):.0f}")
        for name, each in found.stages.items()
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
    if found.grown:
        lines.append(say("bench.ingest-growth", factor=f"{_growth(found.grown):.2f}"))
    if found.lmtp is not None:
        told = {name: f"{number:,}" for name, number in _lmtp(found.lmtp).items()}
        lines += [say("bench.ingest-steady", **told), say("bench.ingest-flood", **told)]
    lines += [say("bench.ingest-wrong", what=each) for each in found.wrong]
    return [*lines, *([] if found.wrong else [say("bench.ingest-right")])]
