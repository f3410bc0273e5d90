"""Days and periods as people type them at a command, all in UTC.

Answers:    ``day(text)``, its ``beginning`` and its ``end``; ``ahead(text, now)`` and ``back(text, now)`` also take ``14d``
            or ``14 天``; ``period(text)`` a month, a quarter, a year. What cannot be read is a ``ComityError`` of the kind usage,
            ``day-malformed``; where days count too, ``day-or-days-malformed``; ``period-malformed``.
Limits:     a day is written 2026-03-01 and no other way, though ISO 8601 knows more: what one command takes, all take.
"""

import re
from datetime import date, datetime, timedelta
from typing import Final

from comity.model import period as periods
from comity.model import utc_day
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Period

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAYS: Final = re.compile(r"(\d{1,4}) ?(?:d|days?|天)", re.ASCII | re.IGNORECASE)


def day(text: str) -> date:
    """One day.

    >>> day("2026-03-01")
    datetime.date(2026, 3, 1)
    """
    found = _read(text)
    if found is None:
        raise _refused("day-malformed", text)
    return found


def beginning(text: str) -> datetime:
    """Where a day begins."""
    return utc_day.begin(day(text))


def end(text: str) -> datetime:
    """Where a day ends: the beginning of the next.

    >>> end("2026-12-31").isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    try:
        return beginning(text) + timedelta(days=1)
    except OverflowError:
        raise _refused("day-malformed", text) from None


def period(text: str) -> Period:
    """A stretch of whole days.

    >>> period("2026q4").last.isoformat()
    '2026-12-31'
    """
    found = periods.read(text)
    if found is None:
        raise ComityError("period-malformed", f"{text} is no period", outcome=Outcome.USAGE, place=text)
    return found


def ahead(text: str, now: datetime) -> datetime:
    """Where a day begins, or so many days from now."""
    return _counted(text, now, 1)


def back(text: str, now: datetime) -> datetime:
    """Where a day begins, or so many days ago.

    >>> from datetime import UTC
    >>> back("14d", datetime(2026, 3, 15, tzinfo=UTC)).date().isoformat()
    '2026-03-01'
    """
    return _counted(text, now, -1)


def _counted(text: str, now: datetime, direction: int) -> datetime:
    found = _read(text)
    if found is not None:
        return utc_day.begin(found)
    days = _DAYS.fullmatch(text.strip())
    if days is None:
        raise _refused("day-or-days-malformed", text)
    try:
        return now + timedelta(days=direction * int(days[1]))
    except OverflowError:
        raise _refused("day-or-days-malformed", text) from None


def _read(text: str) -> date | None:
    if not _DAY.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _refused(code: str, text: str) -> ComityError:
    return ComityError(code, f"{text} is no day", outcome=Outcome.USAGE, place=text, details={"text": text})
