"""Queries of the search: terms and the rows that hold them, how far rows were looked at, and the rows themselves.

Answers:    ``Search``: ``add`` puts rows of one block under their terms, ``places`` gives the rows of a span of terms by block,
            ``forget`` takes rows out, ``marks`` says how far it is written; ``between`` and ``rows`` give rows to be looked at.
Limits:     one connection, no commits. One statement for both databases: a posting grows by what is put behind it, so that rows
            are added in the order of their numbers.
"""

from array import array
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from sys import byteorder
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, Row, Select, bindparam, cast, delete, func, select, update

from comity.model.searched import BLOCK, Searched
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert as Upsert
from comity.store.dialects import insert as upsert
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.desk.searching import search_mark, search_posting
from comity.store.tables.intake import item, report_row

OPENED: Final = "open"
_TABLE: Final = search_posting.c


def _longer(adding: Upsert) -> Upsert:
    together = cast(search_posting.c.places.concat(adding.excluded.places), LargeBinary)
    return adding.on_conflict_do_update(index_elements=["kind", "block", "term"], set_={"places": together})


_POSTINGS: Final = Bulk(search_posting, "kind", "block", "term", "places", finish=_longer)
# Statements of which one search asks dozens are made once: to make one takes longer than to answer it.
_PLACES: Final = select(_TABLE.block, _TABLE.places).where(
    _TABLE.kind == bindparam("of"), _TABLE.block.in_(bindparam("blocks", expanding=True))
)
_OF_ONE_TERM: Final = _PLACES.where(_TABLE.term == bindparam("first"))
_OF_A_SPAN: Final = (
    _PLACES.where(_TABLE.term.between(bindparam("first"), bindparam("last")))
    .order_by(_TABLE.block.desc(), _TABLE.term)
    .limit(bindparam("most"))
)
_NUMBERS: Final = {
    Searched.REPORT: report_row.c.id,
    Searched.CASE: case_event.c.id,
    Searched.NOTE: case_event.c.id,
    Searched.LETTER: item.c.id,
}
_LAST: Final = {kind: select(func.max(number)) for kind, number in _NUMBERS.items()}


