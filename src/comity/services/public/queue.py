"""The order in which cases are worked on: what is late first, then the worst, as far as the numbers of a case say.

Answers:    ``in_order(standing, now)`` puts cases in order.
Limits:     an order, not a measurement: the weights are those of ``comity.cases.severity``.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from comity.cases.weighing import Weighed, weigh


class Standing(Weighed, Protocol):
    """What a case's place depends on, beside what it weighs by."""

    @property
    def case_id(self) -> str:
        """Its short name."""

    @property
    def reports(self) -> int:
        """How many."""

    @property
    def due(self) -> datetime | None:
        """The day for which it waits."""


_S = TypeVar("_S", bound=Standing)


def in_order(standing: Iterable[_S], now: datetime) -> list[_S]:
    """What is late first, by its day; then the worst first."""

    def place(each: _S) -> tuple[bool, float, float, int, str]:
        late = each.due is not None and each.due <= now
        since = each.due.timestamp() if late and each.due is not None else 0.0
        return (not late, since, -weigh(each, now).total, -each.reports, each.case_id)

    return sorted(standing, key=place)
