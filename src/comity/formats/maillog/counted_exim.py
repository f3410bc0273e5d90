"""Lines of Exim's main log as counters: who handed mail in, to how many, by which name, and whose password was wrong.

Trust:      files of our own servers. What a client says (its name, addresses) is any text: it stands behind marks that it cannot
            write, or the line is passed over.
Standards:  Exim's specification, chapter "Log files"; ``log_selector`` with ``+incoming_port`` and ``+pid``, ``log_timezone``.
            Syslog may stand in front, with its own time and the host.
Answers:    ``read(line, zone)`` gives ``Counted`` or None.
Limits:     Exim names no host in a file: queue ids of two hosts are told apart by their own digits alone. A sender with a blank or
            a quote in it is passed over, and so is what was handed in without SMTP.
"""

import re
from datetime import tzinfo
from typing import Final

from comity.formats.maillog.exim import moment
from comity.formats.maillog.terms import Counted, CountedKind, address_of, port_of

HOST: Final = "exim"
_LINE: Final = re.compile(
    r"(?:\S{1,40}(?: [ \d]\d \d\d:\d\d:\d\d)? (?P<host>[^\s:]{1,255}) exim\S{0,20}: )?"
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)(?P<zone> [+-]\d{4})?(?: \[\d{1,10}\])? (?P<rest>.{1,4000})",
    re.ASCII,
)
_QUEUE: Final = r"(?P<queue>[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})"
# The name that was looked up, the greeting in parentheses where it is another one, the address: right behind the mark.
_CLIENT: Final = (
    r"(?:(?P<name>[^\s()\[\]]{1,255}) )?(?:\((?P<helo>[^\s()]{1,255})\) )?"
    r"\[(?P<address>[0-9a-fA-F.:]{2,45})\](?::(?P<port>\d{1,5}))?(?= |:|$)"
)
_HANDED: Final = re.compile(rf"{_QUEUE} <= [^\s\"]{{1,320}} (?:R=\S{{1,40}} )?H={_CLIENT}", re.ASCII)
_REFUSED: Final = re.compile(
    rf"(?:{_QUEUE} )?H={_CLIENT} .{{0,1500}}?\b(?:temporarily )?rejected "
    r"(?:RCPT|MAIL|VRFY|EHLO|HELO|EHLO or HELO|connection|after DATA|during MIME|DATA)\b(?: <(?P<to>[^<>]{1,320})>)?",
    re.ASCII,
)
_FAILED: Final = re.compile(rf"[\w.-]{{1,60}} authenticator failed for (?:H=)?{_CLIENT}", re.ASCII)
_GIVEN: Final = re.compile(
    rf"{_QUEUE} (?:=>|->|>>|\*>|\*\*|==) (?P<to>[^\s<>]{{1,320}})(?: \([^()]{{0,320}}\))?(?: <(?P<given>[^<>\s]{{1,320}})>)?",
    re.ASCII,
)
_RECIPIENT: Final = re.compile(r"rejected RCPT <", re.ASCII)


def read(line: str, zone: tzinfo) -> Counted | None:
    """What a line counts.

    >>> from datetime import UTC
    >>> line = "2026-11-28 08:00:00 1vPABC-000000001hZ-2abc <= a@pc.example H=(pc) [192.0.2.7]:5000 P=esmtp S=300 id=1@pc"
    >>> found = read(line, UTC)
    >>> found.kind.value, found.address, found.port, found.helo, found.queue_id
    ('mail', '192.0.2.7', 5000, 'pc', '1vPABC-000000001hZ-2abc')
    """
    found = _LINE.match(line.rstrip("\r\n"))
    said = None if found is None else _said(found["rest"])
    at = None if found is None else moment(found["time"], found["zone"], zone)
    if found is None or said is None or at is None:
        return None
    (kind, match), host = said, (found["host"] or HOST).lower()
    if kind is CountedKind.RECIPIENT:
        recipient = (match["given"] or match["to"]).lower()
        return Counted(kind=kind, at=at, host=host, queue_id=match["queue"], recipient=recipient)
    address, refused = address_of(match["address"]), kind is CountedKind.REFUSED
    if address is None:
        return None
    helo = match["helo"] or match["name"]
    to = match["to"] if refused and _RECIPIENT.search(match[0]) else None
    return Counted(
        kind=kind,
        at=at,
        host=host,
        address=address,
        port=port_of(match["port"]),
        queue_id=match["queue"] if kind is CountedKind.MAIL else None,
        recipient=to.lower() if to else None,
        helo=helo.lower() if helo and kind is not CountedKind.FAILED else None,
    )


def _said(rest: str) -> tuple[CountedKind, re.Match[str]] | None:
    for kind, form in (
        (CountedKind.MAIL, _HANDED),
        (CountedKind.RECIPIENT, _GIVEN),
        (CountedKind.REFUSED, _REFUSED),
        (CountedKind.FAILED, _FAILED),
    ):
        match = form.match(rest)
        if match is not None:
            return kind, match
    return None
