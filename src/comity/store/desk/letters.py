"""Queries about what people of ours wrote about cases.

Answers:    ``CaseLetters``, which fits ``comity.services.receive.conversation.writing.LetterRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, inspect, select, update

from comity.model.case_letter import CaseLetter, Correspondent, LetterFile
from comity.model.sending import OutboxState
from comity.store.tables.desk.letters import case_letter, case_letter_file
from comity.store.tables.sending import outbox

_OPEN = case_letter.c.answered.is_(None) & case_letter.c.bounced.is_(None)
_WITH_STATE = select(case_letter, outbox.c.state).join(outbox, outbox.c.id == case_letter.c.outbox_id)


class CaseLetters:
    """Rows of letters."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, each: CaseLetter) -> None:
        """A new one."""
        values = {
            "case_id": each.case_id,
            "who": each.who.value,
            "address": each.address,
            "subject": each.subject,
            "message_id": each.message_id,
            "outbox_id": each.outbox_id,
            "written": each.written,
            "by": each.by,
            "answer_by": each.answer_by,
        }
        adding = insert(case_letter).values(values).returning(case_letter.c.id)
        number = self._connection.execute(adding).scalar_one()
        if each.files:
            self._connection.execute(
                insert(case_letter_file),
                [
                    {
                        "letter_id": number,
                        "name": file.name,
                        "media_type": file.media_type,
                        "size": file.size,
                        "digest": file.digest,
                    }
                    for file in each.files
                ],
            )

    def of(self, case_ids: Sequence[str]) -> list[CaseLetter]:
        """Those of these cases, oldest first."""
        return self._found(_WITH_STATE.where(case_letter.c.case_id.in_(list(case_ids))).order_by(case_letter.c.id))

    def overdue(self, now: datetime) -> list[CaseLetter]:
        """Those that nobody answered in time, oldest first."""
        return self._found(_WITH_STATE.where(_OPEN, case_letter.c.answer_by < now).order_by(case_letter.c.id))

    def lost(self) -> list[CaseLetter]:
        """Those that could not be delivered, and nobody has noted that."""
        lost = outbox.c.state == OutboxState.FAILED.value
        return self._found(_WITH_STATE.where(_OPEN, lost).order_by(case_letter.c.id))

    def count_overdue(self, now: datetime) -> tuple[int, datetime | None]:
        """How many nobody answered in time, and which day was the first."""
        oldest = func.min(case_letter.c.answer_by, type_=case_letter.c.answer_by.type)
        query = select(func.count(), oldest).where(_OPEN, case_letter.c.answer_by < now)
        n, first = self._connection.execute(query).one()
        return int(n), first

    def count_lost(self) -> int:
        """How many could not be delivered, and nobody has noted that."""
        query = select(func.count()).select_from(case_letter).join(outbox, outbox.c.id == case_letter.c.outbox_id)
        return int(self._connection.scalar(query.where(_OPEN, outbox.c.state == OutboxState.FAILED.value)) or 0)

    def mark_answered(self, case_ids: Sequence[str], at: datetime) -> None:
        """Somebody answered what was written about these cases."""
        these = case_letter.c.case_id.in_(list(case_ids))
        self._connection.execute(update(case_letter).where(these, _OPEN).values(answered=at))

    def mark_bounced(self, letter_id: int, at: datetime) -> None:
        """It did not arrive."""
        self._connection.execute(update(case_letter).where(case_letter.c.id == letter_id).values(bounced=at))

    def mark_reminded(self, letter_id: int, at: datetime) -> None:
        """The other side was reminded, or could not be."""
        self._connection.execute(update(case_letter).where(case_letter.c.id == letter_id).values(reminded=at))

    def _found(self, query: Select[Any]) -> list[CaseLetter]:
        rows = list(self._connection.execute(query))
        files = self._files([row.id for row in rows])
        return [_letter(row, tuple(files.get(row.id, ()))) for row in rows]

    def _files(self, letters: Sequence[int]) -> dict[int, list[LetterFile]]:
        """What went along with these; where the store has not been written to since there are any, nothing did."""
        found: dict[int, list[LetterFile]] = {}
        if not letters or not inspect(self._connection).has_table(case_letter_file.name):
            return found
        query = (
            select(case_letter_file).where(case_letter_file.c.letter_id.in_(letters)).order_by(case_letter_file.c.id)
        )
        for row in self._connection.execute(query):
            file = LetterFile(name=row.name, media_type=row.media_type, size=row.size, digest=row.digest)
            found.setdefault(row.letter_id, []).append(file)
        return found


def _letter(row: Row[Any], files: tuple[LetterFile, ...]) -> CaseLetter:
    return CaseLetter(
        letter_id=row.id,
        case_id=row.case_id,
        who=Correspondent(row.who),
        address=row.address,
        subject=row.subject,
        message_id=row.message_id,
        outbox_id=row.outbox_id,
        written=row.written,
        by=row.by,
        answer_by=row.answer_by,
        answered=row.answered,
        bounced=row.bounced,
        reminded=row.reminded,
        state=row.state,
        files=files,
    )
