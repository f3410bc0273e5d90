"""What a database does in its own way stands in one folder; everything else is written once."""

import re
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

import comity.store
from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects import database_of
from comity.store.dialects.postgresql import PostgresDatabase
from comity.store.metadata import metadata

STORE = Path(comity.store.__file__).parent
ALONE = {"trouble.py": "knows the errors of both"}  # the spool is a file of SQLite, whatever the store is


def _modules() -> list[Path]:
    return [
        path
        for path in sorted(STORE.rglob("*.py"))
        if path.relative_to(STORE).parts[0] not in ("dialects", "spool") and path.name not in ALONE
    ]


def test_queries_know_no_database() -> None:
    """No module of queries imports a dialect or a driver, or asks which one it is."""
    assert len(_modules()) > 40
    wrong = re.compile(
        r"sqlalchemy\.dialects|import sqlite3|import psycopg|dialect\.name ==|paramstyle|PRAGMA|rowid\b(?!=)"
    )
    found = {path.name: wrong.findall(path.read_text(encoding="utf-8")) for path in _modules()}
    assert {name: words for name, words in found.items() if words and name != "tables"} == {}


def test_plain_statements_are_written_for_any_driver() -> None:
    """A question mark is a value in one driver, and an operator in the other."""
    plain = re.compile(r"exec_driver_sql\(\s*(?!marked\()([^\s,)]+)")
    known = {'"SAVEPOINT', '"ROLLBACK', '"RELEASE', "statement"}  # no values, or compiled for the driver
    found = {each for path in _modules() for each in plain.findall(path.read_text(encoding="utf-8"))}
    assert found <= known


def test_every_index_of_some_rows_is_one_everywhere() -> None:
    """What is unique among open rows only would be unique among all on the other one."""
    for table in metadata.sorted_tables:
        for index in table.indexes:
            texts = [str(CreateIndex(index).compile(dialect=each.dialect())) for each in (sqlite, postgresql)]
            assert [" WHERE " in text for text in texts] in ([True, True], [False, False]), index.name


def test_columns_order_and_count_the_same_in_postgresql() -> None:
    """Text by its code points, whole numbers of 64 bits."""
    engine = PostgresDatabase("postgresql://127.0.0.1/x").engine(read_only=False)
    made = " ".join(str(CreateTable(table).compile(dialect=engine.dialect)) for table in metadata.sorted_tables)
    assert made.count(" TEXT COLLATE") == made.count(" TEXT") > 100
    assert " INTEGER" not in made
    assert "VARCHAR" not in made


@pytest.mark.parametrize("where", ["a.db", "sqlite:a.db", "sqlite:///a.db"])
def test_a_file_has_several_names(where: str) -> None:
    """As people write them."""
    assert database_of(where).path == Path("a.db")


@pytest.mark.parametrize(
    "address", ["postgresql://h/d", "postgres://h/d", "postgresql+psycopg://u:secret@h:5433/d?sslmode=require"]
)
def test_an_address_is_said_without_its_password(address: str) -> None:
    """It stands in errors, on the desk and in logs."""
    database = database_of(address)
    assert database.path is None
    assert database.place.startswith("postgresql://")
    assert "secret" not in database.place


def test_what_is_no_address_is_refused() -> None:
    """Before anything is opened."""
    for address, code in (("mysql://h/d", "store-kind"), ("postgresql://h:port/d", "store-address")):
        with pytest.raises(ComityError) as caught:
            database_of(address)
        assert (caught.value.code, caught.value.outcome) == (code, Outcome.CONFIGURATION)
