"""Queries of the desk's first page and of its pictures: what changed, whether there is anything at all, reports by day and network.

Answers:    ``Queue``. Which cases there are, and in which order, stands in ``comity.store.desk.places``.
Limits:     one connection, no commits.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from comity.model.desk import CaseState
from comity.model.sending import OutboxKind, OutboxState
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.intake import report_row, rollup, rollup_day
from comity.store.tables.sending import complaint, outbox


class Queue:
    """Rows of the queue."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed_since(self, moment: datetime) -> dict[str, int]:
        """How many times each act was done since then."""
        query = select(case_event.c.action, func.count()).where(case_event.c.at >= moment).group_by(case_event.c.action)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def opened_since(self, moment: datetime) -> int:
        """How many cases were opened since then."""
        query = select(func.count()).select_from(abuse_case).where(abuse_case.c.opened >= moment)
        return int(self._connection.scalar(query) or 0)

    def has_feedback(self) -> bool:
        """Whether a report has come in, or a case was opened by anything else: what answers our own reports is neither."""
        came = select(report_row.c.id).where(report_row.c.item_id.is_not(None))
        return self._is_any(came) or self._is_any(select(abuse_case.c.id))

    def has_complaints(self) -> bool:
        """Whether anybody of ours has complained."""
        return self._is_any(select(complaint.c.id))

    def has_told(self) -> bool:
        """Whether a report of ours has left."""
        is_sent = outbox.c.state == OutboxState.SENT.value
        return self._is_any(select(outbox.c.id).where(is_sent, outbox.c.kind == OutboxKind.REPORT.value))

    def has_closed(self) -> bool:
        """Whether any case is closed."""
        return self._is_any(select(abuse_case.c.id).where(abuse_case.c.state == CaseState.CLOSED.value))

    def _is_any(self, query: Select[Any]) -> bool:
        return self._connection.execute(query.limit(1)).first() is not None

    def reports_by_day(self, first: date) -> dict[str, int]:
        """How many reports came or left on each day since the first, by the day's date."""
        query = select(rollup_day.c.day, rollup_day.c.count).where(rollup_day.c.day >= first.isoformat())
        return {str(day): int(count) for day, count in self._connection.execute(query)}

    def state_of_days(self, first: date, last: date) -> tuple[int, int]:
        """What is another as soon as anything of these days is counted anew."""
        query = select(func.count(), func.sum(rollup_day.c.changes))
        row = self._connection.execute(query.where(*_between(rollup_day.c.day, first, last))).one()
        return int(row[0]), int(row[1] or 0)

    def rolled_up(self, first: date, last: date) -> Iterator[tuple[str, int, str, int]]:
        """Day, channel, network and count of the roll-ups of these days; 0 is no channel, and each class has its own."""
        table = rollup.c
        query = select(table.day, table.channel_id, table.source_net, table.count)
        for row in self._connection.execute(query.where(*_between(table.day, first, last))):
            yield row[0], row[1], row[2], row[3]


def _between(day: ColumnElement[str], first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return day >= first.isoformat(), day <= last.isoformat()
