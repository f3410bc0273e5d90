"""Put tables of ranges upon each other: one straight list of places where the answer changes.

Answers:    ``PartitionBuilder``: ``add(entry)`` for each line of each table, then ``build()`` gives a ``Partition``: for each
            version sorted starts and, beside each, the number of the record that holds from there on. Record 0 says nothing.
            What two tables say of one address stands in one record; of nested ranges of one kind the innermost counts, of the
            same range told twice the last.
Limits:     ``ENTRY_LIMIT`` entries; memory grows with them (about 50 bytes each while building; 8 in the result, 20 with IPv6).
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple

from comity.formats.prefixes.sources import Entry

ENTRY_LIMIT: Final = 5_000_000
_LOW: Final = 2**64 - 1
_WIDTHS: Final = {4: 32, 6: 128}
_VALUE_BITS: Final = 32

_Value = tuple[int | None, str | None] | str


class Side(StrEnum):
    """The three questions, each with tables and a date of its own."""

    NETWORK = "network"
    REGISTRANT = "registrant"
    LOCATION = "location"


class Record(NamedTuple):
    """What holds for a stretch of addresses."""

    asn: int | None = None
    name: str | None = None
    registrant_country: str | None = None
    location_country: str | None = None


@dataclass(slots=True)
class Partition:
    """The whole address space, cut where the answer changes. IPv6 starts are kept in halves of 64 bits."""

    starts4: "array[int]" = field(default_factory=lambda: array("I"))
    records4: "array[int]" = field(default_factory=lambda: array("I"))
    high6: "array[int]" = field(default_factory=lambda: array("Q"))
    low6: "array[int]" = field(default_factory=lambda: array("Q"))
    records6: "array[int]" = field(default_factory=lambda: array("I"))
    records: list[Record] = field(default_factory=lambda: [Record()])


class PartitionBuilder:
    """Collects entries.

    A range is kept as one number, because a million tuples would be four times as large: its first address, then the distance of
    its last one from the end (so that the outer range sorts before the inner one), then the number of what it says.
    """

    def __init__(self) -> None:
        self._values: dict[_Value, int] = {}
        self._ranges: dict[tuple[int, Side], list[int]] = {(version, side): [] for version in (4, 6) for side in Side}
        self.entries = 0

    @property
    def is_full(self) -> bool:
        """Nothing more fits."""
        return self.entries >= ENTRY_LIMIT

    def add(self, entry: Entry) -> tuple[Side, ...]:
        """Take one entry; gives the questions that it answers."""
        version, first, last, asn, name, registrant, location = entry
        said: list[tuple[Side, _Value]] = []
        if asn is not None:
            said.append((Side.NETWORK, (asn, name)))
        if registrant is not None:
            said.append((Side.REGISTRANT, registrant))
        if location is not None:
            said.append((Side.LOCATION, location))
        width = _WIDTHS[version]
        place = first << width | ((1 << width) - 1 - last)
        for side, value in said:
            number = self._values.setdefault(value, len(self._values) + 1)
            self._ranges[version, side].append(place << _VALUE_BITS | number)
        self.entries += 1
        return tuple(side for side, _ in said)

    def build(self) -> Partition:
        """Put them upon each other; the builder is empty then."""
        made, values = Partition(), [None, *self._values]
        numbers: dict[tuple[int, ...], int] = {(0, 0, 0): 0}
        for version in (4, 6):
            layers = [_changes(self._ranges.pop((version, side)), _WIDTHS[version]) for side in Side]
            for start, found in _joined(layers):
                number = numbers.get(found)
                if number is None:
                    number = numbers[found] = len(made.records)
                    made.records.append(_record([values[each] for each in found]))
                if version == 4:
                    made.starts4.append(start)
                    made.records4.append(number)
                else:
                    made.high6.append(start >> 64)
                    made.low6.append(start & _LOW)
                    made.records6.append(number)
        return made


def _record(found: Sequence[_Value | None]) -> Record:
    network, registrant, location = found
    asn, name = network if isinstance(network, tuple) else (None, None)
    return Record(
        asn,
        name,
        registrant if isinstance(registrant, str) else None,
        location if isinstance(location, str) else None,
    )


def _changes(ranges: list[int], width: int) -> Iterator[tuple[int, int]]:
    """Where the value of one layer changes, and to what (0: nothing), in order; of a place that comes twice the last holds."""
    ranges.sort(key=lambda each: each >> _VALUE_BITS)  # stable: of the same range told twice the last lies on top
    ends, whole = (1 << width) - 1, 1 << width
    stack: list[tuple[int, int]] = []  # (end, value), the range that began last on top
    for each in chain(ranges, (whole << width + _VALUE_BITS,)):  # one beyond the end closes all
        first, value = each >> width + _VALUE_BITS, each & (1 << _VALUE_BITS) - 1
        while stack and stack[-1][0] <= first:
            ended = stack.pop()[0]
            while stack and stack[-1][0] <= ended:
                stack.pop()
            if ended < whole:
                yield ended, stack[-1][1] if stack else 0
        if first < whole:
            yield first, value
            stack.append((whole - (each >> _VALUE_BITS & ends), value))


def _joined(layers: Sequence[Iterator[tuple[int, int]]]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The places where any layer changes, with what all of them say from there on.

    >>> list(_joined([iter([(0, 1), (10, 2), (10, 3)]), iter([(5, 9), (10, 0)])]))
    [(0, (1, 0)), (5, (1, 9)), (10, (3, 0))]
    """
    waiting = [next(layer, None) for layer in layers]
    now = [0] * len(layers)
    before = tuple(now)
    while starts := [each[0] for each in waiting if each is not None]:
        start = min(starts)
        for at, layer in enumerate(layers):
            each = waiting[at]
            while each is not None and each[0] == start:
                now[at] = each[1]
                each = next(layer, None)
            waiting[at] = each
        found = tuple(now)
        if found != before:
            yield start, found
            before = found
