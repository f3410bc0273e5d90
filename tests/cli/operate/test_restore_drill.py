"""A desk is lost, and comes back from its backup: from either database into either, its ledger with the same roots."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.bootstrap.first_run import first_run
from comity.cli import main
from comity.outlets.private_key import KeySort
from comity.services.operate.backups import naming
from comity.store.engine import open_store

from ...engines import ENGINES, Postgres, postgres
from .test_backup import AGREEMENTS, complaints

__all__ = ["postgres"]

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


class Drill:
    """A desk in one database, which is lost, and another database for what comes back."""

    def __init__(self, folder: Path, before: str | None, after: str | None) -> None:
        self.folder, self.before, self.after = folder, before, after


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.delenv("COMITY_CONFIG", raising=False)

    def command(*words: str) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        status = main([*words, "--json"])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, [json.loads(line) for line in captured.out.splitlines()] if status == 0 else []

    return command


@pytest.fixture(params=ENGINES)
def before(request: pytest.FixtureRequest) -> Iterator[str | None]:
    yield from _address(request)


@pytest.fixture(params=ENGINES)
def after(request: pytest.FixtureRequest) -> Iterator[str | None]:
    yield from _address(request)


def _address(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty database of a server; None for a file."""
    if request.param == "sqlite":
        yield None
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield server.new()
    server.clear()


@pytest.fixture
def drill(tmp_path: Path, run: Run, before: str | None, after: str | None) -> Drill:
    """A desk that has exchanged three reports with a peer that is live; one of its mails is erased."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    given: dict[str, Any] = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "complain.agreements": "agreements.toml",
        "reading.trusted_hosts": ["mx.west.example"],
        "sending.wait_seconds": 0,
        "consumers.quiet_hours": 0,  # each complaint is reported
    }
    first_run(folder, given | ({"store.database": before} if before else {}), KeySort.ED25519)
    config = ("--config", str(folder / "comity.toml"))
    assert run("peer", "live", "east", *config)[0] == 0
    assert run("complain", *complaints(tmp_path, range(3)), *config)[0] == 0
    assert run("send", "--once", *config)[0] in (0, 75)  # no mail host listens: the reports are exchanged, and wait
    return Drill(folder, before, after)


def test_what_was_lost_comes_back_with_the_same_roots(drill: Drill, run: Run, tmp_path: Path) -> None:
    """Every row of every table is there again, but that the peer is held; the desk that was copied goes on as it was."""
    config = ("--config", str(drill.folder / "comity.toml"))
    status, (made,) = run("backup", "make", str(tmp_path / "kept"), *config)
    assert status == 0
    assert (made["server"] is None) == (drill.before is None)
    assert run("backup", "check", made["backup"])[0] == 0
    _, was = run("ledger", "verify", *config)
    before = _rows(drill.before or drill.folder / "comity.db")

    into = tmp_path / "back"
    words = ("--database", drill.after) if drill.after else ()
    status, (back,) = run("backup", "restore", made["backup"], "--into", str(into), *words)
    assert (status, back["held"]) == (0, ["east"])
    there = ("--config", str(into / "comity.toml"))
    _, found = run("ledger", "verify", *there)
    assert [(each["root"], each["leaves"], each["holds"]) for each in found] == [(was[0]["root"], 3, True)]
    assert [each["root"] for each in made["channels"]] == [was[0]["root"]]
    assert run("peer", "list", *there)[1][0]["state"] == "observe"
    assert run("peer", "list", *config)[1][0]["state"] == "live"
    rows = _rows(drill.after or into / "comity.db")
    assert {name for name in before if before[name] != rows[name]} <= {"peer"}
    assert sum(map(len, before.values())) > 20
    assert (into / "comity.db").exists() == (drill.after is None)
    assert (into / "comity.toml").stat().st_mode & 0o077 == 0


@pytest.mark.live
def test_a_database_in_which_something_lies_is_not_written_over(run: Run, tmp_path: Path, postgres: Postgres) -> None:
    """The desk that runs there stays as it is, and no half of a desk is left."""
    address, folder = postgres.new(), tmp_path / "desk"
    try:
        first_run(folder, {"identity.domain": "west.example", "store.database": address}, KeySort.ED25519)
        config = ("--config", str(folder / "comity.toml"))
        source = tmp_path / "1.mail"
        source.write_bytes(b"From: a@east.example\n\nspam")
        assert run("ingest", str(source), *config)[0] in (0, 65)
        _, (made,) = run("backup", "make", str(tmp_path / "kept"), *config)
        before = _rows(address)
        words = ("--into", str(tmp_path / "back"), "--database", address)
        assert run("backup", "restore", made["backup"], *words)[0] == 64
        assert _rows(address) == before
        assert sorted(each.name for each in tmp_path.iterdir()) == ["1.mail", "desk", "kept"]
    finally:
        postgres.clear()


@pytest.mark.live
def test_a_file_that_was_carried_away_is_no_part_of_the_desk(run: Run, tmp_path: Path, postgres: Postgres) -> None:
    """After a move the old file still lies there: the backup has the rows of the server, under that name."""
    address, folder = postgres.new(), tmp_path / "desk"
    try:
        first_run(folder, {"identity.domain": "west.example", "store.database": address}, KeySort.ED25519)
        (folder / "comity.db").write_bytes(b"old")
        _, (made,) = run("backup", "make", str(tmp_path / "kept"), "--config", str(folder / "comity.toml"))
        with sqlite3.connect(Path(made["backup"]) / "here" / "comity.db") as rows:
            assert rows.execute("SELECT count(*) FROM alembic_version").fetchone()[0] == 1
    finally:
        postgres.clear()


def test_a_file_is_no_server(run: Run, tmp_path: Path) -> None:
    """``--database`` with a path is refused before anything is there."""
    first_run(tmp_path / "desk", {"identity.domain": "west.example"}, KeySort.ED25519)
    _, (made,) = run("backup", "make", str(tmp_path / "kept"), "--config", str(tmp_path / "desk" / "comity.toml"))
    words = ("--into", str(tmp_path / "back"), "--database", str(tmp_path / "x.db"))
    assert run("backup", "restore", made["backup"], *words)[0] == 64
    assert sorted(each.name for each in tmp_path.iterdir()) == ["desk", "kept"]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", '\n[store]\ndatabase = "new"\n'),
        ("[own]\nfiles = []", '[own]\nfiles = []\n[store]\ndatabase = "new"\n'),
        ("[store]\nkeep_days = 9\n[own]\n", '[store]\ndatabase = "new"\nkeep_days = 9\n[own]\n'),
        ("[store] # where\n# database = 'x'\n", "[store] # where\ndatabase = \"new\"\n# database = 'x'\n"),
        ('store.database = "a\\"b" # here\n', 'store.database = "new" # here\n'),
    ],
)
def test_the_settings_name_the_new_place(text: str, changed: str) -> None:
    """One line is changed, or comes in where it belongs."""
    assert naming(text, "new") == changed


def _rows(where: str | Path) -> dict[str, list[Any]]:
    """Every row of every table, but what tells databases apart."""
    from sqlalchemy import select

    from comity.store.metadata import metadata

    store = open_store(where)
    try:
        with store.write() as records:
            return {
                each.name: [tuple(row) for row in records.connection.execute(select(each).order_by(*each.primary_key))]
                for each in metadata.sorted_tables
            }
    finally:
        store.close()
