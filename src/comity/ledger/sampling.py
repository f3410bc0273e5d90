"""Samples that nobody can choose for himself: which leaves are opened, and what seeded complaints prove.

Trust:      who picks the nonce must be a third party, and must pick after the head is fixed: then neither side can prepare.
Standards:  places come from SHA-256 over the head's text, the nonce and a counter, so that everybody computes the same ones.
Answers:    ``places(head, nonce, ...)``; ``chance_of_missing(share, drawn)``; ``withheld_bound(seeded, returned)``.
Limits:     a bound holds for the complaints that the seeds are like: seeds that can be told from others prove nothing.
"""

from hashlib import sha256
from math import comb
from typing import Final

OPENINGS: Final = 60  # find a share of 5 % with 95 %
SEEDS: Final = 300  # all returned: less than 1 % is withheld, with 95 %
_CONFIDENCE: Final = 0.95


def places(head: str, nonce: bytes, *, size: int, count: int = OPENINGS) -> list[int]:
    """Which leaves of the first ``size`` are to be opened: ``count`` different ones, or all where there are fewer.

    >>> places("head", b"nonce", size=3)
    [0, 1, 2]
    >>> places("head", b"nonce", size=1000, count=3) == places("head", b"nonce", size=1000, count=3)
    True
    """
    if size <= count:
        return list(range(size))
    drawn: set[int] = set()
    counter = 0
    limit = (1 << 64) - (1 << 64) % size  # numbers above would make small places likelier
    while len(drawn) < count:
        digest = sha256(b"comity-opening/v1\n" + nonce + counter.to_bytes(8, "big") + head.encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        if number < limit:
            drawn.add(number % size)
        counter += 1
    return sorted(drawn)


def chance_of_missing(share: float, drawn: int) -> float:
    """How likely it is that none of the drawn ones is of a share that is bad.

    >>> chance_of_missing(0.05, 60) < 0.05, chance_of_missing(0.01, 300) < 0.05
    (True, True)
    """
    return (1 - share) ** drawn


def withheld_bound(seeded: int, returned: int, confidence: float = _CONFIDENCE) -> float:
    """The largest share that may be withheld, where so many of the seeds came back (Clopper and Pearson 1934, one-sided).

    >>> round(withheld_bound(300, 300), 4), withheld_bound(300, 294) > 0.02
    (0.0099, True)
    """
    missing = seeded - returned
    if seeded == 0 or missing >= seeded:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(comb(seeded, each) * middle**each * (1 - middle) ** (seeded - each) for each in range(missing + 1))
        if below > 1 - confidence:
            low = middle
        else:
            high = middle
    return high
