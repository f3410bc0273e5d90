"""``comity bench lease``: books taken in, and whose an address was, beside the table that one would make first.

Answers:    leases taken in a second (wall and CPU), microseconds a look-up with its decision; exit status 65 when a look-up named
            somebody else than whom it was.
Limits:     generated leases, in a folder of its own that is removed; ``--rows`` as large as the disk allows.
"""

import json
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome


def command(
    count: Annotated[int, typer.Option("--rows", min=1000, max=100_000_000)] = 100_000,
    asked: Annotated[int, typer.Option("--look-ups", min=100, max=1_000_000)] = 5000,
    seed: int = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure whose."""
    with TemporaryDirectory(prefix="comity-bench-") as folder, progress(speaker().say("bench.progress")) as bar:
        found = _measured(Path(folder) / "comity.db", count, asked, seed=seed, told=bar.advance)
    if as_json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(speaker().say(f"bench.lease.{name}", value=value))
    return Outcome.BAD_INPUT if found["wrong"] else Outcome.DONE


def _measured(path: Path, count: int, asked: int, *, seed: int, told: object) -> dict[str, object]:
    from comity.outlets.files.aside import LeasesAside
    from comity.services.operate import bench_lease as bench
    from comity.services.operate.lease_import import Books
    from comity.store.engine import open_store

    store = open_store(path)
    store.create()
    wall, cpu = time.perf_counter(), time.process_time()
    books = Books(store.write, None, told=told if callable(told) else lambda _: None, aside=LeasesAside)
    done = books.take([bench.Table(count, seed)])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    questions = bench.questions(count, seed, asked)
    bench.look_up(questions[: asked // 10], store.read, time.process_time)
    each, wrong = bench.look_up(questions, store.read, time.process_time)
    store.close()
    size = sum(found.stat().st_size for found in path.parent.iterdir())
    plain = bench.Plain()
    plain.fill(bench.rows(count, seed))
    theirs = plain.look_up(questions, time.process_time)
    return {
        "rows": done.books[0].added,
        "taken_per_second": round(count / wall),
        "taken_per_cpu_second": round(count / cpu),
        "minutes_for_a_million": round(timedelta(seconds=1e6 * wall / count) / timedelta(minutes=1), 2),
        "bytes_a_lease": round(size / count),
        "look_up_microseconds": round(each * 1e6, 1),
        "plain_look_up_microseconds": round(theirs * 1e6, 1),
        "ratio": round(each / theirs, 2),
        "wrong": wrong,
    }
