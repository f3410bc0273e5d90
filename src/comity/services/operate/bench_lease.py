"""How quickly books of leases are taken in, and an address, a time and a port become a subscriber.

Answers:    ``book(count, seed)`` makes a table; ``questions`` asks about it; ``look_up`` answers them; ``Plain`` is the table that
            one would make first, with an index on address and beginning.
Limits:     generated: addresses of a /12, half of them whole, half in blocks of 1,024 ports; an hour to a day each, for a month.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Final, Protocol

from comity.attribution.subscriber import Event, Holder, LeaseTerms, holder, window_of
from comity.services.receive.rows import LeaseRows

FIRST: Final = int(IPv4Address("10.0.0.0"))
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
MONTH: Final = 30 * 86400
HEADING: Final = "address,ports,subscriber,began,ended\n"
_BLOCKS: Final = 8


class LeasePlace(Protocol):
    """One transaction."""

    @property
    def leases(self) -> LeaseRows:
        """Who held which address when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who held it?"""

    address: str
    port: int
    seen: datetime
    subscriber: str


class Table:
    """A table that is made as it is read, twice the same."""

    def __init__(self, count: int, seed: int) -> None:
        self.name, self._count, self._seed = "generated.csv", count, seed

    def lines(self) -> Iterator[str]:
        """Line after line."""
        yield HEADING
        for address, ports, who, began, ended in rows(self._count, self._seed):
            block = f"{ports[0]}-{ports[1]}" if ports else ""
            yield f"{address},{block},{who},{began.isoformat()},{ended.isoformat()}\n"


Row = tuple[str, tuple[int, int] | None, str, datetime, datetime]


def rows(count: int, seed: int) -> Iterator[Row]:
    """Leases that follow each other on each address (or block of ports) with a gap of ten minutes."""
    chance = random.Random(seed)  # noqa: S311
    made = number = 0
    while made < count:
        address, block = str(IPv4Address(FIRST + number // _BLOCKS)), number % _BLOCKS
        ports = (1024 * (block + 1), 1024 * (block + 2) - 1) if (number // _BLOCKS) % 2 else None
        number += 1 if ports else _BLOCKS
        moment = chance.randrange(86400)
        while moment < MONTH and made < count:
            length = chance.choice((3600, 14400, 86400))
            began = BEGINNING + timedelta(seconds=moment)
            yield address, ports, f"line-{chance.randrange(10**6)}", began, began + timedelta(seconds=length)
            moment += length + 600
            made += 1


def questions(count: int, seed: int, most: int) -> list[Question]:
    """Some of the leases, asked about in their middle."""
    chance = random.Random(seed + 1)  # noqa: S311
    kept: list[Row] = []
    for at, row in enumerate(rows(count, seed)):
        if at < most:
            kept.append(row)
        elif (place := chance.randrange(at + 1)) < most:
            kept[place] = row
    chance.shuffle(kept)
    return [
        Question(
            address=address,
            port=chance.randint(*(ports or (1024, 65535))),
            seen=began + (ended - began) / 2,
            subscriber=who,
        )
        for address, ports, who, began, ended in kept
    ]


def look_up(
    asked: Sequence[Question], read: Callable[[], AbstractContextManager[LeasePlace]], clock: Callable[[], float]
) -> tuple[float, int]:
    """Seconds a look-up (with the decision), and how many named somebody else than whom it was."""
    terms, wrong = LeaseTerms(), 0
    with read() as place:
        book = place.leases
        began = clock()
        for each in asked:
            event = Event(seen=each.seen, port=each.port)
            window = window_of(event, terms)
            found = holder(book.about(each.address, each.port, window), event, terms) if window else None
            wrong += not isinstance(found, Holder) or found.subscriber != each.subscriber
        return (clock() - began) / len(asked), wrong


class Plain:
    """A table with an index, asked for the newest beginning: no margin, no doubt, no blocks over several bands."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(
            "CREATE TABLE lease (address TEXT, first INT, last INT, began INT, ended INT, who TEXT)"
        )

    def fill(self, leases: Iterator[Row]) -> None:
        """Put them in."""
        self._connection.executemany(
            "INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?)",
            (
                (address, *(ports or (0, 65535)), began.timestamp(), ended.timestamp(), who)
                for address, ports, who, began, ended in leases
            ),
        )
        self._connection.execute("CREATE INDEX by_address ON lease (address, began)")

    def look_up(self, asked: Sequence[Question], clock: Callable[[], float]) -> float:
        """Seconds a look-up."""
        began = clock()
        for each in asked:
            self._connection.execute(
                "SELECT who FROM lease WHERE address = ? AND began <= ? AND first <= ? AND last >= ?"
                " ORDER BY began DESC LIMIT 1",
                (each.address, each.seen.timestamp(), each.port, each.port),
            ).fetchone()
        return (clock() - began) / len(asked)
