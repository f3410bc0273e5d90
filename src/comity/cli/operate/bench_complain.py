"""``comity bench complain``: complaint to signed report at the mail host, beside a short script in the same run.

Answers:    reports a second on the clock of the wall, where the CPU time goes, memory, growth; exit status 65 when a number is
            wrong: a report too many, a leaf too few, a signature that does not hold, a reader who is named.
Limits:     generated mails only, in a folder of its own that is removed; the mail host is a sink on loopback, a process of its
            own that works on the same cores.
"""

import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.operate.bench_ingest import at_work, peak_of
from comity.cli.progress import Progress, progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from comity.bootstrap.benches.provider import Measured
    from comity.bootstrap.benches.room import Room
    from comity.cli.operate.mail_sink import MailSink
    from comity.services.operate.bench_complain import Arrived, Load, Rate
    from comity.settings import Settings

KEEP_EVERY = 20  # mails whose signature and facts are looked at
_ALONE = 300  # mails that are redacted alone
_GROWN = 2000  # complaints at each size, at the most
_LOT = 200
_NAP = 0.02
WARM = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    count: int
    size: int
    seed: int
    readers: int
    folder: Path
    grow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was measured; CPU seconds by stage."""

    load: "Load"
    ours: "Rate"
    theirs: "Rate"
    stages: Mapping[str, float]
    peak: tuple[float, float]
    grown: "list[tuple[int, Rate]]"
    wrong: list[str]


def command(  # noqa: PLR0917  # the options of a command line
    count: Annotated[int, typer.Option(min=100, max=200_000)] = 5000,
    size: Annotated[int, typer.Option(min=2000, max=200_000)] = 6000,
    seed: int = 1,
    readers: Annotated[int, typer.Option(min=1, max=64)] = os.cpu_count() or 1,
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", file_okay=False)] = Path(),
    grow: Annotated[int, typer.Option("--grow", metavar="ROWS", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure what leaves."""
    order = Order(count=count, size=size, seed=seed, readers=readers, folder=folder, grow=grow)
    with progress(speaker().say("bench.progress"), 7 if grow else 5) as bar:
        found = _measure(order, bar)
    for line in _objects(found) if as_json else _lines(found):
        print(line)
    return Outcome.BAD_INPUT if found.wrong else Outcome.DONE


def _measure(order: Order, bar: Progress) -> _Found:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from comity.bootstrap.benches.provider import bench_provider
    from comity.cli.operate.mail_sink import MailSink
    from comity.services.operate import bench_complain as service

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    warm = service.sample_load(WARM, size=order.size, seed=order.seed + 1, key=key)
    load = service.sample_load(order.count, size=order.size, seed=order.seed, key=key)
    bar.advance()
    order.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=order.folder) as name, MailSink(KEEP_EVERY) as sink:
        settings = bench_provider(Path(name), key, port=sink.port, readers=order.readers)
        found = leaving(settings, sink, load, warm=warm, bar=bar)
        theirs = service.peer(load, sink.port, wall=time.perf_counter, cpu=time.process_time)
        bar.advance()
    grown, wrong = _grown(order, key, bar=bar) if order.grow else ([], [])
    stages = dict(found.stages)
    stages["redact-alone"] = service.redact_each(load, _ALONE, time.process_time) * order.count
    bar.advance()
    return _Found(
        load=load,
        ours=found.rate,
        theirs=theirs,
        stages=stages,
        peak=found.peak,
        grown=grown,
        wrong=[*found.wrong, *wrong],
    )


