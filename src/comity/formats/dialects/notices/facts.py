"""The facts of a notice by the form they stand in, whoever wrote it.

Trust:      a stranger's claims; where two values contradict each other, neither is taken.
Answers:    ``gather(message)`` collects what stands in the mail; ``source_of(facts)`` gives (address, rule, findings).
Limits:     addresses in running prose count only behind the word "IP"; a destination's or a victim's label never counts.

Ranks of a source address, best first: an element or table cell, a label that says "source", a plain "IP" label, the
subject, a bracket behind a link or "IP 192.0.2.1" in a sentence. A rank that contradicts itself, or two ranks that
contradict each other, give no address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from comity.formats import ip
from comity.formats.clues import addresses
from comity.formats.clues.addresses import Played
from comity.formats.clues.levelled import level
from comity.formats.dialects.notices import elements, labels, lists
from comity.formats.dialects.notices.elements import Leaf
from comity.formats.dialects.notices.labels import Label
from comity.formats.mime import Part
from comity.formats.plain_text import leaves, readable
from comity.model.findings import Finding, finding

SOURCE_LABELS: Final = frozenset(
    {"source", "source ip", "source ip address", "source address", "src", "src ip", "srcip", "source ip addr",
    "ip source", "offending ip",
     "offending ip address", "offending/source ip", "source/offending ip", "attacker", "attacker ip",
     "attacker ip address", "attacking ip", "attacking host",
     "attacker address", "attack ip", "infringer's ip address", "infringers ip address", "infringer ip address",
     "infringing ip", "infringing ip address",
     "infringer's ip", "infringer ip", "abuser ip", "abusive ip", "abusing ip", "malicious ip",
     "malicious ip address", "client ip", "remote ip",
     "remote address", "remote host", "reported ip", "reported address", "suspect ip", "suspected ip", "origin ip",
     "originating ip", "infected ip", "infected host",
     "compromised host", "compromised ip", "spamming ip", "spam source", "spam source ip", "intruder", "scanner ip",
     "scanning ip", "ip of attacker",
     "源ip", "源地址", "源ip地址", "攻击ip", "攻击源", "攻击源ip", "攻击者ip", "攻击地址", "攻击源地址", "来源ip",
     "来源地址", "发件ip", "发信ip", "发送ip", "违规ip",
     "违规ip地址", "涉事ip", "涉嫌ip", "恶意ip", "被举报ip", "问题ip", "感染ip", "受感染ip", "肉鸡ip", "侵权ip",
     "扫描ip", "扫描源ip", "来源ip地址", "攻击来源"}
)  # fmt: skip
PLAIN_LABELS: Final = frozenset(
    {"ip", "ip address", "ip addr", "ip adress", "address", "ips", "ipv4", "ipv6", "ipv4 address", "ipv6 address",
    "host ip", "hostip", "ip addresses", "ip port",
     "host", "ip地址", "ip 地址", "地址", "主机ip", "服务器ip", "站点ip", "网站ip", "ip号"}
)  # fmt: skip
_SOURCE_PATHS: Final = frozenset(
    {"source/ip_address", "source/ipaddress", "source/ip", "source/address", "ip_address", "source_ip", "sourceip",
    "src_ip", "ip", "attacker/ip", "incident/ip",
     "incident/source_ip", "url_info@ip", "host@ip", "source@ip", "attacker@ip"}
)  # fmt: skip
_NOT_MEANT: Final = frozenset({Played.OTHER, Played.NOISE})
_SUBJECT_ADDRESS: Final = 10
_BRACKETED: Final = re.compile(
    r"(?:(?P<link>https?://\S{1,1000}+)\s{1,3}|"
    r"^\s{0,3}(?:\[\d{1,4}/\d{1,4}\]\s?)?)\[(?P<address>[0-9A-Fa-f.:]{3,45})\]",
    re.MULTILINE,
)
_BEHIND_IP: Final = re.compile(
    r"\bIPs?(?:v[46])?(?:[ -]addr(?:ess)?)?\b\s?[:=(\[*]{0,4}\s?[*(\[]?"
    r"(?P<address>[0-9A-Fa-f.:]{3,45})(?![0-9A-Za-z/])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything found in one mail."""

    subject: str
    text: str
    lower: str
    labels: tuple[Label, ...]
    leaves: tuple[Leaf, ...]
    rows: tuple[dict[str, str], ...]

    def labelled(self, names: tuple[str, ...]) -> Iterator[Label]:
        """The labels of these names, in the order of the names."""
        for name in names:
            yield from (label for label in self.labels if label.name == name)

    def leaf(self, *paths: str) -> str | None:
        """The value of the first leaf at one of these paths."""
        return next((leaf.value for path in paths for leaf in self.leaves if leaf.path == path), None)


