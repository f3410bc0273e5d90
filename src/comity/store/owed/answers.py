"""Queries about answers that are owed, and what was noted of them.

Limits:     one connection, no commits.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Row, func, select, type_coerce

from comity.model.owed import AnswersOwed, AnswerWatch
from comity.store.dialects import insert as upsert
from comity.store.tables.coalition.answers import answer_watch as table
from comity.store.tables.intake import item, report_row
from comity.store.tables.sending import outcome_told, report_out

_DAY: Final = 86_400_000_000  # microseconds, as moments are kept
_BEGINNING: Final = date(1970, 1, 1)


class OwedAnswers:
    """Who waits for whose answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_them(self, peer: str) -> Mapping[date, int]:
        """How many complaints of ours this peer has not answered, by the day on which they were exchanged."""
        query = (
            select(report_out.c.day, func.count().label("n"))
            .join(report_row, report_row.c.id == report_out.c.report_id)
            .where(report_out.c.reported == peer, *_UNANSWERED)
            .group_by(report_out.c.day)
        )
        return {date.fromisoformat(row.day): row.n for row in self._connection.execute(query)}

    def by_us(self, peer: str) -> Mapping[date, int]:
        """How many complaints of this peer we have not answered, by the day on which they arrived."""
        day = (type_coerce(item.c.arrived, BigInteger) // _DAY).label("day")
        query = (
            select(day, func.count().label("n"))
            .select_from(report_row)
            .join(item, item.c.id == report_row.c.item_id)
            .outerjoin(outcome_told, outcome_told.c.report_id == report_row.c.id)
            .where(
                report_row.c.peer == peer,
                report_row.c.direction == "in",
                report_row.c.is_complaint,
                report_row.c.channel_id.is_not(None),
                report_row.c.duplicate_of.is_(None),
                report_row.c.retracted.is_(None),
                outcome_told.c.report_id.is_(None),
            )
            .group_by(day)
        )
        return {_BEGINNING + timedelta(days=row.day): row.n for row in self._connection.execute(query)}

    def named(self, peer: str, days: Collection[date], most: int) -> list[str]:
        """The ids of some complaints of ours of these days without an answer, oldest first."""
        query = (
            select(report_out.c.name)
            .join(report_row, report_row.c.id == report_out.c.report_id)
            .where(
                report_out.c.reported == peer, report_out.c.day.in_([each.isoformat() for each in days]), *_UNANSWERED
            )
            .order_by(report_out.c.report_id)
            .limit(most)
        )
        return list(self._connection.scalars(query))

    def watch(self, peer: str) -> AnswerWatch | None:
        """How one peer stood when it was looked at last."""
        row = self._connection.execute(select(table).where(table.c.peer == peer)).one_or_none()
        return None if row is None else _watch(row)

    def watches(self) -> Mapping[str, AnswerWatch]:
        """All of them, by domain."""
        return {row.peer: _watch(row) for row in self._connection.execute(select(table).order_by(table.c.peer))}

    def put(self, watch: AnswerWatch) -> None:
        """How a peer stands now."""
        values = {
            "peer": watch.peer,
            "at": watch.at,
            "counted": {"theirs": _record(watch.theirs), "ours": _record(watch.ours)},
            "reminded": watch.reminded and watch.reminded.isoformat(),
            "escalated": watch.escalated and watch.escalated.isoformat(),
        }
        adding = upsert(table).values(values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[table.c.peer], set_=values))


_UNANSWERED: Final = (
    report_out.c.outcome.is_(None),
    report_out.c.day.is_not(None),
    report_row.c.is_complaint,
    report_row.c.retracted.is_(None),
)


def _record(owed: AnswersOwed | None) -> dict[str, Any] | None:
    return None if owed is None else asdict(owed) | {"oldest": owed.oldest and owed.oldest.isoformat()}


def _owed(record: Any) -> AnswersOwed | None:
    if not isinstance(record, dict):
        return None
    return AnswersOwed(**record | {"oldest": _date(record.get("oldest"))})


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _watch(row: Row[Any]) -> AnswerWatch:
    at: datetime = row.at
    return AnswerWatch(
        peer=row.peer,
        at=at,
        theirs=_owed(row.counted.get("theirs")),
        ours=_owed(row.counted.get("ours")),
        reminded=_date(row.reminded),
        escalated=_date(row.escalated),
    )
