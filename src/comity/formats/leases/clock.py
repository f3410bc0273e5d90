"""When was it? Times of books that are kept in UTC, in seconds since 1970, or by the clock on the wall.

Trust:      text of our own servers, written by hand or by an export.
Standards:  RFC 3339; POSIX seconds. Local time as IANA's zones say.
Answers:    ``Clock(zone).read(text)`` gives ``Between(first, last)``, equal but for the hour that a clock shows twice in autumn;
            or a word: ``time-unfit``, ``zone-needed`` (no offset in the text, no zone given), ``no-such-time`` (the hour that is
            left out in spring).
Limits:     no times before 1990 or after 2099: they are slips, or a field that is something else.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

_EPOCH: Final = re.compile(r"\d{9,10}(?:\.\d{1,9})?", re.ASCII)
_MILLISECONDS: Final = re.compile(r"\d{12,13}", re.ASCII)
_PLAIN: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII)  # the form that the library reads by itself
_DATE: Final = re.compile(
    r"(?P<y>\d{4})[-/](?P<m>\d\d?)[-/](?P<d>\d\d?)[T ](?P<H>\d\d?):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2099


class Between(NamedTuple):
    """The moment is one of these, or between them."""

    first: datetime
    last: datetime


class Clock:
    """The clock that a book was kept by; ``zone`` holds for times that do not say theirs.

    >>> Clock(None).read("2026-11-28 10:00:00+08:00").first.isoformat()
    '2026-11-28T02:00:00+00:00'
    >>> Clock(None).read("2026-11-28 10:00:00")
    'zone-needed'
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    def read(self, text: str) -> Between | str:
        """The moment, or why it is none."""
        text = text.strip()
        if _PLAIN.match(text):
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                return "time-unfit"
            if moment.tzinfo is UTC:
                return _checked(moment.replace(microsecond=0))
            if moment.tzinfo is not None:
                return _checked(moment.astimezone(UTC).replace(microsecond=0))
            return self._placed(moment.replace(microsecond=0), None)
        if _EPOCH.fullmatch(text) or _MILLISECONDS.fullmatch(text):
            seconds = float(text) / (1000 if len(text) >= 12 and "." not in text else 1)
            return _checked(datetime.fromtimestamp(seconds, UTC))
        found = _DATE.fullmatch(text)
        if found is None:
            return "time-unfit"
        try:
            wall = datetime(*(int(found[name] or 0) for name in "ymdHMS"))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            return "time-unfit"
        return self._placed(wall, found["zone"])

    def _placed(self, wall: datetime, offset: str | None) -> Between | str:
        if offset is not None:
            return _checked(wall.replace(tzinfo=UTC) - _offset(offset))
        if self._zone is None:
            return "zone-needed"
        first, last = (wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first.astimezone(self._zone).replace(tzinfo=None) != wall:
            return "no-such-time"
        return Between(first, last) if _FIRST_YEAR <= wall.year <= _LAST_YEAR else "time-unfit"


def _offset(text: str) -> timedelta:
    if text[0] not in "+-":
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def _checked(moment: datetime) -> Between | str:
    return Between(moment, moment) if _FIRST_YEAR <= moment.year <= _LAST_YEAR else "time-unfit"
