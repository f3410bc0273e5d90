"""Internet addresses in text: canonical form, which ones name nobody, and where they stand in prose.

Trust:      input is a stranger's text; output is canonical text as ``ipaddress`` would print it.
Standards:  RFC 4291, RFC 5321 section 4.1.3 (literals), RFC 1918, RFC 6598, RFC 4193.
Answers:    canonical text or None; nothing is raised.
Limits:     documentation ranges (RFC 5737, RFC 3849) count as public: samples and tests are written with them.
            An IPv4 number with a leading zero is refused, because half of the world reads it as octal.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4: Final = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}", re.ASCII)
_V4_IN_TEXT: Final = re.compile(rf"(?<![0-9A-Za-z.:_-]){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9A-Za-z_]|\.[0-9])", re.ASCII)
# At least two colons and nothing but what an IPv6 address may hold; ``_v6`` has the last word.
_V6_IN_TEXT: Final = re.compile(
    rf"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{_OCTET}(?:\.{_OCTET}){{3}}|[0-9A-Fa-f]{{0,4}})(?![0-9A-Za-z:])",
    re.ASCII,
)
# What names nobody, in canonical text: an expression, because parsing every address of every report costs ten times as much.
_PRIVATE: Final = re.compile(
    r"""
      (?: 0 | 10 | 127 | 22[4-9] | 2[345][0-9] )\.           # "this" network, private, loopback, multicast and reserved
    | 100\.(?: 6[4-9] | [7-9][0-9] | 1[01][0-9] | 12[0-7] )\. # carrier-grade NAT
    | 169\.254\. | 192\.168\.                             # link-local, private
    | 172\.(?: 1[6-9] | 2[0-9] | 3[01] )\.                 # private
    | ::1?\Z                                              # unspecified, loopback
    | f[cd][0-9a-f]{2}: | fe[89ab][0-9a-f]: | ff[0-9a-f]{2}:  # unique local, link-local, multicast
    """,
    re.VERBOSE,
)


# First numbers of which no address is private: most addresses are told by them alone.
_PUBLIC: Final = frozenset(map(str, range(1, 224))) - {"10", "100", "127", "169", "172", "192"}


def canonical(text: str) -> str | None:
    """Give the canonical form of one address literal, or None where the text is no address.

    Brackets, the ``IPv6:`` prefix and a zone are removed; an IPv4-mapped IPv6 address becomes IPv4.

    >>> canonical("[IPv6:2001:DB8:0::1]"), canonical("::ffff:192.0.2.1"), canonical("192.0.2.256")
    ('2001:db8::1', '192.0.2.1', None)
    """
    text = text.strip()
    if _V4.fullmatch(text):
        return text
    if len(text) > 80:
        return None
    text = text.strip("[]")
    if text[:5].lower() == "ipv6:":
        text = text[5:]
    if _V4.fullmatch(text):
        return text
    return _v6(text.partition("%")[0]) if ":" in text else None


@lru_cache(maxsize=4096)
def _v6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except (AddressValueError, ValueError):
        return None
    return str(address.ipv4_mapped or address)


def is_plain(text: str) -> bool:
    """Tell whether the text is an IPv4 address and nothing else, which is canonical as it stands.

    >>> is_plain("192.0.2.1"), is_plain("[192.0.2.1]"), is_plain("2001:db8::1")
    (True, False, False)
    """
    return _V4.fullmatch(text) is not None


def is_private(address: str) -> bool:
    """Tell whether a canonical address names nobody on the public Internet.

    >>> is_private("10.0.0.1"), is_private("192.0.2.1"), is_private("fe80::1")
    (True, False, True)
    """
    return address.partition(".")[0] not in _PUBLIC and _PRIVATE.match(address) is not None


def find(text: str) -> list[tuple[int, str]]:
    """Find the addresses in prose: (offset in characters, canonical form), in order.

    >>> find("from 192.0.2.7, [2001:db8::7] at 12:30:45, version 1.2.3.4.5")
    [(5, '192.0.2.7'), (17, '2001:db8::7')]
    """
    found = [(match.start(), match.group()) for match in _V4_IN_TEXT.finditer(text)]
    if "::" in text or text.count(":") >= 7:
        for match in _V6_IN_TEXT.finditer(text):
            address = _v6(match.group())
            if address is not None and len(match.group()) > 4:
                found.append((match.start(), address))
        found.sort()
    return found
