"""Two nodes on one database, as the files for containers start them: each with gates, a worker and a spool of its own."""

import json
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from comity.bootstrap.first_run import first_run
from comity.outlets.private_key import KeySort
from comity.settings import read_settings
from comity.store.engine import open_store

from ...engines import Postgres, postgres
from ...services.receive.intake import arf

__all__ = ["postgres"]

pytestmark = pytest.mark.live
MAILS = 60


@contextmanager
def node(config: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Where it takes mail, and its process; ended, whatever happens, with all that it started."""
    words = [sys.executable, "-m", "comity", "--config", str(config), "serve", "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield int(said["listening"][0].rpartition(":")[2]), process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


def _hand_over(port: int, mails: list[bytes]) -> None:
    with smtplib.LMTP("127.0.0.1", port, timeout=60) as host:
        for each in mails:
            host.sendmail("fbl@west.example", ["fbl@east.example"], each)


def _machines(config: Path) -> dict[str, str]:
    """What the doctor says on one machine of both, by their spools: each told so when it began."""
    words = [sys.executable, "-m", "comity", "--config", str(config), "doctor", "--json"]
    until = monotonic() + 120
    while True:
        said = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
        rows = [row for row in map(json.loads, said.splitlines()) if row["about"] == "nodes"]
        if len(rows) == 2:
            return {Path(row["details"]["spool"]).parent.name: row["finding"] for row in rows}
        assert monotonic() < until, rows
        sleep(0.5)


def test_one_is_killed_and_every_report_counts_once(postgres: Postgres, tmp_path: Path) -> None:
    """Both take mail, some of it both of them; one is killed with all its processes, comes back, and works its spool off."""
    address = postgres.new()
    given = {
        "identity.domain": "east.example",
        "identity.address": "fbl@east.example",
        "store.database": address,
        "gates.mailboxes": ["fbl@east.example"],
        "gates.lmtp": ["127.0.0.1:0"],
        "gates.reserve_mib": 1,
        "gates.spool": "spool-a/spool.db",
    }
    first_run(tmp_path, given, KeySort.ED25519)  # type: ignore[arg-type]
    first = tmp_path / "comity.toml"
    second = tmp_path / "other.toml"
    second.write_text(first.read_text(encoding="utf-8").replace("spool-a/", "spool-b/"), encoding="utf-8")
    for name in ("spool-a", "spool-b"):
        (tmp_path / name).mkdir()
    mails = [arf(number) for number in range(MAILS)]
    store = open_store(address)

    def counted() -> int:
        with store.read() as records:
            cases = records.cases.in_states(list(records.cases.count_by_state()))
            return sum(each.reports for each in cases) + sum(records.intake.unmatched().values())

    try:
        with node(second) as (there, _):
            with node(first) as (here, process):
                _hand_over(here, mails[:40])
                _hand_over(there, mails[20:])  # twenty of them came to both
                assert _machines(first) == {"spool-a": "node", "spool-b": "node"}
                os.killpg(process.pid, signal.SIGKILL)
            with node(first):
                until = monotonic() + 120
                while counted() < MAILS:
                    assert monotonic() < until, f"{counted()} of {MAILS}"
                    sleep(0.2)
        assert counted() == MAILS
        assert _machines(first) == {"spool-a": "node-ended", "spool-b": "node-ended"}
        assert read_settings(second).gates.spool != read_settings(first).gates.spool
    finally:
        store.close()
        postgres.clear()
