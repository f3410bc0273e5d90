"""``comity db upgrade|current|check``, and what every other command says of a store whose tables have another version."""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from comity.cli import main
from comity.store.dialects.moving import copy_view
from comity.store.engine import open_store
from comity.store.migrations import upgrading
from comity.store.migrations.checking import check

from ...engines import ENGINES, Postgres, postgres
from ...store.migrations import building
from ...store.migrations.worlds import LAST, of_a_later_program
from .test_backup import complaints, desk

__all__ = ["desk", "postgres"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store that the program of the first tag has left and this one carried along, where the settings look for it."""
    if request.param == "sqlite":
        where = str(tmp_path / "desk" / "comity.db")
        (tmp_path / "desk").mkdir()
        named = ""
    else:
        server: Postgres = request.getfixturevalue("postgres")
        where = server.new()
        (tmp_path / "desk").mkdir()
        named = f'[store]\ndatabase = "{where}"\n'
    gates = '[gates]\nmailboxes = ["fbl@west.example"]\nlmtp = ["127.0.0.1:0"]\nreserve_mib = 1\n'
    (tmp_path / "desk" / "comity.toml").write_text(named + gates, encoding="utf-8")
    store = open_store(where)
    building.load(store.database)
    upgrading.upgrade(store.database)  # to what this program makes: the steps of a later one are what is tried
    store.close()
    yield where
    if request.param != "sqlite":
        server.clear()


@pytest.fixture
def run(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands of the next version but one."""
    monkeypatch.chdir(tmp_path / "desk")
    monkeypatch.delenv("COMITY_CONFIG", raising=False)

    def command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(words)
        found = capsys.readouterr()
        return status, found.out, found.err

    return command


def _heads(address: str) -> upgrading.Heads:
    store = open_store(address)
    with store.view() as connection:
        found = upgrading.heads(connection)
    store.close()
    return found


def test_an_older_store_is_refused_until_it_is_carried_along(
    run: Run, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command names the one that helps; a backup comes first; the backup of before can be tried, and comes back."""
    assert run("db", "current")[:2] == (0, run("db", "upgrade", "--dry-run")[1])
    assert run("db", "upgrade")[0] == 0  # there is nothing to do, and no backup of it
    assert sorted(each.name for each in (tmp_path / "desk").glob("*")) != ["backups"]
    heads = _heads(address)
    of_a_later_program(monkeypatch)
    for words in (
        ["case", "list"],
        ["serve", "--role", "worker"],
        ["ledger", "verify"],
        ["db", "check"],
        ["outbox", "list"],
    ):
        status, _, said = run(*words)
        assert (status, "comity db upgrade" in said, f"version {LAST}" in said) == (78, True, True), (words, said)
    assert "comity db upgrade" in run("doctor")[1]
    status, said, _ = run("db", "current", "--json")
    standing = json.loads(said)
    assert (status, standing["found"], standing["known"]) == (78, LAST, LAST + 2)
    assert [each["rolling"] for each in standing["steps"]] == [True, False]
    assert run("db", "upgrade", "--backup", "x", "--no-backup")[0] == 64

    gc.collect()  # each command was a process of its own, in which nothing stays open
    status, said, err = run("db", "upgrade", "--json")
    assert status == 0, err
    done: dict[str, Any] = json.loads(said)
    assert [each["number"] for each in done["steps"]] == [LAST + 1, LAST + 2]
    assert Path(done["backup"]).parent.name == "backups"
    assert _heads(address) == heads
    status, said, err = run("shunt", "list", "--json")
    assert (status, len(said.splitlines()) > 0) == (0, True), err
    assert json.loads(run("db", "upgrade", "--json")[1]) == {"steps": [], "backup": None}


def test_the_program_that_runs_is_refused_as_a_whole(run: Run, address: str) -> None:
    """Both of its processes end, and it says why: whoever waits for a service that started hears of it."""
    store = open_store(address)
    with store.write() as records:
        records.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    done = subprocess.run(
        [sys.executable, "-m", "comity", "serve"], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, "store-newer" in done.stderr or "backup restore" in done.stderr) == (78, True), done.stderr


def test_a_newer_store_is_refused_with_the_way_out(run: Run, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By every command, that which upgrades among them."""
    with monkeypatch.context() as later:
        of_a_later_program(later)
        assert run("db", "upgrade", "--no-backup")[0] == 0
    for words in (["case", "list"], ["db", "upgrade"], ["db", "current"], ["db", "check"]):
        status, _, said = run(*words)
        assert (status, "backup restore" in said) == (78, True), said


def test_what_was_done_by_hand_is_found(run: Run, address: str) -> None:
    """A difference a line, and an exit status for scripts."""
    assert run("db", "check")[0] == 0
    store = open_store(address)
    with store.write() as records:
        records.connection.exec_driver_sql("DROP INDEX ix_report_source_ip")
    store.close()
    status, said, _ = run("db", "check", "--json")
    found = json.loads(said)
    assert (status, found["fits"], len(found["differences"])) == (78, False, 1)
    assert "ix_report_source_ip" in run("db", "check")[1]


def test_a_copy_of_an_older_store_is_as_old(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every row as it was: whoever goes back has what the program of before can use."""
    source, target = open_store(address), open_store(tmp_path / "copy.db")
    with monkeypatch.context() as later:
        of_a_later_program(later)
        carried = copy_view(source, target)
    assert sum(carried.rows.values()) == len(building.FILE.read_text(encoding="utf-8").splitlines())
    with building.looking(target.database) as connection:
        assert list(building.dump(connection)) == building.FILE.read_text(encoding="utf-8").splitlines()
    assert check(target.database) == []
    source.close()
    target.close()


def test_a_backup_of_before_is_tried_and_brought_back_by_the_program_of_after(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every signature and every count of its ledger; what was kept stays as old as it was."""
    monkeypatch.chdir(desk)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["peer", "live", "east"]) == 0
    assert main(["complain", *complaints(tmp_path, range(2))]) == 0
    assert main(["send", "--once"]) in (0, 75)
    capsys.readouterr()
    assert main(["backup", "make", str(tmp_path / "kept"), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    before = sorted((each.name, each.read_bytes()) for each in Path(made["backup"]).rglob("*") if each.is_file())
    of_a_later_program(monkeypatch)
    assert main(["backup", "check", made["backup"], "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert (checked["holds"], checked["channels"]) == (True, made["channels"])
    assert made["channels"][0]["size"] >= 1
    assert main(["backup", "restore", made["backup"], "--into", str(tmp_path / "back"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["held"] == ["east"]
    assert main(["db", "current", "--config", str(tmp_path / "back" / "comity.toml")]) == 0
    assert main(["ledger", "verify", "--config", str(tmp_path / "back" / "comity.toml")]) == 0
    assert before == sorted(
        (each.name, each.read_bytes()) for each in Path(made["backup"]).rglob("*") if each.is_file()
    )
