"""What other programs were told by webhooks, and telling it once more by hand.

Trust:      which programs there are stands in the settings, and nowhere else: what is told again goes where it went before, if the
            settings still name it. Of an address its host is shown, of a secret nothing; what a program answered is a stranger's.
Standards:  Standard Webhooks 1.0.0: told again it keeps its id, so that whoever counted it counts it once.
Answers:    ``told(records, most)``; ``fault_of(error)`` names why no answer came;
            ``again(records, number, by=...)`` puts it into the queue under the name of whoever asked.
Limits:     in the caller's transaction; what was never told, because it is not live, is not told by hand either.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import ActionKind

_AGAIN: Final = re.compile(r"\+again-[0-9]+\Z")
_MOST: Final = 100
_FAULTS: Final = frozenset({"away", "late", "private"})


def told(records: Any, most: int) -> Sequence[CaseConsequence]:
    """The newest, whatever became of them."""
    found: Sequence[CaseConsequence] = records.consequences.newest(ActionKind.WEBHOOK, most)
    return found


def id_of(key: str) -> str:
    """The id under which a program knows it: the same however often it is told.

    >>> id_of("4f2a+again-2"), id_of("4f2a")
    ('4f2a', '4f2a')
    """
    return _AGAIN.sub("", key)


def fault_of(error: str | None) -> str | None:
    """Why a program did not answer, as a name that words exist for; None where it did, or where the error says it itself.

    >>> fault_of("0 late"), fault_of("certificate-expired"), fault_of("500 away")
    ('late', 'certificate', None)
    """
    name = (error or "").removeprefix("0 ")
    return name if name in _FAULTS else "certificate" if name.startswith("certificate-") else None


def may_be_told_again(one: CaseConsequence, now: datetime) -> bool:
    """Whether telling it now is something else than what happens by itself: it was told, given up, or its next try lies ahead."""
    if one.state is ConsequenceState.WAITING:
        return one.attempts > 0 and one.due > now
    return one.state in (ConsequenceState.DONE, ConsequenceState.FAILED)


def again(records: Any, number: int, *, known: Collection[str], by: str, why: str, now: datetime) -> CaseConsequence:
    """Tell it once more, as soon as the program comes to it."""
    before: CaseConsequence | None = records.consequences.by_id(number)
    if before is None or before.kind is not ActionKind.WEBHOOK:
        raise _wrong("webhook-unknown", Outcome.UNKNOWN, n=number)
    if not may_be_told_again(before, now):
        raise _wrong("webhook-not-told", Outcome.CONFLICT, n=number)
    if before.target not in known:
        raise _wrong("webhook-gone", Outcome.CONFLICT, name=before.target)
    first = id_of(before.key)
    taken = {each.key for each in told(records, 10_000) if id_of(each.key) == first}
    if len(taken) > _MOST:
        raise _wrong("webhook-often", Outcome.CONFLICT, n=number)
    made: CaseConsequence = replace(
        before,
        consequence_id=0,
        key=next(key for n in range(1, _MOST + 2) if (key := f"{first}+again-{n}") not in taken),
        actor=by,
        why=why,
        state=ConsequenceState.WAITING,
        reason=None,
        entered=now,
        due=now,
        attempts=0,
        last_error=None,
        finished=None,
    )
    if before.state is ConsequenceState.WAITING:  # the new one takes its place: it is not told twice
        records.consequences.fail(number, reason="told-now", error=before.last_error, at=now)
    records.consequences.add([made])
    return made


def _wrong(code: str, outcome: Outcome, **details: object) -> ComityError:
    return ComityError(code, code, outcome=outcome, details=details)
