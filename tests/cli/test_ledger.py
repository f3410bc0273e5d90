"""``comity ledger verify`` tells what holds, and fails loudly when something does not."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from comity.cli import main
from comity.ledger.leaf import LeafType
from comity.services.prove.writing import Event
from comity.store.tables import ledger


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk as ``comity init`` makes it, with two reports written down."""
    from datetime import UTC, datetime

    from comity.bootstrap.desk import desk_store, scribe
    from comity.cli.configuration import choose, settings

    monkeypatch.chdir(tmp_path)
    assert (
        main(["init", ".", "--domain", "west.example", "--address", "feedback@west.example", "--dkim", "ed25519"]) == 0
    )
    choose(None)
    writer = scribe(settings())
    assert writer is not None
    facts = {"class": "abuse"}
    events = [
        Event(
            reporting="west.example", reported="east.example", leaf_type=LeafType.OUTCOME, event_id=each,
            observed=None, facts=facts, payload=each.encode(),
        )
        for each in ("r1", "r2")
    ]  # fmt: skip
    with desk_store(settings()).write() as records:
        writer.write(records.ledger, events, datetime(2026, 11, 23, tzinfo=UTC))
    return tmp_path


def test_a_sound_ledger_holds(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A channel, its leaves and heads are told, and the exit status is 0."""
    capsys.readouterr()
    assert main(["ledger", "verify"]) == 0
    assert "heal" not in capsys.readouterr().out
    assert main(["ledger", "verify", "--json"]) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["channel"], row["leaves"], row["heads"], row["holds"]) == (
        "west.example/to/east.example/2026q4", 2, 1, True,
    )  # fmt: skip


def test_a_changed_leaf_fails(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One changed leaf: every fault is named in words, in both languages, and the exit status is 65."""
    from comity.store.engine import open_store

    with open_store(desk / "comity.db").write() as records:
        records.connection.execute(update(ledger.leaf).where(ledger.leaf.c.position == 0).values(data=b"{}"))
    capsys.readouterr()
    assert main(["ledger", "verify"]) == 65
    said = capsys.readouterr().out
    assert "FAILS" in said
    assert "another root" in said
    assert "comity ledger heal" in said
    assert main(["--language", "zh", "ledger", "verify"]) == 65
    assert "不成立" in capsys.readouterr().out
