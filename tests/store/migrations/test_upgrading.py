"""A store of the first tagged version is carried along, with every row, on either database; nothing in the middle is lost."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from comity.model.outcomes import ComityError, Outcome
from comity.store.engine import Store, open_store
from comity.store.migrations import first_tag, upgrading, version
from comity.store.migrations.steps import Step, Steps

from . import building
from .worlds import FOLDERS, LAST, NEXT, of_a_later_program

FIRST = first_tag.NUMBER
OURS = list(range(FIRST + 1, LAST + 3))  # every step after the first tag, and two of a later program
KILLED = f"""
import sys
from pathlib import Path
from comity.store.dialects import database_of
from comity.store.migrations.steps import OURS, Steps
from comity.store.migrations.upgrading import upgrade
upgrade(database_of(sys.argv[1]), Steps(OURS, Path({str(NEXT)!r})))
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """As the program of the first tag left it."""
    opened = open_store(tmp_path / "first.db")
    building.load(opened.database)
    yield opened
    opened.close()


def _rows(store: Store) -> dict[str, list[dict[str, Any]]]:
    with building.looking(store.database) as connection:
        found: dict[str, list[dict[str, Any]]] = {}
        for line in building.dump(connection):
            name, values = json.loads(line)
            found.setdefault(name, []).append(values)
        return found


def _heads(store: Store) -> upgrading.Heads:
    with store.view() as connection:
        found = upgrading.heads(connection)
    store.close()
    return found


def _number(store: Store) -> int | None:
    with store.view() as connection:
        found = version.found(connection)
    store.close()
    return found


def test_every_row_goes_along_and_ledgers_say_the_same(store: Store) -> None:
    """Two steps: what they change is changed, whatever else there was is there, rules and indexes too."""
    before, heads = _rows(store), _heads(store)
    steps, told = Steps(*FOLDERS), list[Step]()
    assert [each.number for each in upgrading.pending(store.database, steps)] == OURS
    assert upgrading.upgrade(store.database, steps, told=told.append) == tuple(told)
    assert [each.number for each in told] == OURS
    assert [each.is_rolling for each in told[-2:]] == [True, False]
    after = _rows(store)
    assert (_number(store), _heads(store), upgrading.pending(store.database, steps)) == (LAST + 2, heads, ())
    changed = {"abuse_case", "case_weather", "consumer_event", "peer"}
    assert {name: rows for name, rows in after.items() if name not in changed} == {
        name: rows for name, rows in before.items() if name not in changed
    }
    for row, was in zip(after["abuse_case"], before["abuse_case"], strict=True):
        assert row == {**{k: v for k, v in was.items() if k != "question"}, "riddle": was["question"]} | {
            "weather": was["reports"] + 1
        }
    assert after["case_weather"] == [{"case_id": row["id"], "reports": row["reports"]} for row in before["abuse_case"]]
    assert after["peer"] == [{**row, "place": None} for row in before["peer"]]
    with building.looking(store.database) as connection:
        there = inspect(connection)
        assert not there.has_table("consumer_event")
        keys = {(key["referred_table"], *key["constrained_columns"]) for key in there.get_foreign_keys("case_event")}
        assert ("abuse_case", "case_id") in keys
        names = {str(each["name"]) for each in there.get_indexes("abuse_case")}
        assert names >= {"ix_abuse_case_opened", "ix_abuse_case_state", "ix_abuse_case_subject_number"}


