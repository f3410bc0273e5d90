"""Which organisation a host name belongs to.

Trust:      names are a stranger's text; nothing is raised.
Standards:  the Public Suffix List, as RFC 7489 section 3.2 uses it for the organisational domain.
Answers:    ``organisation_of(name)``, ``same_organisation(one, other)``, ``is_among(name, hosts)``.
Limits:     the list is the one installed with ``publicsuffixlist``; it is read once, when first needed (50 ms).
            Names under a private suffix (a hoster's customers) are organisations of their own.
"""

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Final

from comity.formats.remembered import Remembered

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_LONGEST: Final = 253  # RFC 1035 section 2.3.4, without the final dot


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - most runs never need the list

    return PublicSuffixList()


def _organisation(name: str) -> str | None:
    """Give the organisational domain in lower case; None for a public suffix, an address, or what is no name.

    >>> organisation_of("MX1.Mail.West.Example."), organisation_of("co.uk"), organisation_of("192.0.2.1")
    ('west.example', None, None)
    """
    name = name.rstrip(".").lower()
    last = name.rpartition(".")[2]
    if not 0 < len(name) <= _LONGEST or not last or last.isdigit() or ":" in name or ".." in name or name[0] == ".":
        return None
    return _suffixes().privatesuffix(name)


organisation_of: Final = Remembered(_organisation, most=4096, longest=_LONGEST + 1).__getitem__


def same_organisation(one: str | None, other: str | None) -> bool:
    """Tell whether two host names lie under one organisational domain.

    >>> same_organisation("mx.west.example", "relay.west.example"), same_organisation("a.co.uk", "b.co.uk")
    (True, False)
    """
    if not one or not other:
        return False
    # An organisation's name is one label more than a public suffix: names that differ in the last two labels are those of
    # two organisations. Most pairs end here, without the list, which takes longer than all the rest of a report.
    if one.rstrip(".").lower().rsplit(".", 2)[-2:] != other.rstrip(".").lower().rsplit(".", 2)[-2:]:
        return False
    organisation = organisation_of(one)
    return organisation is not None and organisation == organisation_of(other)


def is_among(name: str | None, hosts: Collection[str]) -> bool:
    """Tell whether a host name is in a list of hosts; an entry ".west.example" stands for all names below it.

    >>> is_among("MX.West.Example", {"mx.west.example"}), is_among("mx.west.example", {".west.example"})
    (True, True)
    """
    if not name:
        return False
    name = name.rstrip(".").lower()
    if name in hosts:
        return True
    return any(each[:1] == "." and name.endswith(each) for each in hosts)
