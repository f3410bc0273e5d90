"""How many reports a second the writer takes, in a file of SQLite and in PostgreSQL, in turns in one run.

    python bench/writer_databases.py [--mails N] [--lot N] [--database postgresql://HOST/NAME] [--profile FILE]

Every mail is signed by the peer: each report has a leaf in its ledger. Mails are read once, before; what is measured is the writer:
decide, rows, leaf, roll-ups, heads, commit. A server of its own is started (Debian's package, its disk waited for) where none is
named.
"""

import argparse
import cProfile
import json
import os
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import event

from comity.formats import dkim
from comity.services.operate import bench_ingest as samples
from comity.services.receive.batches import ITEMS
from comity.services.receive.prepare import Delivery, Prepared


def read_all(folder: Path, key: rsa.RSAPrivateKey, count: int) -> list[Prepared]:
    """The mails of a run, read."""
    from comity.bootstrap.benches.desk import bench_desk
    from comity.bootstrap.serving import make_prepare

    settings = bench_desk(folder, key, readers=1)
    read = make_prepare(settings)
    load = samples.sample_mails(count, size=3000, seed=7, key=key)
    signed = [
        mail
        if mail.startswith(b"DKIM-Signature") or b"\nDKIM-Signature" in mail[:200]
        else dkim.sign(mail, domain=samples.PEER, selector=samples.SELECTOR, key=key) + mail
        for mail in load.mails
    ]
    now = datetime.now(UTC)
    return [read(mail, Delivery(gate="file", name=f"{n}.eml", arrived=now)) for n, mail in enumerate(signed)]


def cpu_of(name: str) -> float:
    """CPU seconds of all processes of this name: a server's backends come and go, their postmaster stays."""
    total = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = each.read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        if f"({name})" in text:
            fields = text.rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(named: str | None) -> Iterator[str]:
    """The address of an empty database, on a server that waits for its disk."""
    if named:
        yield named
        return
    import pwd
    import shutil
    import subprocess

    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    home = Path(tempfile.mkdtemp(prefix="comity-bench-pg-"))
    somebody = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    if somebody:
        os.chown(home, somebody.pw_uid, somebody.pw_gid)

    def run(*words: str) -> None:
        subprocess.run(
            words, user=somebody and somebody.pw_name, cwd=home, check=True, capture_output=True, timeout=120
        )

    run(str(programs / "initdb"), "-D", "data", "-U", "comity", "-A", "trust", "-E", "UTF8", "--no-locale")
    settings = f"-c listen_addresses= -c unix_socket_directories={home} -c shared_buffers=256MB -c max_wal_size=2GB"
    run(str(programs / "pg_ctl"), "-D", "data", "-l", "log", "-w", "-o", settings, "start")
    try:
        yield f"postgresql://comity@/postgres?host={home}"
    finally:
        run(str(programs / "pg_ctl"), "-D", "data", "-m", "fast", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


def writer(
    folder: Path, key: rsa.RSAPrivateKey, database: str
) -> tuple[Callable[[list[Prepared]], None], Counter[str]]:
    """What writes a batch into this database; and how many statements it takes."""
    from comity.bootstrap.benches.desk import bench_desk
    from comity.bootstrap.complaining import intake

    folder.mkdir()
    settings = bench_desk(folder, key, readers=1)
    if database:
        settings = replace(settings, store=replace(settings.store, database=database))
    joined = intake(settings)
    joined.store.create()
    trips: Counter[str] = Counter()

    @event.listens_for(joined.store._writer, "before_cursor_execute")
    def _(_c: object, _k: object, statement: str, _p: object, _x: object, many: bool) -> None:
        trips[" ".join(statement.split()[:4]) + (" *" if many else "")] += 1

    def write(batch: list[Prepared]) -> None:
        with joined.store.write() as records:
            joined.service.apply(batch, records, datetime.now(UTC))

    return write, trips


def main() -> None:
    """Measure, in turns."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--mails", type=int, default=6000)
    ask.add_argument("--lot", type=int, default=ITEMS, help="mails in one transaction")
    ask.add_argument("--database")
    ask.add_argument("--profile")
    ask.add_argument("--statements", action="store_true")
    given = ask.parse_args()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with tempfile.TemporaryDirectory() as name, server(given.database) as address:
        place = Path(name)
        (place / "read").mkdir()
        mails = read_all(place / "read", key, given.mails)
        batches = [mails[start : start + given.lot] for start in range(0, len(mails), given.lot)]
        ways = {"sqlite": writer(place / "a", key, ""), "postgresql": writer(place / "b", key, address)}
        taken = {way: [0.0, 0.0, 0.0] for way in ways}
        rates: dict[str, list[float]] = {way: [] for way in ways}
        profiles = {way: cProfile.Profile() for way in ways}
        for way in ways:  # the first batch warms it up
            ways[way][0](batches[0])
            ways[way][1].clear()
        for batch in batches[1:]:
            for way, (write, _) in ways.items():
                wall, cpu, theirs = time.perf_counter(), time.process_time(), cpu_of("postgres")
                if given.profile:
                    profiles[way].enable()
                write(batch)
                profiles[way].disable()
                spent = time.perf_counter() - wall
                for at, value in enumerate((spent, time.process_time() - cpu, cpu_of("postgres") - theirs)):
                    taken[way][at] += value
                rates[way].append(len(batch) / spent)
        n = len(mails) - given.lot
        for way, (wall, cpu, theirs) in taken.items():
            said = {
                "way": way, "reports": n, "per_second": round(n / wall), "best_lot": round(max(rates[way])),
                "us_cpu_ours": round(cpu / n * 1e6, 1), "us_cpu_server": round(theirs / n * 1e6, 1) if way != "sqlite" else 0,
                "us_wall": round(wall / n * 1e6, 1), "statements_a_lot": round(sum(ways[way][1].values()) / (len(batches) - 1), 1),
            }  # fmt: skip
            print(json.dumps(said))
            if given.profile:
                with Path(f"{given.profile}.{way}").open("w", encoding="utf-8") as file:
                    pstats.Stats(profiles[way], stream=file).sort_stats("tottime").print_stats(45)
            if given.statements:
                for statement, times in ways[way][1].most_common(25):
                    print(f"   {times:6} {statement}")


if __name__ == "__main__":
    main()
