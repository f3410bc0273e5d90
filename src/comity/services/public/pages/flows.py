"""Who complains about whom: networks that report, and networks and countries they report about.

Trust:      addresses in reports are what the reporting side says; the network of an address is known by the day of our table.
Answers:    ``flows_of(records, ...)`` gives counts by both ends; ``spread_of(records, ...)`` by day and by who is reported about.
Limits:     counts of the roll-ups: reports by day, class and network, never one report.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from comity.model.known_network import KnownNetwork

COUNTRY: Final = "country"
NETWORK: Final = "network"
PREFIX: Final = "prefix"
UNKNOWN: Final = "-"
NetworkOf = Callable[[str], KnownNetwork | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which reports: of these days, and by what the other end is named."""

    first: date
    last: date
    by: str = COUNTRY


def flows_of(records: Any, asked: Asked, network: NetworkOf) -> Mapping[tuple[str, str], int]:
    """How many reports went from whom about whom; ``UNKNOWN`` is whoever reports outside of any agreement."""
    reporting = {each.channel_id: each.reporting for each in records.ledger.channels()}
    names: dict[str, str] = {}
    found = Counter[tuple[str, str]]()
    for channel, net, n in records.queue.reports_by_network(asked.first, asked.last):
        if net not in names:
            names[net] = name_of(net, asked.by, network)
        found[reporting.get(channel, UNKNOWN), names[net]] += n
    return {ends: n for ends, n in found.items() if n > 0}


def spread_of(records: Any, asked: Asked, network: NetworkOf) -> Mapping[tuple[date, str], int]:
    """How many reports there were of each end on each day."""
    names: dict[str, str] = {}
    found = Counter[tuple[date, str]]()
    for day, net, n in records.queue.networks_by_day(asked.first, asked.last):
        if net not in names:
            names[net] = name_of(net, asked.by, network)
        found[date.fromisoformat(day), names[net]] += n
    return {ends: n for ends, n in found.items() if n > 0}


def name_of(net: str, by: str, network: NetworkOf) -> str:
    """How a prefix is named: its country, its network, or itself.

    >>> name_of("192.0.2.0/24", "country", lambda address: None), name_of("192.0.2.0/24", "prefix", lambda address: None)
    ('-', '192.0.2.0/24')
    """
    if not net:
        return UNKNOWN
    if by == PREFIX:
        return net
    known = network(net.partition("/")[0])
    if known is None:
        return UNKNOWN if by == COUNTRY else net
    if by == COUNTRY:
        return known.location_country or known.registrant_country or UNKNOWN
    if known.asn is None:
        return net
    return f"AS{known.asn} {known.name or ''}".strip()
