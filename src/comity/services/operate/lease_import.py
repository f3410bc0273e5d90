"""Take in the books of who held which address: book by book, each as a whole or, if the operator says so, without its bad lines.

Trust:      books of our own servers, chosen by the operator.
Standards:  DESIGN.md P1: a book that is said to be taken in is on the disk.
Answers:    ``Books(write, zone).take(files)`` gives ``LeasesImported``: what each book held, and the lines that cannot be read.
Limits:     a book is read once, and its leases lie aside meanwhile. With a bad line nothing of it is taken, because a stop that
            is missing makes the wrong subscriber's case; ``keep_going`` takes the rest. ``MISTAKE_LIMIT`` mistakes are told, the
            others are counted. What was taken in before is recognised: a book can be taken in again, or with more lines than
            before. ``LOT`` leases a transaction, so that whoever else writes waits for a moment only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Protocol

from comity.formats.leases import BookReader, BookShape, Mistake
from comity.model.lease import Lease

LOT: Final = 10_000
MISTAKE_LIMIT: Final = 50
_BY_THE_WAY: Final = 5000


class Book(Protocol):
    """One file."""

    @property
    def name(self) -> str:
        """As the operator named it."""

    def lines(self) -> Iterator[str]:
        """Line after line."""


class LeasePuts(Protocol):
    """Where leases are kept."""

    def put(self, leases: Sequence[Lease]) -> tuple[int, int]:
        """Add or change these; how many were new, how many were changed."""


class LeasePlace(Protocol):
    """One transaction."""

    @property
    def leases(self) -> LeasePuts:
        """Who held which address when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRead:
    """What one book held."""

    name: str
    shape: BookShape | None
    leases: int
    added: int
    changed: int
    mistaken: int
    taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMistake:
    """A line that cannot be used; ``line`` is None for a book as a whole."""

    name: str
    line: int | None
    mistake: Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasesImported:
    """What an import came to."""

    books: tuple[BookRead, ...]
    mistakes: tuple[BookMistake, ...]

    @property
    def mistaken(self) -> int:
        """How many lines cannot be used."""
        return sum(each.mistaken for each in self.books)


class Aside(Protocol):
    """Where the leases of a book lie until it was read to its end."""

    def put(self, lot: Sequence[Lease]) -> None:
        """Lay these aside."""

    def lots(self) -> Iterator[Sequence[Lease]]:
        """All of them, lot by lot."""


class _InMemory:
    """For a book that is small."""

    def __init__(self) -> None:
        self._lots: list[Sequence[Lease]] = []

    def __enter__(self) -> "_InMemory":
        return self

    def __exit__(self, *_: object) -> None:
        self._lots.clear()

    def put(self, lot: Sequence[Lease]) -> None:
        """Lay these aside."""
        self._lots.append(lot)

    def lots(self) -> Iterator[Sequence[Lease]]:
        """All of them, lot by lot."""
        return iter(self._lots)


@dataclass(slots=True)
class _Tally:
    leases: int = 0
    added: int = 0
    changed: int = 0
    mistaken: int = 0
    shape: BookShape | None = None


class Books:
    """One import."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[LeasePlace]],
        zone: tzinfo | None,
        *,
        keep_going: bool = False,
        told: Callable[[int], None] = lambda lines: None,
        aside: Callable[[], AbstractContextManager[Aside]] | None = None,
    ) -> None:
        """``aside`` makes the place where a book's leases lie until it was read to its end; without it, they lie in memory."""
        self._write, self._zone, self._keep_going, self._told = write, zone, keep_going, told
        self._aside = aside or _InMemory
        self._mistakes: list[BookMistake] = []

    def take(self, books: Iterable[Book]) -> LeasesImported:
        """Take them in, one after the other."""
        read = tuple(self._book(each) for each in books)
        return LeasesImported(books=read, mistakes=tuple(self._mistakes))

    def _book(self, book: Book) -> BookRead:
        tally = _Tally()
        with self._aside() as aside:
            lot: list[Lease] = []
            for each in self._leases(book, tally):
                tally.leases += 1
                lot.append(each)
                if len(lot) >= LOT:
                    aside.put(lot)
                    lot = []
            aside.put(lot)
            if not tally.leases and not tally.mistaken:
                self._miss(book, None, Mistake(code="empty"), tally=tally)
            taken = not tally.mistaken or (self._keep_going and tally.leases > 0)
            for each_lot in aside.lots() if taken else ():
                self._write_lot(each_lot, tally)
        return BookRead(
            name=book.name,
            shape=tally.shape,
            leases=tally.leases,
            added=tally.added,
            changed=tally.changed,
            mistaken=tally.mistaken,
            taken=taken,
        )

    def _write_lot(self, lot: Sequence[Lease], tally: _Tally) -> None:
        if not lot:
            return
        with self._write() as rows:
            added, changed = rows.leases.put(lot)
        tally.added += added
        tally.changed += changed
        self._told(len(lot))

    def _leases(self, book: Book, tally: _Tally) -> Iterator[Lease]:
        """The leases of a book; its mistakes are noted."""
        reader, number = BookReader(self._zone), 0
        for number, line in enumerate(book.lines(), start=1):
            for each in reader.read(line):
                if isinstance(each, Lease):
                    yield each
                else:
                    self._miss(book, number, each, tally=tally)
            if reader.shape is None and tally.mistaken:
                break
            if number % _BY_THE_WAY == 0:
                self._told(_BY_THE_WAY)
        for each in reader.end():
            if isinstance(each, Lease):
                yield each
            else:
                self._miss(book, number, each, tally=tally)
        tally.shape = reader.shape

    def _miss(self, book: Book, line: int | None, mistake: Mistake, *, tally: _Tally) -> None:
        tally.mistaken += 1
        if len(self._mistakes) < MISTAKE_LIMIT:
            self._mistakes.append(BookMistake(name=book.name, line=line, mistake=mistake))
