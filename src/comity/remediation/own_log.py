"""Does an hour of a line's mail differ from its own past? Counters of our own mail hosts, as the word of a witness.

Trust:      counters are ours; what a line sends is its own business until it is unlike itself.
Standards:  median and median absolute deviation (Hampel 1974) of log(1 + n): half of the past may be odd without moving it.
Answers:    ``Hour``; ``unusual(now, past)`` names the counters that are far beyond what the line ever does; ``Sketch`` counts
            different words without keeping any (linear counting, Whang 1990).
Limits:     a line with less than ``KNOWN`` hours of past is held against ``STRANGER`` times the least. What stays below the least
            is never unusual, however quiet the past was. A sketch is exact to some per cent up to about 8,000 words; of more it
            says about 15,000.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from statistics import median
from typing import Final

KNOWN: Final = 24  # hours in which anything was sent
STRANGER: Final = 5
_FAR: Final = 6.0  # deviations: a normal hour is beyond once in a thousand million
_SPREAD: Final = 1.4826
_NARROW: Final = 0.25  # of log(1 + n): no past is so even that a quarter more is news
# Below these an hour is never unusual: an office sends as much.
LEAST: Final = {"mails": 60, "recipients": 100, "helos": 5, "failures": 30, "refused": 50}
BITS: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What one line did within one hour."""

    mails: int = 0
    recipients: int = 0  # different ones
    helos: int = 0  # different names by which it greeted
    failures: int = 0  # wrong passwords
    refused: int = 0  # recipients that were refused


def unusual(now: Hour, past: Sequence[Hour]) -> tuple[str, ...]:
    """The counters that are far beyond the line's own past; none where it is as ever.

    >>> quiet = [Hour(mails=n % 4 + 1, recipients=n % 3 + 1) for n in range(100)]
    >>> unusual(Hour(mails=400, recipients=390), quiet), unusual(Hour(mails=12, recipients=9), quiet)
    (('mails', 'recipients'), ())
    >>> shop = [Hour(mails=500 + n, recipients=480) for n in range(100)]
    >>> unusual(Hour(mails=620, recipients=600), shop), unusual(Hour(mails=100), [])
    ((), ())
    """
    return tuple(name for name, least in LEAST.items() if getattr(now, name) >= _bound(name, least, past))


def _bound(name: str, least: int, past: Sequence[Hour]) -> float:
    if len(past) < KNOWN:
        return float(STRANGER * least)
    logs = [log1p(getattr(each, name)) for each in past]
    middle = median(logs)
    spread = max(_NARROW, _SPREAD * median(abs(each - middle) for each in logs))
    return max(float(least), exp(middle + _FAR * spread) - 1)


class Sketch:
    """Bits of words that were hashed: how many different ones there were, and none of them.

    >>> sketch = Sketch()
    >>> for number in [1, 2, 3, 2, 1]:
    ...     sketch.add(number * 7919)
    >>> sketch.count()
    3
    """

    def __init__(self, data: bytes | None = None) -> None:
        self._bits = int.from_bytes(data or b"")

    def add(self, digest: int) -> None:
        """One word, by its hash."""
        self._bits |= 1 << digest % BITS

    def count(self) -> int:
        """How many different words."""
        empty = BITS - self._bits.bit_count()
        return round(BITS * log(BITS / max(empty, 1)))

    def data(self) -> bytes:
        """As it is kept."""
        return self._bits.to_bytes(BITS // 8)
