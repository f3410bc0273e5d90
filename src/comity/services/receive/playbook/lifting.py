"""A person undoes what a playbook decided, or suppresses somebody by hand.

Standards:  DESIGN.md section 5, P8: a way back, with who and why.
Answers:    ``lift(records, what, ...)`` undoes one thing or all that holds on a target; ``suppress(records, ...)`` adds a
            recipient.
Limits:     in the caller's transaction; the tables outside follow with the next turn of the worker.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import STANDING, ActionKind, Mark

_UNDOABLE = (ConsequenceState.WAITING, ConsequenceState.DONE, ConsequenceState.OBSERVED)


def lift(records: Any, what: str, *, by: str, why: str | None, now: datetime) -> list[CaseConsequence]:
    """Undo what has this number (``17`` or ``#17``), or all that holds on this target."""
    number = what.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 18:
        one = records.consequences.by_id(int(number))
        found = [one] if one is not None and _can_be(one) else []
    else:
        found = [each for kind in STANDING for each in records.consequences.about(kind, [what], now) if _can_be(each)]
    if not found:
        raise ComityError(
            "suppress-nothing",
            f"nothing holds on {what}",
            outcome=Outcome.BAD_INPUT,
            place=what,
            details={"text": what},
        )
    for each in found:
        records.consequences.lift(each.consequence_id, by=by, why=why, at=now)
    return found


def suppress(
    records: Any, mark: Mark, *, until: datetime, by: str, why: str, new_key: Callable[[], str], now: datetime
) -> None:
    """A recipient, by what it is known, gets no more mail until a day; what held before is replaced."""
    for each in records.consequences.about(ActionKind.SUPPRESS, [mark.value], now):
        if each.target_kind == mark.kind and each.state in _UNDOABLE:
            records.consequences.lift(each.consequence_id, by=by, why=why, at=now)
    row = CaseConsequence(
        key=new_key(),
        case_id=None,
        kind=ActionKind.SUPPRESS,
        target_kind=mark.kind,
        target=mark.value,
        actor=by,
        why=why,
        state=ConsequenceState.WAITING,
        entered=now,
        due=now,
        until=until,
    )
    records.consequences.add([row])


def _can_be(each: CaseConsequence) -> bool:
    """Whether there is anything to undo: what was said cannot be unsaid."""
    if each.state not in _UNDOABLE:
        return False
    return each.kind in STANDING or each.state is not ConsequenceState.DONE
