"""Queries of the desk's queue: what a place in it depends on, and the cases that a word is found in.

Answers:    ``Queue``: ``standing(states, ...)`` gives the few numbers by which cases are ordered; ``found(words, ...)`` cases by
            what people remember of them: a name, a beginning of the short name, an address, an identity of a mail.
Limits:     one connection, no commits. A word is found inside labels and contacts, and whole in addresses and identities.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from comity.model.case import EvidenceClass, SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.store.cases import desk_case
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.intake import item, report_row, rollup
from comity.store.tables.sending import complaint

_ESCAPE = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a case's place in the queue depends on."""

    case_id: str
    subject_kind: SubjectKind
    state: CaseState
    complainers: int
    reports: int
    classes: frozenset[EvidenceClass]
    first_seen: datetime | None
    last_seen: datetime | None
    due: datetime | None


class Queue:
    """Rows of the queue."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(
        self,
        states: Iterable[CaseState],
        about: SubjectKind | None = None,
        words: str = "",
        *,
        most: int,
        is_deep: bool = True,
    ) -> list[Standing]:
        """Cases in these states: those with a day first, then those with the most complainers.

        With ``is_deep`` words are found in contacts, addresses and identities too, without it in labels alone.
        """
        table = abuse_case.c
        query: Select[Any] = select(
            table.id,
            table.subject_kind,
            table.state,
            table.complainers,
            table.reports,
            table.classes,
            table.first_seen,
            table.last_seen,
            table.due,
        )
        query = query.where(table.state.in_([each.value for each in states]))
        if about is not None:
            query = query.where(table.subject_kind == about.value)
        if words:
            query = self._with(query, words, is_deep=is_deep)
        query = query.order_by(table.due.is_(None), table.due, table.complainers.desc()).limit(most)
        return [
            Standing(
                case_id=row.id,
                subject_kind=SubjectKind(row.subject_kind),
                state=CaseState(row.state),
                complainers=row.complainers,
                reports=row.reports,
                classes=frozenset(EvidenceClass(name) for name in row.classes),
                first_seen=row.first_seen,
                last_seen=row.last_seen,
                due=row.due,
            )
            for row in self._connection.execute(query)
        ]

    def _with(self, query: Select[Any], words: str, *, is_deep: bool) -> Select[Any]:
        """Only cases that have every one of these words."""
        table = abuse_case.c
        for word in words.split()[:8]:
            inside = f"%{_literal(word)}%"
            reported = select(report_row.c.case_id).where(
                or_(report_row.c.source_ip == word, report_row.c.message_id == word.strip("<>")),
                report_row.c.case_id.is_not(None),
            )
            places = [
                table.label.ilike(inside, escape=_ESCAPE),
                table.id.like(f"{_literal(word.lower())}%", escape=_ESCAPE),
            ]
            if is_deep:
                places += [table.contact.ilike(inside, escape=_ESCAPE), table.id.in_(reported)]
            query = query.where(or_(*places))
        return query

    def changed_since(self, moment: datetime) -> dict[str, int]:
        """How many times each act was done since then."""
        query = select(case_event.c.action, func.count()).where(case_event.c.at >= moment).group_by(case_event.c.action)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def opened_since(self, moment: datetime) -> int:
        """How many cases were opened since then."""
        query = select(func.count()).select_from(abuse_case).where(abuse_case.c.opened >= moment)
        return int(self._connection.scalar(query) or 0)

    def due_until(self, moment: datetime) -> list[DeskCase]:
        """Cases that wait for a day up to this one, the earliest first."""
        query = select(abuse_case).where(abuse_case.c.state == CaseState.WAITING.value, abuse_case.c.due <= moment)
        return [desk_case(row) for row in self._connection.execute(query.order_by(abuse_case.c.due).limit(100))]

    def has_items(self) -> bool:
        """Whether anything has come in."""
        return self._is_any(select(item.c.id))

    def has_complaints(self) -> bool:
        """Whether anybody of ours has complained."""
        return self._is_any(select(complaint.c.id))

    def has_closed(self) -> bool:
        """Whether any case is closed."""
        return self._is_any(select(abuse_case.c.id).where(abuse_case.c.state == CaseState.CLOSED.value))

    def _is_any(self, query: Select[Any]) -> bool:
        return self._connection.execute(query.limit(1)).first() is not None

    def reports_by_day(self, first: date) -> dict[str, int]:
        """How many reports came in on each day since the first, by the day's date."""
        query = select(rollup.c.day, func.sum(rollup.c.count)).where(rollup.c.day >= first.isoformat())
        return {day: int(count) for day, count in self._connection.execute(query.group_by(rollup.c.day))}

    def reports_by_network(self, first: date, last: date) -> list[tuple[int, str, int]]:
        """How many reports there are by channel and network of these days; 0 is no channel."""
        table = rollup.c
        query = select(table.channel_id, table.source_net, func.sum(table.count))
        query = query.where(table.day >= first.isoformat(), table.day <= last.isoformat())
        rows = self._connection.execute(query.group_by(table.channel_id, table.source_net))
        return [(row[0], row[1], int(row[2])) for row in rows]

    def networks_by_day(self, first: date, last: date) -> list[tuple[str, str, int]]:
        """How many reports there are by day and network."""
        table = rollup.c
        query = select(table.day, table.source_net, func.sum(table.count))
        query = query.where(table.day >= first.isoformat(), table.day <= last.isoformat())
        rows = self._connection.execute(query.group_by(table.day, table.source_net))
        return [(row[0], row[1], int(row[2])) for row in rows]


def _literal(word: str) -> str:
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, _ESCAPE + sign)
    return word
