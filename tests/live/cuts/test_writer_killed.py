"""The process that writes is killed, thousands of times: what the spool acknowledged is stored once, in rows, leaves and roll-ups.

Limits:     COMITY_WRITER_KILLS says how often (40; ``script/soak writer`` makes it 10,000); COMITY_WRITER_LOG names a file to which
            each run adds a line, so that runs add up.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ...engines import Postgres, postgres
from . import killing

__all__ = ["postgres"]
pytestmark = pytest.mark.live
KILLS = int(os.environ.get("COMITY_WRITER_KILLS", "40"))
LOG = os.environ.get("COMITY_WRITER_LOG")


@pytest.mark.parametrize("kind", ["file", "server"])
def test_what_was_acknowledged_is_stored_once(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing lost, nothing twice, nothing set aside, and the ledger verifies from the bytes of its leaves."""
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "server" else None
    words = [killing.__file__, str(tmp_path), str(KILLS), *([] if server is None else [server.new()])]
    ran = subprocess.run([sys.executable, *words], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-4000:]
    told = json.loads(ran.stdout)
    assert told["stored"] == told["acknowledged"], told
    assert told["acknowledged"]["reports"] >= killing.LOT
    assert set(told["died"]) <= set(killing.STAGES), told
    assert sum(told["died"].values()) == KILLS
    command = [sys.executable, "-m", "comity", "--config", str(tmp_path / "comity.toml"), "ledger", "verify", "--json"]
    verified = subprocess.run(command, check=False, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    channels = [json.loads(line) for line in verified.stdout.splitlines()]
    assert sum(each["leaves"] for each in channels) == told["acknowledged"]["leaves"]
    with capfd.disabled():
        print(json.dumps({"database": kind, **told}))
    if LOG is not None:
        _keep(Path(LOG), {"database": kind, **told})


def _keep(log: Path, told: dict[str, Any]) -> None:
    """Add a line, and say what all of them are together."""
    day = datetime.now(UTC).date().isoformat()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True).stdout
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"day": day, "commit": commit.strip(), **told}) + "\n")
    runs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    print(f"{sum(each['kills'] for each in runs)} kills in {len(runs)} runs: {log}", file=sys.stderr)
