"""What was sealed: a mail that nobody may look at but whoever holds the key, and who did what with it.

Trust:      the box holds what may be a crime to show or to copy; everything beside it is ours and says nothing of its content.
Answers:    ``SealedBox`` as a reader makes it, ``Sealed`` as it is kept, ``Access`` one line of its log.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SealedState(StrEnum):
    """Where one stands."""

    SEALED = "sealed"
    HANDED_OFF = "handed-off"  # given to whoever the law names; a copy stays until it is destroyed
    RELEASED = "released"  # it was none: worked off like any other mail
    DESTROYED = "destroyed"  # the box is empty; the rows about it stay


class SealedAct(StrEnum):
    """What was done with one."""

    SEALED = "sealed"
    LOOKED = "looked"  # at its log, never at its content
    HELD = "held"  # it may not be destroyed before a day
    OPENED = "opened"  # for a hand-off or a release; what came of it stands in the next line
    HANDED_OFF = "handed-off"
    RELEASED = "released"
    DESTROYED = "destroyed"
    REFUSED = "refused"  # somebody asked who does not have the role
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBox:
    """The mail, closed to everybody without the private key."""

    data: bytes = field(repr=False)
    key_id: str  # which public key closed it
    sort: str  # "list", "command" or "person"
    matched: tuple[str, ...] = ()  # SHA-256 of the parts that are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One that is kept."""

    sealed_id: int = 0
    digest: str  # SHA-256 of the whole mail
    size: int
    gate: str
    name: str
    envelope_from: str | None = field(default=None, repr=False)
    arrived: datetime
    box: SealedBox | None
    state: SealedState
    entered: datetime
    hold_until: datetime | None = None
    kept_until: datetime | None = None
    raw_id: int | None = None  # where it lay in the store before


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who did what with one, when and why."""

    sealed_id: int
    at: datetime
    by: str
    act: SealedAct
    why: str | None = None
    to: str | None = None  # who got it
    reference: str | None = None  # their number
