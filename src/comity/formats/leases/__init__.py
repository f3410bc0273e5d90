"""Read the books in which address servers write who held which address when.

Trust:      files of our own servers, chosen by the operator; a book that is wrong makes wrong cases, so that every line counts.
Standards:  see ``radius``, ``dhcp``, ``table``.
Answers:    ``BookReader(zone)``: ``read(line)`` gives the leases and mistakes that became whole with a line, ``end()`` what is
            left; ``shape`` says which kind of book it is, by its looks.
Limits:     one book a reader. A book of no known shape is one mistake, ``shape``.
"""

from collections.abc import Iterator
from datetime import tzinfo
from enum import StrEnum
from typing import Final, Protocol

from comity.formats.leases.clock import Clock
from comity.formats.leases.dhcp import IscReader, KeaReader
from comity.formats.leases.radius import RadiusReader
from comity.formats.leases.table import TableReader, columns_of
from comity.formats.leases.terms import Mistake
from comity.model.lease import Lease

__all__ = ["BookReader", "BookShape", "Mistake"]

_WEEKDAYS: Final = ("Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun ")
_REMARK: Final = ("#", "authoring-byte-order", "server-duid")


class BookShape(StrEnum):
    """Whose book it is."""

    RADIUS = "radius"
    ISC = "isc"
    KEA = "kea"
    TABLE = "table"


class _Reader(Protocol):
    def read(self, line: str) -> Iterator[Lease | Mistake]: ...

    def end(self) -> Iterator[Lease | Mistake]: ...


class BookReader:
    """One book, line by line.

    >>> reader = BookReader(None)
    >>> list(reader.read("address,subscriber,began,ended")), reader.shape.value
    ([], 'table')
    >>> next(reader.read("192.0.2.7,line-9,2026-11-28T10:00:00Z,2026-11-28T12:00:00Z")).subscriber
    'line-9'
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._clock = Clock(zone)
        self._reader: _Reader | None = None
        self.shape: BookShape | None = None

    def read(self, line: str) -> Iterator[Lease | Mistake]:
        """What has become whole with this line."""
        if self._reader is None:
            line = line.removeprefix("\ufeff")
            if not line.strip() or line.startswith(_REMARK):
                return
            if not self._choose(line):
                yield Mistake(code="shape", detail=line.strip())
                return
            if self.shape in (BookShape.TABLE, BookShape.KEA):
                return  # the line was the heading
        if self._reader is not None:
            yield from self._reader.read(line)

    def end(self) -> Iterator[Lease | Mistake]:
        """What the last line left open."""
        if self._reader is not None:
            yield from self._reader.end()

    def _choose(self, line: str) -> bool:
        if line.startswith(("lease ", "failover ", "subnet ")):
            self.shape, self._reader = BookShape.ISC, IscReader()
        elif line.startswith(_WEEKDAYS):
            self.shape, self._reader = BookShape.RADIUS, RadiusReader(self._clock)
        elif KeaReader.is_heading(line):
            self.shape, self._reader = BookShape.KEA, KeaReader(line)
        elif (heading := columns_of(line)) is not None:
            self.shape, self._reader = BookShape.TABLE, TableReader(heading, self._clock)
        return self._reader is not None
