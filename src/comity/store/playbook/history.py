"""Queries about all that came and was done, for a dry run of a playbook.

Answers:    ``History``: cases, reports in the order in which they arrived, acts of people.
Limits:     one connection, reads only; reports come a thousand at a time.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from comity.formats.item_facts import evidence_from_line
from comity.model.case import Evidence, SubjectKind
from comity.model.desk import CaseEvent, CaseState, DeskCase
from comity.model.source import Proof, Trust
from comity.store.cases import desk_case
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.intake import item, raw, report_row
from comity.store.tables.playbook import sent_volume
from comity.store.tables.sources.feeds import source


class History:
    """All that came and was done, in the order of time, for a dry run."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cases(self) -> Iterator[DeskCase]:
        """Every case that may follow a playbook: no letters, nothing that could be two customers'."""
        query = select(abuse_case).where(abuse_case.c.subject_kind != SubjectKind.LETTER.value)
        for row in self._connection.execute(query):
            case = desk_case(row)
            if case.state is not CaseState.UNDECIDED:
                yield case

    def sent(self) -> dict[str, dict[date, int]]:
        """Mails of every customer by day, as far as they were counted."""
        found: dict[str, dict[date, int]] = {}
        for row in self._connection.execute(select(sent_volume)):
            found.setdefault(row.label, {})[date.fromisoformat(row.day)] = row.mails
        return found

    def heard(self, trusting: Collection[str] = ()) -> Iterator[tuple[int, str, Evidence, datetime, bool, str | None]]:
        """Number, case, evidence, time of arrival of every report that repeats nothing, whether its source proved itself and is
        trusted (those in ``trusting`` are taken as such), and which source that is."""
        query = (
            select(report_row.c.id, report_row.c.case_id, report_row.c.facts, report_row.c.source, item.c.arrived)
            .join(item, item.c.id == report_row.c.item_id)
            .where(report_row.c.case_id.is_not(None), report_row.c.duplicate_of.is_(None))
            .order_by(item.c.arrived, report_row.c.id)
        )
        acting = self._acting() | set(trusting)
        for row in self._connection.execute(query, execution_options={"yield_per": 1000}):
            evidence = evidence_from_line(row.facts)
            if evidence is not None:
                yield row.id, row.case_id, evidence, row.arrived, row.source in acting, row.source

    def carried(self, report_id: int) -> Any | None:
        """The identity of a report, and the item that carried it with its packed bytes; None where they were dropped."""
        query = (
            select(report_row.c.report_key, item.c.gate, item.c.name, item.c.arrived, raw.c.data, raw.c.size)
            .join(item, item.c.id == report_row.c.item_id)
            .join(raw, raw.c.id == item.c.raw_id)
            .where(report_row.c.id == report_id, raw.c.data.is_not(None))
        )
        return self._connection.execute(query).first()

    def _acting(self) -> set[str]:
        """Sources that a playbook may act on today."""
        asked = select(source.c.name).where(source.c.trust == Trust.TRUSTED.value, source.c.proof != Proof.NONE.value)
        return set(self._connection.scalars(asked))

    def acts_of_people(self) -> Iterator[CaseEvent]:
        """What persons did, oldest first."""
        theirs = (case_event.c.actor != "comity") & case_event.c.actor.not_like("playbook %")
        for row in self._connection.execute(
            select(case_event).where(theirs).order_by(case_event.c.at, case_event.c.id)
        ):
            yield CaseEvent(
                case_id=row.case_id,
                at=row.at,
                actor=row.actor,
                act=row.action,
                note=row.note,
                to_state=CaseState(row.to_state),
            )
