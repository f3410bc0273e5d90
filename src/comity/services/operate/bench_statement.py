"""A year of a national provider, to measure how long its statement takes.

Answers:    ``counts_of(day, networks, yearly)`` gives one day's counts of one direction, the same on every run: most complaints
            about few networks, as it is in the world.
Limits:     complaints are aggregates here: closes are written from counts, not from leaves.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final

_COUNTRIES: Final = ("CN", "US", "DE", "HK", "SG", "BR", "IN", "JP")
_CLASSES: Final = (("complaint", 0.86), ("bot", 0.06), ("fraud", 0.05), ("virus", 0.02), ("other", 0.01))


def networks_of(count: int) -> list[tuple[str, str, str]]:
    """Networks with the country of their registrant and the one where they are used."""
    chance = Random(count)  # noqa: S311 - the same on every run
    return [
        (f"198.{18 + number // 256}.{number % 256}.0/24", chance.choice(_COUNTRIES), chance.choice(_COUNTRIES))
        for number in range(count)
    ]


def counts_of(day: date, networks: list[tuple[str, str, str]], yearly: int) -> Counter[str]:
    """What one day adds up to."""
    chance = Random(day.toordinal())  # noqa: S311 - the same on every run
    shares = [1 / (place + 1) ** 1.4 for place in range(len(networks))]
    scale = yearly / 365 / sum(shares)
    counts: Counter[str] = Counter()
    for (network, registrant, location), share in zip(networks, shares, strict=True):
        about = int(share * scale * chance.uniform(0.7, 1.3))
        for key in _keys(network, registrant, location):
            counts[key] += about
    left = counts["report"]
    for name, share in _CLASSES[1:]:
        counts[f"report/class/{name}"] = int(counts["report"] * share)
        left -= counts[f"report/class/{name}"]
    counts["report/class/complaint"] = left
    counts["retract"] = counts["report"] // 400
    for outcome, share in (("stopped", 0.5), ("suppressed", 0.4), ("no-fault", 0.1)):
        counts[f"outcome/{outcome}"] = int(counts["report"] * 0.8 * share)
        counts["outcome"] += counts[f"outcome/{outcome}"]
    counts["answered/late"] = counts["outcome"] // 20
    counts["answered/in-time"] = counts["outcome"] - counts["answered/late"]
    return +counts


def _keys(network: str, registrant: str, location: str) -> Iterator[str]:
    yield "report"
    yield f"report/network/{network} {registrant} {location}"
    yield f"report/registrant/{registrant}"
    yield f"report/location/{location}"
