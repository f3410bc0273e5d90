"""Rows that meet what somebody asks for, the newest first: the index names them, and each is held against its row.

Trust:      what is asked for is a person's, who sees what the permits say: closed terms are looked at for nobody else.
Answers:    ``look(records, kind, asked, ...)`` gives ``Looked``: rows, and whether there are more.
Limits:     blocks of rows are asked from the newest on, more each time, and no further than is needed. The newest few
            hundred rows, which the index does not hold yet, are looked at one by one; others before them wait until it does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from comity.formats.search_terms import Asked, Need, Span
from comity.model.searched import BLOCK, Searched
from comity.services.search.documents import Document, closed, document_of

TAIL: Final = 300
_POSTINGS: Final = 5000  # of one span in one turn: the beginning of a word may begin very many
_ABOUT: Final = 1000  # reports about one mail
_GROWS: Final = 4  # times as many blocks in the next turn
_AT_ONCE: Final = 50
_HELD: Final = 1000  # rows that are held against what is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found of one kind."""

    rows: Sequence[Any]
    is_more: bool = False
    is_cut: bool = False


def look(records: Any, kind: Searched, asked: Asked, *, is_open: bool, most: int) -> Looked:
    """The newest rows that meet every need; ``is_open`` says that personal data may not be seen, nor found by."""
    if not asked.needs:
        return Looked(rows=())
    search = _Search(records, kind, asked, is_open=is_open)
    rows: list[Any] = []
    for row in search.rows():
        rows.append(row)
        if len(rows) > most:
            break
    return Looked(rows=rows[:most], is_more=len(rows) > most, is_cut=search.is_cut)


class _Search:
    def __init__(self, records: Any, kind: Searched, asked: Asked, *, is_open: bool) -> None:
        self._rows, self._kind, self._asked, self._is_open = records.search, kind, asked, is_open
        self.is_cut = False

    def rows(self) -> Iterator[Any]:
        """Everything that fits, the newest first."""
        marked = self._rows.marks().get(self._kind)
        upto, last = marked[0] if marked else 0, self._rows.last(self._kind)
        if last > upto:
            newest = self._rows.between(self._kind, max(upto, last - TAIL) + 1, last)
            yield from (row for row in reversed(newest) if self._fits(row))
        held = 0
        for numbers in self._candidates(upto):
            found = self._rows.rows(self._kind, numbers)
            for number in numbers:
                held += 1
                if number in found and self._fits(found[number]):
                    yield found[number]
            if held >= _HELD:
                self.is_cut = True
                return

    def _fits(self, row: Any) -> bool:
        made = document_of(self._kind, row)
        return made is not None and fits(self._asked, made, is_open=self._is_open)

    def _candidates(self, upto: int) -> Iterator[list[int]]:
        """Numbers that the index names, the largest first, in lots."""
        mails = [self._about(need) for need in self._asked.needs]
        after, size = upto // BLOCK, 1
        while after >= 0:
            blocks = list(range(after, max(-1, after - size), -1))
            found = self._together(blocks, mails)
            for block in blocks:
                numbers = sorted((block * BLOCK + place for place in found.get(block, ())), reverse=True)
                numbers = [each for each in numbers if each <= upto]
                for start in range(0, len(numbers), _AT_ONCE):
                    yield numbers[start : start + _AT_ONCE]
            after, size = after - size, size * _GROWS

    def _about(self, need: Need) -> Mapping[int, set[int]]:
        """Reports about the mail of this name, by block."""
        if need.message_id is None or self._is_open or self._kind is not Searched.REPORT:
            return {}
        found: dict[int, set[int]] = {}
        for number in self._rows.about_message(need.message_id, _ABOUT):
            found.setdefault(number // BLOCK, set()).add(number % BLOCK)
        return found

    def _together(self, blocks: Sequence[int], mails: Sequence[Mapping[int, set[int]]]) -> dict[int, set[int]]:
        """By block the places that meet every need."""
        together: dict[int, set[int]] | None = None
        for need, mail in zip(self._asked.needs, mails, strict=True):
            left = blocks if together is None else [block for block in blocks if together.get(block)]
            if not left:
                return {}
            met: dict[int, set[int]] = {block: set(mail.get(block, ())) for block in left}
            for span in self._spans(need):
                found, is_cut = self._rows.places(self._kind, left, span, most=_POSTINGS)
                self.is_cut |= is_cut
                for block, places in found.items():
                    met[block] |= places
            together = met if together is None else {block: together[block] & places for block, places in met.items()}
        return together or {}

    def _spans(self, need: Need) -> Iterator[Span]:
        for first, last in dict.fromkeys(need.spans):
            yield first, last
            if not self._is_open:
                yield closed(first), closed(last)


def fits(asked: Asked, made: Document, *, is_open: bool) -> bool:
    """Whether what somebody may see of a row meets every need."""
    if is_open:
        return asked.fits(made.open_terms, made.open_text)
    return asked.fits(made.open_terms | made.closed_terms, f"{made.open_text}\n{made.closed_text}", made.message_id)
