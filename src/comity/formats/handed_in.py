"""Where a reported message was handed in with a login: by which host, under which queue id, when.

Trust:      the lines are whatever the report holds: a stranger may have written any of them. They name a queue id to look for
            in our own logs, nothing more.
Standards:  RFC 5321 section 4.4 (trace lines), RFC 3848 and RFC 6531 (the protocols that say: with a login).
Answers:    ``find(original)`` gives ``HandedIn`` as text, ``read(text)`` reads one; raises nothing.
Limits:     the first 64 KiB of the header, twenty trace lines; ``MOST`` that say so, the highest ones: what stands below the line
            of our own host was written by whoever handed the mail in. A line without a time says nothing.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from comity.formats import received_line
from comity.formats.original import head

MOST: Final = 3
_LINES: Final = 20
_LONGEST: Final = 2000
_FIELD: Final = re.compile(rb"^received[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_WITH_LOGIN: Final = frozenset({"ESMTPA", "ESMTPSA", "UTF8SMTPA", "UTF8SMTPSA"})
_WORD: Final = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One trace line that says so."""

    host: str
    queue_id: str
    at: datetime


def find(original: bytes | None) -> tuple[str, ...]:
    """What the trace lines say, each as text.

    >>> line = b"Received: from pc by mx.west.example (Postfix) with ESMTPSA id 4dABC1; Sat, 28 Nov 2026 08:00:00 +0000\\r\\n"
    >>> find(line + b"\\r\\n"), find(line.replace(b"ESMTPSA", b"ESMTP") + b"\\r\\n")
    (('mx.west.example 4dABC1 1795852800',), ())
    """
    if original is None:
        return ()
    header = head(original)
    if not _may_say_so(header):
        return ()
    found = []
    for field in islice(_FIELD.finditer(header), _LINES):
        value = field[1][:_LONGEST]
        if not _may_say_so(value):
            continue
        hop = received_line.parse(value.decode("latin-1"))
        if (hop.protocol or "").upper() not in _WITH_LOGIN or hop.date is None or not hop.by or not hop.queue_id:
            continue
        if _WORD.fullmatch(hop.by) and _WORD.fullmatch(hop.queue_id):
            found.append(f"{hop.by.lower()} {hop.queue_id} {int(hop.date.timestamp())}")
    return tuple(found[:MOST])


def _may_say_so(value: bytes) -> bool:
    """Most mail of others does not: a glance costs less than taking its lines apart."""
    lowered = value.lower()
    return b"smtpa" in lowered or b"smtpsa" in lowered


def read(text: str) -> HandedIn | None:
    """One of them.

    >>> read("mx.west.example 4dABC1 1795852800").at.isoformat(), read("mx"), read("a b 9" + "9" * 20)
    ('2026-11-28T08:00:00+00:00', None, None)
    """
    try:
        host, queue_id, at = text.split(" ")
        return HandedIn(host=host, queue_id=queue_id, at=datetime.fromtimestamp(int(at), UTC))
    except (ValueError, OverflowError, OSError):
        return None
