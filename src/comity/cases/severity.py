"""How bad a case is: the order in which a desk should work.

Answers:    ``score(...)`` gives ``Score``; ``is_going_on(...)`` tells whether it still happens.
Limits:     an order, not a measurement. The total is 10 x breadth x classes x freshness x persistence:

            breadth      log2(1 + distinct complainers): the tenth complainer says less than the second. Where nobody can be
                         told apart, different reported messages count instead.
            classes      1 for one class of evidence, half as much again for each further independent one, and half for each
                         grave one (fraud, virus, bot). Evidence that alone says nothing bad (unsubscribe, authentication
                         failure, not-spam): a quarter.
            freshness    halves every seven days since the last time it happened, and stays at a tenth. Undated: a half.
            persistence  one and a half while it goes on.

            It goes on when something happened within the last 48 hours and on at least two different days.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from math import log2
from typing import Final

from comity.model.case import EvidenceClass, Score

HALF_LIFE: Final = timedelta(days=7)
RECENT: Final = timedelta(hours=48)
_HIGH: Final = 45.0
_MIDDLE: Final = 15.0
FLOOR: Final = 0.1
UNDATED_SHARE: Final = 0.5
PERSISTENT: Final = 1.5


def score(
    *, complainers: int, classes: Collection[EvidenceClass], last: datetime | None, going_on: bool, now: datetime
) -> Score:
    """Weigh one case.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> score(complainers=3, classes={EvidenceClass.COMPLAINT}, last=noon, going_on=True, now=noon).total
    30.0
    """
    breadth, weight = breadth_of(complainers), weight_of(classes)
    freshness = _freshness(last, now)
    persistence = PERSISTENT if going_on else 1.0
    total = round(10 * breadth * weight * freshness * persistence, 1)
    return Score(total=total, breadth=breadth, classes=weight, freshness=freshness, persistence=persistence)


def level(weighed: Score) -> str:
    """The level a desk works by: ``high`` from 45, ``middle`` from 15, else ``low``.

    Twenty complainers about one fresh campaign that goes on weigh 66, three about one of last week 10.
    """
    return "high" if weighed.total >= _HIGH else "middle" if weighed.total >= _MIDDLE else "low"


def is_going_on(last: datetime | None, days: int, now: datetime) -> bool:
    """Tell whether something with ``days`` different days and this last time still happens."""
    return last is not None and days >= 2 and now - last <= RECENT


def breadth_of(complainers: int) -> float:
    """The tenth complainer says less than the second."""
    return log2(1 + complainers)


def weight_of(classes: Collection[EvidenceClass]) -> float:
    """What the classes of evidence weigh together."""
    strong = {each for each in classes if not each.is_weak}
    if not strong:
        return 0.25
    return 1 + 0.5 * (len(strong) - 1) + 0.5 * sum(each.is_grave for each in strong)


def _freshness(last: datetime | None, now: datetime) -> float:
    if last is None:
        return UNDATED_SHARE
    age = max(now - last, timedelta(0))
    return max(FLOOR, 0.5 ** (age / HALF_LIFE)) if age < 20 * HALF_LIFE else FLOOR
