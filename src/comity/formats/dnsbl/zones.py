"""A list as a file for rbldnsd, and as a zone file for BIND.

Trust:      texts were made safe by ``entries``; names of the zone and its servers are the operator's.
Standards:  RFC 5782; RFC 1035 section 5 (zone files), RFC 4592 (stars); rbldnsd(8): ip4set, ip6trie, dnset, $SOA, $NS, $TTL.
Answers:    ``rbldnsd(sort, entries, zone)`` and ``bind(sort, entries, zone)`` give bytes: the same for the same input.
Limits:     IPv4 and IPv6 are two zones for BIND: a star over 2.0.0.0/16 would answer for addresses that begin with 20.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from comity.formats.dnsbl import entries as listed
from comity.model.signal import Entry


class Sort(StrEnum):
    """What a list is asked about, by the name of the data set in rbldnsd."""

    V4 = "ip4set"
    V6 = "ip6trie"
    NAMES = "dnset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """What stands at the top of a zone. Names without the dot at the end; times in seconds."""

    name: str
    servers: tuple[str, ...]
    hostmaster: str  # an address
    serial: int
    ttl: int
    refresh: int = 3600
    retry: int = 600
    expire: int = 7 * 86400

    def mailbox(self) -> str:
        """The address as a name of the DNS.

        >>> Zone(name="bl.west.example", servers=("ns.west.example",), hostmaster="a.b@west.example", serial=1, ttl=60).mailbox()
        'a\\\\.b.west.example'
        """
        local, _, domain = self.hostmaster.rpartition("@")
        return f"{local.replace('.', chr(92) + '.')}.{domain}"


def rbldnsd(sort: Sort, entries: Sequence[Entry], zone: Zone, *, codes: Sequence[int] = ()) -> bytes:
    """The file of one data set."""
    timers = f"{zone.refresh} {zone.retry} {zone.expire} {zone.ttl}"
    lines = [
        f"$SOA {zone.ttl} {zone.servers[0]} {zone.mailbox()} {zone.serial} {timers}",
        f"$NS {zone.ttl} {' '.join(zone.servers)}",
        f"$TTL {zone.ttl}",
        *(f"{subject} :127.0.0.{entry.code}:{entry.text}" for subject, entry in _rows(sort, entries, codes)),
    ]
    return ("\n".join(lines) + "\n").encode()


def bind(sort: Sort, entries: Sequence[Entry], zone: Zone, *, codes: Sequence[int] = ()) -> bytes:
    """The zone file."""
    timers = f"{zone.refresh} {zone.retry} {zone.expire} {zone.ttl}"
    lines = [
        f"$ORIGIN {zone.name}.",
        f"$TTL {zone.ttl}",
        f"@ IN SOA {zone.servers[0]}. {zone.mailbox()}. {zone.serial} {timers}",
        *(f"@ IN NS {server}." for server in zone.servers),
    ]
    for name, entry in _names(sort, entries, codes):
        lines += [f"{name} IN A 127.0.0.{entry.code}", f'{name} IN TXT "{entry.text}"']
    return ("\n".join(lines) + "\n").encode()


def _rows(sort: Sort, entries: Sequence[Entry], codes: Sequence[int]) -> Iterator[tuple[str, Entry]]:
    if sort is Sort.NAMES:
        for each in listed.chosen([*entries, *listed.tests_names()]):
            yield f".{each.subject}", each
        return
    version = 4 if sort is Sort.V4 else 6
    tests = listed.tests_v4(codes) if sort is Sort.V4 else listed.tests_v6(codes)
    for network, each in listed.disjoint([*tests, *entries]):
        if network.version == version:
            yield _written(network), each


def _written(network: listed.Network) -> str:
    if network.version == 6 and network.network_address.ipv4_mapped is not None:
        return network.exploded  # newer versions of Python write 127.0.0.2 at its end, which rbldnsd does not read
    return str(network)


def _names(sort: Sort, entries: Sequence[Entry], codes: Sequence[int]) -> Iterator[tuple[str, Entry]]:
    if sort is Sort.NAMES:
        yield from listed.covering_names([*entries, *listed.tests_names()]).items()
        return
    version = 4 if sort is Sort.V4 else 6
    tests = listed.tests_v4(codes) if sort is Sort.V4 else listed.tests_v6(codes)
    for network, each in listed.disjoint([*tests, *entries]):
        if network.version == version:
            for name in listed.names_of(network):
                yield name, each
