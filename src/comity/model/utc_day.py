"""Where a day begins and ends: all that is counted by days is counted by days of UTC, wherever those are who look at it."""

from datetime import UTC, date, datetime, time, timedelta


def begin(day: date) -> datetime:
    """The first moment of a day.

    >>> begin(date(2026, 3, 8)).isoformat()
    '2026-03-08T00:00:00+00:00'
    """
    return datetime.combine(day, time(), UTC)


def end(day: date) -> datetime:
    """The first moment after a day.

    >>> end(date(2026, 12, 31)).isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    return begin(day) + timedelta(days=1)


def midnight(now: datetime) -> datetime:
    """When the day began that it is now.

    >>> from datetime import timezone
    >>> midnight(datetime(2026, 3, 8, 7, tzinfo=timezone(timedelta(hours=8)))).isoformat()
    '2026-03-07T00:00:00+00:00'
    """
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def ends(last: datetime | None, newest: datetime, period: timedelta, *, most: int) -> list[datetime]:
    """The ends of the periods after the one that ended at ``last``, up to the newest, oldest first; the newest alone where there
    was none before. Of many the last ones: whoever was away for a year does not want to hear of each day of it.

    >>> week, monday = timedelta(days=7), begin(date(2026, 3, 23))
    >>> [f"{each:%m-%d}" for each in ends(begin(date(2026, 3, 2)), monday, week, most=4)]
    ['03-09', '03-16', '03-23']
    >>> [f"{each:%m-%d}" for each in ends(None, monday, week, most=4)], ends(monday, monday, week, most=4)
    (['03-23'], [])
    """
    if last is None:
        return [newest]
    found = (newest - period * back for back in range(most - 1, -1, -1))
    return [each for each in found if each > last]
