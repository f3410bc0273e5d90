"""Queries about notices to subscribers and what they say back.

Answers:    ``Notices``, which fits ``comity.services.remedy.rows.NoticeRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from comity.model.notice import Certainty, NoticeKind, SelfServiceAct
from comity.services.remedy.rows import ActOfSubscriber, GivenNotice
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.playbook import case_consequence
from comity.store.tables.remedy.notices import comprehension, notice, self_service_act, self_service_step
from comity.store.tables.sending import outbox


class Notices:
    """Notices, steps, acts, and counts of answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, given: GivenNotice) -> None:
        """One that is given out."""
        self._connection.execute(insert(notice), [{name: getattr(given, name) for name in GivenNotice.__slots__}])

    def find(self, reference: str) -> GivenNotice | None:
        """The one with this reference."""
        row = self._connection.execute(select(notice).where(notice.c.reference == reference)).first()
        return None if row is None else _given(row)

    def of_case(self, case_id: str) -> list[GivenNotice]:
        """Those of a case, oldest first."""
        query = select(notice).where(notice.c.case_id == case_id).order_by(notice.c.given, notice.c.reference)
        return [_given(row) for row in self._connection.execute(query)]

    def of_cases(self, case_ids: Sequence[str]) -> list[GivenNotice]:
        """Those of these cases, oldest first."""
        query = select(notice).order_by(notice.c.given, notice.c.reference)
        return [
            _given(row)
            for part in chunks(list(case_ids))
            for row in self._connection.execute(query.where(notice.c.case_id.in_(part)))
        ]

    def newest(self, most: int) -> list[GivenNotice]:
        """Those that were given out last, newest first."""
        query = select(notice).order_by(notice.c.given.desc(), notice.c.reference).limit(most)
        return [_given(row) for row in self._connection.execute(query)]

    def last_said(self, case_ids: Sequence[str]) -> dict[str, SelfServiceAct]:
        """What was said last about each of these cases."""
        query = select(self_service_act.c.case_id, self_service_act.c.act).order_by(self_service_act.c.id)
        return {
            row.case_id: SelfServiceAct(row.act)
            for part in chunks(list(case_ids))
            for row in self._connection.execute(query.where(self_service_act.c.case_id.in_(part)))
        }

    def checked(self, reference: str) -> None:
        """Somebody asked for it once more."""
        these = notice.c.reference == reference
        self._connection.execute(update(notice).where(these).values(checks=notice.c.checks + 1))

    def steps(self, case_id: str) -> set[tuple[str, str]]:
        """Which steps of which devices are done."""
        query = select(self_service_step.c.device, self_service_step.c.step)
        found = self._connection.execute(query.where(self_service_step.c.case_id == case_id))
        return {(row.device, row.step) for row in found}

    def mark(self, case_id: str, step: tuple[str, str], done: datetime | None) -> None:
        """A step of a device is done, or is not."""
        table = self_service_step
        these = (table.c.case_id == case_id) & (table.c.device == step[0]) & (table.c.step == step[1])
        self._connection.execute(delete(table).where(these))
        if done is not None:
            values = {"case_id": case_id, "device": step[0], "step": step[1], "done": done}
            self._connection.execute(insert(table), [values])

    def say(self, act: ActOfSubscriber) -> None:
        """A subscriber said something."""
        values = {"case_id": act.case_id, "reference": act.reference, "act": act.act.value, "at": act.at}
        self._connection.execute(insert(self_service_act), [values])

    def said(self, case_id: str) -> list[ActOfSubscriber]:
        """What was said about a case, oldest first."""
        query = select(self_service_act).where(self_service_act.c.case_id == case_id).order_by(self_service_act.c.id)
        return [
            ActOfSubscriber(case_id=row.case_id, reference=row.reference, act=SelfServiceAct(row.act), at=row.at)
            for row in self._connection.execute(query)
        ]

    def count(self, day: str, phase: str, answers: Mapping[str, str]) -> None:
        """One set of answers more, by question."""
        for question, answer in sorted(answers.items()):
            values = {"day": day, "phase": phase, "question": question, "answer": answer, "n": 1}
            statement = upsert(comprehension).values(values)
            statement = statement.on_conflict_do_update(
                index_elements=["day", "phase", "question", "answer"], set_={"n": comprehension.c.n + 1}
            )
            self._connection.execute(statement)

    def counts(self) -> list[tuple[str, str, str, str, int]]:
        """Day, phase, question, answer and how many."""
        columns = comprehension.c
        query = select(comprehension).order_by(columns.day, columns.question, columns.phase, columns.answer)
        return [(row.day, row.phase, row.question, row.answer, row.n) for row in self._connection.execute(query)]

    def forget_addresses(self, case_ids: Sequence[str]) -> None:
        """Whom mails went to that told of these cases; what still waits needs its address."""
        for part in chunks(case_ids):
            these = outbox.c.id.in_(mails_of(part)), outbox.c.finished.is_not(None)
            self._connection.execute(update(outbox).where(*these).values(address=""))

    def unsay(self, case_id: str) -> int:
        """Drop what was done and said on the page of a case; how many rows that were."""
        tables = (self_service_step, self_service_act)
        return sum(
            self._connection.execute(delete(table).where(table.c.case_id == case_id)).rowcount for table in tables
        )


def mails_of(case_ids: Sequence[str]) -> Select[tuple[int | None]]:
    """The numbers of the mails that told somebody of these cases."""
    return select(case_consequence.c.outbox_id).where(case_consequence.c.case_id.in_(case_ids))


def _given(row: Row[Any]) -> GivenNotice:
    said = {name: getattr(row, name) for name in GivenNotice.__slots__}
    said |= {"kind": NoticeKind(row.kind), "certainty": Certainty(row.certainty)}
    return GivenNotice(**said)
