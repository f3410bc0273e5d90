"""What the tables of a database look like, as plain lines that two databases can be compared by.

Standards:  SQLite's PRAGMAs; PostgreSQL's own descriptions of columns, constraints and indexes.
Answers:    ``layout(connection)`` gives lines for each table; ``made_of(connection, make)`` the layout of what ``make`` makes, and
            leaves nothing behind.
Limits:     the order of columns does not count, nor how a statement was written. Both sides are of one kind of database.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.pool import StaticPool

from comity.store.metadata import version

Layout = Mapping[str, frozenset[str]]

_OTHERS: Final = (version.name,)
_QUOTES: Final = re.compile(r'["\s()]+')
_COLUMNS: Final = """
SELECT t.relname, concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation NOT IN (0, y.typcollation) THEN 'COLLATE ' || c.collname END,
       CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity, ''))
  FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_collation c ON c.oid = a.attcollation
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
 WHERE t.relkind IN ('r', 'p') AND t.relnamespace = %s"""
_CONSTRAINTS: Final = """
SELECT t.relname, 'constraint ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype <> 'n' AND t.relnamespace = %s"""
_INDEXES: Final = """
SELECT t.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indisvalid AND t.relnamespace = %s"""


def layout(connection: Connection) -> Layout:
    """Every table of a store."""
    lines = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection, "current_schema()")
    return _gathered(lines)


def made_of(connection: Connection, make: Callable[[Connection], None]) -> Layout:
    """Made aside, in memory or in tables of this connection alone, looked at, and thrown away."""
    if connection.dialect.name == "sqlite":
        engine = create_engine("sqlite://", poolclass=StaticPool)
        with engine.begin() as aside:
            make(aside)
            found = layout(aside)
        engine.dispose()
        return found
    path = connection.exec_driver_sql("SHOW search_path").scalar()
    with connection.begin_nested() as savepoint:
        connection.exec_driver_sql("SET LOCAL search_path = pg_temp")
        make(connection)
        found = _gathered(_postgresql(connection, "pg_my_temp_schema()"))
        savepoint.rollback()
    assert connection.exec_driver_sql("SHOW search_path").scalar() == path  # noqa: S101 - it was undone
    return found


def differences(here: Layout, wanted: Layout) -> list[str]:
    """What is missing, and what nobody asked for, a line each.

    >>> differences({"a": frozenset({"x"})}, {"a": frozenset({"y"}), "b": frozenset()})
    ['- a: y', '+ a: x', '- b']
    """
    found: list[str] = []
    for name in sorted({*here, *wanted}):
        if name not in wanted:
            found.append(f"+ {name}")
        elif name not in here:
            found.append(f"- {name}")
        else:
            found += [f"- {name}: {line}" for line in sorted(wanted[name] - here[name])]
            found += [f"+ {name}: {line}" for line in sorted(here[name] - wanted[name])]
    return found


def _gathered(lines: Iterator[tuple[str, str]]) -> Layout:
    found: dict[str, set[str]] = {}
    for name, line in lines:
        found.setdefault(name, set()).add(line)
    return {name: frozenset(each) for name, each in found.items() if name not in _OTHERS}


def _postgresql(connection: Connection, schema: str) -> Iterator[tuple[str, str]]:
    found = "to_regnamespace(quote_ident(current_schema()))" if schema == "current_schema()" else schema
    space, name = connection.exec_driver_sql(f"SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.oid = {found}").one()  # noqa: S608
    spaces = re.compile(rf"\b(?:pg_temp|{re.escape(name)})\.")
    for query in (_COLUMNS, _CONSTRAINTS, _INDEXES):
        for table, line in connection.exec_driver_sql(query, (space,)):
            yield table, spaces.sub("", line)


def _sqlite(connection: Connection) -> Iterator[tuple[str, str]]:
    run, inspector = connection.exec_driver_sql, inspect(connection)
    for name in inspector.get_table_names():
        for _, column, kind, is_needed, default, key, hidden in run(f'PRAGMA table_xinfo("{name}")'):
            yield name, f"column {column} {kind} {is_needed} {default} {key} {hidden}"
        for key in run(f'PRAGMA foreign_key_list("{name}")'):
            yield name, f"foreign key {key[3]} -> {key[2]}({key[4]}) {key[5]} {key[6]}"
        for check in inspector.get_check_constraints(name):
            yield name, f"check {check['sqltext']}"
        for index in run(f'PRAGMA index_list("{name}")').all():
            yield name, _index(connection, index)
        shape = run("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).scalar() or ""
        yield name, f"rows {'AUTOINCREMENT' in shape} {'WITHOUT ROWID' in shape}"


def _index(connection: Connection, index: tuple[object, ...]) -> str:
    """Only an index that was made by name has one that counts."""
    _, name, is_unique, origin, _ = index
    columns = [
        f"{each[2]} {each[3]}" for each in connection.exec_driver_sql(f'PRAGMA index_xinfo("{name}")') if each[5]
    ]
    query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?"
    some = str(connection.exec_driver_sql(query, (name,)).scalar() or "").partition(" WHERE ")[2]
    called = name if origin == "c" else origin
    return f"index {called} {is_unique} on {', '.join(columns)} {_QUOTES.sub(' ', some).strip()}".rstrip()
