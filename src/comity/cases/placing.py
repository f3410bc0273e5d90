"""What of a case's place in the queue does not depend on the hour, so that a store can keep it and put cases in order by itself.

Answers:    ``lasting_weight(case)``: breadth and classes of ``comity.cases.severity`` as one whole number; ``is_spread(case)``:
            whether it happened on two days. What the hour adds is named here: ``UNDATED``, ``FADED``, ``GOING_ON``, ``HALVING``.
Limits:     weights are multiplied, so that their logarithms are added: the numbers are millionths of a doubling. The order is
            that of ``comity.cases.weighing.weigh`` before its total is rounded. A case that weighs nothing comes last.
"""

from datetime import timedelta
from math import log2
from typing import Final

from comity.cases.severity import FLOOR, HALF_LIFE, PERSISTENT, UNDATED_SHARE
from comity.cases.weighing import Weighed, lasting

DOUBLING: Final = 1_000_000
NOTHING: Final = -1_000_000_000
UNDATED: Final = round(log2(UNDATED_SHARE) * DOUBLING)
FADED: Final = round(log2(FLOOR) * DOUBLING)  # it weighs no less, however long ago it happened
GOING_ON: Final = round(log2(PERSISTENT) * DOUBLING)
# After so many microseconds it weighs a millionth less.
HALVING: Final = HALF_LIFE // timedelta(microseconds=1) // DOUBLING
FADES_AFTER: Final = timedelta(microseconds=-FADED * HALVING)


def lasting_weight(case: Weighed) -> int:
    """What a case weighs whatever the hour.

    >>> from datetime import UTC, datetime
    >>> from comity.model.case import EvidenceClass, SubjectKind
    >>> from comity.model.desk import CaseState, DeskCase
    >>> case = DeskCase(case_id="a", key="customer:A", subject_kind=SubjectKind.CUSTOMER, label="A", number=1, state=CaseState.NEW,
    ...     state_since=datetime(2026, 3, 1, tzinfo=UTC), opened=datetime(2026, 3, 1, tzinfo=UTC), complainers=3,
    ...     classes={EvidenceClass.COMPLAINT: 3})
    >>> lasting_weight(case)
    1000000
    """
    breadth, weight = lasting(case)
    return NOTHING if breadth == 0 else round(log2(breadth * weight) * DOUBLING)


def is_spread(case: Weighed) -> bool:
    """Whether its first and its last time lie on two days."""
    first, last = case.first_seen, case.last_seen
    return first is not None and last is not None and first.date() != last.date()
