"""The prefix index: one small file, loaded whole, that says whose an address is.

Trust:      our own file; one that is damaged, cut or of another version is refused with the way to make it anew.
Answers:    ``write_index(path, partition, dates)`` replaces the file as one (the old one stays until the new one is on the disk);
            ``PrefixIndex.read(path)``, then ``find(address)`` gives a ``KnownNetwork`` or None.
Limits:     512 MiB. Numbers are kept little-endian: 8 bytes for each place where the answer changes, 20 with IPv6.

The file is a line that names its kind and version, a line of JSON (dates, lengths, checksum), then the tables one after the other.
"""

import json
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import Final, Self

from comity.formats.prefixes import Partition, Side
from comity.model.known_network import KnownNetwork
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.files.replacing import replaced

_KIND: Final = b"comity-prefix-index 1\n"
_KIND_WORD: Final = b"comity-prefix-index "
_HEAD_LIMIT: Final = 4096
_SIZE_LIMIT: Final = 512 << 20
_LOW: Final = 2**64 - 1
# Name and kind of number of each table, in the order of the file.
_TABLES: Final = (
    ("starts4", "I"), ("records4", "I"), ("high6", "Q"), ("low6", "Q"), ("records6", "I"),
    ("asns", "I"), ("names", "I"), ("registrants", "H"), ("locations", "H"), ("name_ends", "I"),
)  # fmt: skip


def write_index(path: Path, partition: Partition, dates: Mapping[Side, date]) -> int:
    """Write the file, readable for everybody; gives its size."""
    texts: dict[str | None, int] = {None: 0}
    for each in partition.records:
        texts.setdefault(each.name, len(texts))
    encoded = [(text or "").encode("utf-8") for text in texts]
    ends, end = array("I"), 0
    for text in encoded:
        end += len(text)
        ends.append(end)
    records = partition.records
    tables = {
        "starts4": partition.starts4,
        "records4": partition.records4,
        "high6": partition.high6,
        "low6": partition.low6,
        "records6": partition.records6,
        "asns": array("I", [each.asn or 0 for each in records]),
        "names": array("I", [texts[each.name] for each in records]),
        "registrants": array("H", [_packed(each.registrant_country) for each in records]),
        "locations": array("H", [_packed(each.location_country) for each in records]),
        "name_ends": ends,
    }
    body = b"".join((*(_bytes_of(tables[name]) for name, _ in _TABLES), *encoded))
    head = {
        "dates": {side.value: day.isoformat() for side, day in dates.items()},
        "lengths": [len(tables[name]) for name, _ in _TABLES],
        "sha256": sha256(body).hexdigest(),
    }
    data = b"".join((_KIND, json.dumps(head).encode("ascii"), b"\n", body))
    with replaced(path) as file:
        file.write(data)
    return len(data)


class PrefixIndex:
    """Whose an address is.

    ``dates`` says how old the answers to each question are, at most.
    """

    def __init__(self, tables: Mapping[str, "array[int]"], names: bytes, dates: Mapping[Side, date]) -> None:
        self._starts4, self._records4 = tables["starts4"], tables["records4"]
        self._high6, self._low6, self._records6 = tables["high6"], tables["low6"], tables["records6"]
        self._tables, self._names, self.dates = tables, names, dict(dates)
        self._answers: dict[int, KnownNetwork | None] = {0: None}

    @classmethod
    def read(cls, path: Path) -> Self:
        """Load the file and check it."""
        with path.open("rb") as file:
            kind = file.readline(64)
            if kind != _KIND:
                raise _unfit("prefix-index-version" if kind.startswith(_KIND_WORD) else "prefix-index-foreign", path)
            line = file.readline(_HEAD_LIMIT)
            body = file.read(_SIZE_LIMIT)
        try:
            head = json.loads(line)
            dates = {Side(side): date.fromisoformat(day) for side, day in head["dates"].items()}
            lengths = [int(each) for each in head["lengths"]]
            if sha256(body).hexdigest() != head["sha256"]:
                raise _unfit("prefix-index-damaged", path)
            return cls(*_unpacked(body, lengths), dates)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unfit("prefix-index-damaged", path) from None

    @property
    def places(self) -> int:
        """How many places there are at which the answer changes."""
        return len(self._starts4) + len(self._high6)

    def find(self, address: str) -> KnownNetwork | None:
        """What is known about this address (in canonical text); None where nothing is, or where it is no address."""
        if ":" not in address:
            parts = address.split(".")
            try:
                a, b, c, d = parts
                place = bisect_right(self._starts4, int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d)) - 1
            except (ValueError, OverflowError):
                return None
            number = self._records4[place] if place >= 0 else 0
        else:
            number = self._find6(address)
        try:
            return self._answers[number]
        except KeyError:
            return self._answers.setdefault(number, self._answer(number))

    def _find6(self, address: str) -> int:
        try:
            wanted = int(IPv6Address(address))
        except (AddressValueError, ValueError):
            return 0
        high, low = wanted >> 64, wanted & _LOW
        end = bisect_right(self._high6, high)
        if end and self._high6[end - 1] == high:
            first = bisect_left(self._high6, high, 0, end)
            end = bisect_right(self._low6, low, first, end)
        return self._records6[end - 1] if end else 0

    def _answer(self, number: int) -> KnownNetwork | None:
        tables = self._tables
        asn, name = tables["asns"][number] or None, tables["names"][number]
        registrant, location = _country(tables["registrants"][number]), _country(tables["locations"][number])
        ends = tables["name_ends"]
        said = {Side.NETWORK: asn, Side.REGISTRANT: registrant, Side.LOCATION: location}
        dates = [self.dates[side] for side, value in said.items() if value is not None]
        return KnownNetwork(
            asn=asn,
            name=self._names[ends[name - 1] : ends[name]].decode("utf-8") if name else None,
            registrant_country=registrant,
            location_country=location,
            data_date=min(dates),
        )


def _unpacked(body: bytes, lengths: list[int]) -> tuple[dict[str, "array[int]"], bytes]:
    """The tables, and the bytes of the names behind them."""
    tables, at = {}, 0
    for (name, typecode), length in zip(_TABLES, lengths, strict=True):
        table = array(typecode)
        size = length * table.itemsize
        table.frombytes(body[at : at + size])
        if sys.byteorder == "big":
            table.byteswap()
        tables[name], at = table, at + size
    return tables, body[at:]


def _bytes_of(table: "array[int]") -> bytes:
    if sys.byteorder == "big":
        table = table[:]
        table.byteswap()
    return table.tobytes()


def _packed(country: str | None) -> int:
    """Two letters as one number.

    >>> _country(_packed("CN")), _packed(None)
    ('CN', 0)
    """
    return int.from_bytes(country.encode("ascii"), "big") if country else 0


def _country(number: int) -> str | None:
    return number.to_bytes(2, "big").decode("ascii") if number else None


def _unfit(code: str, path: Path) -> ComityError:
    message = "this prefix index cannot be used"
    return ComityError(code, message, outcome=Outcome.CONFIGURATION, place=str(path))
