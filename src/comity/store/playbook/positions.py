"""Queries about where cases stand in their playbook, and the numbers that rates are made of.

Answers:    ``Positions``, which fits ``comity.services.receive.playbook.rows.PositionRows``.
Limits:     one connection, no commits. ``due`` touches only cases whose time has come.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from comity.model.playbook import Position
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.playbook import case_consequence, case_day, playbook_position, sent_volume


class Positions:
    """Rows of positions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, case_ids: Sequence[str]) -> Mapping[str, Position]:
        """Where these cases stand."""
        query = select(playbook_position)
        return {
            row.case_id: _position(row)
            for part in chunks(case_ids)
            for row in self._connection.execute(query.where(playbook_position.c.case_id.in_(part)))
        }

    def put(self, positions: Sequence[Position]) -> None:
        """Where these cases stand now."""
        if positions:
            adding = upsert(playbook_position)
            changed = {name: adding.excluded[name] for name in _values(positions[0]) if name != "case_id"}
            self._connection.execute(
                adding.on_conflict_do_update(index_elements=[playbook_position.c.case_id], set_=changed),
                [_values(each) for each in positions],
            )

    def is_used(self) -> bool:
        """Whether a case ever followed a playbook, or a person decided what is done outside."""
        kept = (select(playbook_position.c.case_id), select(case_consequence.c.id))
        return any(self._connection.execute(each.limit(1)).first() is not None for each in kept)

    def due(self, now: datetime, most: int) -> Sequence[Position]:
        """Cases whose timers are to be looked at, those that waited longest first."""
        query = select(playbook_position).where(playbook_position.c.due <= now)
        rows = self._connection.execute(query.order_by(playbook_position.c.due).limit(most))
        return [_position(row) for row in rows]

    def next_due(self) -> datetime | None:
        """When the next timer ends."""
        found: datetime | None = self._connection.scalar(select(func.min(playbook_position.c.due)))
        return found

    def count_by_state(self, playbook: str) -> Mapping[str, int]:
        """How many cases stand in each state."""
        state = playbook_position.c.state
        query = select(state, func.count()).where(playbook_position.c.playbook == playbook).group_by(state)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def complained(self, case_ids: Sequence[str], since: date) -> Mapping[str, Mapping[date, int]]:
        """Complaints of these cases by day."""
        found: dict[str, dict[date, int]] = {}
        query = select(case_day).where(case_day.c.day >= since.isoformat())
        for part in chunks(case_ids):
            for row in self._connection.execute(query.where(case_day.c.case_id.in_(part))):
                found.setdefault(row.case_id, {})[date.fromisoformat(row.day)] = row.complaints
        return found

    def count_complaints(self, counts: Mapping[tuple[str, date], int]) -> None:
        """So many more."""
        if counts:
            adding = upsert(case_day)
            more = {"complaints": case_day.c.complaints + adding.excluded.complaints}
            self._connection.execute(
                adding.on_conflict_do_update(index_elements=["case_id", "day"], set_=more),
                [{"case_id": case_id, "day": day.isoformat(), "complaints": n} for (case_id, day), n in counts.items()],
            )

    def sent(self, labels: Sequence[str], since: date) -> Mapping[str, Mapping[date, int]]:
        """Mails of these customers by day."""
        found: dict[str, dict[date, int]] = {}
        query = select(sent_volume).where(sent_volume.c.day >= since.isoformat())
        for part in chunks(labels):
            for row in self._connection.execute(query.where(sent_volume.c.label.in_(part))):
                found.setdefault(row.label, {})[date.fromisoformat(row.day)] = row.mails
        return found

    def put_sent(self, counts: Mapping[tuple[str, date], int]) -> None:
        """The number of mails of these customers on these days; what was known of them is replaced."""
        rows = [{"label": label, "day": day.isoformat(), "mails": n} for (label, day), n in counts.items()]
        adding = upsert(sent_volume)
        changing = adding.on_conflict_do_update(index_elements=["label", "day"], set_={"mails": adding.excluded.mails})
        for part in chunks(rows):
            self._connection.execute(changing, list(part))

    def forget_sent(self, before: date) -> None:
        """Drop the days before this one."""
        self._connection.execute(delete(sent_volume).where(sent_volume.c.day < before.isoformat()))


def _position(row: Row[Any]) -> Position:
    return Position(
        case_id=row.case_id,
        playbook=row.playbook,
        state=row.state,
        entered=row.entered,
        checked=row.checked,
        due=row.due,
        serial=row.serial,
        verified=row.verified,
        heard=row.heard,
        raised=row.raised,
    )


def _values(each: Position) -> dict[str, Any]:
    return {
        "case_id": each.case_id,
        "playbook": each.playbook,
        "state": each.state,
        "entered": each.entered,
        "checked": each.checked,
        "due": each.due,
        "serial": each.serial,
        "verified": each.verified,
        "heard": each.heard,
        "raised": each.raised,
    }
