"""Queries about cases: the newest on a subject, who was counted, what was done.

Answers:    ``Cases``, which fits ``comity.services.receive.rows.CaseRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, or_, select

from comity.cases.opening import case_id_of, case_key
from comity.model.case import EvidenceClass, SubjectKind
from comity.model.desk import CaseEvent, CaseState, DeskCase, Question
from comity.store.bulk import Bulk, BulkChange
from comity.store.chunks import chunks
from comity.store.desk.places import Places
from comity.store.dialects import among
from comity.store.tables.cases import abuse_case, case_complainer, case_event

_HOPS: Final = 20
_STANDING: Final = ("contact", "state", "state_since", "question")
_COUNTED: Final = ("first_seen", "last_seen", "reports", "repeats", "complainers", "classes", "merged_into")
_LASTING: Final = ("id", "key", "subject", "subject_kind", "label", "number")
_NEW: Final = Bulk(abuse_case, *_LASTING, *_STANDING, "opened", *_COUNTED, "reopened_from", "due")
_CHANGED: Final = BulkChange(abuse_case, *_STANDING, *_COUNTED, "due", "id")
_EVENTS: Final = Bulk(case_event, "case_id", "at", "actor", "action", "note", "from_state", "to_state")
_MARKS: Final = Bulk(case_complainer, "mark", "case_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list, newest first; ``after`` is when the last one shown was opened, and its short name."""

    state: CaseState | None = None
    about: SubjectKind | None = None
    opened_since: datetime | None = None
    seen_since: datetime | None = None
    after: tuple[datetime, str] | None = None


