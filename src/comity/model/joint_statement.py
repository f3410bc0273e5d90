"""A joint statement on its way between two desks.

Answers:    ``KeptStatement`` is a file as it stands here, ``StatementState`` whose turn it is.
Limits:     the life cycle is ``NEXT``: what was signed by both stays signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class StatementState(StrEnum):
    """Where a statement stands, seen from our desk."""

    PROPOSED = "proposed"  # the other side signed it, our own count says the same: a person of ours may sign
    DIFFERS = "differs"  # the other side signed it, our own count says otherwise
    OFFERED = "offered"  # we signed it, the other side has not yet
    REFUSED = "refused"  # we signed it, and the other side said why it does not
    SIGNED = "signed"  # both signed the same bytes


NEXT: Final[Mapping[StatementState, frozenset[StatementState]]] = {
    StatementState.PROPOSED: frozenset({StatementState.OFFERED, StatementState.SIGNED}),
    StatementState.DIFFERS: frozenset({StatementState.OFFERED, StatementState.SIGNED}),
    StatementState.OFFERED: frozenset({StatementState.REFUSED, StatementState.SIGNED}),
    StatementState.REFUSED: frozenset({StatementState.SIGNED}),
    StatementState.SIGNED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A number of which two ledgers do not say the same, and what each says."""

    number: str  # "west.example/to/east.example report"
    values: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStatement:
    """One file about one period with one peer."""

    peer: str
    period: str
    sha256: str  # of what both sign
    state: StatementState
    data: bytes
    entered: datetime
    reason: str | None = None  # why one side does not sign, by name
    where: str | None = None
    numbers: tuple[Disagreement, ...] = ()
    given: datetime | None = None  # when the other side had it from us, or we from it
