"""What the readers of lease books have in common: the words of a mistake, and a lease out of its facts.

Answers:    ``Mistake``; ``leased(facts)`` gives a ``Lease`` or a ``Mistake``; ``identity_of`` the mark of a stretch.
Limits:     a prefix of IPv4 is one address; of IPv6 at most a /32, because nobody hands more to one line.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from comity.formats.leases.clock import Between
from comity.model.lease import LAST_PORT, Lease
from comity.model.record import record

NAME_LIMIT: Final = 200
_WIDEST_V6: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A line that cannot be used: a word of the catalogue (``lease.mistake.CODE``) and what stood there."""

    code: str
    detail: str = ""


@record
class Facts:
    """What one entry of a book says."""

    network: str
    subscriber: str
    began: Between
    ended: Between | None = None
    known_until: datetime | None = None
    ports: tuple[int, int] | None = None
    is_shared: bool = False
    session: str | None = None  # what the book calls the stretch, where it has a name for it


def leased(facts: Facts) -> Lease | Mistake:
    """The lease that an entry speaks of. Where its times can be two moments it is the longest that it can be: overlaps are seen."""
    network = network_of(facts.network)
    if network is None:
        return Mistake(code="address", detail=facts.network)
    if not facts.subscriber.strip() or len(facts.subscriber) > NAME_LIMIT or not facts.subscriber.isprintable():
        return Mistake(code="subscriber", detail=facts.subscriber)
    first, last = facts.ports or (0, LAST_PORT)
    if not 0 <= first <= last <= LAST_PORT:
        return Mistake(code="ports", detail=f"{first}-{last}")
    began, ended = facts.began.first, facts.ended.last if facts.ended else None
    if ended is not None and ended < began:
        return Mistake(code="ends-before-it-begins", detail=f"{began.isoformat()} {ended.isoformat()}")
    return Lease(
        network=network,
        first_port=first,
        last_port=last,
        began=began,
        ended=ended,
        known_until=max(began, facts.known_until or began, ended or began),
        subscriber=facts.subscriber.strip(),
        is_shared=facts.is_shared,
        identity=identity_of(facts, network, began),
    )


def identity_of(facts: Facts, network: IPv4Network | IPv6Network, began: datetime) -> bytes:
    """Eight bytes, equal for entries about the same stretch: its name in the book, else what, who and since when."""
    place = network.network_address.packed + bytes((network.prefixlen,))
    if facts.session is not None:
        mark = f"session\0{facts.session}"
    else:
        mark = f"stretch\0{facts.ports}\0{facts.subscriber.strip()}\0{began.timestamp():.0f}"
    return blake2b(place + mark.encode("utf-8", "surrogatepass"), digest_size=8).digest()


@lru_cache(maxsize=65536)
def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """One address of IPv4, or a prefix of IPv6; None where it is neither.

    >>> network_of("192.0.2.7"), network_of("2001:db8:1:200::1/56"), network_of("192.0.2.0/24")
    (IPv4Network('192.0.2.7/32'), IPv6Network('2001:db8:1:200::/56'), None)
    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen == network.max_prefixlen:
            return IPv4Network(mapped)
        return network if network.prefixlen >= _WIDEST_V6 else None
    return network if network.prefixlen == network.max_prefixlen else None
