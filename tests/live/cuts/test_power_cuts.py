"""The power fails at any moment: what was acknowledged is in the spool, what was committed in the store, and the ledger verifies.

Limits:     COMITY_CUTS says how many moments (200; ``script/soak cuts`` makes it 10,000), drawn from every write of every file.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from comity.ledger import note
from comity.model.outcomes import ComityError
from comity.services.prove.verifying import verify
from comity.store.engine import open_store
from comity.store.spool import Spool

from . import writing
from .replaying import Act, Disk, read_trace

pytestmark = pytest.mark.live
CUTS = int(os.environ.get("COMITY_CUTS", "200"))
ROUNDS = 80
FILES = ("spool.db", "comity.db")


@dataclass
class Promised:
    """What had been said when the power failed."""

    store_is_made: bool = False
    spooling: int = 0
    spooled: int = 0
    deleted: int = 0  # these may be gone
    exchanged: int = 0

    def hear(self, line: str) -> None:
        """One line more."""
        what, *numbers = line.split()
        last = int(numbers[-1]) if numbers else 0
        match what:
            case "made":
                self.store_is_made = True
            case "spooling":
                self.spooling = last
            case "spooled":
                self.spooled = last
            case "deleting":
                self.deleted = last - 1
            case "exchanged":
                self.exchanged = last


def _record(folder: Path) -> list[Act]:
    folder.mkdir()
    trace = folder.with_suffix(".trace")
    calls = "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink"
    strace = ["strace", "-y", "-xx", "-s", "100000", "-qq", "-o", str(trace), "-e", calls]
    done = subprocess.run(
        [*strace, sys.executable, writing.__file__, str(folder), str(ROUNDS)], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with trace.open(encoding="ascii") as lines:
        acts = [
            each for each in read_trace(lines) if each.kind == "said" or not each.file or each.file.startswith(FILES)
        ]
    trace.unlink()
    return acts


def _begin_anew(folder: Path, files: dict[str, bytes], promised: Promised) -> None:
    """Open what is there as the program does, and look whether all is kept that was promised."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if promised.spooling:
        spool = Spool(folder / "spool.db", durable=True)
        found = {each.spool_id: each.arrival for each in spool.claim(0, items=10_000, data_bytes=1 << 30)}
        assert spool._open().execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        spool.close()
        assert (
            set(range(promised.deleted + 1, promised.spooled + 1))
            <= found.keys()
            <= set(range(1, promised.spooling + 1))
        )
        assert all(each == writing.arrival(number) for number, each in found.items())
    if promised.store_is_made:
        store = open_store(folder / "comity.db")
        key = note.verifier_of(writing.WEST, writing.KEY)
        with store.read() as rows:
            verdicts = verify(rows.ledger, [key])
        store.close()
        assert [fault for each in verdicts for fault in each.faults] == []
        assert sum(each.leaves for each in verdicts) >= promised.exchanged


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> list[Act]:
    """Everything that was written and said, in its order."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    return _record(tmp_path_factory.mktemp("cuts") / "written")


def _cut(acts: Sequence[Act], times: int, folder: Path) -> tuple[Promised, int]:
    """Cut the power so often, and begin anew each time; what was said in the end, and how many cuts lost something."""
    chance = Random(times)  # noqa: S311 - faults, not secrets
    moments = Counter(chance.randrange(1, len(acts) + 1) for _ in range(times))
    disk, promised, partly = Disk(), Promised(), 0
    for number, act in enumerate(acts, 1):
        disk.take(act)
        for line in act.data.decode().splitlines() if act.kind == "said" else ():
            promised.hear(line)
        for again in range(moments[number]):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            partly += any(not file.endswith("-shm") for file in disk.underway)
            try:
                _begin_anew(folder, disk.after_a_cut(chance), promised)
            except BaseException:
                print(f"cut {again} after act {number} of {len(acts)}, a {act.kind} of {act.file}; {promised}")
                raise
    return promised, partly


def test_what_was_promised_survives_every_power_cut(acts: list[Act], tmp_path: Path) -> None:
    """Whatever of the unsynced writes reached the disk, in whatever order and however torn."""
    assert {each.file for each in acts} >= {"spool.db", "spool.db-wal", "comity.db", "comity.db-wal"}
    promised, partly = _cut(acts, CUTS, tmp_path / "cut")
    assert promised.exchanged > ROUNDS and promised.spooled == 3 * ROUNDS
    kinds = Counter(each.kind for each in acts)
    print(f"{CUTS} cuts, {partly} of them with writes underway, in {kinds['write']} writes and {kinds['sync']} syncs")


def test_a_disk_that_does_not_sync_is_found_out(acts: list[Act], tmp_path: Path) -> None:
    """The cuts would show it if the program acknowledged before its sync: with syncs that do nothing, promises break."""
    with pytest.raises((AssertionError, ComityError)):
        _cut([each for each in acts if each.kind != "sync"], 50, tmp_path / "cut")
