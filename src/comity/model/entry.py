"""What goes into the ledger, and what stands in it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event to be written down: the leaf's exact bytes, and the payload it commits to, if any."""

    leaf_type: str
    data: bytes
    submitted: datetime
    salt: bytes | None = None
    payload: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One direction between two networks in one quarter."""

    channel_id: int
    origin: str
    reporting: str
    reported: str
    quarter: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A signed head as it was kept."""

    size: int
    root: bytes
    note: str
    signed: datetime