class Search:
    """Rows of the search."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def marks(self) -> dict[Searched, tuple[int, datetime]]:
        """The last number of each kind that was looked at, and when."""
        return {
            Searched(row.kind): (row.upto, row.at)
            for row in self._connection.execute(select(search_mark))
            if row.kind in [*Searched]
        }

    def last(self, kind: Searched) -> int:
        """The largest number that there is."""
        return int(self._connection.scalar(_LAST[kind]) or 0)

    def mark(self, kind: Searched, upto: int, at: datetime) -> None:
        """So far it is written."""
        values = {"kind": int(kind), "upto": upto, "at": at}
        adding = upsert(search_mark).values(values)
        finished = adding.on_conflict_do_update(index_elements=["kind"], set_={"upto": upto, "at": at})
        self._connection.execute(finished)

    def add(self, kind: Searched, terms: Mapping[tuple[int, str], Sequence[int]]) -> None:
        """Rows of one kind, by block and term: their places in the block, larger than all that stand there."""
        made = ((int(kind), block, term, _packed(places)) for (block, term), places in sorted(terms.items()))
        _POSTINGS.put(self._connection, made)

    def places(
        self, kind: Searched, blocks: Sequence[int], span: tuple[str, str], *, most: int
    ) -> tuple[dict[int, set[int]], bool]:
        """By block the places of rows with a term in this span; whether ``most`` postings were not all of them."""
        asked: dict[str, Any] = {"of": int(kind), "blocks": blocks, "first": span[0]}
        if span[0] == span[1]:
            rows = self._connection.execute(_OF_ONE_TERM, asked).all()
        else:
            rows = self._connection.execute(_OF_A_SPAN, {**asked, "last": span[1], "most": most + 1}).all()
        found: dict[int, set[int]] = {}
        for block, places in rows[:most]:
            found.setdefault(block, set()).update(_unpacked(places))
        return found, len(rows) > most

    def about_message(self, message_id: str, most: int) -> list[int]:
        """The newest reports about this mail."""
        query = select(report_row.c.id).where(report_row.c.message_id == message_id)
        return list(self._connection.scalars(query.order_by(report_row.c.id.desc()).limit(most)))

    def forget(self, kind: Searched, numbers: Collection[int]) -> None:
        """Take rows out, in the transaction that drops them. Whatever they said: every posting of their blocks is looked at."""
        gone: dict[int, set[int]] = {}
        for number in numbers:
            gone.setdefault(number // BLOCK, set()).add(number % BLOCK)
        self._fewer(kind, numbers)
        for block, places in sorted(gone.items()):
            here = (_TABLE.kind == int(kind), _TABLE.block == block)
            for term, packed in self._connection.execute(select(_TABLE.term, _TABLE.places).where(*here)).all():
                kept = [each for each in _unpacked(packed) if each not in places]
                if len(kept) * 2 == len(packed):
                    continue
                this = (*here, _TABLE.term == term)
                changed = update(search_posting).where(*this).values(places=_packed(kept))
                self._connection.execute(changed if kept else delete(search_posting).where(*this))

    def _fewer(self, kind: Searched, numbers: Collection[int]) -> None:
        """A number that is free again may be given to another row: what comes then is looked at."""
        marked = self.marks().get(kind)
        if marked is None or marked[0] not in numbers:
            return
        upto = marked[0]
        while upto in numbers:
            upto -= 1
        self.mark(kind, upto, marked[1])

    def clear(self) -> None:
        """Nothing is written yet."""
        self._connection.execute(delete(search_posting))
        self._connection.execute(delete(search_mark))

    def size(self) -> tuple[int, int]:
        """How many postings there are, and how many bytes of terms and places they hold."""
        query = select(func.count(), func.sum(func.length(_TABLE.term) + func.length(_TABLE.places)))
        count, size = self._connection.execute(query).one()
        return int(count), int(size or 0)

    def between(self, kind: Searched, first: int, last: int) -> list[Row[Any]]:
        """The rows with these numbers, as far as there are any."""
        number = _NUMBERS[kind]
        return list(self._connection.execute(_ROWS[kind].where(number.between(first, last)).order_by(number)))

    def rows(self, kind: Searched, numbers: Sequence[int]) -> dict[int, Row[Any]]:
        """These rows, by their number."""
        return {
            row.id: row
            for part in chunks(numbers)
            for row in self._connection.execute(_ROWS[kind].where(_NUMBERS[kind].in_(part)))
        }


_CASE: Final = (abuse_case.c.id.label("case_id"), abuse_case.c.label, abuse_case.c.state)
_EVENTS: Final = (
    select(
        case_event.c.id,
        case_event.c.at,
        case_event.c.actor,
        case_event.c.action,
        case_event.c.note,
        *_CASE,
        abuse_case.c.subject_kind,
        abuse_case.c.contact,
        abuse_case.c.reports,
        abuse_case.c.last_seen,
    )
    .select_from(case_event)
    .join(abuse_case, abuse_case.c.id == case_event.c.case_id)
)
_ROWS: Final[Mapping[Searched, Select[Any]]] = {
    Searched.REPORT: select(
        report_row.c.id,
        report_row.c.item_id,
        report_row.c.case_id,
        report_row.c.evidence_class,
        report_row.c.dkim_domain,
        report_row.c.peer,
        report_row.c.observed,
        report_row.c.facts,
    ),
    Searched.CASE: _EVENTS.where(case_event.c.action == OPENED),
    Searched.NOTE: _EVENTS.where(case_event.c.note.is_not(None)),
    Searched.LETTER: select(item.c.id, item.c.name, item.c.arrived, item.c.reading, *_CASE)
    .select_from(item)
    .join(abuse_case, abuse_case.c.id == item.c.case_id),
}


def _packed(places: Sequence[int]) -> bytes:
    made = array("H", places)
    if byteorder == "big":
        made.byteswap()
    return made.tobytes()


def _unpacked(packed: bytes) -> "array[int]":
    made = array("H")
    data = bytes(packed)
    made.frombytes(data[: len(data) & ~1])
    if byteorder == "big":
        made.byteswap()
    return made
