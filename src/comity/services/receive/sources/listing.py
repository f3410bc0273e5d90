"""Which addresses of ours stand in somebody's block list.

Trust:      a list says what its makers think, and not why; it is a fact of a feed, and no complaint.
Answers:    ``our_part(lines, own)`` gives ``OurPart``: each stretch of ours that is listed, the lines that cannot be used;
            ``as_table(found, name, at)`` makes the table that intake reads.
Limits:     the list is gone through once, whatever its length; ``MOST`` stretches of ours are kept. Of a wide entry one report a
            line of our own list is made, about its first address. What a list takes out again counts where it covers all of that.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from comity.cases.own_side import OwnSide
from comity.formats.dnsbl.lists import Listed, ListReader
from comity.model.network_contact import AddressRange

MOST: Final = 10_000
MISTAKE_LIMIT: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedHere:
    """A stretch of ours that is listed."""

    version: int
    first: int
    last: int
    holding: str  # the line of our own list
    customer: str | None
    note: str | None

    @property
    def address(self) -> str:
        """Its first address."""
        return _text(self.version, self.first)

    @property
    def stretch(self) -> str:
        """How it is shown."""
        return self.address if self.first == self.last else f"{self.address} - {_text(self.version, self.last)}"


@dataclass(slots=True, kw_only=True)
class OurPart:
    """What one list says of us."""

    found: list[ListedHere] = field(default_factory=list)
    entries: int = 0
    mistaken: int = 0
    mistakes: list[tuple[int, str]] = field(default_factory=list)
    is_cut: bool = False


def our_part(lines: Iterable[str], own: OwnSide) -> OurPart:
    """Go through a list."""
    reader, part = ListReader(), OurPart()
    excepted: list[AddressRange] = []
    for number, line in enumerate(lines, start=1):
        said = reader.read(line)
        if isinstance(said, str):
            part.mistaken += 1
            if len(part.mistakes) < MISTAKE_LIMIT:
                part.mistakes.append((number, said))
        elif said is not None:
            part.entries += 1
            _take(said, own, part, excepted=excepted)
    part.found = [each for each in part.found if not any(_inside(each, other) for other in excepted)]
    return part


def as_table(found: Sequence[ListedHere], name: str, at: datetime) -> bytes:
    """The table that intake reads: an entry a row, of the class ``listed/NAME``; one entry has one id a day."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("timestamp", "ip", "type", "report_id", "listed", "note"))
    for each in found:
        number = f"{name} {at:%Y-%m-%d} {each.stretch}"  # lists are fetched by the hour: an entry that stays is no news
        writer.writerow((at.isoformat(), each.address, f"listed/{name}", number, each.stretch, each.note or ""))
    return text.getvalue().encode()


def _take(said: Listed, own: OwnSide, part: OurPart, *, excepted: list[AddressRange]) -> None:
    where = said.range
    for first, last, holding in own.overlapping(where.version, where.first, where.last):
        if said.is_excepted:
            excepted.append(where)
            return
        if len(part.found) >= MOST:
            part.is_cut = True
            return
        part.found.append(
            ListedHere(
                version=where.version,
                first=first,
                last=last,
                holding=holding.name,
                customer=holding.customer,
                note=said.note,
            )
        )


def _inside(each: ListedHere, other: AddressRange) -> bool:
    return each.version == other.version and other.first <= each.first and each.last <= other.last


def _text(version: int, number: int) -> str:
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))
