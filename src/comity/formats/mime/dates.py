"""Dates of header fields and report fields.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 5322 section 3.3 and its obsolete zones in section 4.3, RFC 3339, asctime(3).
Answers:    ``parse_date(text)``: an aware datetime in UTC, or None.
Limits:     an unknown zone name counts as UTC (RFC 5322 section 4.3); years before 1970 are refused.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from comity.formats.remembered import Remembered

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ZONES: Final = {
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "cet": 60, "cest": 120, "met": 60, "mest": 120, "bst": 60,
    "eet": 120, "eest": 180, "msk": 180, "ist": 330, "aest": 600, "aedt": 660, "brt": -180,
}  # fmt: skip
# What nearly every program writes. It is told by its form and then taken apart by place: a third of the work.
_USUAL: Final = re.compile(r"[A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] [0-9]{4} [0-9:]{8} [+-][0-9]{4}")
_USUAL_LENGTH: Final = 31
_MONTH_NUMBERS: Final = {name.title(): f"{number:02}" for name, number in _MONTHS.items()}
_MAIL: Final = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[ \t-]+([A-Za-z]{3})[a-z]{0,6}[ \t,-]+(\d{2,4})[ \t,]+"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d{1,9})?\s*([+-]\d{1,2}:?\d{2}|[A-Za-z]{1,5})?"
)
_ISO: Final = re.compile(
    r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T \t]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?\s*"
    r"(Z|[+-]\d{2}:?\d{2}|[A-Za-z]{2,5})?"
)
_ASCTIME: Final = re.compile(
    r"\s*[A-Za-z]{3}[a-z]{0,6},?[ \t]+([A-Za-z]{3})[a-z]{0,6}[ \t]+(\d{1,2}),?[ \t]+"
    r"(?:(\d{4})[ \t]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[ \t]+([A-Za-z]{1,5}|[+-]\d{4}))?(?:[ \t]+(\d{4}))?"
)


@lru_cache(maxsize=64)
def _offset(zone: str | None) -> timedelta | None:
    """How far east of UTC; None where that is not at all."""
    if not zone:
        return None
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").zfill(4)
        minutes = int(digits[:-2]) * 60 + int(digits[-2:])
        east = (-minutes if zone[0] == "-" else minutes) if minutes <= 960 else 0
    else:
        east = _ZONES.get(zone.lower(), 0)
    return timedelta(minutes=east) if east else None


def _date(text: str) -> datetime | None:
    """Read a date as mail and reports write it.

    >>> parse_date("Thu, 8 Mar 2005 14:00:00 -0500 (EST)").isoformat()
    '2005-03-08T19:00:00+00:00'
    """
    if _USUAL.match(text):
        usual = _usual(text)
        if usual is not None:
            return usual
    text = text[:100]
    match = _MAIL.match(text)
    if match:
        day, month, year, hour, minute, second, zone = match.groups()
        return _utc((year, _MONTHS.get(month.lower()), day), (hour, minute, second), zone)
    match = _ISO.match(text)
    if match:
        year, number, day, hour, minute, second, zone = match.groups()
        return _utc((year, int(number), day), (hour, minute, second), zone)
    match = _ASCTIME.match(text)
    if match:
        month, day, before, hour, minute, second, zone, after = match.groups()
        year = before or after
        return _utc((year, _MONTHS.get(month.lower()), day), (hour, minute, second), zone) if year else None
    return None


parse_date: Final = Remembered(_date, most=256, longest=100).__getitem__


def _usual(text: str) -> datetime | None:
    """What ``_USUAL`` describes; None for a month, a day or a time that there is not, and for what stands in no year of ours."""
    try:
        local = datetime.fromisoformat(f"{text[12:16]}-{_MONTH_NUMBERS[text[8:11]]}-{text[5:7]}T{text[17:25]}+00:00")
        offset = _offset(text[26:31])
        return (local - offset if offset is not None else local) if local.year >= 1970 else None
    except (KeyError, ValueError, OverflowError):
        return None


def _utc(
    date: tuple[str, int | None, str], time: tuple[str | None, str | None, str | None], zone: str | None
) -> datetime | None:
    year, month, day = int(date[0]), date[1], int(date[2])
    if month is None:
        return None
    if len(date[0]) < 4:  # RFC 5322 section 4.3: two and three digits
        year += 2000 if len(date[0]) == 2 and year < 50 else 1900
    second = min(int(time[2] or 0), 59)  # a leap second is still that minute
    try:
        local = datetime(year, month, day, int(time[0] or 0), int(time[1] or 0), second, tzinfo=UTC)
        offset = _offset(zone)
        return (local - offset if offset is not None else local) if year >= 1970 else None
    except (ValueError, OverflowError):
        return None
