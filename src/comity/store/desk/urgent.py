"""Queries about what a person must see within the hour.

Answers:    ``UrgentTable``, which fits ``comity.services.receive.grave.urgent.UrgentRows``.
Limits:     one connection, no commits; what stands is a few rows, because the same key goes into one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from comity.model.urgent import Urgent, UrgentKind
from comity.store.tables.cases import case_event
from comity.store.tables.desk.urgent import urgent


class UrgentTable:
    """Rows of what is urgent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self) -> list[Urgent]:
        """What nobody has seen yet, oldest first."""
        return self._found(select(urgent).where(urgent.c.seen.is_(None)).order_by(urgent.c.id))

    def newest(self, most: int) -> list[Urgent]:
        """The newest, seen or not, newest first."""
        return self._found(select(urgent).order_by(urgent.c.id.desc()).limit(most))

    def by_key(self, key: str) -> Urgent | None:
        """The newest of this key."""
        found = self._found(select(urgent).where(urgent.c.key == key).order_by(urgent.c.id.desc()).limit(1))
        return next(iter(found), None)

    def by_id(self, urgent_id: int) -> Urgent | None:
        """One of them."""
        return next(iter(self._found(select(urgent).where(urgent.c.id == urgent_id))), None)

    def add(self, each: Urgent) -> None:
        """A new one."""
        values = {"key": each.key, "kind": each.kind.value, "about": each.about, "case_id": each.case_id}
        self._connection.execute(insert(urgent).values(entered=each.entered, **values))

    def count_more(self, urgent_id: int) -> None:
        """One more came about the same."""
        self._connection.execute(update(urgent).where(urgent.c.id == urgent_id).values(more=urgent.c.more + 1))

    def mark_told(self, urgent_ids: Sequence[int], at: datetime) -> None:
        """These were mailed."""
        here = update(urgent).where(urgent.c.id.in_(list(urgent_ids)))
        self._connection.execute(here.values(told=at, tellings=urgent.c.tellings + 1))

    def mark_seen(self, urgent_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """Somebody has seen it."""
        here = update(urgent).where(urgent.c.id == urgent_id)
        self._connection.execute(here.values(seen=at, seen_by=by, why=why))

    def acts_since(self, case_id: str, since: datetime) -> list[tuple[str, datetime]]:
        """Who did something to a case since then, and when, oldest first."""
        query = select(case_event.c.actor, case_event.c.at).where(
            case_event.c.case_id == case_id, case_event.c.at >= since
        )
        return [(row.actor, row.at) for row in self._connection.execute(query.order_by(case_event.c.id))]

    def _found(self, query: Select[Any]) -> list[Urgent]:
        return [_urgent(row) for row in self._connection.execute(query)]


def _urgent(row: Row[Any]) -> Urgent:
    return Urgent(
        urgent_id=row.id,
        key=row.key,
        kind=UrgentKind(row.kind),
        about=row.about,
        case_id=row.case_id,
        entered=row.entered,
        more=row.more,
        told=row.told,
        tellings=row.tellings,
        seen=row.seen,
        seen_by=row.seen_by,
        why=row.why,
    )