def test_rules_hold_afterwards(store: Store) -> None:
    """A table that was made anew is still named by the others."""
    upgrading.upgrade(store.database, Steps(*FOLDERS))
    engine = store.database.engine(read_only=False)
    with pytest.raises(Exception, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(text("DELETE FROM abuse_case"))
    engine.dispose()


def test_the_program_of_before_refuses_what_was_upgraded(store: Store) -> None:
    """It would write what the next one cannot read; it says so, and names the way out."""
    upgrading.upgrade(store.database, Steps(*FOLDERS))
    with pytest.raises(ComityError) as caught, store.read():
        pass
    assert (caught.value.code, caught.value.outcome) == ("store-newer", Outcome.CONFIGURATION)
    with pytest.raises(ComityError) as caught:
        upgrading.upgrade(store.database)
    assert caught.value.code == "store-newer"


def test_a_later_program_refuses_it_until_it_is_upgraded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is upgraded by starting."""
    of_a_later_program(monkeypatch)
    for use in (store.read, store.write):
        with pytest.raises(ComityError) as caught, use():
            pass
        assert (caught.value.code, caught.value.details) == ("store-older", {"found": FIRST, "known": LAST + 2})
    assert _number(store) == FIRST
    upgrading.upgrade(store.database)
    with store.read() as records:
        assert records.connection.scalar(text("SELECT count(*) FROM case_weather")) > 0


def test_whoever_is_killed_in_the_middle_has_a_whole_store(store: Store) -> None:
    """Of before the step, or of after it; the same command goes on."""
    before = _rows(store)
    writer = store.database.engine(read_only=False)
    place = str(store.path) if store.path else writer.url.set(drivername="postgresql").render_as_string(False)
    writer.dispose()
    store.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, place], env={**os.environ, "COMITY_TEST_DIES": "1"}, check=False
    )
    assert done.returncode == -9
    assert (_number(store), _rows(store)) == (LAST, before)
    assert [each.number for each in upgrading.upgrade(store.database, Steps(*FOLDERS))] == OURS[-2:]


def test_a_step_that_fails_leaves_the_one_before(store: Store, tmp_path: Path) -> None:
    """A step that changes a ledger, or leaves a row that names nothing, is undone, and said."""
    folder = tmp_path / "wrong"
    folder.mkdir()
    script = '"""Wrong."""\nfrom alembic import op\nrevision, down_revision, ROLLING = "NEXT", "LAST", True\n'
    script = script.replace("NEXT", f"{LAST + 1:04}").replace("LAST", f"{LAST:04}")
    wrong = {
        "UPDATE channel SET size = size - 1": {"upgrade-ledger"},
        "DELETE FROM channel": {"upgrade-rows", "gkpj"},  # the second is PostgreSQL's own word for it
    }
    before = _rows(store)
    for number, (statement, codes) in enumerate(wrong.items()):
        written = folder / str(number) / f"v{LAST + 1:04}_wrong.py"
        written.parent.mkdir()
        written.write_text(f"{script}def upgrade():\n    op.execute({statement!r})\n", encoding="utf-8")
        with pytest.raises(Exception, match=r".") as caught:
            upgrading.upgrade(store.database, Steps(FOLDERS[0], written.parent))
        assert getattr(caught.value, "code", "") in codes
        assert (_number(store), _rows(store)) == (LAST, before)


def test_a_step_that_others_may_not_see_waits_until_they_are_gone(store: Store, engine: str) -> None:
    """Where the database knows of them; the steps before it are done, and the same command goes on."""
    steps = Steps(*FOLDERS)
    other = store.database.engine(read_only=True)
    if engine == "sqlite":
        assert store.database.others(other.connect()) == 0
        other.dispose()
        return
    with other.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    with pytest.raises(ComityError) as caught:
        upgrading.upgrade(store.database, steps)
    assert (caught.value.code, caught.value.outcome) == ("upgrade-others", Outcome.TRY_AGAIN)
    assert _number(store) == LAST + 1
    other.dispose()
    store.close()
    assert [each.number for each in upgrading.upgrade(store.database, steps)] == [LAST + 2]


def test_two_who_upgrade_at_once_do_each_step_once(store: Store) -> None:
    """The second waits for its turn, and finds nothing to do."""
    steps, wrong = Steps(*FOLDERS), list[str]()

    def run() -> None:
        try:
            upgrading.upgrade(store.database, steps)
        except ComityError as error:
            wrong.append(error.code)

    # Alembic keeps what it works on in one place for a process: hence two of them.
    writer = store.database.engine(read_only=False)
    place = str(store.path) if store.path else writer.url.set(drivername="postgresql").render_as_string(False)
    writer.dispose()
    store.close()
    with subprocess.Popen([sys.executable, "-c", KILLED, place], stderr=subprocess.PIPE) as other:
        thread = threading.Thread(target=run)
        thread.start()
        _, said = other.communicate(timeout=120)
        thread.join(timeout=120)
    # The last step asks that nobody else is there: on a server it may be that neither of them does it.
    assert set(wrong) <= {"upgrade-others"}
    assert other.returncode == 0 or b"may not go on" in said
    upgrading.upgrade(store.database, steps)
    assert _number(store) == LAST + 2
