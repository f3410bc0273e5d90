"""Erase what is old enough and not on hold, and say what went by a keyed digest.

Standards:  docs/concepts.md: a digest says to whoever has a copy and the key which rows went, and to nobody else anything.
Answers:    ``Erasing.due(term, ...)`` counts; ``Erasing.lot(term, ...)`` erases at most so many of each part and gives ``Gone``.
Limits:     one connection, no commits. The digest is over the rows as they were, in the order of their keys.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, delete, func, or_, select, type_coerce, union, update
from sqlalchemy.types import NullType

from comity.model.case_consequence import IN_FORCE
from comity.model.desk import ERASED_CASE
from comity.model.retention import Spared, Term
from comity.model.searched import Searched
from comity.store.chunks import chunks
from comity.store.desk.search import Search
from comity.store.dialects import insert as upsert
from comity.store.remedy.notices import mails_of
from comity.store.retention.parts import Condition, Part, parts_of, payload_part
from comity.store.tables.cases import abuse_case, case_complainer, case_event, case_place
from comity.store.tables.desk.letters import case_letter, case_letter_file
from comity.store.tables.desk.urgent import urgent
from comity.store.tables.playbook import case_consequence
from comity.store.tables.retention import erasure_mark
from comity.store.tables.sending import outbox

_DIGEST: Final = 32
_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What went of one part."""

    part: str
    n: int
    digest: str
    is_more: bool
    channel: int | None = None  # of the ledger


