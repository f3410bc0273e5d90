"""The first tagged version: its tables stand in files, and these make what the program makes."""

from pathlib import Path

import pytest

from comity.store.dialects.layouts import differences, layout, made_of
from comity.store.engine import open_store
from comity.store.ledger import Ledger
from comity.store.metadata import SCHEMA_VERSION, metadata
from comity.store.migrations import first_tag, upgrading, version
from comity.store.migrations.checking import check
from comity.store.migrations.steps import Steps

from . import building


def test_all_steps_make_what_is_made_new(tmp_path: Path) -> None:
    """Columns, defaults, rules, keys and indexes are the same, on this database, whichever way a store came into being."""
    made, stepped = open_store(tmp_path / "made.db"), open_store(tmp_path / "stepped.db")
    made.create()
    upgrading.make(stepped.database, Steps().last)
    with made.read() as new, stepped.read() as old:
        assert differences(layout(old.connection), layout(new.connection)) == []
        assert len(layout(new.connection)) == len(metadata.tables)
    assert check(stepped.database) == check(made.database) == []
    made.close()
    stepped.close()


def test_a_difference_is_found(tmp_path: Path) -> None:
    """Whatever somebody has done by hand: the comparison would not hold if it saw nothing."""
    store = open_store(tmp_path / "made.db")
    store.create()
    for statement in (
        "DROP INDEX ix_report_source_ip",
        "CREATE INDEX ix_report_source_ip ON report (source_ip, case_id) WHERE source_ip IS NOT NULL",
        "ALTER TABLE peer ADD COLUMN colour TEXT DEFAULT 'red'",
        "CREATE TABLE shoes (id INTEGER PRIMARY KEY)",
        "DROP TABLE signing_stop",
    ):
        with store.write() as records:
            records.connection.exec_driver_sql(statement)
    found = check(store.database)
    assert [each.split(" ")[:2] for each in found] == [
        ["+", "peer:"],
        ["-", "report:"],
        ["+", "report:"],
        ["+", "shoes"],
        ["-", "signing_stop"],
    ]
    with store.read() as records:
        assert layout(records.connection).keys() == metadata.tables.keys() - {"signing_stop"} | {"shoes"}
    store.close()


def test_what_is_made_aside_leaves_nothing(tmp_path: Path) -> None:
    """Neither a table nor another place to look for tables."""
    store = open_store(tmp_path / "made.db")
    store.create()
    with store.write() as records:
        before = layout(records.connection)
        made_of(records.connection, lambda aside: aside.exec_driver_sql("CREATE TABLE peer (id INTEGER)"))
        assert layout(records.connection) == before
        assert records.peers.all() == []
    store.close()


def test_the_dump_of_the_first_tag_has_a_row_of_every_table(tmp_path: Path) -> None:
    """What is upgraded in tests is a store with everything in it."""
    if not first_tag.SEAL:
        assert building.stands(), "a table was changed: script/tables"
    store = open_store(tmp_path / "first.db")
    building.load(store.database)
    with building.looking(store.database) as connection:
        assert version.found(connection) == first_tag.NUMBER
        assert len(upgrading.heads(connection)) >= 2
        assert list(building.dump(connection)) == building.FILE.read_text(encoding="utf-8").splitlines()
    store.close()


def test_a_store_of_before_the_tag_is_taken_over(tmp_path: Path) -> None:
    """Where its tables are the same; what joined later is made."""
    store = open_store(tmp_path / "early.db")
    upgrading.make(store.database, first_tag.NUMBER)
    with store.database.engine(read_only=False).begin() as connection:
        channel = Ledger(connection).channel("a", reporting="a", reported="b", quarter="2026Q1")
        assert channel.size == 0
        for statement in ("DROP TABLE alembic_version", "DROP TABLE search_mark", "DROP INDEX ix_report_source_ip"):
            connection.exec_driver_sql(statement)
    store.close()
    assert [each.number for each in upgrading.upgrade(store.database)] == list(range(1, SCHEMA_VERSION + 1))
    assert check(store.database) == []
    assert upgrading.upgrade(store.database) == ()


def test_a_store_of_before_the_tag_with_other_tables_is_left_alone(tmp_path: Path) -> None:
    """Nobody has a script for it: that is said, with the difference."""
    store = open_store(tmp_path / "early.db")
    upgrading.make(store.database, first_tag.NUMBER)
    with store.database.engine(read_only=False).begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("ALTER TABLE peer ADD COLUMN colour TEXT")
    store.close()
    with pytest.raises(Exception, match="1 differences") as caught:
        upgrading.upgrade(store.database)
    assert getattr(caught.value, "code", "") == "upgrade-early"
    with store.view() as connection:
        assert version.found(connection) == version.EARLY
    store.close()