def _grown(order: Order, key: "RSAPrivateKey", *, bar: Progress) -> "tuple[list[tuple[int, Rate]], list[str]]":
    """The same work in a store with a tenth of the reports, and with all of them; what of it did not arrive."""
    from comity.bootstrap.benches.provider import bench_provider, measured
    from comity.cli.operate.mail_sink import MailSink
    from comity.services.operate import bench_complain as service

    grown: list[tuple[int, Rate]] = []
    wrong, there = list[str](), 0
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=order.folder) as name, MailSink(KEEP_EVERY) as sink:
        settings = bench_provider(Path(name), key, port=sink.port, readers=order.readers)
        with measured(settings, service.Stopwatch(time.thread_time)) as ready:
            for number, rows in enumerate((order.grow // 10, order.grow)):
                service.fill(rows - there, ready.side.store.write, ready.exchange, now=datetime.now(UTC))
                there = rows
                for warm, count in ((1, WARM), (0, min(order.count, _GROWN))):
                    seed = order.seed + 2 + 2 * number + warm
                    _enter(ready, service.sample_load(count, size=order.size, seed=seed, key=key))
                    began, worked = time.perf_counter(), time.process_time()
                    arrived = _run(ready, sink)
                    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
                    wrong += [f"{rows}: {arrived.count} / {count}"] if arrived.count != count else []
                grown.append((rows, service.Rate(mails=count, seconds=seconds, cpu=cpu)))
                bar.advance()
    return grown, wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our way took."""

    rate: "Rate"
    stages: Mapping[str, float]
    peak: tuple[float, float]
    room: "Room"
    wrong: list[str]


def leaving(settings: "Settings", sink: "MailSink", load: "Load", *, warm: "Load", bar: Progress) -> Ours:
    """Our way, with readers that are warm; what it cost by stage; which number is wrong."""
    from comity.bootstrap.benches.provider import measured
    from comity.bootstrap.benches.room import room_taken
    from comity.services.operate import bench_complain as service

    watch = service.Stopwatch(time.thread_time)
    with measured(settings, watch) as ready:
        _enter(ready, warm)
        _run(ready, sink)
        warmed, _ = dict(watch.spent), sink.told()
        room = room_taken(ready.side.store)
        _enter(ready, load)
        bar.advance()
        before = at_work(sink.pid)
        began, worked = time.perf_counter(), time.process_time()
        arrived = _run(ready, sink)
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        bar.advance()
        looked = at_work(sink.pid) - before
        peak = max((peak_of(each.pid) for each in multiprocessing.active_children()), default=0.0)
        counted = _counted(ready)
        room = room_taken(ready.side.store).since(room)
    stages = {name: spent - warmed.get(name, 0.0) for name, spent in watch.spent.items()}
    stages |= {"look": looked, "sink": arrived.cpu, "our-process": cpu}
    wrong = service.wrong(load, arrived, {name: number - len(warm.complaints) for name, number in counted.items()})
    wrong += service.wrong_reports(load, arrived, ready.public, now=datetime.now(UTC))
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = service.Rate(mails=len(load.complaints), seconds=seconds, cpu=cpu)
    return Ours(rate=rate, stages=stages, peak=(mine, peak), room=room, wrong=wrong)


def _enter(ready: "Measured", load: "Load") -> None:
    """The complaints are made; their time to wait is over at once."""
    from comity.services.complain.straight_line import Mail

    for start in range(0, len(load.complaints), _LOT):
        with ready.side.store.write() as rows:
            for number, each in enumerate(load.complaints[start : start + _LOT], start):
                mail = Mail(path=f"{number}.eml", data=each.data, recipient=each.recipient)
                ready.side.complaints.enter(rows, mail, datetime.now(UTC))


def _run(ready: "Measured", sink: "MailSink") -> "Arrived":
    """Decide and send at once, as ``comity serve`` does, until nothing is left."""
    stop = Event()
    with ThreadPoolExecutor(2, thread_name_prefix="deciding") as pool:
        sending = pool.submit(ready.mailing.run, stop, 2)
        deciding = pool.submit(_decide, ready)
        try:
            deciding.result()
            while not sending.done() and _is_waiting(ready):
                time.sleep(_NAP)
        finally:
            stop.set()
        sending.result()
    return sink.told()


def _decide(ready: "Measured") -> None:
    while True:
        decided = ready.side.deciding.run(datetime.now(UTC))
        if not decided.complaints and not decided.shunted:
            return


def _is_waiting(ready: "Measured") -> bool:
    with ready.side.store.read() as rows:
        return rows.sending.next_due() is not None


def _counted(ready: "Measured") -> dict[str, int]:
    with ready.side.store.read() as rows:
        channels = rows.ledger.channels()
        exchanged = [rows.ledger.exchanged(each.channel_id) for each in channels]
        return {
            "decided": rows.sending.complaint_counts().get("decided", 0),
            "sent": sum(each.count for each in rows.sending.counts() if each.state.value == "sent"),
            "leaves": sum(each.size for each in channels),
            "reports": sum(each[0] for each in exchanged),
            "roll-ups": sum(each[1] for each in exchanged),
        }


_SHOWN = ("look", "redact-alone", "write:deciding", "sign", "hand-over", "write:sending", "sink")


def _objects(found: _Found) -> list[str]:
    ours, theirs = found.ours, found.theirs
    each = {name: round(found.stages.get(name, 0.0) / ours.mails * 1e6) for name in (*_SHOWN, "our-process")}
    shares = {name: round(_share(found, name), 1) for name in _SHOWN}
    told: dict[str, Any] = {
        "complaints": ours.mails,
        "bytes_each": found.load.size,
        "reports_per_second": round(ours.per_second),
        "reports_per_second_of_two_cores": round(2 / _whole(found)),
        "peer_mails_per_second": round(theirs.per_second),
        "peer_microseconds_each": round(theirs.cpu / theirs.mails * 1e6),
        "microseconds_each": {name.replace(":", "_").replace("-", "_"): number for name, number in each.items()},
        "share_percent": {name.replace(":", "_").replace("-", "_"): share for name, share in shares.items()},
        "peak_rss_mib": {"writer_with_bench": round(found.peak[0], 1), "looker": round(found.peak[1], 1)},
        "growth": [
            {
                "rows": rows,
                "reports_per_second": round(rate.per_second),
                "writer_microseconds_each": round(rate.cpu / rate.mails * 1e6),
            }
            for rows, rate in found.grown
        ],
        "growth_factor": _growth(found.grown),
        "wrong": found.wrong,
    }
    return [json.dumps(told, ensure_ascii=True)]


def _whole(found: _Found) -> float:
    """CPU seconds of one report in all processes, the sink among them."""
    return (found.stages["our-process"] + found.stages["look"] + found.stages["sink"]) / found.ours.mails


def _growth(grown: "list[tuple[int, Rate]]") -> float | None:
    """How many times as long one complaint takes in the largest store as in the smallest."""
    return round(grown[0][1].per_second / grown[-1][1].per_second, 2) if grown else None


def _share(found: _Found, stage: str) -> float:
    """Of the CPU time of all processes, in percent."""
    return 100 * found.stages.get(stage, 0.0) / found.ours.mails / _whole(found)


def _lines(found: _Found) -> list[str]:
    say, ours, theirs = speaker().say, found.ours, found.theirs
    lines = [
        say("bench.complain-ours", n=f"{ours.mails:,}", size=f"{found.load.size:,}", rate=f"{ours.per_second:,.0f}"),
        say("bench.complain-cpu", cpu=f"{_whole(found) * 1e6:,.0f}", rate=f"{2 / _whole(found):,.0f}"),
        *(
            say(
                f"bench.complain-{name.replace(':', '-')}",
                cpu=f"{found.stages.get(name, 0.0) / ours.mails * 1e6:,.0f}",
                share=f"{_share(found, name):.0f}",
            )
            for name in _SHOWN
        ),
        say(
            "bench.complain-peer",
            rate=f"{theirs.per_second:,.0f}",
            cpu=f"{theirs.cpu / theirs.mails * 1e6:,.0f}",
            ratio=f"{ours.per_second / theirs.per_second:.2f}",
        ),
        say("bench.complain-memory", writer=f"{found.peak[0]:.0f}", looker=f"{found.peak[1]:.0f}"),
    ]
    lines += [
        say(
            "bench.complain-grown",
            rows=f"{rows:,}",
            rate=f"{rate.per_second:,.0f}",
            cpu=f"{rate.cpu / rate.mails * 1e6:,.0f}",
        )
        for rows, rate in found.grown
    ]
    if found.grown:
        lines.append(say("bench.complain-growth", factor=f"{_growth(found.grown):.2f}"))
    lines += [say("bench.complain-wrong", what=each) for each in found.wrong]
    return [*lines, *([] if found.wrong else [say("bench.complain-right")])]
