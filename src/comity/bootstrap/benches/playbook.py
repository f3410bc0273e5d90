"""A store with so many open cases, each somewhere in a playbook, for measuring what one step costs.

Answers:    ``crowd(path, cases, now)`` makes it; ``chosen(store, number, ...)`` names some of them, ``make_due`` lets their timers
            end.
Limits:     cases are made in the database itself: all alike, named by numbers that lie as far apart as hashes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from comity.store.engine import Store, open_store
from comity.store.types import microseconds

_SPREAD: Final = 2654435761  # Knuth's multiplier: neighbours in time are none in the index, as with hashes
_CASES: Final = """
WITH RECURSIVE one(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM one WHERE i + 1 < ?)
INSERT INTO abuse_case (id, key, subject, subject_kind, label, number, contact, state, state_since, opened, first_seen,
                        last_seen, reports, repeats, complainers, classes)
SELECT printf('%012x', i * ? % 281474976710656), 'customer:C' || i, 'customer:C' || i, 'customer', 'C' || i, 1,
       'noc@c' || i || '.example', 'new', ?, ?, ?, ?, 3, 0, 2, '{"complaint":3}' FROM one
"""
_POSITIONS: Final = """
INSERT INTO playbook_position (case_id, playbook, state, entered, checked, due, serial, verified, heard)
SELECT id, ?, 'told', ?, ?, ? + reports * 1000 + rowid, 1, 0, ? FROM abuse_case
"""


def crowd(path: Path, cases: int, now: datetime, *, playbook: str) -> Store:
    """A store in which so many cases are open, and no timer ends for a month."""
    store = open_store(path)
    store.create()
    then, later = microseconds(now - timedelta(days=1)), microseconds(now + timedelta(days=30))
    with store.write() as records:
        put = records.connection.exec_driver_sql
        put(_CASES, (cases, _SPREAD, then, then, then, then))
        put(_POSITIONS, (playbook, then, then, later, then))
    return store


def chosen(store: Store, number: int, *, turn: int, scattered: bool) -> list[str]:
    """The names of so many cases: those that began together, or cases from all over the store."""
    with store.read() as records:
        total = records.connection.exec_driver_sql("SELECT count(*) FROM playbook_position").scalar_one()
    step = max(total // number, 1) if scattered else 1
    first = turn * 7 if scattered else turn * number
    return [f"{(first + at * step) % total * _SPREAD % 281474976710656:012x}" for at in range(number)]


def make_due(store: Store, case_ids: Sequence[str], now: datetime) -> None:
    """Let the timers of these cases end."""
    with store.write() as records:
        records.connection.exec_driver_sql(
            "UPDATE playbook_position SET due = ?, checked = ? WHERE case_id = ?",
            [(microseconds(now), microseconds(now - timedelta(days=2)), each) for each in case_ids],
        )
