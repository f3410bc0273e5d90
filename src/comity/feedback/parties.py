"""Find the agreement that covers an address or a domain.

Trust:      agreements are our own; what is looked up may be a stranger's text and at worst finds nothing.
Answers:    ``Parties.by_address`` (longest prefix) and ``Parties.by_domain`` (longest name); None where nobody answers for it.
Limits:     one network or domain in two agreements: the first one counts; the reader of the file refuses such a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from comity.model.agreement import Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The agreement, and the network or domain in it that covers what was asked for."""

    agreement: Agreement
    by: str


class Parties:
    """All agreements, indexed once for many look-ups."""

    __slots__ = ("_domains", "_lengths", "_networks", "agreements")

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        self.agreements = tuple(agreements)
        self._networks: dict[tuple[int, int, int], Covered] = {}  # IP version, prefix length, network as a number
        self._domains: dict[str, Covered] = {}
        for agreement in self.agreements:
            for network in agreement.networks:
                self._networks.setdefault(_key(network), Covered(agreement=agreement, by=str(network)))
            for domain in agreement.dkim_domains:
                self._domains.setdefault(domain, Covered(agreement=agreement, by=domain))
        self._lengths = sorted({(version, length) for version, length, _ in self._networks}, reverse=True)

    def by_address(self, address: str) -> Covered | None:
        """The agreement with the longest prefix that covers this address."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        number, bits = int(parsed), parsed.max_prefixlen
        for version, length in self._lengths:
            if version == parsed.version:
                shift = bits - length
                found = self._networks.get((version, length, number >> shift << shift))
                if found is not None:
                    return found
        return None

    def by_domain(self, domain: str) -> Covered | None:
        """The agreement on this domain or the nearest one above it."""
        name = domain.lower().rstrip(".")[:253]
        while name:
            found = self._domains.get(name)
            if found is not None:
                return found
            name = name.partition(".")[2]
        return None


def _key(network: IPv4Network | IPv6Network) -> tuple[int, int, int]:
    return network.version, network.prefixlen, int(network.network_address)


def inside(domain: str, domains: Iterable[str]) -> bool:
    """True where the domain is one of these or below one of them.

    >>> inside("mx.west.example", ["west.example"]), inside("notwest.example", ["west.example"])
    (True, False)
    """
    name = domain.lower().rstrip(".")
    return any(name == above or name.endswith(f".{above}") for above in domains)
