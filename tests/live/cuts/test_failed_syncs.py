"""A sync fails, the program goes on or is started again, and then the power fails: what was acknowledged is there.

Linux takes pages whose writing failed for written. A log with such a hole looks whole to whoever opens it, and all that is
appended would be lost with the hole.
"""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from comity.store.dialects.wal import into_wal
from comity.store.spool import Spool

from . import refused
from .replaying import Act, Disk, read_trace

pytestmark = pytest.mark.live
FILES = {"spool": "spool.db", "store": "comity.db"}
CUTS = 12


def _recorded(folder: Path, kind: str, first: int, last: int) -> list[Act]:
    """What a process writes and says whose syncs of these numbers fail."""
    folder.mkdir()
    trace = folder.with_suffix(".trace")
    calls = "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink"
    failing = f"inject=fdatasync:error=EIO:when={first}..{last}"
    strace = ["strace", "-y", "-xx", "-s", "100000", "-qq", "-o", str(trace), "-e", calls, "-e", failing]
    done = subprocess.run(
        [*strace, sys.executable, refused.__file__, str(folder), kind], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with trace.open(encoding="ascii") as lines:
        acts = [
            each
            for each in read_trace(lines)
            if each.kind == "said" or not each.file or each.file.startswith(FILES[kind])
        ]
    trace.unlink()
    shutil.rmtree(folder)
    assert any(each.kind == "failed" for each in acts)
    return acts


def _after_a_cut(acts: list[Act], chance: Random) -> tuple[dict[str, bytes], set[int]]:
    """The files as they may be found, and what had been promised."""
    disk, promised = Disk(), set[int]()
    for act in acts:
        if act.kind == "failed":
            disk.forget(act, chance)
        elif act.kind == "said":
            promised |= {int(line.split()[1]) for line in act.data.decode().splitlines()}
        else:
            disk.take(act)
    return disk.after_a_cut(chance), promised


def _found(folder: Path, kind: str) -> set[int]:
    path = folder / FILES[kind]
    if kind == "spool":
        spool = Spool(path, durable=True)
        found = {int(each.arrival.data[9:].split(b"\r")[0]) for each in spool.claim(0, items=1000, data_bytes=1 << 30)}
        spool.close()
        return found
    connection = sqlite3.connect(path)
    found = {number for (number,) in connection.execute("SELECT number FROM kept")}
    connection.close()
    return found


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize(("kind", "numbers"), [("spool", (3, 4, 6, 8, 10)), ("store", (4, 7, 9))])
def test_what_is_acknowledged_after_a_sync_that_failed_survives_a_power_cut(
    tmp_path: Path, kind: str, numbers: tuple[int, ...]
) -> None:
    """One sync or two fail, whichever they are: that of a commit and that of closing leave a log with a hole."""
    for first in numbers:
        for last in (first, first + 1):
            acts = _recorded(tmp_path / "written", kind, first, last)
            for cut in range(CUTS):
                files, promised = _after_a_cut(acts, Random(1000 * first + 100 * last + cut))  # noqa: S311 - faults, not secrets
                assert len(promised) == refused.ITEMS
                folder = tmp_path / "cut"
                folder.mkdir()
                for name, content in files.items():
                    (folder / name).write_bytes(content)
                assert promised <= _found(folder, kind), f"sync {first} to {last}, cut {cut}"
                shutil.rmtree(folder)


def test_a_disk_without_a_log_is_refused() -> None:
    """SQLite only mentions that it keeps no log: then the last commit may be undone by a power cut, so nothing is begun."""
    with pytest.raises(sqlite3.OperationalError, match="no log"):
        into_wal(sqlite3.connect(":memory:"), Path("x.db"))
