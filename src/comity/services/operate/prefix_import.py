"""Import tables of address ranges: all of them, or nothing.

Trust:      the lines are strangers'; the operator chose the files.
Answers:    ``import_tables(tables, put)`` gives ``Imported``: what each file held, and every line that cannot be read. ``put`` is
            called only where every line could be read.
Limits:     ``MISTAKE_LIMIT`` mistakes are told in full, the others are counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from comity.formats.prefixes import Mistake, Partition, PartitionBuilder, Side, SourceReader, TableShape

MISTAKE_LIMIT: Final = 50
_BY_THE_WAY: Final = 5000


class Table(Protocol):
    """One file."""

    @property
    def name(self) -> str:
        """As the operator named it."""

    def day(self) -> date:
        """When it was made, where its text does not say so."""

    def lines(self) -> Iterator[str]:
        """Line after line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRead:
    """What one file held."""

    name: str
    shape: TableShape | None
    entries: int
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeAt:
    """A line that cannot be read; ``line`` is None for a file as a whole."""

    name: str
    line: int | None
    mistake: Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to."""

    tables: tuple[TableRead, ...]
    mistakes: tuple[MistakeAt, ...]
    mistaken: int  # all of them
    dates: Mapping[Side, date]
    size: int | None  # of the index in bytes; None where nothing was written


class _Import:
    def __init__(self, *, country_is_registrant: bool, day: date | None, told: Callable[[int], None]) -> None:
        self.builder = PartitionBuilder()
        self.tables: list[TableRead] = []
        self.mistakes: list[MistakeAt] = []
        self.mistaken = 0
        self.dates: dict[Side, date] = {}
        self._country_is_registrant, self._day, self._told = country_is_registrant, day, told

    def take(self, table: Table) -> None:
        reader = SourceReader(country_is_registrant=self._country_is_registrant)
        sides: set[Side] = set()
        before, number, mistaken = self.builder.entries, 0, self.mistaken
        for number, line in enumerate(table.lines(), start=1):
            found = reader.read(line)
            if isinstance(found, Mistake):
                self._miss(table, number, found)
                if found.code == "shape":
                    break
            elif found is not None:
                sides.update(self.builder.add(found))
                if self.builder.is_full:
                    self._miss(table, number, Mistake("too-many", ""))
                    break
            if number % _BY_THE_WAY == 0:
                self._told(_BY_THE_WAY)
        self._told(number % _BY_THE_WAY)
        entries = self.builder.entries - before
        if not entries and self.mistaken == mistaken:
            self._miss(table, None, Mistake("empty", ""))
        day = self._day or reader.stated or table.day()
        for side in sides:
            self.dates[side] = min(day, self.dates.get(side, day))
        self.tables.append(TableRead(name=table.name, shape=reader.shape, entries=entries, day=day))

    def _miss(self, table: Table, line: int | None, mistake: Mistake) -> None:
        self.mistaken += 1
        if len(self.mistakes) < MISTAKE_LIMIT:
            self.mistakes.append(MistakeAt(name=table.name, line=line, mistake=mistake))


def import_tables(
    tables: Iterable[Table],
    put: Callable[[Partition, Mapping[Side, date]], int],
    *,
    country_is_registrant: bool = False,
    day: date | None = None,
    told: Callable[[int], None] = lambda lines: None,
) -> Imported:
    """Read all, then write once.

    ``day`` is what the operator says of all files; ``told`` hears of lines that were read.
    """
    work = _Import(country_is_registrant=country_is_registrant, day=day, told=told)
    for table in tables:
        work.take(table)
    size = None if work.mistaken else put(work.builder.build(), work.dates)
    return Imported(
        tables=tuple(work.tables),
        mistakes=tuple(work.mistakes),
        mistaken=work.mistaken,
        dates=work.dates,
        size=size,
    )
