"""What may stand in a field of an agreement: one predicate a kind, with the sentence that says what fits.

Trust:      values are the other side's; a predicate answers and raises nothing.
Answers:    ``Kind``, and the kinds; ``agreement.wants.NAME`` of the catalogue says what fits.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from comity.formats import header_text
from comity.formats.domains import organisation_of

_ZONE: Final = re.compile(r"[+-][01][0-9]:[0-5][0-9]")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LATEST: Final = 1 << 36  # seconds: the year 4147
_LONG: Final = 2000


@dataclass(frozen=True, slots=True)
class Kind:
    """What fits, by name, and whether a value does."""

    name: str
    fits: Callable[[Any], bool]
    most: int | None = None  # of a number: what stands in the sentence
    least: int | None = None


def _text(value: Any, longest: int = 200) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() and value == value.strip()


def _lines(value: Any) -> bool:
    """One long line: a note holds no empty line, and what people see is one paragraph."""
    return _text(value, _LONG)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _domain(value: Any) -> bool:
    return isinstance(value, str) and header_text.domain(value) == value == value.lower() and "." in value


def _signing(value: Any) -> bool:
    return _domain(value) and organisation_of(value) is not None


def _mailbox(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 254 and header_text.address(value) == value


def _network(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(ip_network(value)) == value
    except ValueError:
        return False


def number(least: int, most: int) -> Kind:
    """A whole number in bounds."""
    return Kind("number", lambda value: _whole(value) and least <= value <= most, most, least)


def choice(*words: str) -> Kind:
    """One of these words."""
    return Kind("choice", lambda value: isinstance(value, str) and value in words)


def many(kind: Kind, *, least: int = 0, most: int = 1000) -> Kind:
    """A list of these, none twice."""

    def fits(value: Any) -> bool:
        return (
            isinstance(value, list)
            and least <= len(value) <= most
            and all(kind.fits(each) for each in value)
            and len(set(value)) == len(value)
        )

    return Kind(f"many-{kind.name}", fits)


def optional(kind: Kind) -> Kind:
    """This, or nothing."""
    return Kind(kind.name, lambda value: value is None or kind.fits(value), kind.most, kind.least)


TEXT: Final = Kind("text", _text)
LINES: Final = Kind("lines", _lines)
DOMAIN: Final = Kind("domain", _domain)
SIGNING: Final = Kind("domain", _signing)
MAILBOX: Final = Kind("mailbox", _mailbox)
NETWORK: Final = Kind("network", _network)
SECOND: Final = Kind("second", lambda value: _whole(value) and 0 <= value < _LATEST)
DIGEST: Final = Kind("digest", lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None)
COUNTRY: Final = Kind("country", lambda value: isinstance(value, str) and _COUNTRY.fullmatch(value) is not None)
ZONE: Final = Kind("zone", lambda value: isinstance(value, str) and _ZONE.fullmatch(value) is not None)
