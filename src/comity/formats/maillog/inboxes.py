"""Count what a Postfix delivered, by domain, network of the source, folder and hour: its log, and that of the Dovecot behind it.

Trust:      files of our own servers. A Message-ID in them is a stranger's word: two mails with one may swap their sources.
Standards:  Postfix 3.x logging, syslog's time (RFC 3164) or RFC 3339; what Dovecot's LMTP, LDA and Sieve write for a delivery.
Answers:    ``read_postfix(lines, zone, now)`` gives ``Counters``; nothing is raised.
Limits:     the domain is that of the envelope. Postfix knows no folders: what it hands on by LMTP is where Dovecot's line with the
            same Message-ID says, what ``local`` and ``virtual`` put into a mailbox is in the inbox. Deliveries of which that is not
            said are passed over. ``ROOM`` mails may be under way at once.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from ipaddress import ip_address
from typing import Any, Final

from comity.formats import header_text
from comity.formats.inbox_counters import INBOX, UNKNOWN, Counters, Key, folder_of, network_of, saved_in
from comity.formats.maillog.postfix import moment
from comity.formats.maillog.terms import address_of

ROOM: Final = 200_000
_LINE: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\S{8,25}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S{1,255}) (?P<rest>.{1,4000})"
)
_POSTFIX: Final = re.compile(
    r"postfix\S{0,60}/(?P<service>[a-z]{2,20})\[\d{1,10}\]: (?P<queue>[0-9A-Za-z]{3,30}): (?P<said>.{1,3000})", re.ASCII
)
_CLIENT: Final = re.compile(r"client=[^\s\[\]]{1,255}\[(?P<address>[0-9a-fA-F.:]{2,45})\]", re.ASCII)
_MESSAGE_ID: Final = re.compile(r"message-id=<?([^<>\s]{1,996})>?$")
_FROM: Final = re.compile(r"from=<[^<>]{0,64}@([^<>@]{1,253})>")
_DELIVERED: Final = re.compile(r"to=<[^<>]{1,320}>,.{0,600}\bstatus=sent \((?P<how>.{0,200})")
_TO_MAILBOX: Final = ("delivered to maildir", "delivered to mailbox")
_DOVECOT_ID: Final = re.compile(r"\bmsgid=<?([^<>\s,]{1,996})")


@dataclass(slots=True)
class _Mail:
    """What is known of one mail under way."""

    source: str | None = None
    domain: str | None = None


class _Log:
    """One log, line by line."""

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self.passed_over = self.handed_on = self.saved = 0
        self._queued: dict[tuple[str, str], _Mail] = {}
        self._named: dict[str, _Mail] = {}

    def postfix(self, host: str, found: re.Match[str], hour: datetime | None) -> None:
        """What Postfix says of a mail."""
        service, said, key = found["service"], found["said"], (host, found["queue"])
        mail = self._queued.get(key)
        if service == "smtpd" and (client := _CLIENT.match(said)):
            self._begin(key).source = _network(client["address"])
        elif service in ("cleanup", "pickup") and (named := _MESSAGE_ID.match(said)):
            self._name(mail or self._begin(key), named[1])
        elif service == "qmgr" and (envelope := _FROM.match(said)):
            mail = mail or self._begin(key)
            mail.domain = header_text.domain(envelope[1].lower()) or mail.domain
        elif delivered := _DELIVERED.match(said):
            if service == "lmtp":
                self.handed_on += 1
            elif service in ("local", "virtual"):
                self._count(mail, hour, INBOX if delivered["how"].startswith(_TO_MAILBOX) else None)

    def dovecot(self, rest: str, folder: str, hour: datetime | None) -> None:
        """Where Dovecot put a mail."""
        self.saved += 1
        named = _DOVECOT_ID.search(rest)
        self._count(self._named.get(named[1]) if named else None, hour, folder)

    def _begin(self, key: tuple[str, str]) -> _Mail:
        """A mail under a queue id, which is used again after a while."""
        self._queued.pop(key, None)
        self._queued[key] = mail = _Mail()
        _bound(self._queued)
        return mail

    def _name(self, mail: _Mail, message_id: str) -> None:
        """A filter of ours hands a mail in again, from this machine: it came from where it came before."""
        before = self._named.pop(message_id, None)
        if before is not None and mail.source is None:
            mail.source, mail.domain = before.source, before.domain
        self._named[message_id] = mail
        _bound(self._named)

    def _count(self, mail: _Mail | None, hour: datetime | None, folder: str | None) -> None:
        if mail is None or mail.domain is None or hour is None or folder is None:
            self.passed_over += 1
            return
        self.counts[hour, mail.domain, mail.source or UNKNOWN, folder] += 1


def read_postfix(lines: Iterable[str], zone: tzinfo, now: datetime) -> Counters:
    """Count the deliveries of a log.

    >>> from datetime import UTC
    >>> start = "2026-11-30T08:05:0{}+00:00 mx postfix/"
    >>> log = [
    ...     start.format(1) + "smtpd[7]: 4ABC: client=mx.shop.example[198.51.100.7]",
    ...     start.format(1) + "cleanup[8]: 4ABC: message-id=<1@shop.example>",
    ...     start.format(1) + "qmgr[9]: 4ABC: from=<news@shop.example>, size=900, nrcpt=1 (queue active)",
    ...     "2026-11-30T08:05:02+00:00 mx dovecot: lmtp(ann)<1><x>: msgid=<1@shop.example>: saved mail to INBOX",
    ... ]
    >>> [key[1:] for key in read_postfix(log, UTC, datetime(2026, 11, 30, 9, tzinfo=UTC)).counts]
    [('shop.example', '198.51.100.0/24', 'inbox')]
    """
    log = _Log()
    for line in lines:
        found = _LINE.match(line.rstrip("\r\n"))
        if found is None:
            continue
        rest, folder = found["rest"], saved_in(found["rest"])
        said = None if folder else _POSTFIX.match(rest)
        if folder is None and said is None:
            continue
        at = moment(found["time"], zone, now)
        hour = None if at is None else at.replace(minute=0, second=0, microsecond=0)
        if folder is not None:
            log.dovecot(rest, folder_of(folder), hour)
        elif said is not None:
            log.postfix(found["host"].lower(), said, hour)
    unsaid = log.handed_on if not log.saved else 0
    return Counters(counts=dict(log.counts), passed_over=log.passed_over + unsaid)


def _network(text: str) -> str | None:
    """The network of whoever handed it in; None for this machine itself."""
    address = address_of(text)
    return None if address is None or ip_address(address).is_loopback else network_of(address)


def _bound(mails: dict[Any, _Mail]) -> None:
    """The oldest goes where there are too many."""
    if len(mails) > ROOM:
        del mails[next(iter(mails))]
