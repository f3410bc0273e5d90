"""What our own side wrote on a message when it was delivered: the lines above the border.

Trust:      a mail host puts its lines on top. What stands above the Received line of our own border was written by our
            side; what stands below it came with the message. In between stands one block that some filters write
            there: Authentication-Results that name a host of ours (RFC 8601 section 5). A border that names itself
            trusted must therefore remove such fields from incoming mail, as that section demands. Before all of these goes
            the header that our own host wrote and keyed when it took the mail (``comity.formats.delivery_memory``).
Standards:  RFC 5321 section 4.4, RFC 8601 section 5.
Answers:    ``delivery_of(message, vantage)`` gives ``Delivery``. Nothing is raised.
Limits:     500 header fields.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import Final

from comity.formats import authres, delivery_memory, ip, received
from comity.formats.authres import AuthenticationResults
from comity.formats.delivery_memory import DeliveryKeys, Recalled
from comity.formats.domains import is_among
from comity.formats.mime import Headers, Part, domain_of, first_address
from comity.formats.received import Hop, Network, Skipped
from comity.model.origin import Standing

FIELD_LIMIT: Final = 500
# In which a delivering host wrote down whose mailbox it was, the most telling first.
RECIPIENT_FIELDS: Final = (
    "delivered-to", "x-original-to", "x-apparently-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to", "x-real-to",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """From where we look: which hosts and networks belong to the receiving side.

    ``trusted_hosts`` write Received and Authentication-Results for us (".west.example" stands for all hosts below).
    ``forwarders``, by name or network, pass on mail for our people and are never the source of it. ``own_domains``
    tell our mailboxes from others. With ``memory_keys`` the header is verified that our host wrote at delivery.
    """

    trusted_hosts: frozenset[str] = frozenset()
    trusted_networks: tuple[Network, ...] = ()
    forwarders: tuple[str, ...] = ()
    own_domains: frozenset[str] = frozenset()
    memory_keys: DeliveryKeys | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What our side noted: from which address, by which rule, for whom, and what it had checked."""

    source_ip: str | None = None
    source_ip_from: str | None = None
    source_port: int | None = None
    standing: Standing = Standing.CLAIMED
    border: Hop | None = None  # the line that names the source, or at which the walk ended
    results: tuple[AuthenticationResults, ...] = ()
    recipient: str | None = None
    return_path: str | None = None  # "<>" for the null sender
    arrived: datetime | None = None
    memory: Recalled | None = None
    taken: int = 0  # which trace line is that of the border; 1 is on top
    passed: tuple[Skipped, ...] = ()  # whom the walk passed over


def delivery_of(message: Part, vantage: Vantage) -> Delivery:
    """Read the lines of our own side.

    >>> from comity.formats.mime import scan
    >>> line = b"Received: from x (h.east.example [192.0.2.7]) by mx.west.example (Postfix) id 1; 1 May 2026 10:00 +0000"
    >>> found = delivery_of(scan(line + b"\\n\\n"), Vantage(trusted_hosts=frozenset({"mx.west.example"})))
    >>> found.source_ip, found.source_ip_from, found.standing.value
    ('192.0.2.7', 'received:1', 'trusted')
    """
    headers = message.headers
    lines = headers.all("received")
    names, networks = forwarders_of(vantage.forwarders)
    networks = (*vantage.trusted_networks, *networks)
    hosts = vantage.trusted_hosts | names
    walked = received.trace(lines, trusted_hosts=hosts, trusted_networks=networks)
    taken = walked.source.hop if walked.source else min(len(walked.skipped) + 1, len(lines))
    places = _Places(headers, taken)
    border = received.parse(lines[taken - 1]) if taken else None
    results, checked = _checked(places, vantage, border)
    passed = {each.ip for each in walked.skipped}
    if checked and (checked in passed or ip.is_private(checked) or _within(checked, networks)):
        checked = None  # a filter behind the border saw the border
    found = walked.source
    writers = (received.parse(lines[0]).by, border.by) if border else ()
    memory = delivery_memory.recall(message, vantage.memory_keys) if vantage.memory_keys else None
    is_ours = checked is not None or (found is not None and any(is_among(name, hosts) for name in writers))
    delivery = Delivery(
        source_ip=checked or (found.ip if found else None),
        source_ip_from="authentication-results" if checked else found.rule if found else None,
        source_port=found.port if found and checked in (None, found.ip) else None,
        standing=Standing.TRUSTED if is_ours else Standing.CLAIMED,
        border=border,
        results=results,
        recipient=_recipient(places, vantage.own_domains),
        return_path=_return_path(places),
        arrived=border.date if border else None,
        taken=taken,
        passed=walked.skipped,
    )
    if memory is None or memory.line > taken:
        return delivery  # somebody outside handed the mail over after it was marked: whose mark it is cannot be told
    told = memory.client_ip
    if told is None or told in passed or ip.is_private(told) or _within(told, networks):
        told = None  # a relay or forwarder handed it over: the source stands further down
    return _remembered(delivery, memory, told, line=received.parse(lines[memory.line - 1]))


