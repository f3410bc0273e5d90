"""The spool: a file of its own where mail lies from the moment it is acknowledged until it was worked off.

Trust:      bytes and envelopes are strangers'; the file holds personal data and is made readable for its owner only.
Standards:  SQLite in WAL mode. The gates open it ``durable``: what ``add`` returned for is on the disk (``synchronous=FULL``).
            The worker does not: a deletion that is lost in a power cut means that an item is worked off again, and counted once.
Answers:    ``Spool(path, durable=...)``: ``add``, ``claim``, ``again``, ``count_try``, ``done``, ``counts``, ``mark``,
            ``transaction``, ``close``. A spool of an earlier version is brought up to this one when it is opened.
            A disk that is full, a busy or damaged file is a ``ComityError`` that says so; nothing of the batch was kept then.
Limits:     one process adds, one works off. Numbers only grow and are never given twice, so that "after number 7" has a meaning.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zlib import compress, decompress

from comity.model.arrival import Arrival, SpoolCounts, Waiting
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError, Outcome
from comity.model.submission import Submission
from comity.store.dialects.wal import into_wal, rely_on
from comity.store.trouble import told
from comity.store.types import microseconds

VERSION: Final = 3
BUSY_SECONDS: Final = 10
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMA: Final = """
CREATE TABLE waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gate TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    recipients TEXT NOT NULL,
    peer TEXT,
    tls INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    data BLOB NOT NULL
)
"""
# What came with each version after the first; see ``comity.store.spool.watched`` for the second table.
_LATER: Final = {
    2: (
        "ALTER TABLE waiting ADD COLUMN condition TEXT",
        "CREATE TABLE watched (mailbox TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (mailbox, place)) WITHOUT ROWID",
    ),
    3: (
        "ALTER TABLE waiting ADD COLUMN name TEXT",
        "ALTER TABLE waiting ADD COLUMN raw_id INTEGER",
        "ALTER TABLE waiting ADD COLUMN submission TEXT",
        "ALTER TABLE waiting ADD COLUMN token TEXT",
        "ALTER TABLE waiting ADD COLUMN digest TEXT",
        "CREATE INDEX waiting_submission ON waiting (submission) WHERE submission IS NOT NULL",
    ),
}
_ADD: Final = (
    "INSERT INTO waiting (gate, envelope_from, recipients, peer, tls, arrived, size, data, condition, name, raw_id,"
    " submission, token, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS: Final = (
    "SELECT id, gate, envelope_from, recipients, peer, tls, arrived, tries, size, data, condition, name, raw_id,"
    " submission, token, digest FROM waiting"
)
_CLAIM: Final = f"{_COLUMNS} WHERE id > ? ORDER BY id LIMIT ?"
_ONE: Final = f"{_COLUMNS} WHERE id = ?"
_SUBMITTED: Final = "SELECT submission, token, digest, arrived FROM waiting WHERE submission = ? LIMIT 1"
# The process that works off writes the file back into shape; the gates do it only when nobody else has for long.
_PAGES_DURABLE: Final = 16_000
_PAGES: Final = 2_000
_WAL_KEPT: Final = 16 << 20


class Spool:
    """One spool file; a connection of its own, used by one thread at a time."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.path = path
        self._durable = durable
        self._connection: sqlite3.Connection | None = None

    def add(self, arrivals: Sequence[Arrival]) -> list[int]:
        """Keep these, all or none; they are on the disk when this returns."""
        rows = [_row(each) for each in arrivals]
        numbers = list[int]()
        with self.transaction() as connection:
            for row in rows:
                numbers.append(connection.execute(_ADD, row).lastrowid or 0)
        return numbers

    def claim(self, after: int, *, items: int, data_bytes: int) -> list[Waiting]:
        """The oldest after that number: at least one if there is any, then as many as fit."""
        found, size = list[Waiting](), 0
        with told(str(self.path)):
            for row in self._open().execute(_CLAIM, (after, items)):
                size += row[8]
                if found and size > data_bytes:
                    break
                found.append(_waiting(row))
        return found

    def again(self, spool_ids: Sequence[int], *, data_bytes: int) -> list[Waiting]:
        """These, in order, as far as they are there: at least the first, then as many as fit."""
        found, size = list[Waiting](), 0
        with told(str(self.path)):
            for each in spool_ids:
                row = self._open().execute(_ONE, (each,)).fetchone()
                size += 0 if row is None else row[8]
                if found and size > data_bytes:
                    break
                if row is not None:
                    found.append(_waiting(row))
        return found

    def submitted(self, submission_id: str) -> tuple[Submission, datetime] | None:
        """What a program handed over under this id, and when; None where nothing of it waits (any more)."""
        with told(str(self.path)):
            row = self._open().execute(_SUBMITTED, (submission_id,)).fetchone()
        return (
            None if row is None else (Submission(submission_id=row[0], token_id=row[1], digest=row[2]), _moment(row[3]))
        )

    def count_try(self, spool_id: int) -> None:
        """One more reader died on this one."""
        with self.transaction() as connection:
            connection.execute("UPDATE waiting SET tries = tries + 1 WHERE id = ?", (spool_id,))

    def done(self, spool_ids: Sequence[int]) -> None:
        """These were worked off, and what came of them is on the disk elsewhere."""
        with self.transaction() as connection:
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(each,) for each in spool_ids])

    def counts(self) -> SpoolCounts:
        """How much waits."""
        with told(str(self.path)):
            items, data_bytes, oldest = (
                self._open()
                .execute("SELECT count(*), coalesce(sum(length(data)), 0), min(arrived) FROM waiting")
                .fetchone()
            )
        return SpoolCounts(items=items, data_bytes=data_bytes, oldest=None if oldest is None else _moment(oldest))

    def mark(self) -> int:
        """A number that changes when another process wrote: cheap to ask often."""
        with told(str(self.path)):
            return int(self._open().execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write to the file; on the disk when the block ends, where this spool is durable."""
        with told(str(self.path)):
            connection = self._open()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # After a failed sync nobody knows what the disk has: begin anew from what can be read back.
                self.close()
                raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if not self.path.exists():
                _create(self.path)
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
        )
        try:
            into_wal(connection, self.path)
            connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
            connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_DURABLE if self._durable else _PAGES}")
            connection.execute(f"PRAGMA journal_size_limit={_WAL_KEPT}")
            # Who works off, too: he puts the log into the file, and in a power cut its beginning would come back upon that.
            rely_on(connection, self.path)
            self._know(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _know(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            connection.execute(_SCHEMA)
        if found < VERSION:
            for version in range(max(found, 1) + 1, VERSION + 1):
                for statement in _LATER[version]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
        if found > VERSION:
            raise ComityError(
                "store-version",
                f"this spool has version {found}, this program knows version {VERSION}",
                outcome=Outcome.CONFIGURATION,
                place=str(self.path),
                details={"found": found, "known": VERSION},
            )


def _create(path: Path) -> None:
    """An empty file for its owner only; its name is on the disk when the folder is."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        return  # the other process was first
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _row(arrival: Arrival) -> tuple[object, ...]:
    by = arrival.submission
    return (
        arrival.gate,
        _text(arrival.envelope_from),
        json.dumps([_text(each) for each in arrival.recipients]),
        arrival.peer,
        int(arrival.tls),
        microseconds(arrival.arrived),
        len(arrival.data),
        compress(arrival.data, 1),
        None if arrival.condition is Condition.WHOLE else arrival.condition.value,
        arrival.name,
        arrival.raw_id,
        by and by.submission_id,
        by and by.token_id,
        by and by.digest,
    )


def _text(value: str) -> str:
    """What a stranger wrote, as text that a database takes."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _waiting(row: tuple[Any, ...]) -> Waiting:
    arrival = Arrival(
        gate=row[1],
        envelope_from=row[2],
        recipients=tuple(json.loads(row[3])),
        peer=row[4],
        tls=bool(row[5]),
        arrived=_moment(row[6]),
        condition=Condition.WHOLE if row[10] is None else Condition(row[10]),
        name=row[11],
        raw_id=row[12],
        submission=row[13] and Submission(submission_id=row[13], token_id=row[14], digest=row[15]),
        data=decompress(row[9], bufsize=row[8] or 1),
    )
    return Waiting(spool_id=row[0], tries=row[7], arrival=arrival, packed=row[9])


def _moment(value: int) -> datetime:
    return _BEGINNING + timedelta(microseconds=value)
