"""A person decides about samples that wait: admitted before their time, or refused.

Trust:      whoever decides has read the mail, or knows the campaign; what they admit still passes the locked examples.
Answers:    ``decide_by_hand(rows, samples, admits=..., now=...)`` gives how many that were, in the caller's transaction.
Limits:     only what waits can be decided about: what was refused for want of proof stays refused, what teaches is taken out by
            ``Classroom.take_out``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from comity.model.learning import BY_OPERATOR, SampleState
from comity.services.judge.learning.rows import SampleRow, Transaction

MOST: Final = 5000


def waiting(rows: Transaction, most: int = MOST) -> Sequence[SampleRow]:
    """What waits, the next one whose time comes first."""
    return rows.learning.in_state(SampleState.WAITING, most)


def decide_by_hand(rows: Transaction, samples: Sequence[int], *, admits: bool, now: datetime) -> int:
    """Decide about those of them that wait, and whose mail is kept."""
    standing = {each.sample_id for each in waiting(rows) if each.has_mail or not admits}
    meant = [each for each in dict.fromkeys(samples) if each in standing]
    rows.learning.decide(dict.fromkeys(meant, None if admits else BY_OPERATOR), now)
    return len(meant)