def _remembered(delivery: Delivery, memory: Recalled, told: str | None, *, line: Hop) -> Delivery:
    """What our host remembers goes before what anybody may have written since."""
    remembered = replace(
        delivery,
        results=(memory.results,) if memory.results.results else delivery.results,
        arrived=memory.delivered,
        memory=memory,
    )
    if told is None:
        return remembered
    return replace(
        remembered,
        source_ip=told,
        source_port=memory.client_port,
        source_ip_from=f"delivery-header:{memory.line}",
        standing=Standing.TRUSTED,
        border=line,
    )


class _Places:
    """The values of a field by where they stand: above the border's own Received line, or between it and the next."""

    def __init__(self, headers: Headers, taken: int) -> None:
        self.headers, self.is_certain = headers, taken > 0
        self._above: Counter[str] = Counter()
        self._between: Counter[str] = Counter()
        count = 0
        for each in islice(headers.items(), FIELD_LIMIT):
            name = each.name.lower()
            count += name == "received"
            if count > taken:
                break
            (self._above if count < taken else self._between)[name] += 1

    def above(self, name: str) -> tuple[str, ...]:
        """What our side wrote for certain."""
        return self.headers.all(name)[: self._above[name]] if self._above[name] else ()

    def between(self, name: str) -> tuple[str, ...]:
        """What our border, or whoever wrote the message, wrote."""
        count = self._above[name]
        return self.headers.all(name)[count : count + self._between[name]] if self._between[name] else ()


def _checked(
    places: _Places, vantage: Vantage, border: Hop | None
) -> tuple[tuple[AuthenticationResults, ...], str | None]:
    """The results of our own hosts, and the address that they checked."""
    hosts = vantage.trusted_hosts
    results = authres.believed(places.above("authentication-results"), hosts)
    if results:
        return results, next((address for each in results if (address := authres.client_ip(each))), None)
    if border is None or not is_among(border.by, hosts):
        return (), None
    # No address is taken from here: the border's Received line says it, and cannot have come with the message.
    return authres.believed(places.between("authentication-results"), hosts), None


def certain_results(message: Part, vantage: Vantage) -> tuple[AuthenticationResults, ...]:
    """What our own hosts wrote above the border's line: nobody outside can have."""
    places = _Places(message.headers, delivery_of(message, vantage).taken)
    return authres.believed(places.above("authentication-results"), vantage.trusted_hosts)


@lru_cache(maxsize=16)
def forwarders_of(entries: tuple[str, ...]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Names and networks apart; what is neither is a name that nothing matches."""
    names: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ip_network(entry.strip(), strict=False))
        except ValueError:
            names.add(entry.strip().rstrip(".").lower())
    return frozenset(names), tuple(networks)


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    number = ip_address(address)
    return any(number in network for network in networks)


def _recipient(places: _Places, own_domains: frozenset[str]) -> str | None:
    """Whose mailbox: of the addresses that our side noted the first, one at a domain of ours before all others."""
    noted = [address for value in _delivery_values(places) if (address := first_address(value)) and "@" in address]
    ours = (address for address in noted if domain_of(address) in own_domains)
    return next(ours, noted[0] if noted else None)


def noted_mailboxes(headers: Headers, taken: int) -> list[str]:
    """All addresses of the mailbox that our side noted above the border's line: an alias beside what it stands for."""
    return [address for value in _delivery_values(_Places(headers, taken)) if (address := first_address(value))]


def _delivery_values(places: _Places) -> Iterator[str]:
    for name in RECIPIENT_FIELDS:
        yield from places.above(name)


def _return_path(places: _Places) -> str | None:
    for value in places.above("return-path"):
        address = first_address(value)
        return address or ("<>" if "<>" in value.replace(" ", "") else None)
    return None
