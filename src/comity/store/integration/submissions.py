"""Queries about what programs handed over.

Answers:    ``SubmissionTable``, which fits ``comity.services.receive.rows.SubmissionRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from comity.model.decisions import noes_in, steps_in
from comity.model.submission import Submission, WorkedOff
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.integration import submission
from comity.store.tables.sending import complaint, outbox, report_out

_DIGITS: Final = 19  # of a number that a database can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintNow:
    """How a complaint stands."""

    complaint_id: int
    state: str
    due: datetime
    refusals: Sequence[dict[str, Any]]
    steps: Sequence[dict[str, Any]]
    reports: Sequence[tuple[str, str, str | None]]  # party, state of its mail, what the other side did


class SubmissionTable:
    """What became of each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def settle(self, done: WorkedOff) -> None:
        """What became of one; tried again, the last word counts."""
        values: dict[str, Any] = {
            "id": done.submission.submission_id,
            "token_id": done.submission.token_id,
            "digest": done.submission.digest,
            "arrived": done.arrived,
            "worked_off": done.worked_off,
            "fate": done.fate,
            "kind": done.kind,
            "reason": done.reason,
            "reports": done.reports,
            "repeats": done.repeats,
            "unmatched": done.unmatched,
            "cases": list(done.cases),
            "complaints": list(done.complaints),
        }
        adding = upsert(submission).values(values)
        changed = {name: value for name, value in values.items() if name != "id"}
        self._connection.execute(adding.on_conflict_do_update(index_elements=[submission.c.id], set_=changed))

    def find(self, submission_id: str) -> WorkedOff | None:
        """What became of it; None where it is not known."""
        row = self._connection.execute(select(submission).where(submission.c.id == submission_id)).first()
        if row is None:
            return None
        return WorkedOff(
            submission=Submission(submission_id=row.id, token_id=row.token_id, digest=row.digest),
            arrived=row.arrived,
            worked_off=row.worked_off,
            fate=row.fate,
            kind=row.kind,
            reason=row.reason,
            reports=row.reports,
            repeats=row.repeats,
            unmatched=row.unmatched,
            cases=tuple(row.cases),
            complaints=tuple(row.complaints),
        )

    def complaints_now(self, complaint_ids: Sequence[int]) -> list[ComplaintNow]:
        """How these complaints stand, and what was sent about each."""
        sent: dict[int, list[tuple[str, str, str | None]]] = {}
        reports = (
            select(report_out.c.complaint_id, report_out.c.party, report_out.c.outcome, outbox.c.state)
            .join(outbox, outbox.c.report_id == report_out.c.report_id)
            .order_by(report_out.c.report_id)
        )
        for part in chunks(list(complaint_ids)):
            for row in self._connection.execute(reports.where(report_out.c.complaint_id.in_(part))):
                sent.setdefault(row.complaint_id, []).append((row.party, row.state, row.outcome))
        return [
            ComplaintNow(
                complaint_id=row.id,
                state=row.state,
                due=row.due,
                refusals=tuple(noes_in(row.refusals)),
                steps=tuple(steps_in(row.refusals)),
                reports=tuple(sent.get(row.id, ())),
            )
            for part in chunks(list(complaint_ids))
            for row in self._connection.execute(
                select(complaint).where(complaint.c.id.in_(part)).order_by(complaint.c.id)
            )
        ]

    def complaint_of(self, name: str) -> int | None:
        """The complaint with this number, or of which the report with this id was made."""
        query = select(report_out.c.complaint_id).where(report_out.c.name == name)
        if name.isascii() and name.isdigit() and len(name) < _DIGITS:
            query = select(complaint.c.id).where(complaint.c.id == int(name))
        return self._connection.scalar(query)

    def forget(self, before: datetime) -> int:
        """Forget what was worked off before this moment; how many there were."""
        return self._connection.execute(delete(submission).where(submission.c.worked_off < before)).rowcount
