"""Leases in the store: whatever a scan of all of them finds, a look-up finds, and lines about one stretch are one lease."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from comity.attribution.subscriber import Event, LeaseTerms, holder, window_of
from comity.model.lease import LAST_PORT, Asked, Lease, Window
from comity.model.retention import KeptClass
from comity.store.engine import Store, open_store

from ...retention import erase_class

DAY = datetime(2026, 11, 28, tzinfo=UTC)
TERMS = LeaseTerms()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    made = open_store(tmp_path / "comity.db")
    made.create()
    yield made
    made.close()


def lease(network: str, who: str, began: datetime, **more: object) -> Lease:
    """A lease; equal facts have equal identities."""
    given = {"first_port": 0, "last_port": LAST_PORT, "ended": None, "is_shared": False, "known_until": began} | more
    key = f"{network}{who}{began}{given['first_port']}"
    return Lease(
        network=ip_network(network),
        began=began,
        subscriber=who,
        identity=f"{hash(key) & (2**64 - 1):016x}".encode()[:8],
        **given,
    )  # type: ignore[arg-type]


def some(chance: random.Random, count: int) -> list[Lease]:
    """Leases of all lengths on a few addresses, some of them in blocks of ports, some that nobody ended."""
    made = []
    for number in range(count):
        began = DAY + timedelta(seconds=chance.randrange(40 * 86400))
        length = timedelta(seconds=chance.choice([30, 3600, 3601, 20000, 86400, 200_000, 3_000_000]))
        ended = None if chance.random() < 0.1 else began + length
        first = chance.randrange(0, 60) * 1000 if number % 3 == 0 else 0
        ports = (first, first + chance.choice([63, 999, 4000])) if number % 3 == 0 else (0, LAST_PORT)
        whole = ["192.0.2.8", "2001:db8:1::/56", "2001:db8:1:200::/64"]
        network = "192.0.2.7" if number % 3 == 0 else chance.choice(whole)
        made.append(
            lease(
                network,
                f"line-{chance.randrange(9)}",
                began,
                ended=ended,
                known_until=ended or began + timedelta(minutes=chance.randrange(600)),
                first_port=ports[0],
                last_port=min(ports[1], LAST_PORT),
            )
        )
    return list({each.identity: each for each in made}.values())


@pytest.mark.parametrize("seed", range(6))
def test_a_look_up_finds_what_a_scan_finds(store: Store, seed: int) -> None:
    """The answer about any address, port and moment is that of going through every lease; many at once are answered as one is."""
    chance = random.Random(seed)  # noqa: S311
    leases = some(chance, 300)
    with store.write() as rows:
        rows.leases.put(leases)
    asked, answers = [], []
    with store.read() as rows:
        for _ in range(300):
            address = chance.choice(["192.0.2.7", "192.0.2.8", "192.0.2.9", "2001:db8:1::5", "2001:db8:1:200::9"])
            port = None if chance.random() < 0.5 and not rows.leases.is_split(address) else chance.randrange(65536)
            event = Event(seen=DAY + timedelta(seconds=chance.randrange(45 * 86400)), port=port)
            window = window_of(event, TERMS)
            assert window is not None
            here = ip_address(address)
            inside = [each for each in leases if here.version == each.network.version and here in each.network]
            expected = holder(inside, event, TERMS)
            found = holder(rows.leases.about(address, port, window), event, TERMS)
            assert found == expected, (address, port, event.seen)
            asked.append(Asked(address=address, port=port, window=window))
            answers.append((event, expected))
        together = rows.leases.about_many(asked)
    assert [holder(each, event, TERMS) for each, (event, _) in zip(together, answers, strict=True)] == [
        expected for _, expected in answers
    ]


def test_lines_about_one_stretch_are_one_lease(store: Store) -> None:
    """Start, news and stop in any order, in different books, come to the same; taken in again they change nothing."""
    start = lease("192.0.2.7", "a", DAY)
    news = lease("192.0.2.7", "a", DAY, known_until=DAY + timedelta(hours=1))
    stop = lease("192.0.2.7", "a", DAY, ended=DAY + timedelta(hours=2), known_until=DAY + timedelta(hours=2))
    with store.write() as rows:
        assert rows.leases.put([stop]) == (1, 0)
        assert rows.leases.put([start, news]) == (0, 0)
        assert rows.leases.put([stop, start]) == (0, 0)
        assert rows.leases.counts()[0] == 1
    with store.write() as rows:
        rows.leases.put([lease("192.0.2.8", "b", DAY)])
        assert rows.leases.put([lease("192.0.2.8", "b", DAY, known_until=DAY + timedelta(hours=3))]) == (0, 1)


def test_a_session_that_is_named_again_is_another_stretch(store: Store) -> None:
    """The same login at the same address, after the access server began to count anew: known from its start on, and whoever had
    the address in between is not touched. Taken in again, in one lot or in several, it changes nothing."""
    hour = timedelta(hours=1)

    def line(began: int, ended: int | None = None, known: int | None = None) -> Lease:
        until = DAY + (ended or known or began) * hour
        one = lease("192.0.2.7", "a", DAY + began * hour, ended=ended and DAY + ended * hour, known_until=until)
        return replace(one, identity=b"session1")

    told = [line(0), line(0, 2), line(10), line(10, None, 11), line(10, 13), line(20)]
    for lots in ([[each] for each in told], [told], [told[:3], told[3:]], [told]):
        with store.write() as rows:
            for lot in lots:
                rows.leases.put(lot)
            found = rows.leases.about("192.0.2.7", None, Window(first=DAY, last=DAY + 30 * hour))
            spans = sorted((each.began, each.ended) for each in found if each.ended is not None)
            assert spans == [(DAY, DAY + 2 * hour), (DAY + 10 * hour, DAY + 13 * hour)]
            assert [each.began for each in found if each.ended is None] == [DAY + 20 * hour]
            assert rows.leases.counts()[0] == 3


def test_a_block_over_several_bands_is_found_by_each_of_its_ports(store: Store) -> None:
    """Ports are shelved by 1,024; a block that lies across is on every shelf it touches, and goes as a whole."""
    end = DAY + timedelta(hours=2)
    block = lease("192.0.2.7", "a", DAY, ended=end, known_until=end, first_port=1000, last_port=5000)
    with store.write() as rows:
        rows.leases.put([block])
        assert rows.leases.is_split("192.0.2.7")
        assert not rows.leases.is_split("192.0.2.8")
        window = window_of(Event(seen=DAY + timedelta(hours=1)), TERMS)
        assert window is not None
        for port, found in ((999, 0), (1000, 1), (1024, 1), (5000, 1), (5001, 0)):
            assert len(rows.leases.about("192.0.2.7", port, window)) == found, port
        assert erase_class(rows, KeptClass.LEASE, DAY + timedelta(hours=1)) == 0
        assert erase_class(rows, KeptClass.LEASE, DAY + timedelta(hours=3)) == 5
        assert rows.leases.counts() == (0, None)


def test_an_address_of_ipv4_in_ipv6_is_the_same(store: Store) -> None:
    """A report may write it either way; what is no address has no lease."""
    with store.write() as rows:
        rows.leases.put(
            [lease("192.0.2.7", "a", DAY, ended=DAY + timedelta(hours=2), known_until=DAY + timedelta(hours=2))]
        )
        window = window_of(Event(seen=DAY + timedelta(hours=1)), TERMS)
        assert window is not None
        assert len(rows.leases.about("::ffff:192.0.2.7", None, window)) == 1
        assert rows.leases.about("192.0.2.7'; --", None, window) == []
