"""``comity ledger verify`` tells what holds, and fails loudly when something does not."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Executable, update

from comity.bootstrap.desk import desk_store
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


def _changed(desk: Path, *changes: Executable) -> None:
    from comity.cli.configuration import choose, settings

    choose(None)
    with closing(desk_store(settings())) as store, store.write() as records:
        for each in changes:
            records.connection.execute(each)


def test_a_channel_that_counts_too_few_is_told_alike_and_counted_again(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Verify, scrub and doctor name it, with what helps; after heal all of them say that it holds."""
    _changed(desk, update(ledger.channel).values(size=1))
    capsys.readouterr()
    for language, about, helps in (
        ("en", "not as many leaves", "heal counts again"),
        ("zh", "与通道所示不符", "重新计数"),
    ):
        assert main(["--language", language, "ledger", "verify"]) == 65
        assert about in capsys.readouterr().out
        assert main(["--language", language, "ledger", "scrub"]) == 65
        assert about in capsys.readouterr().out
        main(["--language", language, "doctor"])
        said = capsys.readouterr().out
        assert "west.example/to/east.example/2026q4" in said
        assert helps in said
    assert main(["ledger", "heal"]) == 0
    assert "counted again: 2 leaves stand here, 1 were counted" in capsys.readouterr().out
    assert (main(["ledger", "verify"]), main(["ledger", "scrub"]), main(["ledger", "heal"])) == (0, 0, 0)
    capsys.readouterr()
    main(["doctor"])
    assert "which counts what stands in it" in capsys.readouterr().out


def test_what_cannot_be_counted_again_is_refused_in_words(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a leaf was changed besides, the command says what stands there and what helps, and nothing changes."""
    _changed(desk, update(ledger.channel).values(size=1), update(ledger.leaf).values(data=b"{}"))
    capsys.readouterr()
    for language, about in (("en", "no signed head leads to what stands behind the first 0"), ("zh", "前 0 条之后")):
        assert main(["--language", language, "ledger", "heal"]) == 65
        said = capsys.readouterr().err
        assert about in said
        assert "comity backup restore" in said
