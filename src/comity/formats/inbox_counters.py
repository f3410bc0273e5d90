"""Read how many mails were delivered: counters by domain, network of the source, folder and hour; never a row per mail.

Trust:      the operator's own files; a line of a table that cannot be read is an error: a wrong number makes a wrong rate. Lines of
            a mail log that say nothing of a delivery are passed over, as most do.
Standards:  RFC 4180 (CSV) with a heading of ``hour``, ``domain``, ``source``, ``folder``, ``mails`` in any order; the line that
            Dovecot's LDA and LMTP write for a delivery (``msgid=<...>: saved mail to FOLDER``) and that Sieve writes (``stored mail
            into mailbox 'FOLDER'``), with ``from=`` in their ``deliver_log_format``.
Answers:    ``read_table(data, name)`` and ``read_dovecot(lines, ...)`` give ``Counters``; nothing is raised.
Limits:     UTF-8. A log of Dovecot alone names no source address: its counters have the source "-"; with that of the Postfix before
            it they have one (``comity.formats.maillog.inboxes``). Hours are UTC.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_network
from typing import Final

from comity.formats import header_text, ip
from comity.formats.counted_lines import each_line, number
from comity.model.line_slip import LineSlip

COLUMNS: Final = ("hour", "domain", "source", "folder", "mails")
INBOX: Final = "inbox"
JUNK: Final = "junk"
OTHER: Final = "other"
UNKNOWN: Final = "-"
_SAVED: Final = re.compile(r"\b(?:saved mail to|stored mail into mailbox) '?([^':]{1,200}?)'?\s*$")
_FROM: Final = re.compile(r"\bfrom=<?[^\s<>@,]{0,64}@([^\s<>,]{1,253}?)>?[\s,:]")
_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))\s")
_JUNK_NAMES: Final = frozenset({"junk", "spam", "junk e-mail", "junk mail", "bulk", "垃圾邮件", "垃圾箱"})

Key = tuple[datetime, str, str, str]  # hour, domain, source, folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What was delivered."""

    counts: Mapping[Key, int]
    mistake: LineSlip | None = None
    passed_over: int = 0  # deliveries in a log that do not say from which domain


def folder_of(name: str) -> str:
    """The inbox, junk, or another folder.

    >>> folder_of("INBOX"), folder_of("INBOX/Junk"), folder_of("Lists"), folder_of("垃圾邮件")
    ('inbox', 'junk', 'other', 'junk')
    """
    plain = name.strip().lower()
    if plain == INBOX:
        return INBOX
    return JUNK if re.split(r"[/.]", plain)[-1] in _JUNK_NAMES else OTHER


def read_table(data: bytes, name: str) -> Counters:
    """Read a table; ``name`` is how to call it.

    >>> head = b"hour,domain,source,folder,mails\\n"
    >>> list(read_table(head + b"2026-03-01T08:00:00Z,Shop.example,198.51.100.7,INBOX,1200\\n", "d.csv").counts.values())
    [1200]
    """
    counts: Counter[Key] = Counter()
    mistake = each_line(data, name, columns=COLUMNS, take=partial(_count, counts))
    return Counters(counts={} if mistake else dict(counts), mistake=mistake)


def _count(counts: "Counter[Key]", cells: Mapping[str, str]) -> str | None:
    """Add one line; the code of what is wrong with it."""
    hour, mails = _hour(cells["hour"]), number(cells["mails"])
    domain = header_text.domain(cells["domain"].lower())
    source = cells["source"]
    network = UNKNOWN if source in ("", UNKNOWN) else network_of(source)
    if hour is None:
        return "hour"
    if mails is None or domain is None or network is None:
        return "line"
    counts[hour, domain, network, folder_of(cells["folder"])] += mails
    return None


def read_dovecot(lines: Iterable[str]) -> Counters:
    """Count the deliveries in a log with ISO times."""
    counts: Counter[Key] = Counter()
    passed_over = 0
    for line in lines:
        saved = _SAVED.search(line[:2000])
        if saved is None:
            continue
        stamp, envelope = _STAMP.match(line), _FROM.search(line[:2000])
        hour = None if stamp is None else _hour(stamp[1])
        domain = None if envelope is None else header_text.domain(envelope[1].lower())
        if hour is None or domain is None:
            passed_over += 1
            continue
        counts[hour, domain, UNKNOWN, folder_of(saved[1])] += 1
    return Counters(counts=dict(counts), passed_over=passed_over)


def saved_in(line: str) -> str | None:
    """The folder into which Dovecot says that it put a mail; None where a line says nothing of that."""
    saved = _SAVED.search(line[:2000])
    return None if saved is None else saved[1]


def _hour(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return None
    return found.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def network_of(text: str | None) -> str | None:
    """The /24 or /48 of an address: counters say nothing of one host's mails."""
    address = None if text is None else ip.canonical(text)
    if address is None:
        return None
    return str(ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))
