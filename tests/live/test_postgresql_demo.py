"""Both networks of the demonstration in PostgreSQL: the three journeys, end to end, by the programs that an operator starts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url

from ..engines import Postgres, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.live


def test_the_loop_runs_in_postgresql(postgres: Postgres, tmp_path: Path) -> None:
    """Every step holds, as it does with files, and nothing is left behind: no schema, no file."""
    address = postgres.new()
    command = [sys.executable, "-m", "comity", "demo", "--json", "--database", address]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=500, check=False, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [each for each in said if not each["holds"]] == []
    assert (said[-1]["step"], said[-1]["failed"]) == ("end", 0)
    assert said[-1]["checks_held"] > 50
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    assert [name for name in inspect(engine).get_schema_names() if name.startswith("comity")] == []
    engine.dispose()
    assert list(tmp_path.glob("comity-demo-*")) == []
