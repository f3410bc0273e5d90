"""Keep the index of the search: what is new is looked at in lots, beside all other work.

Trust:      rows hold strangers' words; each gives at most some hundred terms.
Answers:    ``Indexing(read, write, now).lot()`` looks at the next rows of each kind and says how many numbers that were;
            ``anew()`` begins from nothing; ``standing(records)`` says how far it is.
Limits:     rows are looked at outside of the transaction that writes, so that intake waits for the writing alone. Of two who
            look at the same rows, the second one writes nothing. A row that was erased or changed meanwhile is looked at as it is
            then: nobody erases while one writes, and whoever erases afterwards sees that it is in the index.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

from comity.model.searched import BLOCK, Indexed, Searched
from comity.services.search.documents import document_of

LOT: Final = 2000
# Most mails are no letters, and most of what happens to a case has no note: their numbers are passed over quickly.
_SPARSE: Final = (Searched.LETTER, Searched.NOTE, Searched.CASE)
Opens = Callable[[], AbstractContextManager[Any]]


class Indexing:
    """Whoever keeps it."""

    def __init__(self, read: Opens, write: Opens, now: Callable[[], datetime]) -> None:
        self._read, self._write, self._now = read, write, now

    def lot(self, size: int = LOT) -> int:
        """Look at the next rows of each kind; how many numbers there were to look at, 0: it is up to date."""
        return sum(self._lot(kind, 10 * size if kind in _SPARSE else size) for kind in Searched)

    def anew(self) -> None:
        """Begin from nothing."""
        with self._write() as records:
            records.search.clear()

    def _lot(self, kind: Searched, size: int) -> int:
        with self._read() as records:
            before = _upto(records, kind)
            upto = min(int(records.search.last(kind)), before + size)
            if upto <= before:
                return 0
            rows = records.search.between(kind, before + 1, upto)
        known = {row: _terms_of(kind, row) for row in rows}
        with self._write() as records:
            if _upto(records, kind) != before:
                return 0  # somebody else was quicker
            there = records.search.between(kind, before + 1, upto)
            records.search.add(kind, _by_block((row, known.get(row) or _terms_of(kind, row)) for row in there))
            records.search.mark(kind, upto, self._now())
        return upto - before


def _terms_of(kind: Searched, row: Any) -> tuple[str, ...]:
    made = document_of(kind, row)
    return () if made is None else tuple(made.kept)


def _by_block(rows: Iterable[tuple[Any, Sequence[str]]]) -> dict[tuple[int, str], list[int]]:
    """The places of rows in their blocks, by block and term."""
    found: dict[tuple[int, str], list[int]] = {}
    for row, terms in rows:
        block, place = divmod(row.id, BLOCK)
        for term in terms:
            found.setdefault((block, term), []).append(place)
    return found


def standing(records: Any) -> list[Indexed]:
    """How far each kind is indexed."""
    marks = records.search.marks()
    return [
        Indexed(
            kind=kind,
            upto=marks[kind][0] if kind in marks else 0,
            last=records.search.last(kind),
            at=marks[kind][1] if kind in marks else None,
        )
        for kind in Searched
    ]


def _upto(records: Any, kind: Searched) -> int:
    marked = records.search.marks().get(kind)
    return 0 if marked is None else int(marked[0])
