"""Lines of mail logs as counters: who handed mail in, to how many, by which name, and whose password was wrong.

Trust:      files of our own servers; what a client says (HELO, an address) is any text, and only hashed.
Standards:  Postfix 3.x logging, syslog's time (RFC 3164) or RFC 3339; short and long queue ids; ``smtpd_client_port_logging``.
            What is no line of Postfix is read as Exim's: ``counted_exim``.
Answers:    ``Counted`` and ``read(line, zone, now)``, which gives one or None.
Limits:     Postfix names the HELO in refusals alone. A recipient is counted where it is delivered to or refused.
"""

import re
from datetime import datetime, tzinfo
from typing import Final

from comity.formats.maillog import counted_exim
from comity.formats.maillog.postfix import moment
from comity.formats.maillog.terms import Counted, CountedKind, address_of, port_of

__all__ = ["Counted", "CountedKind", "read"]

_LINE: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\S{8,25}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S{1,255}) "
    r"postfix\S{0,60}/(?P<service>[a-z]{2,20})\[\d{1,10}\]: (?P<rest>.{1,3000})",
    re.ASCII,
)
_CLIENT: Final = r"[^\s\[\]]{1,255}\[(?P<address>[0-9a-fA-F.:]{2,45})\](?::(?P<port>\d{1,5}))?"
_HANDED: Final = re.compile(rf"(?P<queue>[0-9A-Za-z]{{3,30}}): client={_CLIENT}", re.ASCII)
_REFUSED: Final = re.compile(
    rf"(?:NOQUEUE|[0-9A-Za-z]{{3,30}}): (?:milter-)?reject: [A-Z]{{4,8}} from {_CLIENT}: ", re.ASCII
)
_FAILED: Final = re.compile(rf"warning: {_CLIENT}: SASL \S{{1,40}} authentication failed", re.ASCII)
_GIVEN: Final = re.compile(r"(?P<queue>[0-9A-Za-z]{3,30}): to=<(?P<to>[^<>]{1,320})>, ", re.ASCII)
_TO: Final = re.compile(r" to=<([^<>]{1,320})>", re.ASCII)
_HELO: Final = re.compile(r" helo=<([^<>]{1,255})>", re.ASCII)


def read(line: str, zone: tzinfo, now: datetime) -> Counted | None:
    """What a line counts.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 28, 9, tzinfo=UTC)
    >>> found = read("Nov 28 08:00:01 mx postfix/smtpd[7]: 4AB: client=a[192.0.2.7]:5000", UTC, now)
    >>> found.kind.value, found.address, found.port, found.queue_id
    ('mail', '192.0.2.7', 5000, '4AB')
    """
    found = _LINE.match(line.rstrip("\r\n"))
    if found is None:
        return counted_exim.read(line, zone)
    rest, host = found["rest"], found["host"].lower()
    said = _of_client(rest) if found["service"] == "smtpd" else _of_delivery(rest)
    at = None if said is None else moment(found["time"], zone, now)
    if said is None or at is None:
        return None
    kind, match = said
    if kind is CountedKind.RECIPIENT:
        return Counted(kind=kind, at=at, host=host, queue_id=match["queue"], recipient=match["to"].lower())
    address = address_of(match["address"])
    if address is None:
        return None
    recipient, helo = _TO.search(rest), _HELO.search(rest)
    return Counted(
        kind=kind,
        at=at,
        host=host,
        address=address,
        port=port_of(match["port"]),
        queue_id=match["queue"] if kind is CountedKind.MAIL else None,
        recipient=recipient[1].lower() if recipient and kind is CountedKind.REFUSED else None,
        helo=helo[1].lower() if helo and kind is CountedKind.REFUSED else None,
    )


def _of_client(rest: str) -> tuple[CountedKind, re.Match[str]] | None:
    for kind, form in ((CountedKind.MAIL, _HANDED), (CountedKind.REFUSED, _REFUSED), (CountedKind.FAILED, _FAILED)):
        match = form.match(rest)
        if match is not None:
            return kind, match
    return None


def _of_delivery(rest: str) -> tuple[CountedKind, re.Match[str]] | None:
    match = _GIVEN.match(rest)
    return None if match is None else (CountedKind.RECIPIENT, match)
