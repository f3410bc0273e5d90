"""Queries for the report to the desk's boss: what came in a time, who it was about, how soon it was acted on, and what left.

Answers:    ``Figures``, which fits ``comity.services.operate.weekly.FigureRows``.
Limits:     one connection, reads only. Times are those of the desk: when a report arrived, when a case was opened.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from comity.model.case import SubjectKind
from comity.model.case_consequence import ConsequenceState
from comity.model.decisions import noes_in
from comity.model.desk import Act
from comity.model.playbook import DESK
from comity.model.sending import ComplaintState, OutboxKind, OutboxState
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.intake import item, report_row
from comity.store.tables.playbook import case_consequence
from comity.store.tables.remedy.infestations import infestation
from comity.store.tables.remedy.notices import notice, self_service_act
from comity.store.tables.sending import complaint, outbox, report_out

_LETTER = SubjectKind.LETTER.value


class Figures:
    """Numbers over a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def opened(self, since: datetime, until: datetime) -> Mapping[str, tuple[datetime, int]]:
        """Cases that were opened: when, and the how manieth on their subject."""
        case = abuse_case.c
        query = select(case.id, case.opened, case.number).where(case.opened >= since, case.opened < until)
        return {row.id: (row.opened, row.number) for row in self._connection.execute(query)}

    def events(self, acts: Sequence[str], since: datetime, until: datetime) -> Mapping[str, int]:
        """How often each of these acts was done."""
        event = case_event.c
        query = select(event.action, func.count()).where(event.at >= since, event.at < until, event.action.in_(acts))
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(event.action))}

    def first_acts(self, acts: Sequence[str], since: datetime, until: datetime) -> Mapping[str, datetime]:
        """When a person did something first about each case opened in this time, or the playbook something that is felt outside."""
        # A playbook waits and closes, too.
        people = (case_event.c.actor != "comity") & case_event.c.actor.not_like("playbook %")
        within = (abuse_case.c.opened >= since) & (abuse_case.c.opened < until)
        by_hand = (
            select(case_event.c.case_id, func.min(case_event.c.at).label("first"))
            .join(abuse_case, abuse_case.c.id == case_event.c.case_id)
            .where(within, people, case_event.c.action.in_(acts))
            .group_by(case_event.c.case_id)
        )
        by_itself = (
            select(case_consequence.c.case_id, func.min(case_consequence.c.finished).label("first"))
            .join(abuse_case, abuse_case.c.id == case_consequence.c.case_id)
            .where(
                within,
                case_consequence.c.state == ConsequenceState.DONE.value,
                case_consequence.c.kind.not_in([each.value for each in DESK]),
            )
            .group_by(case_consequence.c.case_id)
        )
        found: dict[str, datetime] = {}
        for query in (by_hand, by_itself):
            for row in self._connection.execute(query):
                if row.first is not None:
                    found[row.case_id] = min(row.first, found.get(row.case_id, row.first))
        return found

    def top(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, str, int, int]]:
        """Label, kind, reports and different reporters of the subjects with most reports."""
        case = abuse_case.c
        reports = func.count(report_row.c.id)
        query = (
            select(case.label, case.subject_kind, reports, func.count(report_row.c.complainer.distinct()))
            .join(item, item.c.id == report_row.c.item_id)
            .join(abuse_case, case.id == report_row.c.case_id)
            .where(report_row.c.duplicate_of.is_(None), item.c.arrived >= since, item.c.arrived < until)
            .group_by(case.label, case.subject_kind)
            .order_by(reports.desc(), case.label)
            .limit(most)
        )
        return [(row[0], row[1], row[2], row[3]) for row in self._connection.execute(query)]

    def arrived(self, since: datetime, until: datetime) -> int:
        """Reports that came and repeat nothing."""
        query = (
            select(func.count())
            .select_from(report_row)
            .join(item, item.c.id == report_row.c.item_id)
            .where(report_row.c.duplicate_of.is_(None), item.c.arrived >= since, item.c.arrived < until)
        )
        return int(self._connection.execute(query).scalar_one())

    def repeated(self, since: datetime, until: datetime, most: int) -> Sequence[tuple[str, str, int, datetime]]:
        """Label, kind, number of cases and last opening of subjects with several cases in this time."""
        case, cases, last = abuse_case.c, func.count(), func.max(abuse_case.c.opened)
        query = (
            select(case.label, case.subject_kind, cases, last)
            .where(case.opened >= since, case.opened < until, case.subject_kind != _LETTER)
            .group_by(case.label, case.subject_kind)
            .having(cases > 1)
            .order_by(cases.desc(), case.label)
            .limit(most)
        )
        return [(row[0], row[1], row[2], row[3]) for row in self._connection.execute(query)]

    def complaints(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """How our own people's complaints of this time stand, by state."""
        ours = complaint.c
        query = select(ours.state, func.count()).where(ours.not_spam.is_(False), *_within(ours.arrived, since, until))
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(ours.state))}

    def told(self, since: datetime, until: datetime) -> Sequence[tuple[str, int, int]]:
        """Whom reports left for in this time, how many, and how many of these were answered by now; most first."""
        sent = func.count()
        query = (
            select(outbox.c.party, sent, func.count(report_out.c.outcome))
            .join(report_out, report_out.c.report_id == outbox.c.report_id)
            .where(
                outbox.c.kind == OutboxKind.REPORT.value,
                outbox.c.state == OutboxState.SENT.value,
                *_within(outbox.c.finished, since, until),
            )
            .group_by(outbox.c.party)
            .order_by(sent.desc(), outbox.c.party)
        )
        return [(row[0], row[1], row[2]) for row in self._connection.execute(query)]

    def held(self) -> int:
        """Reports that are held now."""
        query = select(func.count()).select_from(outbox)
        of_reports = outbox.c.kind == OutboxKind.REPORT.value
        return int(
            self._connection.execute(query.where(outbox.c.state == OutboxState.HELD.value, of_reports)).scalar_one()
        )

    def untold(self, since: datetime, until: datetime, most: int) -> tuple[int, Mapping[str, int]]:
        """Complaints decided in this time of which nobody is told; and, of so many of the newest, how often each no was said."""
        ours = complaint.c
        nobody = (
            ours.not_spam.is_(False),
            ours.state == ComplaintState.DECIDED.value,
            ~select(report_out.c.complaint_id).where(report_out.c.complaint_id == ours.id).exists(),
            *_within(ours.decided, since, until),
        )
        count = int(self._connection.execute(select(func.count()).select_from(complaint).where(*nobody)).scalar_one())
        newest = select(ours.refusals).where(*nobody).order_by(ours.id.desc()).limit(most)
        noes: Counter[str] = Counter()
        for row in self._connection.execute(newest):
            noes.update({str(each["reason"]) for each in noes_in(row.refusals)})
        return count, noes

    def infested(self, since: datetime, until: datetime) -> tuple[int, int, int]:
        """Cases of infected lines: seen since then, opened in this time, closed in it."""
        case = abuse_case.c
        of_lines = select(func.count()).select_from(infestation).join(abuse_case, case.id == infestation.c.case_id)
        seen = of_lines.where(infestation.c.last >= since, infestation.c.first < until)
        closed = (
            select(func.count(case_event.c.case_id.distinct()))
            .join(infestation, infestation.c.case_id == case_event.c.case_id)
            .where(case_event.c.action == Act.CLOSE.value, *_within(case_event.c.at, since, until))
        )
        opened = of_lines.where(*_within(case.opened, since, until))
        ran = [int(self._connection.execute(query).scalar_one()) for query in (seen, opened, closed)]
        return ran[0], ran[1], ran[2]

    def notices(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many notices were given out, by kind."""
        query = select(notice.c.kind, func.count()).where(*_within(notice.c.given, since, until))
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(notice.c.kind))}

    def said(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """About how many cases subscribers said something on their pages, by what they said."""
        act = self_service_act.c
        query = select(act.act, func.count(act.case_id.distinct())).where(*_within(act.at, since, until))
        return {row[0]: row[1] for row in self._connection.execute(query.group_by(act.act))}


def _within(moment: ColumnElement[datetime], since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return moment >= since, moment < until
