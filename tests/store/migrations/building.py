"""A store of the first tagged version, written down: a row in every table at least, with ledgers and cases among them.

``first_tag.jsonl`` holds it, a line a row: its table, then its values by column, bytes as hexadecimal numbers. It is made once, by
``script/tables``, and again only where the tables are no longer those that it was made of; with the tag it stays as it is.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Boolean, Connection, Integer, LargeBinary, MetaData, Table, select
from sqlalchemy import column as plain_column
from sqlalchemy import table as plain_table
from sqlalchemy.types import TypeDecorator

from comity.model.entry import Entry
from comity.store.dialects import Database
from comity.store.engine import open_store
from comity.store.metadata import metadata, version
from comity.store.migrations import first_tag, upgrading

FILE: Final = Path(__file__).with_name("first_tag.jsonl")
_PLAIN: Final = {type(None), bool, int, str}


def load(database: Database) -> None:
    """A store of that version, as its program would have left it."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        name, values = json.loads(line)
        rows.setdefault(name, []).append(values)
    upgrading.make(database, first_tag.NUMBER)
    engine = database.changing()
    with engine.begin() as connection:
        known = MetaData()
        known.reflect(connection)
        database.begin_filling(connection)
        for each in known.sorted_tables:
            given = [[_read(row[c.name]) for c in each.columns] for row in rows.get(each.name, ())]
            if given and each.name != version.name:
                database.fill(connection, each, given)
        database.filled(connection)
        database.changed(connection)
    engine.dispose()


@contextmanager
def looking(database: Database) -> Iterator[Connection]:
    """By a connection that can be asked what the tables are like."""
    engine = database.changing()
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def stands(tables: Mapping[str, Table] | None = None) -> bool:
    """Whether it has a row of every table, with the columns that it has today."""
    if not FILE.exists():
        return False
    found = {name: values.keys() for name, values in map(json.loads, FILE.read_text(encoding="utf-8").splitlines())}
    wanted = {each.name: set(each.columns.keys()) for each in (tables or metadata.tables).values()}
    return {name: set(keys) for name, keys in found.items()} == wanted


def dump(connection: Connection) -> Iterator[str]:
    """Every row, in the order of its key."""
    known = MetaData()
    known.reflect(connection)
    for each in sorted(known.tables.values(), key=lambda one: one.name):
        if each.name == version.name:
            continue
        plain = plain_table(each.name, *(plain_column(c.name) for c in each.columns))
        keys = [plain.c[c.name] for c in each.primary_key.columns]
        for row in connection.execute(select(plain).order_by(*keys)):
            values = {name: _written(each.c[name], value) for name, value in row._mapping.items()}
            yield json.dumps([each.name, values], ensure_ascii=False, separators=(",", ":"))


def _written(column: Any, value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"hex": bytes(value).hex()}
    return bool(value) if isinstance(column.type, Boolean) and value is not None else value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    assert type(value) in _PLAIN
    return value


def build(folder: Path) -> None:
    """What the services leave behind, then something made up for each table that is still empty."""
    from ...services.receive.intake import NOW, arf, ingest

    store = open_store(folder / "first.db")
    store.create()
    ingest(store, *[arf(n) for n in range(6)], arf(6, source="192.0.2.200"), arf(1), b"\xff\x00")
    with store.write() as records:
        for origin, n in (("west/to/east/2026Q1", 7), ("west/to/north/2026Q1", 130)):
            channel = records.ledger.channel(origin, reporting="west", reported="east", quarter="2026Q1")
            entries = [Entry(leaf_type="report", data=b"%d" % i, submitted=NOW, name=f"{n}-{i}") for i in range(n)]
            entries.append(Entry(leaf_type="x", data=b"\0", submitted=NOW, salt=b"s", payload=b"p"))
            records.ledger.append(channel.channel_id, entries)
        database, connection = store.database, records.connection
        database.begin_filling(connection)
        for each in metadata.sorted_tables:
            if connection.execute(select(each).limit(1)).first() is None:
                database.fill(connection, each, [_made_up(connection, each, n) for n in range(2)])
    with store.read() as records:
        FILE.write_text("\n".join(dump(records.connection)) + "\n", encoding="utf-8")
    store.close()


def _made_up(connection: Connection, each: Table, n: int) -> list[Any]:
    """The ``n``-th row; what names another row names one that is there, all of a key's columns the same one."""
    values: dict[str, Any] = {c.name: _value(c, n) for c in each.columns}
    for key in each.foreign_key_constraints:
        other = key.referred_table
        if other is each:
            values |= {c.name: None for c in key.columns}
            continue
        plain = plain_table(other.name, *(plain_column(c.name) for c in other.columns))
        rows = connection.execute(select(plain).order_by(*(plain.c[c.name] for c in other.primary_key.columns))).all()
        row = rows[min(n, len(rows) - 1)]._mapping
        values |= {part.parent.name: row[part.column.name] for part in key.elements}
    return [values[c.name] for c in each.columns]


def _value(column: Any, n: int) -> Any:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, Boolean):
        return bool(n)
    if isinstance(kind, Integer):
        return 1_772_323_200_000_000 + n if "Moment" in type(column.type).__name__ else n + 1
    if isinstance(kind, LargeBinary):
        return b"%d\0\xff" % n
    return f'["{n}"]' if type(column.type).__name__ == "Json" else f"{column.name} {n} 投诉"


def main(folder: Path) -> None:
    """For ``script/tables``."""
    if not stands():
        build(folder)
