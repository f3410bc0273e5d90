"""One mail as a gate took it in, before anybody has read it.

Trust:      bytes and envelope are a stranger's. That it was for one of our mailboxes was checked at the gate.
Answers:    ``Arrival``; ``Waiting`` is one that lies in the spool.
"""

from dataclasses import dataclass, field
from datetime import datetime

from comity.model.mailbox import Condition
from comity.model.submission import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One mail, with the envelope in which it came."""

    gate: str  # "lmtp", "smtp", "maildir", "imap", "bus", "spamd", "api"
    envelope_from: str  # "" for the null one
    recipients: tuple[str, ...]
    peer: str | None = None  # address of the host that handed it over; None over a socket in the file system
    tls: bool = False
    arrived: datetime
    condition: Condition = Condition.WHOLE  # of what lay in a mailbox, a mail over the size is taken cut
    name: str | None = None  # what it is called, where the gate knows; else it is named after mailbox and number
    raw_id: int | None = None  # it is in the store already and is tried again
    submission: Submission | None = None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One mail in the spool; ``tries`` counts readers that died on it."""

    spool_id: int
    tries: int
    arrival: Arrival
    packed: bytes | None = field(default=None, repr=False)  # the same bytes, compressed as they are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolCounts:
    """How much waits, and since when."""

    items: int
    data_bytes: int  # as they lie there, compressed
    oldest: datetime | None
