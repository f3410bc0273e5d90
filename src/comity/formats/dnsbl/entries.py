"""One answer for each question: entries of a list made disjoint, so that every server gives the same.

Trust:      subjects are canonical; a text may hold a stranger's words and is made safe for every format here.
Standards:  RFC 5782: sections 2.1 and 2.4 (reversed addresses), 5 (test entries); RFC 1035 section 3.3 (a text of 255 octets).
Answers:    ``disjoint(entries)``: networks that do not overlap, each with the answer of the narrowest entry that covers it;
            ``names_of(network)`` the names of one network in a zone; ``safe_text``; ``tests_v4``, ``tests_v6``, ``tests_names``.
Limits:     of two entries about one subject the one with the lower number counts, then the one whose text sorts first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network, summarize_address_range
from typing import Final

from comity.model.signal import Entry

TEXT: Final = 255
TEST_TEXT: Final = "Test entry, RFC 5782 section 5; nobody is listed by it."
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 .,:;/?&=_@()+*'!<>~%#\[\]-]")

Network = IPv4Network | IPv6Network


def safe_text(text: str, limit: int = TEXT) -> str:
    """A text that every format takes as it is: ASCII without the signs that one of them reads as its own.

    >>> safe_text('trap hits "now" $5\\n')
    'trap hits _now_ _5_'
    """
    return _UNSAFE.sub("_", text.encode("ascii", "replace").decode())[:limit]


def chosen(entries: Iterable[Entry]) -> list[Entry]:
    """One entry for each subject, in the order of subjects."""
    found: dict[str, Entry] = {}
    for each in entries:
        before = found.get(str(each.subject))
        if before is None or (each.code, each.text) < (before.code, before.text):
            found[str(each.subject)] = replace(each, text=safe_text(each.text))
    return sorted(found.values(), key=lambda each: _order(each.subject))


def disjoint(entries: Iterable[Entry]) -> list[tuple[Network, Entry]]:
    """Networks that do not overlap: what a narrower entry covers is taken out of the wider one.

    >>> from ipaddress import ip_network
    >>> wide = Entry(subject=ip_network("198.51.100.0/30"), code=4, text="")
    >>> one = Entry(subject=ip_network("198.51.100.1/32"), code=3, text="")
    >>> [(str(net), entry.code) for net, entry in disjoint([wide, one])]
    [('198.51.100.0/32', 4), ('198.51.100.1/32', 3), ('198.51.100.2/31', 4)]
    """
    known = [each for each in chosen(entries) if not isinstance(each.subject, str)]
    found: list[tuple[Network, Entry]] = []
    for place, each in enumerate(known):
        inner: list[Network] = []
        for number in range(place + 1, len(known)):
            other = known[number]
            if not _is_inside(other.subject, each.subject):
                break
            if not inner or not _is_inside(other.subject, inner[-1]):
                inner.append(_network(other.subject))
        found += [(piece, each) for piece in _without(_network(each.subject), inner)]
    return sorted(found, key=lambda each: _order(each[0]))


def names_of(network: Network) -> Iterator[str]:
    """The names of a network below its zone: one for each address, or with a star for each whole step of the name.

    >>> from ipaddress import ip_network
    >>> [list(names_of(ip_network(each))) for each in ("198.51.100.7/32", "198.51.100.0/24", "198.51.100.6/31")]
    [['7.100.51.198'], ['*.100.51.198'], ['6.100.51.198', '7.100.51.198']]
    """
    step = 8 if network.version == 4 else 4
    length = -(-network.prefixlen // step) * step
    for each in network.subnets(new_prefix=length):
        labels = each.network_address.reverse_pointer.split(".")[:-2]
        rest = labels[(network.max_prefixlen - length) // step :]
        yield ".".join(rest if length == network.max_prefixlen else ["*", *rest])


def covering_names(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Names of domain entries for a zone with stars: each domain and all below it, the nearest one counts.

    A star does not reach below a name that exists, so that every name between two listed domains is written out.
    """
    listed = {str(each.subject): each for each in chosen(entries) if isinstance(each.subject, str)}
    names = dict(listed)
    for name in listed:
        rest, between = name.partition(".")[2], list[str]()
        while rest and rest not in listed:
            between.append(rest)
            rest = rest.partition(".")[2]
        if rest:
            names |= dict.fromkeys(between, listed[rest])
    return {start + name: names[name] for name in sorted(names) for start in ("", "*.")}


def tests_v4(codes: Iterable[int]) -> list[Entry]:
    """127.0.0.N for each answer 127.0.0.N; 127.0.0.1 is never there."""
    return [
        Entry(subject=ip_network(f"127.0.0.{code}/32"), code=code, text=TEST_TEXT) for code in sorted({2, *codes} - {1})
    ]


def tests_v6(codes: Iterable[int]) -> list[Entry]:
    """::FFFF:7F00:N for each answer 127.0.0.N; ::FFFF:7F00:1 is never there."""
    return [
        Entry(subject=ip_network(f"::ffff:7f00:{code:x}/128"), code=code, text=TEST_TEXT)
        for code in sorted({2, *codes} - {1})
    ]


def tests_names() -> list[Entry]:
    """The name TEST; INVALID is never there."""
    return [Entry(subject="test", code=2, text=TEST_TEXT)]


def _without(network: Network, inner: Sequence[Network]) -> Iterator[Network]:
    make = IPv4Address if network.version == 4 else IPv6Address
    start, end = int(network.network_address), int(network.broadcast_address)
    for each in inner:
        if int(each.network_address) > start:
            yield from summarize_address_range(make(start), make(int(each.network_address) - 1))
        start = int(each.broadcast_address) + 1
    if start <= end:
        yield from summarize_address_range(make(start), make(end))


def _network(subject: object) -> Network:
    if not isinstance(subject, IPv4Network | IPv6Network):
        raise TypeError(f"{subject} is no network")
    return subject


def _is_inside(inner: object, outer: object) -> bool:
    one, other = _network(inner), _network(outer)
    return (
        one.version == other.version
        and other.prefixlen <= one.prefixlen
        and other.network_address <= one.network_address  # type: ignore[operator]
        and one.broadcast_address <= other.broadcast_address  # type: ignore[operator]
    )


def _order(subject: object) -> tuple[int, int, int, str]:
    if isinstance(subject, IPv4Network | IPv6Network):
        return subject.version, int(subject.network_address), subject.prefixlen, ""
    return 9, 0, 0, str(subject)


def bounds_of(entries: Iterable[Entry]) -> Mapping[str, int]:
    """How many entries there are of each sort: what an operator sees before publishing."""
    counts = {"v4": 0, "v6": 0, "names": 0}
    for each in entries:
        counts["names" if isinstance(each.subject, str) else f"v{each.subject.version}"] += 1
    return counts
