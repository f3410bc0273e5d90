"""Queries about letters to us that report nothing and wait for a person.

They stand with what could not be worked off, because no program can work them off, at a stage of their own.

Trust:      what is read back holds strangers' words; the token of a writer is a plain hash, and is gone when a person was there.
Answers:    ``Arrived``, which fits ``comity.services.receive.conversation.arriving.ArrivedRows``; ``waiting`` shows them,
            ``behind`` what is only counted on one of them.
Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, select, update

from comity.model.feedback import Kind
from comity.services.receive.conversation.arriving import NAMES_CASE as WHY
from comity.services.receive.conversation.arriving import WaitingLetter
from comity.services.receive.prepare import PLAIN
from comity.store.dialects import insert as upsert
from comity.store.tables.intake import LETTER, item, raw, shunt

NAMES_CASE: Final = "names-case"
NO_REPORT: Final = "no-report"
SORTS: Final = (NAMES_CASE, NO_REPORT)  # as they are shown: a stranger cannot guess the name of a case
LOOKED: Final = 20_000  # items, for one page of letters that are only counted
_WAITS: Final = (shunt.c.stage == LETTER, shunt.c.resolved.is_(None))


class Arrived:
    """Rows of letters that wait."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self, begin: datetime) -> list[WaitingLetter]:
        """Those that came since then and wait, oldest first."""
        query = (
            select(shunt, item.c.case_id)
            .join(item, item.c.raw_id == shunt.c.raw_id)
            .where(*_WAITS, shunt.c.first >= begin)
            .order_by(shunt.c.id)
        )
        return [
            WaitingLetter(
                raw_id=row.raw_id,
                gate=row.gate,
                name=row.name,
                writer=row.detail or "",
                case_id=row.case_id,
                at=row.first,
            )
            for row in self._connection.execute(query)
        ]

    def add(self, each: WaitingLetter) -> None:
        """A new one; where it names a case, it stands there too, with the word that it only does."""
        said = {
            "stage": LETTER,
            "reason": NO_REPORT if each.case_id is None else NAMES_CASE,
            "detail": each.writer,
            "tries": 1,
            "first": each.at,
            "last": each.at,
            "resolved": None,
        }
        adding = upsert(shunt).values(raw_id=each.raw_id, gate=each.gate, name=each.name, **said)
        self._connection.execute(adding.on_conflict_do_update(index_elements=[shunt.c.raw_id], set_=said))
        if each.case_id is not None:
            named = update(item).where(item.c.raw_id == each.raw_id)
            self._connection.execute(named.values(case_id=each.case_id, why=WHY))

    def count_more(self, more: Mapping[int, int]) -> None:
        """So many more came and stand behind these."""
        for raw_id, n in more.items():
            here = update(shunt).where(shunt.c.raw_id == raw_id)
            self._connection.execute(here.values(tries=shunt.c.tries + n))

    def see(self, letter_ids: Sequence[int], *, by: str, at: datetime) -> int:
        """Somebody has seen these; how many of them waited."""
        here = update(shunt).where(*_WAITS, shunt.c.id.in_(list(letter_ids)))
        return self._connection.execute(here.values(resolved=at, last=at, detail=by)).rowcount

    def join(self, item_id: int, case_id: str, *, why: str, by: str, at: datetime) -> None:
        """A letter stands in a case now, because a person says so; nobody has to see it any more."""
        raw_id = self._connection.scalar(
            update(item).where(item.c.id == item_id).values(case_id=case_id, why=why).returning(item.c.raw_id)
        )
        here = update(shunt).where(*_WAITS, shunt.c.raw_id == raw_id)
        self._connection.execute(here.values(resolved=at, last=at, detail=by))

    def item_of(self, letter_id: int) -> Row[Any] | None:
        """The item of a letter that waits, or waited."""
        query = select(item).join(shunt, shunt.c.raw_id == item.c.raw_id)
        return self._connection.execute(query.where(shunt.c.stage == LETTER, shunt.c.id == letter_id)).first()

    def waiting(self, reason: str | None = None, *, before: int | None = None, most: int) -> list[Row[Any]]:
        """The newest that wait, those before a number, each with its item and its size."""
        query = (
            select(shunt, item.c.id.label("item_id"), item.c.case_id, item.c.reading, raw.c.size)
            .join(item, item.c.raw_id == shunt.c.raw_id)
            .join(raw, raw.c.id == shunt.c.raw_id)
            .where(*_WAITS)
            .order_by(shunt.c.id.desc())
            .limit(most)
        )
        if reason is not None:
            query = query.where(shunt.c.reason == reason)
        if before is not None:
            query = query.where(shunt.c.id < before)
        return list(self._connection.execute(query))

    def behind(self, letter_id: int, after: int, most: int) -> tuple[list[Row[Any]], int | None] | None:
        """Ordinary mail of the day of a letter that waits, that came after it and stands nowhere: those after an item's number;
        and from where to go on, None at the end. None where no such letter waits.

        Of so many items as lie between ``after`` and where to go on at the most: a flood of reports costs no more.
        """
        line = select(shunt.c.first, item.c.id).join(item, item.c.raw_id == shunt.c.raw_id)
        found = self._connection.execute(line.where(*_WAITS, shunt.c.id == letter_id)).first()
        if found is None:
            return None
        begin = max(after, found.id)
        end = found.first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        here = and_(item.c.id > begin, item.c.id <= begin + LOOKED, item.c.arrived < end)
        waits = select(shunt.c.raw_id).where(shunt.c.raw_id == item.c.raw_id).exists()
        query = select(item).where(
            here, item.c.kind == Kind.MAIL.value, item.c.why == PLAIN, item.c.case_id.is_(None), ~waits
        )
        rows = list(self._connection.execute(query.order_by(item.c.id).limit(most)))
        if len(rows) == most:
            return rows, rows[-1].id
        last = self._connection.execute(select(func.max(item.c.id)).where(here)).scalar_one()
        return rows, last if last == begin + LOOKED else None

    def counts(self) -> dict[str, int]:
        """How many wait, those behind others with them: what names a case of ours, and all else."""
        query = select(shunt.c.reason, func.sum(shunt.c.tries)).where(*_WAITS).group_by(shunt.c.reason)
        return {row[0]: int(row[1]) for row in self._connection.execute(query.order_by(shunt.c.reason))}

    def in_all(self) -> tuple[int, datetime | None]:
        """How many wait of either sort, and since when the first of them."""
        query = select(func.sum(shunt.c.tries), func.min(shunt.c.first, type_=shunt.c.first.type)).where(*_WAITS)
        n, first = self._connection.execute(query).one()
        return int(n or 0), first
