"""Read Received lines, and find from which address a message came to those whom we trust.

Trust:      every line below the first host that is not trusted can be invented. The walk therefore starts at the top
            (newest) line and goes on only while the host before is known to belong to the receiving side.
Standards:  RFC 5321 section 4.4; FIELD.md section 2 (a source address names the rule by which it was found).
Answers:    ``parse(value)``: a ``Hop``. ``walk(values)``: a ``Source`` or None. ``trace(values)``: the same with the
            lines that were passed over and why. Nothing is raised.
Limits:     64 lines. A line that cannot be read ends the walk without an answer: no address is better than one from
            the far side of a line that anybody can write.

The rule, for line N from the top:

1. no network in between (queue, pipe, local delivery, POP or IMAP collection): go on to N + 1;
2. the address is private, in a trusted network, in a provider's own backbone, or its confirmed name is a trusted
   host: go on. If the address is private and the next line was written by a host of another organisation, end without
   an answer: the private host wrote no line of its own, and an infected one invents the rest;
3. the confirmed name and the host that wrote the line belong to one organisation, the name is not that of a
   customer line, and the next line was written in that organisation, too: go on. The name that the other side gave of
   itself (HELO) never counts. If the name was not confirmed: end without an answer;
4. otherwise this address is the source, by the rule ``received:N``;
5. where the lines end and all were written inside, the mail was written inside: the source is the lowest address that
   was passed over as a relay of the receiving organisation, and none where there was no such relay.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from comity.formats.domains import is_among, same_organisation
from comity.formats.ip import canonical, is_private
from comity.formats.received_line import LINE_LIMIT, Hop, Line, parse, take_apart
from comity.formats.received_peer import Link, Peer
from comity.model.agreement import Network
from comity.model.findings import Finding, finding
from comity.model.record import maker, record

__all__ = ["Hop", "Link", "Network", "Skipped", "Source", "Walk", "parse", "trace", "walk"]

HOP_LIMIT: Final = 64
_LOOK_AHEAD: Final = 3
_MICROSOFT: Final = (ip_network("2603:1000::/24"), ip_network("2a01:111:e400::/38"), ip_network("2a01:111:f400::/48"))
# A provider's machines talk to each other under public addresses and write only HELO: (organisation of "by", networks).
_BACKBONES: Final[tuple[tuple[str, tuple[Network, ...]], ...]] = (
    ("outlook.com", _MICROSOFT),
    ("office365.com", _MICROSOFT),
    ("me.com", (ip_network("17.0.0.0/8"),)),
    ("mac.com", (ip_network("17.0.0.0/8"),)),
    ("icloud.com", (ip_network("17.0.0.0/8"),)),
)
_BACKBONE_NAMES: Final = tuple(organisation for organisation, _ in _BACKBONES)
# The name of a customer's line, not of a relay: an infected subscriber is the source, although the name is the provider's.
_LINE_NAME: Final = re.compile(
    r"(?:^|[.\d_-])(?:dyn|dynamic|dynip|[avxs]?dsl|pool|dhcp|ppp|pppoe|dial|dialup|dialin|modem|cable|cpe|client|customer|"
    r"cust|user|subscriber|broadband|bb|catv|ftth|fttx|fibre|fiber|static|nat|cgn|cgnat|mobile|gprs|lte|wifi|wlan|wireless|"
    r"res|resnet|dorm|home|vpn|hsd\d?|ip|host|node|unassigned)(?:$|[.\d_-])"
)
_LOCAL_NAME: Final = re.compile(
    r"^[^.]+$|^localhost\b|\.(?:local|localdomain|internal|intranet|lan|home|corp|arpa|invalid|test)$", re.IGNORECASE
)
_RUNS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """One line that the walk passed over; ``reason`` is a stable word."""

    hop: int
    reason: str  # local, fetched, private, trusted-network, backbone, trusted-host, same-organisation
    ip: str | None = None
    rdns: str | None = None


@record
class Source:
    """The address from which a message came to the trusted side; ``rule`` is "received:N", ``hop`` is N."""

    ip: str
    rule: str
    hop: int
    port: int | None = None
    rdns: str | None = None  # the name that the host which wrote the line looked up for the address
    skipped: tuple[Skipped, ...] = ()


@record
class Walk:
    """A walk with or without an answer, and where and why it ended."""

    source: Source | None
    skipped: tuple[Skipped, ...] = ()
    findings: tuple[Finding, ...] = ()


_source: Final = maker(Source)
_walk: Final = maker(Walk)


def walk(
    values: Sequence[str],
    *,
    trusted_hosts: Collection[str] = frozenset(),
    trusted_networks: Collection[Network] = (),
) -> Source | None:
    """Find the source address; ``values`` are the Received values, top first.

    >>> inner = "from mx.west.example (mx.west.example [10.0.0.1]) by store.west.example with LMTP id 1; 1 May 2026 10:00 +0000"
    >>> outer = "from liar (unknown [192.0.2.7]) by mx.west.example (Postfix) with SMTP id 2; 1 May 2026 10:00 +0000"
    >>> walk([inner, outer]).ip, walk([inner, outer]).rule
    ('192.0.2.7', 'received:2')
    """
    return trace(values, trusted_hosts=trusted_hosts, trusted_networks=trusted_networks).source


def trace(
    values: Sequence[str],
    *,
    trusted_hosts: Collection[str] = frozenset(),
    trusted_networks: Collection[Network] = (),
) -> Walk:
    """Walk down the lines and say what was passed over and why the walk ended."""
    skipped: list[Skipped] = []
    writers: list[str] = []  # hosts of the receiving side
    for index, value in enumerate(values[:HOP_LIMIT]):
        line = take_apart(value[:LINE_LIMIT].strip())
        peer = line.peer
        if line.by:
            writers.append(line.by)
        if peer.rdns and peer.rdns_confirmed:
            writers.append(peer.rdns)
        reason = _internal(line, trusted_hosts, trusted_networks)
        if reason is None and peer.ip is not None:
            reason = _own_relay(line, values, index + 1)
        elif reason == "private" and not _is_written_within(writers, values[index + 1 : index + 1 + _LOOK_AHEAD]):
            reason = "received-foreign"
        if reason in _ENDS or (reason is None and peer.ip is None):
            code = reason or ("received-ambiguous" if peer.link is Link.AMBIGUOUS else "received-unreadable")
            return _walk(source=None, skipped=tuple(skipped), findings=(finding(code, f"Received:{index + 1}", value),))
        if reason is None and peer.ip is not None:
            hop = index + 1
            source = _source(
                ip=peer.ip, rule=f"received:{hop}", hop=hop, port=peer.port, rdns=peer.rdns, skipped=tuple(skipped)
            )
            return _walk(source=source, skipped=source.skipped)
        skipped.append(Skipped(hop=index + 1, reason=reason or "", ip=peer.ip, rdns=peer.rdns))
    return _written_inside(skipped)


def _written_inside(skipped: Sequence[Skipped]) -> Walk:
    """Step 5 of the rule."""
    findings = (finding("received-internal", f"Received:{len(skipped)}"),) if skipped else ()
    lowest = next((each for each in reversed(skipped) if each.reason in _RELAYS), None)
    if lowest is None or lowest.ip is None:
        return _walk(source=None, skipped=tuple(skipped), findings=findings)
    before = tuple(each for each in skipped if each.hop < lowest.hop)
    source = _source(ip=lowest.ip, rule=f"received:{lowest.hop}", hop=lowest.hop, rdns=lowest.rdns, skipped=before)
    return _walk(source=source, skipped=before, findings=findings)


_RELAYS: Final = frozenset({"same-organisation", "backbone"})
_ENDS: Final = frozenset({"received-unconfirmed", "received-foreign"})


def _internal(line: Line, hosts: Collection[str], networks: Collection[Network]) -> str | None:
    """Name the reason to go on to the next line, None where there is none (steps 1 and 2 of the rule)."""
    peer = line.peer
    if peer.ip is None:  # as of all that are local or fetched
        return str(peer.link) if peer.link is Link.LOCAL or peer.link is Link.FETCHED else None
    if is_private(peer.ip):
        return "private"
    if networks and _within(peer.ip, networks):
        return "trusted-network"
    if hosts and peer.rdns_confirmed and is_among(peer.rdns, hosts):
        return "trusted-host"
    by = (line.by or "").lower()
    if not by.endswith(_BACKBONE_NAMES):
        return None
    for organisation, backbone in _BACKBONES:
        if by.endswith(organisation) and (by == organisation or by[-len(organisation) - 1] == "."):
            return "backbone" if _within(peer.ip, backbone) else None
    return None


def _within(address: str, networks: Collection[Network]) -> bool:
    number = ip_address(address)
    return any(number in network for network in networks)


def _own_relay(line: Line, values: Sequence[str], behind: int) -> str | None:
    """Step 3 of the rule; ``behind`` is where the lines below this one begin."""
    peer = line.peer
    if not same_organisation(peer.rdns, line.by) or _is_line_name(peer):
        return None
    following = values[behind : behind + _LOOK_AHEAD]
    written_by = next(
        (each.by for each in map(take_apart, (value[:LINE_LIMIT] for value in following)) if each.by), None
    )
    if not same_organisation(written_by, line.by):
        return None
    return "same-organisation" if peer.rdns_confirmed else "received-unconfirmed"


def _writer(following: Sequence[str]) -> str | None:
    """The host that wrote the next line, passing over lines that name none."""
    return next((line.by for value in following if (line := take_apart(value[:LINE_LIMIT].strip())).by), None)


def _is_written_within(writers: Sequence[str], following: Sequence[str]) -> bool:
    """True unless the next line was written by a host of another organisation than the lines so far."""
    writer = _writer(following)
    if writer is None or _is_local_name(writer):
        return True
    public = [name for name in writers if not _is_local_name(name)]
    return not public or any(name == writer or same_organisation(name, writer) for name in public)


def _is_local_name(name: str) -> bool:
    address = canonical(name)
    return is_private(address) if address else _LOCAL_NAME.search(name) is not None


def _is_line_name(peer: Peer) -> bool:
    """True for names that providers generate for the lines of their customers.

    >>> _is_line_name(Peer(Link.PEER, ip="192.0.2.77", rdns="h-2-77.east.example"))
    True
    """
    name, address = peer.rdns or "", peer.ip or ""
    if _LINE_NAME.search(name):
        return True
    if ":" in address:
        return sum(len(run) for run in _RUNS.findall(name)) >= 6
    octets = address.split(".")
    digits = {run.lstrip("0") or "0" for run in _RUNS.findall(name)}
    if octets[3] in digits and octets[2] in digits:
        return True
    return "".join(each.zfill(3) for each in octets[1:]) in name or bytes(map(int, octets)).hex() in name
