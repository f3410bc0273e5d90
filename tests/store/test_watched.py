"""What was taken out of a watched mailbox is remembered in the spool's file, across versions of it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.model.arrival import Arrival
from comity.model.mailbox import Condition
from comity.store.spool import Spool
from comity.store.spool.watched import Watched

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "spool.db")


def test_names_are_remembered_for_each_mailbox(watched: Watched, tmp_path: Path) -> None:
    """What was added is there after a restart, of that mailbox alone, and what was forgotten is not."""
    watched.add("/mail/a", ["1", "2", "3"])
    watched.add("/mail/a", ["3"])
    watched.add("/mail/b", ["4"])
    watched.forget("/mail/a", ["2", "unknown"])
    watched.close()
    again = Watched(tmp_path / "spool.db")
    assert again.places("/mail/a") == {"1", "3"}
    assert again.places("/mail/b") == {"4"}


def test_numbers_advance(watched: Watched) -> None:
    """There is one last number, and with another UIDVALIDITY it may be smaller."""
    assert watched.last("x") is None
    watched.advance("x", 7, 100)
    watched.advance("x", 7, 4294967295)
    assert watched.last("x") == (7, 4294967295)
    watched.advance("x", 8, 1)
    assert watched.last("x") == (8, 1)


def test_a_spool_of_the_first_version_goes_on(tmp_path: Path) -> None:
    """What lay in the spool before it could remember is still there, whole, and new things fit beside it."""
    schema = (
        "CREATE TABLE waiting (id INTEGER PRIMARY KEY AUTOINCREMENT, gate TEXT NOT NULL, envelope_from TEXT NOT NULL,"
        " recipients TEXT NOT NULL, peer TEXT, tls INTEGER NOT NULL, arrived INTEGER NOT NULL,"
        " tries INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL, data BLOB NOT NULL)"
    )
    with closing(sqlite3.connect(tmp_path / "spool.db")) as connection:
        connection.execute(schema)
        connection.execute("INSERT INTO waiting VALUES (1, 'lmtp', '', '[]', NULL, 0, 0, 0, 1, x'789c4b040000620062')")
        connection.execute("PRAGMA user_version=1")
        connection.commit()
    spool = Spool(tmp_path / "spool.db", durable=True)
    cut = Arrival(gate="imap", envelope_from="", recipients=(), arrived=NOON, data=b"b", condition=Condition.TOO_LARGE)
    spool.add([cut])
    old, new = spool.claim(0, items=10, data_bytes=100)
    assert (old.arrival.data, old.arrival.condition) == (b"a", Condition.WHOLE)
    assert new.arrival == cut
    Watched(tmp_path / "spool.db").add("x", ["1"])
