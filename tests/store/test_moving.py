"""A store is carried into another database: every row, or none."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from comity.model.entry import Entry
from comity.model.outcomes import ComityError
from comity.store.dialects.moving import carry, counted
from comity.store.engine import Store, open_store
from comity.store.metadata import metadata
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.intake import item, raw

from ..engines import ENGINES, ONLY_SQLITE, Postgres
from ..services.receive.intake import NOW, arf, cases, counts, ingest, prepared

pytestmark = ONLY_SQLITE  # these tests name each of their databases themselves


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Store]:
    """A desk with reports, cases of which the first was merged into the last, a ledger, mail that cannot be read."""
    store = open_store(tmp_path / "from.db")
    store.create()
    odd = arf(8).replace(b"Sale 8", b"a\x00b \xe6\x8a\x95\xe8\xaf\x89 \xff")
    ingest(
        store, *[arf(n) for n in range(5)], arf(6, source="192.0.2.200"), prepared(odd, name="投诉\0.eml"), b"\xff\x00"
    )
    with store.write() as records:
        ids = sorted(records.connection.scalars(select(abuse_case.c.id)))
        records.connection.execute(update(abuse_case).where(abuse_case.c.id == ids[0]).values(merged_into=ids[-1]))
        channel = records.ledger.channel("west/east/2026Q1", reporting="west", reported="east", quarter="2026Q1")
        entries = [Entry(leaf_type="report", data=bytes([n]), submitted=NOW, name=f"n{n}") for n in range(7)]
        records.ledger.append(
            channel.channel_id, [*entries, Entry(leaf_type="x", data=b"\0", submitted=NOW, salt=b"s", payload=b"p")]
        )
    yield store
    store.close()


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Where it is to go: nothing is there yet."""
    if request.param == "sqlite":
        store = open_store(tmp_path / "to.db")
        yield store
        store.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    store = open_store(server.new())
    yield store
    store.close()
    server.clear()


def _dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return sorted(connection.iterdump())


def test_there_and_back_is_the_same_file(source: Store, target: Store, tmp_path: Path) -> None:
    """Every value of every row of every table, whichever database it lay in meanwhile."""
    told: list[int] = []
    before, number = _dump(tmp_path / "from.db"), counted(source)
    there = carry(source, target, told.append)
    assert number == sum(told) == sum(there.rows.values())
    assert set(there.rows) == set(metadata.tables)
    assert [(each.origin, each.size) for each in there.channels] == [("west/east/2026Q1", 8)]
    assert (counts(target), set(cases(target))) == (counts(source), set(cases(source)))
    back = open_store(tmp_path / "back.db")
    assert carry(target, back, told.append) == there
    back.close()
    assert _dump(tmp_path / "back.db") == _dump(tmp_path / "from.db") == before


def test_it_goes_on_where_it_was(source: Store, target: Store) -> None:
    """The next rows get the next numbers, and a repeat is known as one."""
    carry(source, target, lambda _: None)
    with source.read() as records:
        last = max(records.connection.scalars(select(case_event.c.id)))
        rows = records.intake.next_ids()
        case_id = records.connection.scalar(select(abuse_case.c.id).limit(1))
    with target.write() as records:
        assert records.intake.next_ids() == rows
        values = {"case_id": case_id, "at": NOW, "actor": "a", "action": "note", "to_state": "new"}
        added = records.connection.execute(insert(case_event).values(values)).inserted_primary_key
        assert added is not None
        assert added[0] == last + 1
    before = counts(target)
    ingest(target, arf(1), arf(9))
    assert counts(target)["reports"] == before["reports"] + 1


def test_rules_hold_again_when_it_has_arrived(source: Store, target: Store) -> None:
    """Rows may come before those that they name, for as long as the carrying lasts."""
    carry(source, target, lambda _: None)
    with pytest.raises(Exception, match=r"(?i)foreign key"), target.write() as records:
        records.connection.execute(
            insert(item).values(id=900, raw_id=901, gate="file", name="a", arrived=NOW, kind="a", why="a", reading="")
        )
        raise AssertionError("it was written")


def test_what_is_not_empty_is_left_alone(source: Store, target: Store) -> None:
    """Two desks are not poured together."""
    carry(source, target, lambda _: None)
    before = counts(target)
    with pytest.raises(ComityError) as caught:
        carry(source, target, lambda _: None)
    assert (caught.value.code, counts(target)) == ("move-filled", before)


def test_one_row_that_does_not_fit_stops_all(source: Store, target: Store, tmp_path: Path) -> None:
    """A disk turned a number into words: nothing arrives, and it is said where it stands."""
    with sqlite3.connect(tmp_path / "from.db") as connection:
        connection.execute("UPDATE case_event SET at = 'yesterday' WHERE id = 2")
    with pytest.raises(ComityError) as caught:
        carry(source, target, lambda _: None)
    assert (caught.value.code, caught.value.details["table"]) == ("move-row", "case_event")
    with target.read() as records:
        assert records.connection.execute(select(raw.c.id)).all() == []


def test_what_arrives_otherwise_is_not_kept(source: Store, target: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing can fail: a database that loses a bit is found out."""
    fill = type(target.database).fill

    def lossy(self: object, connection: object, table: object, rows: list[tuple[object, ...]]) -> None:
        if getattr(table, "name", "") == "leaf":
            rows = [(*row[:3], b"other", *row[4:]) for row in rows]
        fill(self, connection, table, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(type(target.database), "fill", lossy)
    with pytest.raises(ComityError) as caught:
        carry(source, target, lambda _: None)
    assert (caught.value.code, caught.value.details["table"]) == ("move-differs", "leaf")
    with target.read() as records:
        assert records.ledger.channels() == []
