"""Many rows at once, as the types of their columns want them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.dialects.sqlite import Insert as Upsert
from sqlalchemy.exc import IntegrityError

from comity.store.bulk import Bulk, BulkChange
from comity.store.engine import Store
from comity.store.tables.intake import raw, rollup

from ..services.stores import store

NAMES = ("id", "digest", "data", "size", "arrived", "kept_until")
NOW = datetime(2026, 3, 20, 12, 0, 0, 5, tzinfo=UTC)


__all__ = ["store"]


def test_rows_are_what_the_usual_way_makes_of_them(store: Store) -> None:
    """Times, bytes and nothing come back as they went."""
    row = (1, b"d" * 32, b"data", 4, NOW, None)
    with store.write() as records:
        Bulk(raw, *NAMES).put(records.connection, [row])
        records.connection.execute(insert(raw).values(**dict(zip(NAMES, (2, b"e" * 32, *row[2:]), strict=True))))
        one, other = records.connection.execute(select(raw).order_by(raw.c.id)).all()
    assert tuple(one) == row
    assert tuple(one)[2:] == tuple(other)[2:]


def test_nothing_is_no_statement(store: Store) -> None:
    """An empty lot costs nothing and breaks nothing."""
    with store.write() as records:
        Bulk(raw, *NAMES).put(records.connection, [])


def test_all_or_none(store: Store) -> None:
    """A row that breaks a rule takes its lot with it, and nothing else."""
    lot = [(number, b"same" * 8, None, 0, NOW, None) for number in (1, 2)]
    with store.write() as records:
        with pytest.raises(IntegrityError), records.savepoint():
            Bulk(raw, *NAMES).put(records.connection, lot)
        assert records.connection.execute(select(raw)).all() == []


def test_names_stand_in_the_order_of_the_table(store: Store) -> None:
    """A slip in a list of names cannot put a value into a neighbouring column."""
    with store.write() as records, pytest.raises(ValueError, match="order"):
        Bulk(raw, "digest", "id", "size", "arrived").put(records.connection, [(b"d", 1, 0, NOW)])


def test_what_is_there_already_is_added_to(store: Store) -> None:
    """An insert may say what becomes of rows that are there."""

    def added(adding: Upsert) -> Upsert:
        total = rollup.c.count + adding.excluded.count
        return adding.on_conflict_do_update(index_elements=list(rollup.primary_key), set_={"count": total})

    counts = Bulk(rollup, "channel_id", "day", "class", "source_net", "count", finish=added)
    with store.write() as records:
        for lot in ([(1, "d", "c", "n", 2), (2, "d", "c", "n", 1)], [(1, "d", "c", "n", 3)]):
            counts.put(records.connection, lot)
        assert list(records.connection.scalars(select(rollup.c.count).order_by(rollup.c.channel_id))) == [5, 1]


def test_rows_are_changed_by_their_key(store: Store) -> None:
    """Each gets its own values, in the types of the columns; what is not named stays, and so do other rows."""
    with store.write() as records:
        Bulk(raw, *NAMES).put(
            records.connection, [(number, bytes([number]), b"x", 4, NOW, NOW) for number in (1, 2, 3)]
        )
        later = NOW.replace(year=2027)
        BulkChange(raw, "size", "arrived", "kept_until", "id").put(
            records.connection, [(7, later, None, 1), (8, later, later, 3)]
        )
        found = [tuple(row)[2:] for row in records.connection.execute(select(raw).order_by(raw.c.id))]
    assert found == [(b"x", 7, later, None), (b"x", 4, NOW, NOW), (b"x", 8, later, later)]


MANY = 30


def test_many_rows_are_what_a_few_are(store: Store) -> None:
    """Whatever way the database has for them: each value of each type, nothing, and strings of other kinds."""

    class Word(str):
        __slots__ = ()

    lot = [(n, b"%032d" % n, None if n % 3 else b"\0\xff" * n, n, NOW, None if n % 2 else NOW) for n in range(1, MANY)]
    words = [(n, Word(f"投诉\t\n\\N {n}"), "c", "n", n) for n in range(MANY)]
    with store.write() as records:
        Bulk(raw, *NAMES).put(records.connection, lot)
        Bulk(rollup, "channel_id", "day", "class", "source_net", "count").put(records.connection, words)
        assert [tuple(row) for row in records.connection.execute(select(raw).order_by(raw.c.id))] == lot
        found = records.connection.execute(select(rollup).order_by(rollup.c.channel_id))
        assert [tuple(row) for row in found] == words


def test_many_that_are_there_already_are_added_to_in_their_order(store: Store) -> None:
    """A key may come several times: each counts."""

    def added(adding: Upsert) -> Upsert:
        total = rollup.c.count + adding.excluded.count
        return adding.on_conflict_do_update(index_elements=list(rollup.primary_key), set_={"count": total})

    counts = Bulk(rollup, "channel_id", "day", "class", "source_net", "count", finish=added)
    with store.write() as records:
        for _ in range(2):
            counts.put(records.connection, [(n % 7, "d", "c", "n", n) for n in range(MANY)])
        found = dict(records.connection.execute(select(rollup.c.channel_id, rollup.c.count)).all())
    assert found == {each: 2 * sum(n for n in range(MANY) if n % 7 == each) for each in range(7)}


def test_many_changes_happen_in_their_order(store: Store) -> None:
    """The last one counts, and rows that nobody named stay as they are."""
    with store.write() as records:
        Bulk(raw, *NAMES).put(records.connection, [(n, b"%032d" % n, b"x", 0, NOW, None) for n in range(MANY)])
        changes = [(b"%d" % n, n, None, n % 11) for n in range(MANY - 1)]
        BulkChange(raw, "data", "size", "kept_until", "id").put(records.connection, changes)
        found = {row.id: (row.data, row.size) for row in records.connection.execute(select(raw))}
    last = {n % 11: (b"%d" % n, n) for n in range(MANY - 1)}
    assert found == {n: last.get(n, (b"x", 0)) for n in range(MANY)}


def test_many_that_break_a_rule_leave_nothing(store: Store) -> None:
    """It is said as for one row, and what was there before the lot is there after it."""
    with store.write() as records:
        Bulk(raw, *NAMES).put(records.connection, [(99, b"z" * 32, None, 0, NOW, None)])
        with pytest.raises(IntegrityError), records.savepoint():
            Bulk(raw, *NAMES).put(records.connection, [(n, b"same" * 8, None, 0, NOW, None) for n in range(MANY)])
        assert [row.id for row in records.connection.execute(select(raw))] == [99]
