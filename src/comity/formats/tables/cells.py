"""What stands in one cell: an address, a moment, a port.

Trust:      a cell is a stranger's text; nothing is raised.
Answers:    ``address``, ``port``, ``Clock.read``: the value, None where there is none.
Limits:     day and month are read in the order year-month-day, or where one of them cannot be a month; otherwise not at all.
            A moment without a zone is taken to be in the zone that the clock was given, and the clock remembers that it was.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from comity.formats import ip
from comity.formats.mime import parse_date

_NUMBER: Final = re.compile(r"\d{9,20}(?:\.\d{1,9})?", re.ASCII)
_NUMERIC_DAY: Final = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})[ T]+(\d{1,2}:\d{2}(?::\d{2})?)\s*(.{0,12})", re.ASCII
)
_CHINESE: Final = re.compile(
    r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?\s*(上午|下午|晚上|凌晨|早上|中午)?\s*(?:(\d{1,2})\s*[时点:：]\s*(\d{1,2})?\s*[分:：]?\s*(\d{1,2})?\s*秒?)?",
    re.ASCII,
)
_ZONE_AT_END: Final = re.compile(r"(?:[Zz]|[+-]\d{2}:?\d{2}|[A-Za-z]{2,5})\)?$", re.ASCII)
_HALF: Final = re.compile(r"(.{6,50}\d)\s?([AaPp])\.?[Mm]\.?", re.ASCII)
_LOG: Final = re.compile(r"(\d{1,2})/([A-Za-z]{3})/(\d{4}):(\d{2}:\d{2}:\d{2})\s*(.{0,12})", re.ASCII)
_CLOCK_ONLY: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?(?:\s*[A-Za-z+:\d-]{1,9})?", re.ASCII)
# Windows counts 100 ns from 1601, JavaScript milliseconds, others micro- and nanoseconds from 1970.
_FILETIME_DIGITS: Final = 18
_FILETIME_START: Final = 11_644_473_600
_NOTHING: Final = frozenset({"", "-", "?", "n/a", "null", "none", "unknown", "\\n"})


def address(cell: str) -> str | None:
    """The canonical address in a cell; a port that hangs on it is not part of it.

    >>> address(" 192.0.2.7 "), address("2001:db8::7"), address("192.0.2.0/24"), address("-")
    ('192.0.2.7', '2001:db8::7', None, None)
    """
    found = ip.canonical(cell)
    if found is None and cell.count(":") == 1 and "." in cell:
        found = ip.canonical(cell.partition(":")[0])
    return found


def is_empty(cell: str) -> bool:
    """Whether a cell says in one of the usual ways that it holds nothing."""
    return cell.strip().lower() in _NOTHING


def port(cell: str) -> int | None:
    """The port number in a cell.

    >>> port("443"), port("443.0"), port("0"), port("http")
    (443, 443, None, None)
    """
    text = cell.strip().removesuffix(".0")
    if not (0 < len(text) <= 5 and text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if 0 < number < 65536 else None


def is_clock_only(cell: str) -> bool:
    """Whether a cell holds a time of day and no date."""
    return _CLOCK_ONLY.fullmatch(cell.strip()) is not None


class Clock:
    """Reads the moments of one column."""

    __slots__ = ("_is_chinese", "_last", "_zone", "assumed")

    def __init__(self, zone: timezone | None, is_chinese: bool = False) -> None:
        """``zone`` is what the header or the feed defines; None: UTC is assumed, and ``assumed`` tells whether it had to be."""
        self._zone = zone
        self._is_chinese = is_chinese
        self.assumed = False
        self._last: tuple[str, datetime | None] = ("", None)

    def read(self, cell: str) -> datetime | None:
        """The moment in UTC.

        >>> clock = Clock(None)
        >>> clock.read("2026-03-01 08:00:00").isoformat(), clock.assumed
        ('2026-03-01T08:00:00+00:00', True)
        >>> Clock(None).read("2026年3月1日 下午2点05分").hour, Clock(None).read("1772352000").isoformat()
        (14, '2026-03-01T08:00:00+00:00')
        """
        if cell == self._last[0]:
            return self._last[1]
        found = self._read(cell)
        if found is not None and found.year < 1970:
            found = None
        if found is not None and found.tzinfo is None:
            if self._zone is None:
                self.assumed = True
                found = found.replace(tzinfo=UTC)
            else:
                found = found.replace(tzinfo=self._zone).astimezone(UTC)
        self._last = (cell, found)
        return found

    def _read(self, cell: str) -> datetime | None:
        """A moment with its zone, or without one where the cell states none."""
        if 19 <= len(cell) <= 32 and cell[4] == cell[7] == "-":  # nearly every row of nearly every feed
            try:
                written = datetime.fromisoformat(cell)
                return written.astimezone(UTC) if written.tzinfo else written
            except (ValueError, OverflowError):
                pass
        text = cell.strip()[:60]
        if _NUMBER.fullmatch(text):
            return _epoch(text)
        match = _CHINESE.match(text)
        if match:
            return _chinese(match)
        match = _HALF.fullmatch(text)
        if match:
            return self._half_day(match)
        match = _LOG.fullmatch(text)
        if match:
            day, month, year, time, zone = match.groups()
            text = f"{day} {month} {year} {time} {zone}".strip()
        match = _NUMERIC_DAY.fullmatch(text)
        if match:
            first, _, second, year, time, zone = match.groups()
            if (int(first) > 12) == (int(second) > 12) and first != second:
                return None  # the 2nd of March or the 3rd of February
            day, month = (first, second) if int(first) > 12 else (second, first)
            text = f"{year}-{month}-{day} {time}{zone}"
        if self._is_chinese and text.endswith("CST"):  # elsewhere that is Chicago
            text = f"{text[:-3]}+0800"
        found = parse_date(text)
        if found is None or _ZONE_AT_END.search(text):
            return found
        return found.replace(tzinfo=None)

    def _half_day(self, match: re.Match[str]) -> datetime | None:
        found = self._read(match.group(1))
        if found is None or not 1 <= found.hour <= 12:
            return None
        hour = found.hour % 12 + (12 if match.group(2) in "pP" else 0)
        return found.replace(hour=hour)


def _epoch(text: str) -> datetime | None:
    whole = text.partition(".")[0]
    number = float(text)
    if len(whole) >= 19:
        number /= 1e9
    elif len(whole) == _FILETIME_DIGITS:
        number = number / 1e7 - _FILETIME_START
    elif len(whole) >= 16:
        number /= 1e6
    elif len(whole) >= 12:
        number /= 1e3
    if not 0 < number < 4e9:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(number))


def _chinese(match: re.Match[str]) -> datetime | None:
    year, month, day, half, hour, minute, second = match.groups()
    clock = int(hour or 0)
    if half in {"下午", "晚上", "中午"} and 0 < clock < 12 and not (half == "中午" and clock == 11):
        clock += 12
    try:
        return datetime(int(year), int(month), int(day), clock, int(minute or 0), min(int(second or 0), 59))  # noqa: DTZ001
    except ValueError:
        return None
