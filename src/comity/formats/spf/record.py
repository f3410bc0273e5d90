"""One SPF record as terms.

Trust:      input is a stranger's text; nothing is raised. A record that is wrong anywhere is wrong as a whole: its owner
            meant something that nobody can know (RFC 7208 section 4.6).
Standards:  RFC 7208 section 4.5, 4.6, 5, 6 and 12.
Answers:    ``is_record(text)``; ``read_record(text)`` gives ``Record`` or None.
Limits:     2,048 characters, 200 terms. ``exp=`` is checked for its form and never fetched: its text would be a stranger's
            in our answer.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from comity.formats.received import Network
from comity.formats.spf.macros import is_domain_spec, is_macro_string

SIZE_LIMIT: Final = 2048
TERM_LIMIT: Final = 200
_VERSION: Final = re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE)
_MODIFIER: Final = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_MECHANISM: Final = re.compile(r"([+?~-]?)([A-Za-z0-9]+)(.*)", re.DOTALL)
_CIDR: Final = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?")
_CIDR_AT_END: Final = re.compile(r"(?:/[0-9]+)?(?://[0-9]+)?\Z")
_NEEDS_DOMAIN: Final = frozenset({"include", "exists"})
_WITH_CIDR: Final = frozenset({"a", "mx"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One mechanism. ``domain`` is the macro string that names the domain to ask; None is the domain of the record."""

    qualifier: str  # "+", "-", "~" or "?"
    name: str
    domain: str | None = None
    network: Network | None = None  # of ip4 and ip6
    bits4: int = 32
    bits6: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The mechanisms in their order, and where to go on if none of them matches."""

    mechanisms: tuple[Mechanism, ...] = ()
    redirect: str | None = None


def is_record(text: str) -> bool:
    """Whether a TXT record is an SPF record.

    >>> is_record("v=spf1"), is_record("V=SPF1 -all"), is_record("v=spf10 -all")
    (True, True, False)
    """
    return _VERSION.match(text) is not None


def read_record(text: str) -> Record | None:
    """Read a record; None where anything in it is not SPF.

    >>> read_record("v=spf1 mx/24 -all").mechanisms[0].bits4, read_record("v=spf1 -all moo")
    (24, None)
    """
    words = text.split(" ")[1:]
    if len(text) > SIZE_LIMIT or len(words) > TERM_LIMIT or not text.isascii():
        return None
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for word in filter(None, words):
        modifier = _MODIFIER.fullmatch(word)
        if modifier is not None:
            name, value = modifier[1].lower(), modifier[2]
            if name in ("redirect", "exp"):
                if name in modifiers or not is_domain_spec(value):
                    return None
                modifiers[name] = value
            elif not is_macro_string(value):
                return None
            continue
        mechanism = _mechanism(word)
        if mechanism is None:
            return None
        mechanisms.append(mechanism)
    return Record(mechanisms=tuple(mechanisms), redirect=modifiers.get("redirect"))


def _mechanism(word: str) -> Mechanism | None:
    match = _MECHANISM.fullmatch(word)
    if match is None:
        return None
    qualifier, name, rest = match[1] or "+", match[2].lower(), match[3]
    if name == "all":
        return Mechanism(qualifier=qualifier, name=name) if not rest else None
    if name in ("ip4", "ip6"):
        network = _network(name, rest)
        return Mechanism(qualifier=qualifier, name=name, network=network) if network is not None else None
    if name not in ("a", "mx", "ptr", "include", "exists"):
        return None
    bits4, bits6 = 32, 128
    if name in _WITH_CIDR:
        at = _CIDR_AT_END.search(rest)
        cidr = _CIDR.fullmatch(at[0]) if at else None
        if at is None or cidr is None:
            return None
        rest = rest[: at.start()]
        bits4, bits6 = int(cidr[1] or 32), int(cidr[2] or 128)
        if cidr[1] == "0":
            bits4 = 0
        if cidr[2] == "0":
            bits6 = 0
        if bits4 > 32 or bits6 > 128:
            return None
    if not rest and name not in _NEEDS_DOMAIN:
        return Mechanism(qualifier=qualifier, name=name, bits4=bits4, bits6=bits6)
    if rest[:1] != ":" or not is_domain_spec(rest[1:]):
        return None
    return Mechanism(qualifier=qualifier, name=name, domain=rest[1:], bits4=bits4, bits6=bits6)


_IP4: Final = re.compile(r":((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?:/(0|[1-9][0-9]?))?")
_IP6: Final = re.compile(r":([0-9A-Fa-f:.]{2,45})(?:/(0|[1-9][0-9]{0,2}))?")


def _network(name: str, rest: str) -> Network | None:
    match = (_IP4 if name == "ip4" else _IP6).fullmatch(rest)
    if match is None or (name == "ip6" and ":" not in match[1]):
        return None
    try:
        return ip_network(f"{match[1]}/{match[2]}" if match[2] else match[1], strict=False)
    except ValueError:
        return None
