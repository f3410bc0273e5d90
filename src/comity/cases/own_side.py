"""Whose is it? Find the customer behind an address or a domain.

Trust:      the list is the operator's own; what is looked up may be any text.
Answers:    ``OwnSide(holdings)``: ``by_address`` (the longest prefix wins) and ``by_domain`` (the longest domain wins), or None;
            ``rivals`` names the customers where two lines of the list have the same claim to an address.
Limits:     ranges are flattened once into sorted, disjoint stretches, so a look-up is one bisection, whatever their nesting.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from ipaddress import ip_address

from comity.model.holding import Holding


class OwnSide:
    """Everything that is ours, ready to be asked.

    >>> west = Holding(name="192.0.2.0/24", place="own:1", customer="West", version=4, first=0xC0000200, last=0xC00002FF)
    >>> OwnSide([west]).by_address("192.0.2.77").customer
    'West'
    """

    def __init__(self, holdings: Iterable[Holding]) -> None:
        everything = tuple(holdings)
        self._ranges = {
            version: _flatten([holding for holding in everything if holding.version == version]) for version in (4, 6)
        }
        self._contested = _contested([holding for holding in everything if holding.version is not None])
        self._domains = {holding.domain: holding for holding in reversed(everything) if holding.domain is not None}
        self.range_count = sum(holding.version is not None for holding in everything)
        self.domain_count = len(self._domains)
        self._number = lru_cache(maxsize=65536)(_number)
        self.rivals = lru_cache(maxsize=65536)(self._rivals)

    def by_address(self, address: str | None) -> Holding | None:
        """The holding with the smallest range that the address lies in."""
        number = self._number(address) if address else None
        if number is None:
            return None
        starts, owners = self._ranges[number[0]]
        index = bisect_right(starts, number[1]) - 1
        return owners[index] if index >= 0 else None

    def overlapping(self, version: int, first: int, last: int) -> Iterator[tuple[int, int, Holding]]:
        """Each stretch of ours that lies in a range of addresses, with its holding.

        >>> west = Holding(name="192.0.2.0/24", place="own:1", customer="West", version=4, first=0xC0000200, last=0xC00002FF)
        >>> [(end - start, each.name) for start, end, each in OwnSide([west]).overlapping(4, 0, 0xC0000203)]
        [(3, '192.0.2.0/24')]
        """
        starts, owners = self._ranges.get(version, ([], []))
        index = max(bisect_right(starts, first) - 1, 0)
        while index < len(starts) and starts[index] <= last:
            end = starts[index + 1] - 1 if index + 1 < len(starts) else last
            owner = owners[index]
            if owner is not None and end >= first:
                yield max(starts[index], first), min(end, last), owner
            index += 1

    def _rivals(self, address: str | None) -> tuple[str, ...]:
        """The customers that have the same claim to an address, where there are several: a person must say whose it is."""
        if not self._contested:
            return ()
        number = self._number(address) if address else None
        if number is None:
            return ()
        version, value = number
        open_here = [each for each in self._contested if each.version == version and each.first <= value <= each.last]
        narrowest = [each for each in open_here if not any(_is_inside(other, each) for other in open_here)]
        owner = self.by_address(address)
        if owner is None or not any(_is_like(owner, each) for each in narrowest):
            return ()
        return tuple(dict.fromkeys(each.customer for each in narrowest if each.customer))

    def by_domain(self, domain: str | None) -> Holding | None:
        """The holding whose domain this is, or is the nearest parent of it."""
        rest = (domain or "").lower().rstrip(".")
        while rest:
            if rest in self._domains:
                return self._domains[rest]
            rest = rest.partition(".")[2]
        return None


def _number(address: str) -> tuple[int, int] | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version, int(found)


def _is_inside(inner: Holding, outer: Holding) -> bool:
    """Whether one range lies in a wider one."""
    size, wider = inner.last - inner.first, outer.last - outer.first
    return outer.first <= inner.first and inner.last <= outer.last and size < wider


def _is_like(one: Holding, other: Holding) -> bool:
    return (one.version, one.first, one.last) == (other.version, other.first, other.last)


def _contested(holdings: Sequence[Holding]) -> tuple[Holding, ...]:
    """Ranges of different customers that cover the same addresses, and neither lies in the other."""
    contested: dict[int, Holding] = {}
    open_now: list[Holding] = []
    for holding in sorted(holdings, key=lambda each: (each.version, each.first, -each.last)):
        open_now = [each for each in open_now if each.version == holding.version and each.last >= holding.first]
        for other in open_now:
            if other.customer != holding.customer and not _is_inside(holding, other):
                contested |= {id(other): other, id(holding): holding}
        open_now.append(holding)
    return tuple(contested.values())


def _flatten(holdings: Sequence[Holding]) -> tuple[list[int], list[Holding | None]]:
    """Sorted beginnings of disjoint stretches and who holds each (None: nobody).

    A sweep over the ends of all ranges: of those open at a point the smallest holds it, whether they are nested or overlap.
    """
    waiting = sorted(holdings, key=lambda each: each.first, reverse=True)
    starts: list[int] = []
    owners: list[Holding | None] = []
    open_now: list[
        tuple[int, int, Holding]
    ] = []  # a heap: (size, order, holding); what has ended is dropped when on top
    for point in sorted({end for each in holdings for end in (each.first, each.last + 1)}):
        while waiting and waiting[-1].first == point:
            holding = waiting.pop()
            heappush(open_now, (holding.last - holding.first, len(waiting), holding))
        while open_now and open_now[0][2].last < point:
            heappop(open_now)
        owner = open_now[0][2] if open_now else None
        if not owners or owners[-1] is not owner:
            starts.append(point)
            owners.append(owner)
    return starts, owners
