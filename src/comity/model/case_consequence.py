"""What was decided about a case by itself, as it is kept: done once, holding until its day, lifted before by a person.

Trust:      targets may be strangers' words: escape them before showing them.
Answers:    ``CaseConsequence`` and its states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from comity.model.playbook import ActionKind

UNSAID: Final = "-"  # why, where a person did it by hand and gave no reason


class ConsequenceState(StrEnum):
    """Where one stands."""

    OBSERVED = "observed"  # it would have been done: this action is not live
    WAITING = "waiting"  # decided, and to be done
    DONE = "done"  # and where it holds, it holds until its day
    FAILED = "failed"  # tried for long enough
    LIFTING = "lifting"  # lifted by a person, or over: to be undone where it was written
    LIFTED = "lifted"  # undone before its day, by a person
    ENDED = "ended"  # its day came


# What is in force, or will be at once.
IN_FORCE: Final = (ConsequenceState.WAITING, ConsequenceState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseConsequence:
    """One thing."""

    consequence_id: int = 0
    key: str
    case_id: str | None
    kind: ActionKind
    target_kind: str
    target: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    actor: str
    why: str
    state: ConsequenceState
    reason: str | None = None
    entered: datetime
    due: datetime
    until: datetime | None = None
    attempts: int = 0
    last_error: str | None = None
    finished: datetime | None = None
    lifted: datetime | None = None
    lifted_by: str | None = None
    lifted_why: str | None = None
    outbox_id: int | None = None
