"""Internet addresses in free text and log lines, and the part each one plays there.

Trust:      text is a stranger's; a part ("this one attacked") is what somebody says.
Answers:    ``find(text)``: every address with its place, part and port; ``single_source(clues)``: the one that is meant, or None.
Limits:     200 addresses. Nothing is chosen where two addresses may be meant: a wrong address is worse than none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Final

from comity.formats import ip
from comity.formats.clues import roles

MOST: Final = 200


class Played(Enum):
    """What the text around an address says of it."""

    SOURCE = "source"  # log form, label or "from": this one did it
    UNTOLD = "untold"
    OTHER = "other"  # destination, victim, the writer's own
    NOISE = "noise"  # resolver, range, version number, part of a path


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address in a text."""

    offset: int
    address: str
    played: Played
    port: int | None = None

    @property
    def confidence(self) -> float:
        """How far to believe that this address is the source of what the text complains about."""
        if self.played in _NOT_MEANT or ip.is_private(self.address):
            return 0.1
        return 0.8 if self.played is Played.SOURCE else 0.5


_NOT_MEANT: Final = frozenset({Played.OTHER, Played.NOISE})
# Open resolvers stand in complaints as where somebody looked, not as who did it.
RESOLVERS: Final = frozenset(
    {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222", "208.67.220.220",
     "114.114.114.114", "114.114.115.115", "223.5.5.5", "223.6.6.6", "119.29.29.29", "180.76.76.76", "4.2.2.1",
     "4.2.2.2",
     "2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001", "2620:fe::fe",
     "2400:3200::1", "2400:3200:baba::1"}
)  # fmt: skip
# A label's colon glued to its address hides where the address begins ("IP:192.0.2.1", "source:2001:db8::1").
_LABEL_COLON: Final = re.compile(r"(?:(?<=[G-Zg-z_)\u0080-\uffff])|(?<=[A-Za-z_]{5})):(?=[0-9A-Fa-f:]{2})")
# "from host.example[192.0.2.1]"
_FROM_HOST: Final = re.compile(r"(?:\bfrom|\brhost=|\bclient=)\s?[\w.-]{1,100}\s?[\[(]$", re.IGNORECASE)
_LOG_START: Final = re.compile(r"(?:^|\n)[>\s|*-]{0,8}$")
_LOG_AFTER: Final = re.compile(r"\s\S{1,40}\s\S{1,60}\s\[\d{2}/[A-Z][a-z]{2}/\d{4}|\s{1,3}-\s")  # Apache, nginx
_ARROW_AFTER: Final = re.compile(r"(?::\d{1,5}|\.\d{1,5})?\]?\s?(?:->|-->|=>|→|\bto\b|>(?=\s?[0-9]))", re.IGNORECASE)
_PORT_AFTER: Final = re.compile(
    r"(?:(?:\]?:|/(?=\d{3}))(?P<colon>\d{1,5})(?![\d:.])|"
    r"[\])]?,?\s?(?:on\s)?(?:source\s|src\s)?(?:ports?|SPT|sport|"
    r"端口)(?:\s?号)?[\s=:：为是]{1,3}(?P<word>\d{1,5})(?!\d))",
    re.IGNORECASE,
)
_NAMED_PORT: Final = re.compile(
    r"[^\n]{0,100}?\b(?:SPT|sport|src_?port|source_?port|"
    r"源端口)[=:：]\s?(\d{1,5})(?!\d)",
    re.IGNORECASE,
)
_NO_SOURCE_PORT: Final = re.compile(r"(?:dst|dest|destination|目的|目标)\s?(?:port|端口)", re.IGNORECASE)
_VERSION_BEFORE: Final = re.compile(r"(?<!/)/$|[\w@%.-]$", re.ASCII)
_RANGE_AFTER: Final = re.compile(r"/(?:\d{1,2}|1[0-2]\d)(?![\d/])")
_AND: Final = re.compile(r"\s?(?:,|;|/|&|\band\b|\bor\b|、|和|及|与|以及)\s?(?:and\s)?")


def find(text: str) -> list[Address]:
    """Find the addresses in levelled text and what each one plays, first to last.

    >>> [(each.address, each.played.value, each.port) for each in find("from 192.0.2.7 port 4711 to our server 198.51.100.1")]
    [('192.0.2.7', 'source', 4711), ('198.51.100.1', 'other', None)]
    """
    text = _LABEL_COLON.sub("=", text)
    found: list[Address] = []
    last_end = 0
    for offset, address in islice(ip.find(text), MOST):
        end = _end(text, offset, address)
        before, after = text[max(0, offset - 60) : offset], text[end : end + 120]
        played = _played(before, after, address)
        if found and offset - last_end < 12 and played is Played.UNTOLD and _AND.fullmatch(text, last_end, offset):
            played = found[-1].played
        port = _port(after) if played not in _NOT_MEANT else None
        found.append(Address(offset=offset, address=address, played=played, port=port))
        last_end = end
    return found


def _port(after: str) -> int | None:
    match = _PORT_AFTER.match(after)
    named = _NAMED_PORT.match(after) if match is None else None
    if (match is None and named is None) or _NO_SOURCE_PORT.match(after.lstrip(" ,")):
        return None
    number = int(named.group(1)) if named else int(match.group("colon") or match.group("word")) if match else 0
    return number if 0 < number < 65536 else None


def _end(text: str, offset: int, address: str) -> int:
    """Where the written form ends; an IPv6 address may be written longer than its canonical form."""
    if text.startswith(address, offset):
        return offset + len(address)
    match = _WRITTEN.match(text, offset)
    return match.end() if match else offset + 1


_WRITTEN: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def _played(before: str, after: str, address: str) -> Played:
    if address in RESOLVERS or _RANGE_AFTER.match(after) or after[:1] == "@":
        return Played.NOISE
    if roles.OTHER_AFTER.match(after):
        return Played.OTHER
    line = before.rpartition("\n")[2]
    if _FROM_HOST.search(line) or roles.SOURCE_PHRASE.search(line):
        return Played.SOURCE
    if roles.OTHER_BEFORE.search(line):
        return Played.OTHER
    if roles.SOURCE_BEFORE.search(line) or roles.SOURCE_AFTER.match(after) or _ARROW_AFTER.match(after):
        return Played.SOURCE
    if _LOG_START.search(before) and _LOG_AFTER.match(after):
        return Played.SOURCE
    return Played.NOISE if _VERSION_BEFORE.search(line) else Played.UNTOLD


def single_source(clues: Iterable[Address], own: frozenset[str] = frozenset()) -> Address | None:
    """Give the one public address that is meant as the source, None where none or several may be.

    ``own`` are addresses known to be the writer's. An address that is once told to be a destination is none of the sources.

    >>> single_source(find("scan from 192.0.2.7, and again from 192.0.2.7")).address
    '192.0.2.7'
    >>> single_source(find("192.0.2.7 and 192.0.2.8 attack us")) is None
    True
    """
    plausible: dict[str, Address] = {}
    sources: dict[str, Address] = {}
    others: set[str] = set()
    for clue in clues:
        if clue.played is Played.NOISE or ip.is_private(clue.address) or clue.address in own:
            continue
        if clue.played is Played.OTHER:
            others.add(clue.address)
            continue
        plausible.setdefault(clue.address, clue)
        if clue.played is Played.SOURCE and (clue.address not in sources or sources[clue.address].port is None):
            sources[clue.address] = clue
    for candidates in (sources, plausible):
        left = [clue for address, clue in candidates.items() if address not in others]
        if candidates:
            return left[0] if len(left) == 1 and len(candidates) == 1 else None
    return None
