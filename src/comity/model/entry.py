"""What goes into the ledger, and what stands in it.

Answers:    ``Entry`` on its way in; ``Channel``, ``Head``, ``Written``, ``Named`` as they stand there; what the other side has not
            confirmed (``Behind``), refuses (``RefusedLeaf``), or signed twice (``ForkedHistory``).
"""

from dataclasses import dataclass
from datetime import datetime

from comity.model.record import record


@record
class Entry:
    """One event to be written down: the leaf's exact bytes, and the payload it commits to, if any."""

    leaf_type: str
    data: bytes
    submitted: datetime
    salt: bytes | None = None
    payload: bytes | None = None
    name: str | None = None  # its id, by which it is found
    counted: bool = False  # a report, or one of mail that was no spam
    restored: bool = False  # it was lost here and came back from the other side


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One direction between two networks in one quarter."""

    channel_id: int
    origin: str
    reporting: str
    reported: str
    quarter: str
    size: int
    is_copy: bool = False  # the other side writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A signed head as it was kept."""

    size: int
    root: bytes
    note: str
    signed: datetime
    receipted: datetime | None = None  # when the other side cosigned it


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A leaf as it stands in a channel, with its payload where that was not erased."""

    position: int
    data: bytes
    submitted: datetime
    salt: bytes | None = None
    payload: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Where the leaf and the mail of one event meet."""

    channel_id: int
    name: str
    position: int | None
    counted: bool
    retracted: datetime | None
    report_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What the other side has not confirmed."""

    leaves: int
    octets: int
    since: datetime | None  # when the oldest of them was submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLeaf:
    """A leaf of ours that the other side refuses."""

    channel_id: int
    position: int
    code: str  # the name of the refusal
    detail: str | None
    since: datetime
    passed: datetime | None = None  # when what follows it went on without it


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkedHistory:
    """A peer signed two histories of one channel: the file that proves it, and over how many leaves its two heads are."""

    origin: str
    writer: str
    smaller: int
    larger: int
    proof: str
    seen: datetime
