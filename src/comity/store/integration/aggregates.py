"""Queries for the export of what was counted: roll-ups and counters, never a row per mail or per report.

Answers:    ``Aggregates``, which fits ``comity.services.integrate.aggregates.AggregateRows``.
Limits:     one connection, reads only. Rows come as they are read, so that a year of them needs no memory.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from comity.model import utc_day
from comity.store.tables.cases import case_count
from comity.store.tables.consumers.claimed import claimed_count
from comity.store.tables.consumers.delivered import delivered_count
from comity.store.tables.consumers.judged import judged_count, left_count
from comity.store.tables.intake import rollup
from comity.store.tables.ledger import channel
from comity.store.tables.trust import exchange_count

_LOT = 10_000


class Aggregates:
    """What was counted over a time; both days are in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reports(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Day, who reports, who is told (None, None: outside any channel), class, network of the source, count."""
        row = rollup.c
        query = (
            select(row.day, channel.c.reporting, channel.c.reported, row["class"], row.source_net, func.sum(row.count))
            .select_from(rollup.outerjoin(channel, channel.c.id == row.channel_id))
            .where(row.day >= first.isoformat(), row.day <= last.isoformat())
            .group_by(row.day, channel.c.reporting, channel.c.reported, row["class"], row.source_net)
            .order_by(row.day, channel.c.reporting, channel.c.reported, row["class"], row.source_net)
        )
        return self._all(query)

    def delivered(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Hour, domain of who sent, network, folder, mails."""
        row = delivered_count.c
        since = utc_day.begin(first)
        until = utc_day.end(last)
        query = select(row.hour, row.domain, row.source, row.folder, row.mails).where(
            row.hour >= since, row.hour < until
        )
        return self._all(query.order_by(row.hour, row.domain, row.source, row.folder))

    def judged(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Day, peer, mails, judged, spam, traps."""
        row = judged_count.c
        return self._days(select(row.day, row.peer, row.mails, row.judged, row.spam, row.traps), first, last)

    def claimed(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Day, domain, mails, aligned, spam."""
        row = claimed_count.c
        return self._days(select(row.day, row.domain, row.mails, row.aligned, row.spam), first, last)

    def left(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Day, domain of who got it, mails."""
        row = left_count.c
        return self._days(select(row.day, row.domain, row.mails), first, last)

    def exchanged(self, first: date, last: date) -> Iterator[tuple[Any, ...]]:
        """Day, peer, what was done with its leaves or ours, count."""
        row = exchange_count.c
        return self._days(select(row.day, row.peer, row.what, row.count), first, last)

    def cases(self) -> Iterator[tuple[Any, ...]]:
        """State, kind of subject, cases: as they stand now."""
        row = case_count.c
        return self._all(select(row.state, row.subject_kind, row.cases).order_by(row.state, row.subject_kind))

    def _days(self, query: "Select[Any]", first: date, last: date) -> Iterator[tuple[Any, ...]]:
        columns = list(query.selected_columns)
        wanted = query.where(columns[0] >= first.isoformat(), columns[0] <= last.isoformat())
        return self._all(wanted.order_by(*columns[:2]))

    def _all(self, query: "Select[Any]") -> Iterator[tuple[Any, ...]]:
        found = self._connection.execution_options(yield_per=_LOT).execute(query)
        return (tuple(row) for row in found)