def gather(message: Part) -> Facts:
    """Collect what stands in the mail and in its XML attachments."""
    text = level(readable(message)).text
    found = elements.find(text) if "</" in text or "/>" in text else []
    for part in leaves(message)[:30]:
        if part.content_type in {"application/xml", "text/xml"} and len(found) < 2000:
            found += elements.find(part.text()[:200_000])
    return Facts(
        subject=level((message.headers.decoded("subject") or "")[:1000]).text,
        text=text,
        lower=text.lower(),
        labels=tuple(labels.find(text)),
        leaves=tuple(found),
        rows=tuple(lists.bars(text)) if "|" in text else (),
    )


def address_in(value: str) -> str | None:
    """The one address that a value is, a note in brackets or a port behind it left out.

    >>> address_in("192.0.2.1 (host.west.example)"), address_in("192.0.2.1:4711"), address_in("192.0.2.1, 192.0.2.2")
    ('192.0.2.1', '192.0.2.1', None)
    """
    value = value.strip().strip("*'\"` .,;")
    address = ip.canonical(value)
    if address is not None:
        return address
    match = None if _NOT_THEIRS.search(value) else _LEADING.match(value)
    return ip.canonical(match.group(1)) if match and not ip.find(value[match.end() :]) else None


_NOT_THEIRS: Final = re.compile(
    r"\b(?:our|ours|my|mine|victim|target|destination)\b|我方|我们|受害|目标|本机", re.IGNORECASE
)
_LEADING: Final = re.compile(
    r"\[?((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f:]{3,45})\]?(?=$|\s?[(（]|\s(?:port|on|at|to|"
    r"and)\b|:\d{1,5}$|,?\s(?![0-9A-Fa-f]{0,4}[.:]))"
)


def _ranks(facts: Facts) -> list[list[tuple[str, str]]]:
    """The candidates (address, rule), best rank first."""
    ranks = (
        _structured(facts),
        _labelled(facts, SOURCE_LABELS),
        _labelled(facts, PLAIN_LABELS),
        _in_subject(facts),
        _in_sentences(facts),
    )
    return [list(islice(rank, 400)) for rank in ranks]


def names_an_address(facts: Facts) -> bool:
    """Tell whether there is any candidate, be it one that another one contradicts."""
    return any(_ranks(facts))


def source_of(facts: Facts) -> tuple[str | None, str | None, tuple[Finding, ...]]:
    """Choose the source address by rank; contradictions give none."""
    chosen: tuple[str, str] | None = None
    for number, rank in enumerate(_ranks(facts)):
        distinct = {address for address, _ in rank}
        if not distinct:
            continue
        if chosen is None:
            if len(distinct) > 1:
                return None, None, (finding("address-conflict", rank[0][1], ", ".join(sorted(distinct))),)
            chosen = rank[0]
        elif chosen[0] not in distinct and number <= 3:
            both = ", ".join((chosen[0], *sorted(distinct)))
            return None, None, (finding("address-conflict", f"{chosen[1]}, {rank[0][1]}", both),)
    if chosen is None:
        return None, None, (finding("address-unknown"),)
    notes = (finding("address-private", chosen[1], chosen[0]),) if ip.is_private(chosen[0]) else ()
    return *chosen, notes


def bracketed_links(facts: Facts) -> Iterator[str]:
    """Links with an address in brackets behind them: what a takedown request is about."""
    for match in _BRACKETED.finditer(facts.text):
        if match.group("link") and ip.canonical(match.group("address")):
            yield match.group("link")


Ranked = Iterator[tuple[str, str]]


def _structured(facts: Facts) -> Ranked:
    for leaf in facts.leaves:
        address = ip.canonical(leaf.value) if leaf.path in _SOURCE_PATHS else None
        if address:
            yield address, f"xml:{leaf.path}"
    for row in facts.rows:
        for column in lists.ADDRESS_COLUMNS:
            address = ip.canonical(row.get(column, ""))
            if address:
                yield address, f"column:{column}"


def _labelled(facts: Facts, names: frozenset[str]) -> Ranked:
    for label in facts.labels:
        address = address_in(label.value) if label.name in names else None
        if address:
            yield address, f"label:{label.name}"


def _in_subject(facts: Facts) -> Ranked:
    for _, address in ip.find(facts.subject)[:_SUBJECT_ADDRESS]:
        yield address, "subject"


def _in_sentences(facts: Facts) -> Ranked:
    for match in _BRACKETED.finditer(facts.text):
        address = ip.canonical(match.group("address"))
        if address:
            yield address, "bracket"
    played = {each.offset: each.played for each in addresses.find(facts.text)}
    for match in _BEHIND_IP.finditer(facts.text):
        address = ip.canonical(match.group("address").rstrip(".:"))
        if address and played.get(match.start("address")) not in _NOT_MEANT:
            yield address, "sentence"