class Erasing:
    """Whoever erases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, term: Term, spared: Spared, now: datetime) -> tuple[int, int]:
        """How many rows there are to erase, and how many more a hold keeps."""
        found = kept = 0
        for part in parts_of(self._connection, term, spared, now=now):
            free = self._count(part, *part.due, *part.free)
            kept += self._count(part, *part.due) - free if part.free else 0
            found += free
        return found, kept

    def lot(self, term: Term, spared: Spared, now: datetime, *, key: bytes, most: int) -> Iterator[Gone]:
        """Erase; parts of which nothing went are not told."""
        for part in parts_of(self._connection, term, spared, now=now):
            gone = self._erased(part, key, most)
            if gone.n:
                yield gone

    def payloads(self, channel_id: int, before: datetime, spared: Spared, *, key: bytes) -> Gone:
        """Erase what travelled beside the leaves of one channel that were submitted before a moment."""
        return self._erased(payload_part(self._connection, channel_id, before, spared=spared), key, None)

    def _count(self, part: Part, *conditions: Condition) -> int:
        return int(self._connection.scalar(select(func.count()).select_from(part.table).where(*conditions)) or 0)

    def _erased(self, part: Part, key: bytes, most: int | None) -> Gone:
        these = (*part.due, *part.free)
        last = None
        if most is not None:
            query = select(part.order).where(*these).order_by(part.order).offset(most - 1).limit(1)
            last = self._connection.scalar(query)
        if last is not None:
            these = (*these, part.order <= last)
        names = part.said or tuple(each.name for each in part.table.c)
        digest = _Digest(key, part.name)
        keys: list[Any] = []
        for row in self._rows(part.table, names, these):
            digest.add(row)
            if part.searched is not None or part.change == {}:
                keys.append(row[0])
        if digest.n and part.change == {}:
            self._cases(keys, digest)
        elif digest.n:
            self._written(part, these)
        if part.searched is not None:
            self._unfound(part.searched, keys)
        if part.mark is not None and last is None:
            self._marked(part)
        return Gone(part=part.name, n=digest.n, digest=digest.text(), is_more=last is not None, channel=part.channel)

    def _rows(self, of: Table, names: Sequence[str], these: Sequence[Condition]) -> Iterator[tuple[Any, ...]]:
        """As they are stored, whatever the database."""
        plain = [type_coerce(of.c[each], NullType()) for each in names]
        query = select(*plain).where(*these).order_by(*of.primary_key.columns)
        for row in self._connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
            yield tuple(bytes(each) if isinstance(each, memoryview) else each for each in row)

    def _written(self, part: Part, these: Sequence[Condition]) -> None:
        if part.change is None:
            self._connection.execute(delete(part.table).where(*these))
        else:
            self._connection.execute(update(part.table).where(*these).values(**part.change))

    def _unfound(self, kind: Searched, numbers: Iterable[int]) -> None:
        search = Search(self._connection)
        marked = search.marks().get(kind)
        if marked is not None:
            search.forget(kind, [each for each in numbers if each <= marked[0]])

    def _marked(self, part: Part) -> None:
        """The next look begins where something is left that is not erased."""
        known, mark = part.table.c.id, erasure_mark.c
        before = self._connection.scalar(select(mark.upto).where(mark.part == part.mark)) or 0
        assert part.undone is not None  # noqa: S101 - a part with a mark says what it looks for
        first = self._connection.scalar(select(known).where(known > before, part.undone).order_by(known).limit(1))
        upto = first - 1 if first is not None else self._connection.scalar(select(func.max(known))) or 0
        adding = upsert(erasure_mark).values(part=part.mark, upto=upto)
        self._connection.execute(adding.on_conflict_do_update(index_elements=["part"], set_={"upto": upto}))

    def _cases(self, names: Sequence[str], digest: "_Digest") -> None:
        """Whom cases were about, and what was written in them; numbers, states and times stay."""
        for part in chunks(names):
            events = self._take(case_event, case_event.c.case_id.in_(part), ("note",), digest=digest)
            search = Search(self._connection)
            for kind in (Searched.NOTE, Searched.CASE):
                marked = search.marks().get(kind)
                if marked is not None:
                    search.forget(kind, [each for each in events if each <= marked[0]])
            letters = self._take(case_letter, case_letter.c.case_id.in_(part), ("address", "subject"), digest=digest)
            self._take(case_letter_file, case_letter_file.c.letter_id.in_(letters), ("name",), digest=digest)
            self._take(urgent, urgent.c.case_id.in_(part), ("about", "why"), digest=digest)
            written = select(case_letter.c.outbox_id).where(case_letter.c.id.in_(letters))
            # One set of numbers: of two sets joined by OR PostgreSQL asks each row of the outbox.
            mails = outbox.c.id.in_(union(written, mails_of(part)))
            self._take(outbox, and_(mails, outbox.c.finished.is_not(None)), ("address",), digest=digest)
            self._decided(part, digest)
            self._connection.execute(delete(case_complainer).where(case_complainer.c.case_id.in_(part)))
            for name in part:
                gone = {"key": f"{ERASED_CASE}{name}", "subject": f"{ERASED_CASE}{name}", "label": "-", "contact": None}
                self._connection.execute(update(abuse_case).where(abuse_case.c.id == name).values(**gone))
            place = update(case_place).where(case_place.c.case_id.in_(part)).values(label="-", contact=None)
            self._connection.execute(place)

    def _decided(self, part: Sequence[str], digest: "_Digest") -> None:
        """What was decided and is over; what is still in force keeps its target."""
        table_ = case_consequence
        gone: dict[str, Any] = {"target": "", "why": "", "facts": {}, "lifted_why": None, "last_error": None}
        these = and_(table_.c.case_id.in_(part), or_(table_.c.state.not_in([*IN_FORCE]), table_.c.until.is_(None)))
        for row in self._rows(table_, ("id", "target", "why", "facts", "lifted_why"), (these,)):
            digest.add(row, counts=False)
        self._connection.execute(update(table_).where(these).values(**gone))

    def _take(self, of: Table, these: Condition, names: Sequence[str], *, digest: "_Digest") -> list[int]:
        """Empty these columns; the numbers of the rows."""
        numbers = []
        for row in self._rows(of, ("id", *names), (these,)):
            digest.add(row, counts=False)
            numbers.append(row[0])
        empty = {name: None if of.c[name].nullable else "" for name in names}
        self._connection.execute(update(of).where(these).values(**empty))
        return numbers


class _Digest:
    """How many rows, and their keyed hash in this order."""

    def __init__(self, key: bytes, part: str) -> None:
        self.n = 0
        self._hash = blake2b(part.encode(), key=key, digest_size=_DIGEST)

    def add(self, row: Sequence[Any], *, counts: bool = True) -> None:
        """One row more."""
        self.n += counts
        self._hash.update(repr(tuple(row)).encode("utf-8", "surrogatepass") + b"\n")

    def text(self) -> str:
        """In hexadecimal."""
        return self._hash.hexdigest()
