"""Whether what a rule asks for holds of a case, and when it could hold at the earliest.

Standards:  a rate counts by the lower bound of its interval (``comity.formats.intervals``), on a least number of mails: DESIGN.md
            section 5, promise P8.
Answers:    ``holds(condition, facts, now)``; ``not_before(condition, facts)``; ``rate_of(facts, days, now)``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from comity.cases.severity import level
from comity.cases.weighing import weigh
from comity.formats.intervals import clopper_pearson, wilson
from comity.model.notice import Certainty
from comity.model.playbook import Condition, Facts, Rate

_LEVELS: Final = ("low", "middle", "high")
_CERTAIN: Final = tuple(Certainty)  # the least sure first
_EXACT_BELOW: Final = 40  # as ``comity.formats.intervals`` says


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Complaints among mails sent, and the least share that they speak for."""

    complaints: int
    sent: int
    low: float


def holds(condition: Condition, facts: Facts, now: datetime) -> bool:
    """Whether all of it holds."""
    return _counts(condition, facts) and _times(condition, facts, now) and _weighs(condition, facts, now)


def not_before(condition: Condition, facts: Facts) -> datetime | None:
    """The earliest moment at which it could hold by the passing of time alone; None: at any."""
    moments = []
    if condition.open_for is not None:
        moments.append(facts.case.opened + condition.open_for)
    if condition.quiet is not None:
        moments.append(_silent_since(facts) + condition.quiet)
    return max(moments, default=None)


def rate_of(facts: Facts, days: int, now: datetime) -> Measured | None:
    """The rate of the last days, counted on those whose mails are known; None where there are none."""
    first = now.date() - timedelta(days=days - 1)
    known = {day: n for day, n in facts.sent.items() if first <= day <= now.date()}
    sent = sum(known.values())
    if not sent:
        return None
    complaints = min(sum(facts.complained.get(day, 0) for day in known), sent)
    low, _ = (wilson if sent >= _EXACT_BELOW else clopper_pearson)(complaints, sent)
    return Measured(complaints=complaints, sent=sent, low=low)


def _counts(condition: Condition, facts: Facts) -> bool:
    case = facts.case
    return (
        (condition.reports is None or case.reports >= condition.reports)
        and (condition.complainers is None or case.complainers >= condition.complainers)
        and (condition.verified is None or facts.verified >= condition.verified)
        and (condition.relapses is None or case.number - 1 >= condition.relapses)
        and (not condition.any_class or any(case.classes.get(each) for each in condition.any_class))
        and (
            condition.independent is None
            or sum(not each.is_weak for each, n in case.classes.items() if n) >= condition.independent
        )
    )


def _times(condition: Condition, facts: Facts, now: datetime) -> bool:
    if condition.quiet is not None and not facts.is_silent:
        return False  # a feed that is down says nothing, too
    earliest = not_before(condition, facts)
    return earliest is None or now >= earliest


def _weighs(condition: Condition, facts: Facts, now: datetime) -> bool:
    if condition.severity is not None:
        found = _LEVELS.index(level(weigh(facts.case, now)))
        if found < _LEVELS.index(condition.severity):
            return False
    if condition.certainty is not None:
        known = facts.certainty
        if known is None or _CERTAIN.index(known) < _CERTAIN.index(condition.certainty):
            return False
    return condition.rate is None or _is_above(condition.rate, facts, now)


def _is_above(rate: Rate, facts: Facts, now: datetime) -> bool:
    found = rate_of(facts, rate.days, now)
    return found is not None and found.sent >= rate.least and found.low > rate.over


def _silent_since(facts: Facts) -> datetime:
    return max(facts.heard or facts.case.opened, facts.deaf_until or facts.case.opened, facts.case.opened)
