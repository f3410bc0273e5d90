"""The working days that a close of a day states, and whether an answer is overdue by them.

Trust:      what a close of the other side's states is taken as it is, within bounds: about forty holidays a year and five working
            days a week. Who states free days that are none is seen by everybody: they stand in the statement.
Answers:    ``stated_days(calendar, day, days)`` gives what stands in the leaf, ``calendar_of`` what to count by; ``is_over``
            whether so many business days have passed; ``most_holidays`` the bound.
Limits:     holidays are stated as far back as they matter for the longest time that an agreement gives for an answer. What a close
            said of a day stays (``as_said``): else each close could call the last weeks free, and nobody would ever be late.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comity.cases.playbook.calendar import is_work_day
from comity.ledger.day_close import Answers, WorkDays
from comity.model import utc_day
from comity.model.playbook import Calendar
from comity.services.prove.owed.counting import due

WEEK: Final = 5  # working days, at the least
_SLACK: Final = 80  # calendar days: more than all holidays that may fall into the longest time for an answer
_DAY: Final = timedelta(days=1)
_CLOCKS: Final = range(-12 * 60, 14 * 60 + 1)  # minutes: no people's clock is further from UTC

Said = tuple[date, Answers]  # what a close says of answers, and of which day


def is_over(day: date, days: int, calendar: Calendar, *, at: datetime) -> bool:
    """Whether so many business days after a day are over at a moment; after a very long time without looking at holidays.

    >>> from datetime import UTC
    >>> is_over(date(2026, 11, 20), 2, Calendar(zone=UTC), at=datetime(2026, 11, 24, 23, 59, tzinfo=UTC))
    False
    >>> is_over(date(2026, 11, 20), 2, Calendar(zone=UTC), at=datetime(2026, 11, 25, tzinfo=UTC))
    True
    """
    if at - utc_day.begin(day) > timedelta(days=looked_back(days)):
        return True
    return due(day, days, calendar) <= at


def looked_back(days: int) -> int:
    """How many calendar days holidays matter for, where so many business days are given for an answer."""
    return days * 7 // 5 + _SLACK


def matters(each: date, day: date, days: int) -> bool:
    """Whether it makes a difference at the end of a day (UTC) that people do not work on another one, where so many are given.

    >>> [matters(date(2026, 11, each), date(2026, 11, 27), 2) for each in (26, 28, 29)]
    [True, True, False]
    """
    return -looked_back(days) <= (each - day).days <= 1  # in the east the next day has begun


def stated_days(calendar: Calendar, day: date, days: int) -> WorkDays:
    """The working days that matter for a day, as a close states them."""
    return WorkDays(
        zone=_zone_name(calendar.zone),
        work_days=tuple(sorted(calendar.work_days)),
        holidays=tuple(
            sorted(
                each
                for each in calendar.holidays
                if matters(each, day, days) and (each.weekday() in calendar.work_days or each in calendar.extra_days)
            )
        ),
        extra_days=tuple(
            sorted(
                each
                for each in calendar.extra_days
                if matters(each, day, days) and each.weekday() not in calendar.work_days
            )
        ),
    )


def as_said(stated: WorkDays, span: tuple[date, int], *, before: Said | None) -> WorkDays:
    """The working days for a day and so many business days for an answer (``span``), where an earlier close has said of most days
    whether people work.

    A holiday that is entered when it is over comes too late, and one that is taken out again when it is over stays.
    """
    holidays, extra_days = set(stated.holidays), set(stated.extra_days)
    for each, was, now in _of_both(stated, span, before=before):
        if is_work_day(each, was) and not is_work_day(each, now):
            holidays.discard(each)
            extra_days |= set() if each.weekday() in now.work_days else {each}
        elif each in was.holidays and is_work_day(each, now):
            extra_days.discard(each)
            holidays |= {each} if each.weekday() in now.work_days else set()
    return replace(stated, holidays=tuple(sorted(holidays)), extra_days=tuple(sorted(extra_days)))


def taken_back(stated: WorkDays, span: tuple[date, int], *, before: Said | None) -> int:
    """Of how many days a close says that nobody works, where the one before said otherwise."""
    return sum(
        is_work_day(each, was) and not is_work_day(each, now)
        for each, was, now in _of_both(stated, span, before=before)
    )


def _of_both(
    stated: WorkDays, span: tuple[date, int], *, before: Said | None
) -> Iterator[tuple[date, Calendar, Calendar]]:
    """The days of which both say something, with what the one said and what the other says."""
    was, now = None if before is None else calendar_of(before[1].work_days), calendar_of(stated)
    if before is None or was is None or now is None:
        return
    (last, said), (day, days) = before, span
    at_least = min(days, max((n for _, _, n in said.terms), default=0))
    first = max(day - timedelta(days=looked_back(days)), last - timedelta(days=looked_back(at_least)))
    for number in range((min(day, last) + _DAY - first).days + 1):
        yield first + timedelta(days=number), was, now


def calendar_of(said: WorkDays) -> Calendar | None:
    """What a close states, to count by; None where its zone is none."""
    zone = _zone(said.zone)
    if zone is None or not said.work_days or max(said.work_days) > 6:
        return None
    return Calendar(
        zone=zone,
        work_days=frozenset(said.work_days),
        holidays=frozenset(said.holidays),
        extra_days=frozenset(said.extra_days),
    )


def most_holidays(days: int) -> int:
    """How many working days a side may leave out as holidays, where so many business days are given: about forty in a year."""
    return 15 + looked_back(days) * 25 // 366


def _zone_name(zone: tzinfo) -> str:
    key = getattr(zone, "key", None)
    if isinstance(key, str):
        return key
    minutes = int((zone.utcoffset(None) or timedelta()).total_seconds() // 60)
    return str(minutes) if minutes else "UTC"


def _zone(name: str) -> tzinfo | None:
    """A zone by its name, or by its distance from UTC in minutes."""
    try:
        minutes = int(name)
    except ValueError:
        pass
    else:
        return timezone(timedelta(minutes=minutes)) if minutes in _CLOCKS else None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
