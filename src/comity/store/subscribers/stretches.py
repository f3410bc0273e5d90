"""Tell stretches apart that a book calls by one name.

Trust:      books of our own servers.
Answers:    ``told_apart(leases, known)``: the leases by identity, and what was known of those; ``joined(one, other)``.
Limits:     an access server that counts its sessions anew gives a new one the name that an old one had, also for the same login
            at the same address. What begins after a known end is another stretch, and has an identity of its own that follows
            from the first. A stretch whose end was lost goes on with the next of its name; books that come later than newer ones
            can join two, until the newer ones are taken in again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from comity.model.lease import Lease

_LATE: Final = timedelta(minutes=10)  # so long after an end something may still be told of the same stretch
_AHEAD: Final = 8  # names that are asked for together
_MOST: Final = 1000


def told_apart(
    leases: Sequence[Lease], known: Callable[[Sequence[bytes]], Mapping[bytes, Lease]]
) -> tuple[dict[bytes, Lease], dict[bytes, Lease]]:
    """What is said of each stretch, by its identity, and what was known of it; ``known`` looks identities up."""
    before = dict(known(list({each.identity for each in leases})))
    fresh: dict[bytes, Lease] = {}
    for each in leases:
        key, number = each.identity, 0
        while number < _MOST and (_is_another(before.get(key), each) or _is_another(fresh.get(key), each)):
            if number % _AHEAD == 0:
                before |= known([_again(each.identity, number + ahead) for ahead in range(1, _AHEAD + 1)])
            number += 1
            key = _again(each.identity, number)
        one = each if number == 0 else replace(each, identity=key)
        fresh[key] = joined(fresh[key], one) if key in fresh else one
    return fresh, {key: before[key] for key in fresh if key in before}


def joined(one: Lease, other: Lease) -> Lease:
    """One stretch out of two lines about it. Where both know an end, what was said later is believed."""
    return replace(
        one,
        began=min(one.began, other.began),
        ended=one.ended if other.ended is None else other.ended,
        known_until=max(one.known_until, other.known_until),
        subscriber=other.subscriber,
        is_shared=one.is_shared or other.is_shared,
    )


def _is_another(one: Lease | None, other: Lease) -> bool:
    return one is not None and one.ended is not None and other.began > one.ended + _LATE


def _again(identity: bytes, number: int) -> bytes:
    return blake2b(identity + number.to_bytes(4, "big"), digest_size=8).digest()
