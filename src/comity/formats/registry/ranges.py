"""Read what a line names: a prefix, a range from one address to another, or the number of a network.

Answers:    ``range_of(text)`` gives an ``AddressRange`` or None; ``prefixes(range)`` cuts it into prefixes, ``shown`` names one.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from comity.model.network_contact import AddressRange

AS_LAST: Final = 2**32 - 1
_AS: Final = re.compile(r"AS([0-9]{1,10})", re.IGNORECASE | re.ASCII)
_BITS: Final = {4: 32, 6: 128}


def range_of(text: str) -> AddressRange | None:
    """The range that is written so; None where it is none.

    >>> range_of("192.0.2.0 - 192.0.2.255") == range_of("192.0.2.0/24")
    True
    >>> range_of("AS64500").first, range_of("192.0.2.9 - 192.0.2.1") is None
    (64500, True)
    """
    text = text.strip()[:100]
    number = _AS.fullmatch(text)
    if number is not None:
        return AddressRange(version=0, first=int(number[1]), last=int(number[1])) if int(number[1]) <= AS_LAST else None
    try:
        if "-" in text:
            begin, _, end = text.partition("-")
            first, last = ip_address(begin.strip()), ip_address(end.strip())
            if first.version != last.version or int(first) > int(last):
                return None
            return AddressRange(version=first.version, first=int(first), last=int(last))
        network = ip_network(text)
    except ValueError:
        return None
    return AddressRange(
        version=network.version, first=int(network.network_address), last=int(network.broadcast_address)
    )


def prefixes(found: AddressRange) -> Iterator[tuple[int, int]]:
    """The prefixes that make the range up: first address and length of each. A number of a network is one, of length 0.

    >>> list(prefixes(AddressRange(version=4, first=0, last=767)))
    [(0, 23), (512, 24)]
    """
    if found.version == 0:
        yield found.first, 0
        return
    bits, first = _BITS[found.version], found.first
    while first <= found.last:
        size = (found.last - first + 1).bit_length() - 1
        step = min(size, (first & -first).bit_length() - 1) if first else size
        yield first, bits - step
        first += 1 << step


def shown(version: int, first: int, length: int) -> str:
    """How a prefix, or the number of a network, is written.

    >>> shown(4, 3221225984, 24), shown(0, 64500, 0)
    ('192.0.2.0/24', 'AS64500')
    """
    if version == 0:
        return f"AS{first}"
    return f"{IPv4Address(first) if version == 4 else IPv6Address(first)}/{length}"
