"""The filter as a desk shows it: what came, what people said, what is promised; and the acts on it.

Answers:    ``FilterDoing``, what joins the acts to files and locks; ``days_of(records, ...)`` counts by day.
Limits:     counts only; what people said is counted by the day on which they said it, mail by the day of its delivery.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from comity.model.verdict import Facts, Judgement

if TYPE_CHECKING:
    from comity.services.judge.filtering import Filter
    from comity.services.judge.learning.classroom import Round
    from comity.services.judge.learning.rows import Which
    from comity.services.judge.teaching import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterDoing:
    """What can be done with the filter; each may take seconds, and none runs in a transaction of the caller's."""

    model: "Callable[[], Filter]"  # the one that serves
    stamp: Callable[[], object]  # what tells one model from another
    judge: Callable[[bytes, Facts], Judgement]
    is_in_service: Callable[[], bool]  # whether anybody goes by it
    take_out: "Callable[[Which, datetime], Round]"
    roll_back: Callable[[int | None], bool]
    locked: "Callable[[], Sequence[Lesson]]"  # the operator's own examples


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterDays:
    """Counts by day: what people said, and where mail went."""

    spam: Mapping[date, int]
    legitimate: Mapping[date, int]
    folders: Mapping[str, Mapping[date, int]]
    called_spam: Mapping[date, int]  # at delivery
    let_through: Mapping[date, int]


def days_of(records: Any, since: datetime, until: datetime) -> FilterDays:
    """Count."""
    said = records.learning.said_by_day(since, until)
    judged = records.claimed.by_day(since.date(), until.date() - timedelta(days=1))
    folders: dict[str, dict[date, int]] = defaultdict(dict)
    for (day, folder), n in records.cards.delivered_by_day(since, until).items():
        folders[folder][day] = n
    return FilterDays(
        spam={day: n for (day, is_spam), n in said.items() if is_spam},
        legitimate={day: n for (day, is_spam), n in said.items() if not is_spam},
        folders=folders,
        called_spam={day: each.spam for day, each in judged.items()},
        let_through={day: each.mails - each.spam for day, each in judged.items()},
    )
