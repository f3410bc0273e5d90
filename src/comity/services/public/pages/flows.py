"""Who complains about whom: networks that report, and networks and countries they report about.

Trust:      addresses in reports are what the reporting side says; the network of an address is known by the day of our table.
Answers:    ``flows_of(records, ...)`` gives counts by both ends, and by day and who is reported about.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """What was counted; ``UNKNOWN`` is whoever reports outside of any agreement, and whoever is reported about without a name."""

    ends: Mapping[tuple[str, str], int]  # how many reports went from whom about whom
    days: Mapping[tuple[date, str], int]  # how many there were of each end on each day


def flows_of(records: Any, asked: Asked, network: NetworkOf) -> Flows:
    """Count both, in one go through the roll-ups."""
    reporting = {each.channel_id: each.reporting for each in records.ledger.channels()}
    names, dates = dict[str, str](), dict[str, date]()
    ends, days = Counter[tuple[str, str]](), Counter[tuple[date, str]]()
    for day, channel, net, n in records.queue.rolled_up(asked.first, asked.last):
        name, when = names.get(net), dates.get(day)
        if name is None:
            name = names[net] = name_of(net, asked.by, network)
        if when is None:
            when = dates[day] = date.fromisoformat(day)
        ends[reporting.get(channel, UNKNOWN), name] += n
        days[when, name] += n
    return Flows(
        ends={each: n for each, n in ends.items() if n > 0}, days={each: n for each, n in days.items() if n > 0}
    )


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
