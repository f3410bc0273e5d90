"""Take in who is to be told of abuse in which network: dumps of a registry, or the operator's table; all of it, or nothing.

Trust:      the operator chose the files; what a registry's files say, strangers wrote.
Standards:  RFC 2622; at RIPE the abuse-c of a range goes before that of its organisation, at APNIC the IRT object stands beside it.
Answers:    ``ContactImport(store, aside).take(files)`` gives ``ContactsImported``: what was found, and each line that is no use.
Limits:     memory does not grow with the files: what ranges refer to lies aside on the disk until all of it was read. ``LOT``
            ranges a transaction. With a line that cannot be used nothing changes; ``keep_going`` leaves its object out.
            ``MISTAKE_LIMIT`` are told, the others counted. Files of one registry in one call; a new import takes the place of the
            one before it of the same source.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final, Protocol

from comity.formats.registry.contact_table import ContactTable, is_table
from comity.formats.registry.rpsl import RpslHolder, RpslRange, RpslReader, Slip
from comity.model.network_contact import ContactLine
from comity.services.complain.contacts.rows import ImportRows

LOT: Final = 5000
MISTAKE_LIMIT: Final = 50
OPERATOR: Final = "operator"
_BY_THE_WAY: Final = 5000
_FORGET: Final = 20_000


class RegistryFile(Protocol):
    """One file."""

    @property
    def name(self) -> str:
        """As the operator named it."""

    def day(self) -> date:
        """When it was made, as far as it shows that."""

    def lines(self) -> Iterator[str]:
        """Line after line."""


class Aside(Protocol):
    """Where objects lie until all files were read."""

    def put(self, said: Sequence[RpslRange | RpslHolder | ContactLine]) -> None:
        """Lay these aside."""

    def resolved(self) -> Iterator[ContactLine]:
        """The ranges with the address that each is known to have; a range without one is left out."""


class ImportTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def network_contacts(self) -> ImportRows:
        """Contacts of networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipAt:
    """A line that cannot be used; ``line`` is 0 for a file as a whole."""

    name: str
    slip: Slip


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsImported:
    """What an import came to."""

    source: str | None
    day: date | None  # of the oldest file
    ranges: int  # in the files
    told: int  # of them with an address
    fresh: int  # addresses that were not known before
    mistaken: int
    slips: tuple[SlipAt, ...]
    taken: bool


class ContactImport:
    """One import."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[ImportTransaction]],
        aside: Callable[[], AbstractContextManager[Aside]],
        *,
        keep_going: bool = False,
        told: Callable[[int], None] = lambda lines: None,
    ) -> None:
        """``told`` hears of lines that were read."""
        self._write, self._aside, self._keep_going, self._told = write, aside, keep_going, told
        self._slips: list[SlipAt] = []
        self._mistaken = self._ranges = 0
        self._source: str | None = None

    def take(self, files: Sequence[RegistryFile], *, now: datetime, day: date | None = None) -> ContactsImported:
        """Read all, then write; ``day`` is what the operator says of all files."""
        with self._aside() as aside:
            for each in files:
                self._read(each, aside)
            taken = (not self._mistaken or self._keep_going) and self._ranges > 0 and self._source is not None
            made = day or min((each.day() for each in files), default=now.date())
            told = fresh = 0
            if taken:
                told, fresh = self._put(aside.resolved(), day=made, now=now)
        return ContactsImported(
            source=self._source,
            day=made if taken else None,
            ranges=self._ranges,
            told=told,
            fresh=fresh,
            mistaken=self._mistaken,
            slips=tuple(self._slips),
            taken=taken,
        )

    def _put(self, lines: Iterator[ContactLine], *, day: date, now: datetime) -> tuple[int, int]:
        told = fresh = 0
        with self._write() as rows:
            number = rows.network_contacts.begin_import(self._source or OPERATOR, day=day, at=now)
        while lot := list(islice(lines, LOT)):
            with self._write() as rows:
                fresh += rows.network_contacts.put_lines(number, lot, at=now)
            told += len(lot)
        with self._write() as rows:
            rows.network_contacts.finish_import(number, ranges=told)
        forgotten = _FORGET
        while forgotten == _FORGET:
            with self._write() as rows:
                forgotten = rows.network_contacts.forget_imports(most=_FORGET)
        return told, fresh

    def _read(self, file: RegistryFile, aside: Aside) -> None:
        lines = iter(file.lines())
        first = next(lines, None)
        before, wrong = self._ranges, self._mistaken
        lot: list[RpslRange | RpslHolder | ContactLine] = []
        said = 0
        for each in self._said(file, first, lines) if first is not None else ():
            if isinstance(each, Slip):
                self._miss(file, each)
                continue
            said += 1
            self._ranges += not isinstance(each, RpslHolder)
            lot.append(each)
            if len(lot) >= LOT:
                aside.put(lot)
                lot = []
        aside.put(lot)
        if not said and (before, wrong) == (self._ranges, self._mistaken):
            self._miss(file, Slip(code="empty", detail="", line=0))

    def _said(
        self, file: RegistryFile, first: str, lines: Iterable[str]
    ) -> Iterator[RpslRange | RpslHolder | ContactLine | Slip]:
        """What a file says, whichever kind it is; a file of another source is a slip, and read no further."""
        if is_table(first):
            table = ContactTable()
            if not self._is_from(OPERATOR):
                yield Slip(code="source", detail=file.name, line=0)
                return
            for line in self._counted(first, lines):
                row = table.read(line)
                if row is not None:
                    yield row
            return
        reader = RpslReader()
        for line in self._counted(first, lines):
            said = reader.read(line)
            if said is not None:
                yield said
            if reader.source is not None and not self._is_from(reader.source):
                yield Slip(code="source", detail=reader.source, line=0)
                return
        said = reader.end()
        if said is not None:
            yield said
        if reader.source is None:
            yield Slip(code="source", detail="", line=0)
        elif not self._is_from(reader.source):
            yield Slip(code="source", detail=reader.source, line=0)

    def _counted(self, first: str, lines: Iterable[str]) -> Iterator[str]:
        yield first
        number = 1
        for number, line in enumerate(lines, start=2):
            yield line
            if number % _BY_THE_WAY == 0:
                self._told(_BY_THE_WAY)
        self._told(number % _BY_THE_WAY)

    def _is_from(self, source: str) -> bool:
        self._source = self._source or source
        return source == self._source

    def _miss(self, file: RegistryFile, slip: Slip) -> None:
        self._mistaken += 1
        if len(self._slips) < MISTAKE_LIMIT:
            self._slips.append(SlipAt(name=file.name, slip=slip))
