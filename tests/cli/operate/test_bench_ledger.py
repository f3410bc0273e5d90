"""The bench of the ledger writes into the database that is named, and into none that is in use."""

import json
from pathlib import Path

import pytest

from comity.cli import main
from comity.model.outcomes import Outcome
from comity.store.engine import open_store

from ...engines import Postgres, postgres

__all__ = ["postgres"]

FEW = ["bench", "ledger", "--count", "200", "--tree", "200"]


@pytest.mark.parametrize("kind", ["file", "server"])
def test_leaves_lie_in_the_database_that_is_named(
    kind: str, postgres: Postgres, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As many as were asked for, in a channel that leads to the last head; another run is refused, and changes nothing."""
    where = postgres.new() if kind == "server" else str(tmp_path / "bench.db")
    assert main([*FEW, "--batch", "50", "--database", where, "--json"]) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (told["batch"], told["same_root"]) == (50, True)
    assert _leaves(where) == 200

    assert main([*FEW, "--database", where]) == Outcome.USAGE.value.exit_status
    assert "createdb" in capfd.readouterr().err
    assert _leaves(where) == 200


def _leaves(where: str) -> int:
    store = open_store(where)
    try:
        with store.read() as rows:
            return sum(each.size for each in rows.ledger.channels() if each.origin.endswith("q4"))
    finally:
        store.close()
