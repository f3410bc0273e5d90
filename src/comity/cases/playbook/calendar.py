"""When a length of time has passed for people: working days, holidays, quiet hours, daylight saving.

Standards:  the local time of the playbook's zone. A time that the clocks skip is taken an hour later, one that they show twice is
            the first of the two (PEP 495).
Answers:    ``later(moment, span, calendar)`` gives when a span is over; ``awake(moment, calendar)`` the first moment from then on
            that is not within quiet hours; ``waiting_forms(moment, calendar)`` the forms of notices that wait for it.
Limits:     looks at most four thousand days ahead for a working day; where there is none, the last day looked at is the answer.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from comity.model.notice import NoticeKind
from comity.model.playbook import Calendar, Span

_DAY: Final = timedelta(days=1)
_MOST: Final = 4000


def later(moment: datetime, span: Span, calendar: Calendar) -> datetime:
    """When a span that begins at a moment is over.

    So many working days later it is as late in the day as at the beginning; what begins on a free day begins with the next
    working day.

    >>> calendar = Calendar(zone=UTC, holidays=frozenset({date(2026, 10, 1)}))
    >>> later(datetime(2026, 9, 30, 9, tzinfo=UTC), Span(working_days=2), calendar).isoformat()
    '2026-10-05T09:00:00+00:00'
    """
    if not span.working_days:
        return moment + span.elapsed
    local = moment.astimezone(calendar.zone)
    day, at = local.date(), local.time()
    if not is_work_day(day, calendar):
        day, at = _next_work_day(day, calendar), time(0)
    for _ in range(span.working_days):
        day = _next_work_day(day, calendar)
    return _moment(day, at, calendar) + span.elapsed


def is_work_day(day: date, calendar: Calendar) -> bool:
    """Whether people work; a day that is a holiday and an extra working day at once is a holiday.

    >>> saturday = date(2026, 10, 10)
    >>> is_work_day(saturday, Calendar(zone=UTC)), is_work_day(saturday, Calendar(zone=UTC, extra_days=frozenset({saturday})))
    (False, True)
    """
    return (day.weekday() in calendar.work_days or day in calendar.extra_days) and day not in calendar.holidays


def awake(moment: datetime, calendar: Calendar) -> datetime:
    """The first moment from then on that is not within quiet hours.

    >>> calendar = Calendar(zone=UTC, quiet_from=time(20), quiet_until=time(8))
    >>> awake(datetime(2026, 3, 1, 21, 30, tzinfo=UTC), calendar).isoformat()
    '2026-03-02T08:00:00+00:00'
    """
    begin, end = calendar.quiet_from, calendar.quiet_until
    if begin is None or end is None or begin == end:
        return moment
    local = moment.astimezone(calendar.zone)
    day, at = local.date(), local.time()
    if begin < end:
        return _moment(day, end, calendar) if begin <= at < end else moment
    if at >= begin:
        return _moment(day + _DAY, end, calendar)
    return _moment(day, end, calendar) if at < end else moment


def waiting_forms(moment: datetime, calendar: Calendar) -> frozenset[NoticeKind]:
    """Which forms of notices nobody is told in at a moment: none but within quiet hours. A page wakes nobody: it is what a line
    in the walled garden is shown, and without it that line is cut off and nobody says why.

    >>> calendar = Calendar(zone=UTC, quiet_from=time(20), quiet_until=time(8), quiet_forms=frozenset({NoticeKind.SMS}))
    >>> [[each.value for each in waiting_forms(datetime(2026, 3, 1, hour, tzinfo=UTC), calendar)] for hour in (7, 8)]
    [['sms'], []]
    """
    if awake(moment, calendar) == moment:
        return frozenset()
    return frozenset(NoticeKind) - {NoticeKind.PAGE} if calendar.quiet_forms is None else calendar.quiet_forms


def _next_work_day(day: date, calendar: Calendar) -> date:
    for _ in range(_MOST):
        day += _DAY
        if is_work_day(day, calendar):
            break
    return day


def _moment(day: date, at: time, calendar: Calendar) -> datetime:
    """A local time as a moment: where the clocks skip it, as much later as they skip."""
    return datetime.combine(day, at.replace(fold=0), calendar.zone).astimezone(UTC)
