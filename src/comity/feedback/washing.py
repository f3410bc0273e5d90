"""Whether a consumer of our reports takes the complainers off its list instead of ending what they complain about.

Trust:      complaints are our own people's; how many mails were delivered is our operator's count.
Standards:  TRUST, "unmasks complainers (listwashing)". A consumer may stop writing to who complained (RFC 6449 section 3.6): that
            alone is no fault. It is one where its spam goes on to others as before, at a rate that is bad by what providers use.
Answers:    ``measured(complaints, delivered, now)`` gives ``Washing`` with its arithmetic and a ``Verdict``.
Limits:     pure. Two windows of 28 days are compared, with the 28 before them to know who is new. Small numbers give no verdict;
            without the number of mails delivered it is shown, and nothing follows from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from comity.formats.intervals import clopper_pearson
from comity.model.record import record

WINDOW: Final = timedelta(days=28)
GRACE: Final = timedelta(days=3)  # what was on its way when the report left is no return
LOOKED_BACK: Final = 3 * WINDOW


class Verdict(StrEnum):
    """What the numbers say."""

    TOO_FEW = "too-few"
    COME_BACK = "come-back"  # complainers go on complaining: nobody took them off
    DECLINED = "declined"  # fewer others complain than before: something was done
    GOOD_RATE = "good-rate"  # others go on complaining, as rarely as they do about good mail
    NOT_WEIGHED = "not-weighed"  # complainers vanish, others go on; how much was delivered is not known
    WASHES = "washes"


@record
class Complained:
    """One complaint about mail of the consumer; ``shown``: its report told the consumer who complained."""

    who: str  # the token of a mailbox
    at: datetime
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much it takes."""

    fewest: int = 30  # people told, and new complainers
    returning: float = 0.10  # of those told, at most: then they vanished
    going_on: float = 0.8  # of the new complainers there were before, at least: then it went on
    bad_rate: float = 0.003  # complaints a mail delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Washing:
    """The arithmetic: who was told of in the earlier window, who of them complained again in the later one, who is new in each."""

    told: int
    returned: int
    new_before: int
    new_after: int
    delivered_before: int | None
    delivered_after: int | None
    verdict: Verdict


def measured(
    complaints: Iterable[Complained], delivered: Mapping[date, int], now: datetime, *, bounds: Bounds | None = None
) -> Washing:
    """What the complaints of ``LOOKED_BACK`` say about one consumer.

    >>> measured([], {}, datetime(2026, 11, 28)).verdict.value
    'too-few'
    """
    begin, middle = now - 2 * WINDOW, now - WINDOW
    first: dict[str, datetime] = {}
    told: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for each in sorted(complaints, key=lambda one: one.at):
        first.setdefault(each.who, each.at)
        last[each.who] = each.at
        if each.shown:
            told.setdefault(each.who, each.at)
    known = {who: at for who, at in told.items() if begin <= at < middle}
    returned = sum(last[who] >= max(middle, at + GRACE) for who, at in known.items())
    before, after = _mails(delivered, begin, middle), _mails(delivered, middle, now)
    numbers = {
        "told": len(known),
        "returned": returned,
        "new_before": sum(begin <= at < middle for at in first.values()),
        "new_after": sum(middle <= at < now for at in first.values()),
    }
    verdict = _verdict(numbers, (before, after), bounds or Bounds())
    return Washing(**numbers, delivered_before=before, delivered_after=after, verdict=verdict)


def _mails(delivered: Mapping[date, int], start: datetime, end: datetime) -> int | None:
    """Mails delivered in a window; None where a day of it was not counted at all."""
    found = [n for day, n in delivered.items() if start.date() <= day < end.date()]
    return sum(found) if len(found) >= WINDOW.days else None


def _verdict(numbers: Mapping[str, int], mails: tuple[int | None, int | None], bounds: Bounds) -> Verdict:
    told, before, after = numbers["told"], numbers["new_before"], numbers["new_after"]
    if told < bounds.fewest or before < bounds.fewest:
        return Verdict.TOO_FEW
    if clopper_pearson(numbers["returned"], told)[1] > bounds.returning:
        return Verdict.COME_BACK
    if not _goes_on((before, after), mails, bounds):
        return Verdict.DECLINED
    if mails[0] is None or mails[1] is None:
        return Verdict.NOT_WEIGHED
    is_bad = after <= mails[1] and clopper_pearson(after, mails[1])[0] >= bounds.bad_rate
    return Verdict.WASHES if is_bad or after > mails[1] else Verdict.GOOD_RATE


def _goes_on(people: tuple[int, int], mails: tuple[int | None, int | None], bounds: Bounds) -> bool:
    """Whether new people complain nearly as often as before; per mail delivered, where that is known.

    Where both windows have the same rate, the later one has its share of the mail, s, of all who complain; with ``going_on`` of
    the rate it has g*s / (g*s + 1 - s). It must have that, and s must lie within its interval.
    """
    before, after = people
    if after == 0:
        return False
    share = mails[1] / (mails[0] + mails[1]) if mails[0] and mails[1] else 0.5
    least = bounds.going_on * share / (bounds.going_on * share + 1 - share)
    return clopper_pearson(after, before + after)[1] >= share and after / (before + after) >= least
