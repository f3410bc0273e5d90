"""How often the holder of a token, or of an address, may ask.

Standards:  RFC 6177 (a site gets a /64 of IPv6 or more, so that its holder has as many addresses as it likes).
Answers:    ``Pace(clock)``: ``wait(key, per_minute)`` gives None, or after how many seconds the next one is allowed.
            ``household(address)`` is the key of whoever holds an address.
Limits:     in the memory of one process; ten thousand keys, the one that asked longest ago is forgotten first.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

_MOST: Final = 10_000
_HOST_BITS: Final = 64


def household(address: str) -> str:
    """Who asks from an address: the address of IPv4, the /64 of IPv6; what is no address stands for itself.

    >>> household("192.0.2.7"), household("2001:db8:1:2:ffff::9"), household("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8:1:2::', '192.0.2.7')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS))
    return str(found if not isinstance(found, IPv6Address) else found.ipv4_mapped)


class Pace:
    """A bucket for each key, as large as what a tenth of a minute allows, at least ten."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how much is left, and when that was

    def wait(self, key: str, per_minute: int) -> int | None:
        """Ask for one.

        >>> now = [0.0]
        >>> pace = Pace(lambda: now[0])
        >>> [pace.wait("a", 60) for _ in range(11)]
        [None, None, None, None, None, None, None, None, None, None, 1]
        >>> now[0] = 1.0
        >>> pace.wait("a", 60), pace.wait("b", 1)
        (None, None)
        """
        now, most = self._clock(), max(per_minute / 6, 10.0)
        left, then = self._buckets.pop(key, (most, now))
        left = min(most, left + (now - then) * per_minute / 60)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return None if allowed else math.ceil((1 - left) * 60 / per_minute)
