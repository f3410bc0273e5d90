"""Queries about practices: claims, official lists, and the counts that figures are made of.

Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, delete, exists, func, insert, select

from comity.accord.recourse import HURTING, UNWARNED, WARNED
from comity.model.practice import Claim, Listed, Standing
from comity.store.tables import intake, ledger, recourse, sending
from comity.store.tables.practices import practice_claim, practice_listed


class Practices:
    """What is claimed, listed and counted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, made: Claim) -> None:
        """One more claim."""
        values = {
            "practice": made.practice_id,
            "network": made.network,
            "standing": made.standing.value,
            "evidence": made.evidence,
            "reviewer": made.reviewer,
            "at": made.at,
        }
        self._connection.execute(insert(practice_claim).values(values))

    def claims(self) -> Sequence[Claim]:
        """Every claim, newest first."""
        return [
            Claim(
                practice_id=row.practice,
                network=row.network,
                standing=Standing(row.standing),
                evidence=row.evidence,
                reviewer=row.reviewer,
                at=row.at,
            )
            for row in self._connection.execute(select(practice_claim).order_by(practice_claim.c.id.desc()))
        ]

    def take_list(self, source: str, entries: Sequence[Listed]) -> None:
        """Put a list into the place of the one of the same name."""
        self._connection.execute(delete(practice_listed).where(practice_listed.c.source == source))
        if entries:
            rows = [
                {
                    "source": source,
                    "number": each.number,
                    "text": each.text,
                    "text_zh": each.text_zh,
                    "practice": each.practice_id,
                }
                for each in entries
            ]
            self._connection.execute(insert(practice_listed), rows)

    def listed(self) -> Sequence[Listed]:
        """Entries of all lists."""
        return [
            Listed(source=row.source, number=row.number, text=row.text, text_zh=row.text_zh, practice_id=row.practice)
            for row in self._connection.execute(select(practice_listed))
        ]

    def counts(self, now: datetime) -> dict[str, int]:
        """The counts that figures are made of, by name."""
        reports, out = intake.report_row, intake.report_row.c.channel_id.is_not(None)
        exchanged = out & reports.c.duplicate_of.is_(None) & reports.c.retracted.is_(None)
        raw, made, asked = intake.raw, recourse.consequence, recourse.recourse
        begins = made.c.begins < made.c.ends  # what waits for a warning hurts nobody
        hurts = made.c.measure.in_([each.value for each in HURTING]) & made.c.is_severe.is_(False) & begins
        event = recourse.recourse_event
        later = event.alias()  # a warning that came back was none
        came_back = select(later.c.id).where(
            later.c.reference == event.c.reference, later.c.act == UNWARNED, later.c.id > event.c.id
        )
        told = select(event.c.id).where(
            event.c.reference == made.c.reference,
            event.c.act == WARNED,
            event.c.at <= made.c.begins,
            ~exists(came_back.correlate(event)),
        )
        kept = raw.c.kept_until.is_not(None)
        return {
            "exchanged": self._count(reports, exchanged),
            "with-tlp": self._count(reports, exchanged, reports.c.tlp.is_not(None)),
            "with-definition": self._count(reports, exchanged, reports.c.definition.is_not(None)),
            "from-peers": self._count(reports, exchanged, reports.c.direction == "in"),
            "told": self._count(sending.outcome_told),
            "classes": self._connection.execute(
                select(func.count(func.distinct(reports.c.evidence_class)))
            ).scalar_one(),
            "shunted": self._count(
                intake.shunt, intake.shunt.c.resolved.is_(None), intake.shunt.c.stage != intake.LETTER
            ),
            "items": self._count(intake.item),
            "kept": self._count(raw, kept),
            "kept-in-time": self._count(raw, kept & ((raw.c.kept_until >= now) | raw.c.data.is_(None))),
            "retracted": self._count(ledger.leaf, ledger.leaf.c.type == "retract"),
            "reported": self._count(ledger.leaf, ledger.leaf.c.type == "report"),
            "statements": self._count(ledger.leaf, ledger.leaf.c.type == "statement"),
            "hurting": self._count(made, hurts),
            "warned": self._count(made, hurts, made.c.begins > made.c.imposed, exists(told)),
            "asked": self._count(asked, asked.c.state.not_in(("open", "asked"))),
            "asked-in-time": self._count(
                asked, asked.c.state.not_in(("open", "asked")), asked.c.was_overdue.is_(False)
            ),
        }

    def _count(self, table: FromClause, *conditions: ColumnElement[bool] | Any) -> int:
        return int(self._connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())