class Cases:
    """Rows of the desk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, subjects: Sequence[str]) -> Mapping[str, DeskCase]:
        """The newest case on each subject; where that was merged, the newest on the subject it went into."""
        found = self._newest(subjects)
        for _ in range(_HOPS):
            merged = {subject: case.merged_into for subject, case in found.items() if case.state is CaseState.MERGED}
            if not merged:
                break
            targets = self.by_id(each for each in merged.values() if each)
            beyond = self._newest([case_key(each.subject_kind, each.label) for each in targets.values()])
            for subject, into in merged.items():
                target = targets[into or ""]
                case = beyond.get(case_key(target.subject_kind, target.label))
                if case is None:  # it was erased, and this one is on hold
                    del found[subject]
                else:
                    found[subject] = case
        return found

    def erased(self, subjects: Sequence[str], newest: Mapping[str, DeskCase]) -> Mapping[str, int]:
        """Of subjects whose next case would take the short name of one that is there and is no more known to be on them: the
        number of the last such one. ``newest`` are the newest cases on these subjects that are known."""
        numbers: dict[str, int] = {}
        asked = {
            subject: (case_key(case.subject_kind, case.label), case.number)
            if (case := newest.get(subject)) is not None
            else (subject, 0)
            for subject in subjects
            if subject not in newest or newest[subject].state is CaseState.CLOSED
        }
        while asked:
            names = {
                subject: case_id_of(SubjectKind(key.partition(":")[0]), key if number == 0 else f"{key}#{number + 1}")
                for subject, (key, number) in asked.items()
            }
            taken = self._taken(sorted(set(names.values())))
            asked = {subject: (key, number + 1) for subject, (key, number) in asked.items() if names[subject] in taken}
            numbers |= {subject: number for subject, (_, number) in asked.items()}
        return numbers

    def _taken(self, case_ids: Sequence[str]) -> set[str]:
        return {
            case_id
            for part in chunks(case_ids)
            for case_id in self._connection.scalars(
                select(abuse_case.c.id).where(among(self._connection, abuse_case.c.id, part))
            )
        }

    def _newest(self, subjects: Sequence[str]) -> dict[str, DeskCase]:
        query = select(abuse_case).order_by(abuse_case.c.number)
        return {
            row.subject: desk_case(row)
            for part in chunks(subjects)
            for row in self._connection.execute(query.where(among(self._connection, abuse_case.c.subject, part)))
        }

    def by_id(self, case_ids: Iterable[str]) -> Mapping[str, DeskCase]:
        """Cases by their short names."""
        return {
            row.id: desk_case(row)
            for part in chunks(list(dict.fromkeys(case_ids)))
            for row in self._connection.execute(
                select(abuse_case).where(among(self._connection, abuse_case.c.id, part))
            )
        }

    def on_subject(self, subject: str) -> list[DeskCase]:
        """All cases on a subject, the first one first."""
        query = select(abuse_case).where(abuse_case.c.subject == subject).order_by(abuse_case.c.number)
        return [desk_case(row) for row in self._connection.execute(query)]

    def beginning_with(self, start: str) -> list[DeskCase]:
        """Cases whose short name begins so: people type as little as they must."""
        query = select(abuse_case).where(abuse_case.c.id >= start, abuse_case.c.id < start + "\uffff").limit(10)
        return [desk_case(row) for row in self._connection.execute(query)]

    def known_marks(self, marks: Sequence[int]) -> set[int]:
        """Which complainers have been counted before."""
        query = select(case_complainer.c.mark)
        return {
            mark
            for part in chunks(marks)
            for mark in self._connection.scalars(query.where(among(self._connection, case_complainer.c.mark, part)))
        }

    def add(self, cases: Sequence[DeskCase]) -> None:
        """New cases."""
        _NEW.put(self._connection, map(_new, cases))
        Places(self._connection).put(cases)

    def change(self, cases: Sequence[DeskCase]) -> None:
        """Cases as they are now."""
        _CHANGED.put(self._connection, map(_changed, cases))
        Places(self._connection).put(cases)

    def add_marks(self, marks: Mapping[int, str]) -> None:
        """Complainers, and the case each was counted in."""
        _MARKS.put(self._connection, sorted(marks.items()))

    def record(self, events: Sequence[CaseEvent]) -> None:
        """What was done."""
        _EVENTS.put(self._connection, map(_event, events))

    def events_of(self, case_id: str) -> list[CaseEvent]:
        """What was done to a case, oldest first."""
        query = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)
        return [
            CaseEvent(
                case_id=row.case_id,
                at=row.at,
                actor=row.actor,
                act=row.action,
                note=row.note,
                from_state=row.from_state and CaseState(row.from_state),
                to_state=CaseState(row.to_state),
            )
            for row in self._connection.execute(query)
        ]

    def in_states(self, states: Iterable[CaseState]) -> list[DeskCase]:
        """All cases in these states."""
        query = select(abuse_case).where(abuse_case.c.state.in_([state.value for state in states]))
        return [desk_case(row) for row in self._connection.execute(query)]

    def page(self, wanted: CaseFilter, most: int) -> list[DeskCase]:
        """Cases, newest first."""
        opened, name = abuse_case.c.opened, abuse_case.c.id
        query = select(abuse_case).order_by(opened.desc(), name.desc()).limit(most)
        if wanted.state is not None:
            query = query.where(abuse_case.c.state == wanted.state.value)
        if wanted.about is not None:
            query = query.where(abuse_case.c.subject_kind == wanted.about.value)
        if wanted.opened_since is not None:
            query = query.where(opened >= wanted.opened_since)
        if wanted.seen_since is not None:
            query = query.where(abuse_case.c.last_seen >= wanted.seen_since)
        if wanted.after is not None:
            moment, last = wanted.after
            query = query.where(opened <= moment, or_(opened < moment, name < last))
        return [desk_case(row) for row in self._connection.execute(query)]

    def count_by_state(self) -> dict[CaseState, int]:
        """How many cases there are in each state."""
        query = select(abuse_case.c.state, func.count()).group_by(abuse_case.c.state)
        return {CaseState(state): count for state, count in self._connection.execute(query)}

    def drop_marks(self, case_id: str) -> None:
        """Forget who was counted in a case."""
        self._connection.execute(delete(case_complainer).where(case_complainer.c.case_id == case_id))

    def due_before(self, now: datetime) -> list[DeskCase]:
        """Cases that wait for a day that has come."""
        query = select(abuse_case).where(abuse_case.c.state == CaseState.WAITING.value, abuse_case.c.due <= now)
        return [desk_case(row) for row in self._connection.execute(query)]

    def merged_into(self, case_id: str) -> list[DeskCase]:
        """The cases that went into this one, directly."""
        query = select(abuse_case).where(
            abuse_case.c.merged_into == case_id, abuse_case.c.state == CaseState.MERGED.value
        )
        return [desk_case(row) for row in self._connection.execute(query)]


def desk_case(row: Row[Any]) -> DeskCase:
    """A case out of its row."""
    question = row.question
    return DeskCase(
        case_id=row.id,
        key=row.key,
        subject_kind=SubjectKind(row.subject_kind),
        label=row.label,
        number=row.number,
        contact=row.contact,
        state=CaseState(row.state),
        state_since=row.state_since,
        question=question and Question(code=question["code"], candidates=tuple(question["candidates"])),
        opened=row.opened,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        reports=row.reports,
        repeats=row.repeats,
        complainers=row.complainers,
        classes={EvidenceClass(name): count for name, count in row.classes.items()},
        merged_into=row.merged_into,
        reopened_from=row.reopened_from,
        due=row.due,
    )


def _lasting(case: DeskCase) -> tuple[Any, ...]:
    subject = case_key(case.subject_kind, case.label)
    return case.case_id, case.key, subject, case.subject_kind.value, case.label, case.number


def _standing(case: DeskCase) -> tuple[Any, ...]:
    question = case.question and {"code": case.question.code, "candidates": list(case.question.candidates)}
    return case.contact, case.state.value, case.state_since, question


def _counted(case: DeskCase) -> tuple[Any, ...]:
    classes = {each.value: count for each, count in case.classes.items()}
    return (
        case.first_seen,
        case.last_seen,
        case.reports,
        case.repeats,
        case.complainers,
        classes,
        case.merged_into,
    )


def _new(case: DeskCase) -> tuple[Any, ...]:
    return *_lasting(case), *_standing(case), case.opened, *_counted(case), case.reopened_from, case.due


def _changed(case: DeskCase) -> tuple[Any, ...]:
    return *_standing(case), *_counted(case), case.due, case.case_id


def _event(each: CaseEvent) -> tuple[Any, ...]:
    from_state = each.from_state and each.from_state.value
    return each.case_id, each.at, each.actor, each.act, each.note, from_state, each.to_state.value
