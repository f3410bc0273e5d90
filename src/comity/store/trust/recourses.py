"""Queries about consequences and the recourse against them.

Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from comity.accord.recourse import UNANSWERED, UNWARNED, WARNED
from comity.model.recourse import Consequence, Measure, Recourse, RecourseEvent, RecourseState
from comity.store.tables.recourse import consequence, recourse, recourse_event


class Recourses:
    """What was done to others, and what they said to it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: Consequence, begun: Recourse) -> None:
        """A new consequence, with its way back."""
        values = asdict(made) | {"measure": made.measure.value, "classes": dict(made.classes)}
        self._connection.execute(insert(consequence).values(values))
        self._connection.execute(insert(recourse).values(asdict(begun) | {"state": begun.state.value}))

    def find(self, reference: str) -> tuple[Consequence, Recourse] | None:
        """One by its reference."""
        return next(iter(self._found(consequence.c.reference == reference)), None)

    def about(self, subject: str) -> Sequence[tuple[Consequence, Recourse]]:
        """Those about one subject, newest first."""
        return self._found(consequence.c.subject == subject)

    def all(
        self, *, in_force_at: datetime | None = None, ends_after: datetime | None = None
    ) -> Sequence[tuple[Consequence, Recourse]]:
        """Every one, newest first; or those that hold at a moment, or end after one."""
        if in_force_at is None:
            return self._found() if ends_after is None else self._found(consequence.c.ends > ends_after)
        return self._found(
            consequence.c.lifted.is_(None), consequence.c.begins <= in_force_at, consequence.c.ends > in_force_at
        )

    def owed(self, before: datetime) -> Sequence[tuple[Consequence, Recourse]]:
        """Those whose answer was due before a moment, and that nobody has marked as such."""
        return self._found(recourse.c.due < before, recourse.c.was_overdue.is_(False))

    def over(self, before: datetime) -> Sequence[tuple[Consequence, Recourse]]:
        """Those whose consequence ended before a moment, and that are not closed."""
        return self._found(consequence.c.ends < before, recourse.c.state != RecourseState.CLOSED.value)

    def put(self, changed: Recourse) -> None:
        """A recourse as it is now."""
        values = asdict(changed) | {"state": changed.state.value}
        self._connection.execute(update(recourse).where(recourse.c.reference == changed.reference).values(values))

    def lift(self, reference: str, at: datetime) -> None:
        """A consequence holds no more."""
        self._connection.execute(update(consequence).where(consequence.c.reference == reference).values(lifted=at))

    def begin(self, reference: str, at: datetime) -> None:
        """A consequence that waited for a warning holds from this moment on."""
        self._connection.execute(update(consequence).where(consequence.c.reference == reference).values(begins=at))

    def note(self, reference: str, event: RecourseEvent) -> None:
        """One more line of its history."""
        values = {
            "reference": reference,
            "at": event.at,
            "actor": event.actor,
            "act": event.act,
            "note": event.note,
            "to_state": event.to_state.value,
        }
        self._connection.execute(insert(recourse_event).values(values))

    def history(self, reference: str) -> Sequence[RecourseEvent]:
        """Its history, oldest first."""
        query = select(recourse_event).where(recourse_event.c.reference == reference).order_by(recourse_event.c.id)
        return [_event(row) for row in self._connection.execute(query)]

    def warned(self, since: datetime | None = None) -> set[str]:
        """The references of those whose other side was warned, by a mail that has not come back, or by a person; since then."""
        return self._last_said(WARNED, (WARNED, UNWARNED), since)

    def unwarned(self) -> set[str]:
        """The references of those whose warning did not arrive, and whom nobody has warned since."""
        return self._last_said(UNWARNED, (WARNED, UNWARNED))

    def unanswered(self) -> set[str]:
        """The references of those who asked or objected by mail that nothing may answer, and whom nobody has told since."""
        return self._last_said(UNANSWERED, (WARNED, UNANSWERED))

    def _last_said(self, act: str, among: Sequence[str], since: datetime | None = None) -> set[str]:
        said = recourse_event.c.act.in_(among)
        last = select(func.max(recourse_event.c.id)).where(said).group_by(recourse_event.c.reference)
        query = select(recourse_event.c.reference).where(recourse_event.c.id.in_(last), recourse_event.c.act == act)
        if since is not None:
            query = query.where(recourse_event.c.at >= since)
        return set(self._connection.execute(query).scalars())

    def noted(self, note: str, since: datetime) -> Sequence[tuple[str, RecourseEvent]]:
        """Lines of histories that say exactly this, with their references, oldest first."""
        query = (
            select(recourse_event)
            .where(recourse_event.c.note == note, recourse_event.c.at >= since)
            .order_by(recourse_event.c.id)
        )
        return [(row.reference, _event(row)) for row in self._connection.execute(query)]

    def _found(self, *conditions: Any) -> Sequence[tuple[Consequence, Recourse]]:
        query = (
            select(consequence, recourse.c.state, recourse.c.since, recourse.c.due, recourse.c.asker)
            .add_columns(recourse.c.answered_by, recourse.c.was_overdue)
            .join(recourse, recourse.c.reference == consequence.c.reference)
            .where(*conditions)
            .order_by(consequence.c.imposed.desc(), consequence.c.reference)
        )
        return [(_consequence(row), _recourse(row)) for row in self._connection.execute(query)]


def _event(row: Row[Any]) -> RecourseEvent:
    return RecourseEvent(at=row.at, actor=row.actor, act=row.act, note=row.note, to_state=RecourseState(row.to_state))


def _consequence(row: Row[Any]) -> Consequence:
    return Consequence(
        reference=row.reference,
        subject=row.subject,
        measure=Measure(row.measure),
        is_severe=row.is_severe,
        reason=row.reason,
        classes=row.classes,
        also=row.also,
        case_id=row.case_id,
        peer=row.peer,
        imposed=row.imposed,
        begins=row.begins,
        ends=row.ends,
        lifted=row.lifted,
    )


def _recourse(row: Row[Any]) -> Recourse:
    return Recourse(
        reference=row.reference,
        state=RecourseState(row.state),
        since=row.since,
        due=row.due,
        asker=row.asker,
        answered_by=row.answered_by,
        was_overdue=row.was_overdue,
    )
