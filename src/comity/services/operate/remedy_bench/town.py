"""A town whose truth is known: who held which address when, who is infected, and what a feed with a wrong clock says of it.

Answers:    ``Town(lines, seed)``: ``lease_rows()`` the book, ``feed(count)`` rows with the truth beside them.
Limits:     generated. A line is infected from some moment on, at any hour of any day but the last two. Addresses pass from line to
            line at once, after seconds or after minutes; a third of them are shared by eight lines, each with a block of ports. The
            clock of the feed is off by up to ``SKEW`` either way, anew for each row.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Final

BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
DAYS: Final = 10
SKEW: Final = 120
HEADING: Final = "address,ports,subscriber,began,ended\n"
FEED_HEADING: Final = "timestamp,src_ip,src_port,src_asn,src_geo,family\n"
_FIRST: Final = int(IPv4Address("10.0.0.0"))
_BLOCKS: Final = 8
_INFECTED: Final = 0.3
_NO_PORT: Final = 0.3
_GAPS: Final = (0, 5, 45, 600)
_MEAN_SECONDS: Final = 8 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One line held one address, or a block of its ports."""

    address: str
    block: int | None
    line: int
    began: float  # seconds since ``BEGAN``
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the feed, and whose it was."""

    happened: datetime  # when it was
    said: datetime  # when the feed says that it was
    address: str
    port: int | None
    line: int
    is_shared: bool

    def text(self) -> str:
        """As it stands in the feed; the family is the truth, so that what was made of it can be told."""
        port = "" if self.port is None else self.port
        return f"{self.said:%Y-%m-%d %H:%M:%S},{self.address},{port},64500,ZZ,{name_of(self.line)}\n"


def name_of(line: int) -> str:
    """What the book calls a line."""
    return f"line-{line}"


class Town:
    """One town, twice the same."""

    def __init__(self, lines: int, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311
        self._lines = lines
        self.infected = frozenset(at for at in range(lines) if self._chance.random() < _INFECTED)
        self._since = {line: self._chance.uniform(0, (DAYS - 2) * 86400) for line in sorted(self.infected)}
        self.sessions = [session for at in range(lines) for session in self._of_address(at)]

    def _of_address(self, at: int) -> Iterator[Session]:
        address = str(IPv4Address(_FIRST + at))
        blocks: list[int | None] = [*range(_BLOCKS)] if at % 3 == 0 else [None]
        for block in blocks:
            moment = self._chance.uniform(0, 3600)
            while moment < DAYS * 86400:
                length = max(600.0, self._chance.expovariate(1 / _MEAN_SECONDS))
                line = self._chance.randrange(self._lines)
                yield Session(address=address, block=block, line=line, began=moment, ended=moment + length)
                moment += length + self._chance.choice(_GAPS)

    def lease_rows(self) -> Iterator[str]:
        """The book."""
        yield HEADING
        for each in self.sessions:
            ports = "" if each.block is None else f"{1024 * (each.block + 1)}-{1024 * (each.block + 2) - 1}"
            began, ended = (BEGAN + timedelta(seconds=round(moment)) for moment in (each.began, each.ended))
            yield f"{each.address},{ports},{name_of(each.line)},{began.isoformat()},{ended.isoformat()}\n"

    def feed(self, count: int) -> list[Row]:
        """So many rows about infected lines, by day."""
        theirs = [
            each
            for each in self.sessions
            if each.began < (DAYS - 1) * 86400 and each.line in self.infected and each.ended > self._since[each.line]
        ]
        rows = [self._row(self._chance.choice(theirs)) for _ in range(count)]
        return sorted(rows, key=lambda each: each.said)

    def _row(self, session: Session) -> Row:
        chance = self._chance
        began = max(session.began, self._since[session.line])
        happened = BEGAN + timedelta(seconds=chance.uniform(began, min(session.ended, DAYS * 86400)))
        port: int | None = chance.randrange(1024, 65536)
        if session.block is not None:
            start = 1024 * (session.block + 1)
            port = None if chance.random() < _NO_PORT else chance.randrange(start, start + 1024)
        return Row(
            happened=happened,
            said=(happened + timedelta(seconds=chance.uniform(-SKEW, SKEW))).replace(microsecond=0),
            address=session.address,
            port=port,
            line=session.line,
            is_shared=session.block is not None,
        )
