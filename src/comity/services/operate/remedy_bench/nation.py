"""A nation's day: so many leases, and a feed of so many rows about lines whose truth is known, written to a file.

Answers:    ``lease_lines`` the book, ``write_feed`` the file of the feed, each row with the truth as its family; ``wrong_rows``
            how many sightings in the store name another line.
Limits:     generated: an address a line, held for the day; one line in fifty is infected. What is shared by ports, and clocks that
            are off, ``comity bench remedy`` has.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final, Protocol

from comity.model.lease import Lease

DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
NEXT_DAY: Final = DAY + timedelta(hours=27)  # when the feed of the day comes
NETWORKS: Final = b"10.0.0.0/8\n11.0.0.0/8"  # room for 33 million lines
FILE: Final = "2026-01-01-event4_sinkhole-nation.csv"
HEADING: Final = "address,ports,subscriber,began,ended\n"
FEED_HEADING: Final = "timestamp,src_ip,src_port,src_asn,src_geo,family\n"
_BEGAN: Final = DAY - timedelta(hours=2)
_ENDED: Final = DAY + timedelta(hours=26)
_FIRST: Final = int(IPv4Address("10.0.0.0"))
_INFECTED: Final = 50
_SECONDS: Final = 86400


class Seen(Protocol):
    """A sighting as the store has it."""

    @property
    def subject(self) -> str | None:
        """Whose line it was."""

    @property
    def said(self) -> str | None:
        """Whose it is in truth."""


def lease_lines(count: int, every: int = 1) -> Iterator[str]:
    """The book, as its lines, or one line of it in so many."""
    yield HEADING
    began, ended = _BEGAN.isoformat(), _ENDED.isoformat()
    for at in range(0, count, every):
        yield f"{IPv4Address(_FIRST + at)},,line-{at},{began},{ended}\n"


def leases(count: int) -> Iterator[Lease]:
    """What a reader makes of the book, without reading it: in the order of the addresses."""
    stamp = f"{_BEGAN.timestamp():.0f}"
    for at in range(count):
        network, name = IPv4Network((_FIRST + at, 32)), f"line-{at}"
        mark = network.network_address.packed + f" stretch\0None\0{name}\0{stamp}".encode()
        identity = blake2b(mark, digest_size=8).digest()
        yield Lease(network=network, began=_BEGAN, ended=_ENDED, known_until=_ENDED, subscriber=name, identity=identity)


def write_feed(path: Path, count: int, leases: int, *, seed: int) -> None:
    """So many rows, in the order of the day."""
    chance = random.Random(seed)  # noqa: S311
    infected = max(1, leases // _INFECTED)
    with path.open("w", encoding="ascii") as file:
        file.write(FEED_HEADING)
        for row in range(count):
            line = chance.randrange(infected) * (leases // infected)
            moment = DAY + timedelta(seconds=row * _SECONDS // count)
            port = chance.randrange(1024, 65536)
            file.write(f"{moment:%Y-%m-%d %H:%M:%S},{IPv4Address(_FIRST + line)},{port},64500,ZZ,line-{line}\n")


def wrong_rows(seen: Iterable[Seen]) -> tuple[int, int]:
    """How many sightings there are, and how many name another line than the true one."""
    n = wrong = 0
    for each in seen:
        n += 1
        wrong += each.subject != f"subscriber:{each.said}"
    return n, wrong
