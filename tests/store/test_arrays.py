"""Many values as one array of PostgreSQL: what goes to the server so is there as it was meant."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from comity.store.bulk import Bulk
from comity.store.dialects import among
from comity.store.dialects.arrays import Packed
from comity.store.engine import Store, open_store
from comity.store.tables.intake import rollup

from ..engines import Postgres

pytestmark = pytest.mark.live
SAID: dict[str, list[object]] = {
    "int8": [0, -1, (1 << 63) - 1, -(1 << 63), None],
    "text": ["", "a", '{"quoted"}', "back\\slash", "NULL", "投诉", "x" * 5000, None],
    "bytea": [b"", b"\0\xff", b"\\x00", b"y" * 9000, None],
    "bool": [True, False, None],
}
PLACES = [(n, "2026-03-20", "complaint", f"投诉 {n}", n) for n in range(20)]


@pytest.fixture
def store(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store in PostgreSQL, opened where the environment asks for another encoding than ours."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    opened = open_store(postgres.new(made=True))
    yield opened
    opened.close()
    postgres.clear()


@pytest.mark.parametrize("kind", SAID)
def test_values_come_back_as_they_went(kind: str, store: Store) -> None:
    """Nothing, quotes, signs of every script, long ones and the largest numbers; in the order given; none at all."""
    asked = f"SELECT v FROM unnest(%s::{kind}[]) WITH ORDINALITY AS t(v, n) ORDER BY n"  # noqa: S608 - four names of ours
    with store.view() as connection:
        assert list(connection.exec_driver_sql(asked, (Packed.of(kind, SAID[kind]),)).scalars()) == SAID[kind]
        assert list(connection.exec_driver_sql(asked, (Packed.of(kind, []),)).scalars()) == []


def test_a_set_and_a_question_are_in_our_encoding(store: Store) -> None:
    """What many rows say in Chinese is found again, one by one and as one of many."""
    with store.write() as records:
        adding = Bulk(rollup, *(each.name for each in rollup.c), finish=lambda new: new.on_conflict_do_nothing(
            index_elements=list(rollup.primary_key)
        ))  # fmt: skip
        adding.put(records.connection, PLACES)
        adding.put(records.connection, PLACES)
        query = select(rollup.c.channel_id).order_by(rollup.c.channel_id)
        these = among(records.connection, rollup.c.source_net, ["投诉 3", "投诉 7", "nowhere"])
        assert list(records.connection.scalars(query.where(these))) == [3, 7]
        assert list(records.connection.scalars(query.where(rollup.c.source_net == "投诉 4"))) == [4]
        none = among(records.connection, rollup.c.source_net, [])
        assert list(records.connection.scalars(query.where(none))) == []


def test_what_no_column_takes_is_said_as_ever(store: Store) -> None:
    """A character that PostgreSQL has no place for is a fault of the statement, and undoes its part alone."""
    with store.write() as records:
        with pytest.raises(DBAPIError), records.savepoint():
            records.connection.exec_driver_sql("SELECT %s::text[]", (Packed.of("text", ["a\0b"]),))
        assert records.connection.exec_driver_sql("SELECT 1").scalar() == 1
