"""A mail that our mail host has taken already, seen as the milter sees it; and what becomes of its header.

Trust:      the host that hands it over is ours, and so are its trace lines, down to the one that names an address from outside
            (``comity.formats.received``). What stands below that line came with the mail.
Answers:    ``incoming(data, envelope, ...)`` gives the ``IncomingMail``; ``changed(data, changes)`` the mail with the changes made.
Limits:     as in ``comity.gates.milter.conversation``. Who logged in is not told over LMTP: mail of our own people for our own
            mailboxes is looked at as any other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from comity.formats import received
from comity.formats.mime import scan
from comity.formats.received import Network
from comity.formats.spam_headers import is_mark
from comity.gates.milter.conversation import (
    BEYOND_LIMIT,
    FIELDS_LIMIT,
    RECIPIENT_LIMIT,
    WANTED,
    Changes,
    IncomingMail,
    is_numbered,
)

_TRACE: Final = b"received"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSide:
    """Which hosts wrote the trace lines on top."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()


@dataclass(slots=True, kw_only=True)
class Envelope:
    """From whom, and for whom of those that the next server takes."""

    mail_from: str
    recipients: list[str] = field(default_factory=list)


def incoming(data: bytes, envelope: Envelope, own: OwnSide, *, is_whole: bool = True) -> IncomingMail:
    """What is known of a mail; ``data`` may be its beginning, then it is not judged."""
    fields, size, beyond = list[tuple[bytes, bytes]](), 0, 0
    for each in scan(data).headers.items():
        name = each.name.lower().encode("ascii")
        if name in WANTED or is_mark(name):
            size += len(name) + len(each.raw)
            if size <= FIELDS_LIMIT:
                fields.append((name, each.raw))
            elif is_numbered(name) and beyond < BEYOND_LIMIT:
                fields.append((name, b""))
                beyond += 1
    lines = [value.decode("latin-1").strip() for name, value in fields if name == _TRACE]
    border, hop = _border(lines, own)
    above, ours = border, list[tuple[bytes, bytes]]()
    for name, value in fields:
        if name == _TRACE and above:
            above -= 1
        else:
            ours.append((name, value))
    return IncomingMail(
        client_ip=hop.ip if hop is not None else None,
        client_port=hop.port if hop is not None else None,
        helo=(hop.helo or "") if hop is not None else "",
        envelope_from=envelope.mail_from,
        queue_id=received.parse(lines[border - 1]).queue_id if border else None,
        recipients=envelope.recipients[:RECIPIENT_LIMIT],
        fields=ours,
        is_whole=size <= FIELDS_LIMIT,
        content=bytearray(data) if is_whole else None,
    )


def _border(lines: Sequence[str], own: OwnSide) -> tuple[int, received.Hop | None]:
    """How many of the trace lines our own side wrote, and the last of them where somebody outside connected."""
    walk = received.trace(lines, trusted_hosts=own.hosts, trusted_networks=own.networks)
    if walk.source is not None and walk.source.hop > len(walk.skipped):
        return walk.source.hop, received.parse(lines[walk.source.hop - 1])
    # Written inside, or not to be read: what the host in front of us wrote is ours in any case.
    return min(len(lines), max(1, len(walk.skipped))), None


def changed(data: bytes, changes: Changes) -> bytes:
    """The mail with fields taken away and others put on top.

    >>> changed(b"A: 1\\r\\nX: 2\\r\\n 3\\r\\nX: 4\\r\\n\\r\\nX: 5", Changes(removed=(("x", 1),), added=(("B", "6\\n\\t7"),)))
    b'B: 6\\r\\n\\t7\\r\\nA: 1\\r\\nX: 4\\r\\n\\r\\nX: 5'
    """
    removed, numbers = {(name.lower(), number) for name, number in changes.removed}, Counter[str]()
    kept, at = list[bytes](), 0
    for each in scan(data).headers.items() if removed else ():
        name = each.name.lower()
        numbers[name] += 1
        if (name, numbers[name]) in removed:
            kept.append(data[at : each.offset])
            at = data.index(b":", each.offset) + 1 + len(each.raw)
            at += 2 if data.startswith(b"\r\n", at) else 1
    top = "".join(f"{name}: {value}\n" for name, value in changes.added).replace("\n", "\r\n")
    return b"".join((top.encode("ascii", "replace"), *kept, data[at:]))
