"""Times in free text and log lines, in the forms that people and programs write.

Trust:      text is a stranger's; a time is what somebody says.
Standards:  RFC 5322 section 3.3, RFC 3339, RFC 3164 (syslog without a year), the Apache log form, Chinese dates.
Answers:    ``find(text, now)``: every time with its place; ``moment`` is aware UTC, or None where no zone is told.
Limits:     200 times; day and month are not guessed where both orders are possible; "CST" alone is no zone, because it
            is Chicago's and China's; a date without a year needs ``now``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Final

MOST: Final = 200
_MONTH: Final = r"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK: Final = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?P<half>[AaPp]\.?[Mm]\b\.?))?"
)
_NAMED: Final = (
    r"Z|UTC|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|CET|CEST|BST|MSK|JST|KST|HKT|SGT|AEST|AEDT|IST|EET|EEST|"
    r"北京时间|中国标准时间|东八区"
)
_ZONE: Final = (
    rf"(?:,?\s?[(（\[]?(?P<zone>(?:UTC|GMT)\s?[+-]\s?\d{{1,2}}(?::?\d{{2}})?|[+-]\d{{2}}:?\d{{2}}(?!\d)|"
    rf"(?:{_NAMED})(?![A-Za-z0-9])))?"
)
_BEFORE: Final = r"(?P<before>北京时间|UTC时间|UTC|GMT)?[:：\s]{0,2}"
_FORMS: Final = tuple(
    re.compile(form, re.ASCII if ascii_only else 0)
    for ascii_only, form in (
        # 23 Nov 2026 14:05:06 +0800 - mail
        (True, rf"(?<![0-9A-Za-z])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]{{1,2}}(?P<year>\d{{4}}|\d\d)"
               rf"(?:,?\s(?:at\s|@\s)?|\s-\s){_CLOCK}"),
        # 2026-11-23T14:05:06Z, 2026/11/23 14:05, 2026.11.23 14:05
        (True, rf"(?<![0-9A-Za-z./-])(?P<year>(?:19|"
            rf"20)\d\d)(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})"
               rf"(?:T|,?\s{{1,2}}){_CLOCK}"),
        # 23/Nov/2026:14:05:06 +0800 - Apache
        (True, rf"(?<![0-9A-Za-z])(?P<day>\d\d)/{_MONTH}/(?P<year>\d{{4}}):{_CLOCK}"),
        # November 23, 2026 at 2:05 PM
        (True, rf"(?<![0-9A-Za-z]){_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})(?:,? (?:at )?|"
            rf"\s-\s){_CLOCK}"),
        # Mon Nov 23 14:05:06 CST 2026 - date(1), asctime(3)
        (True, rf"(?<![0-9A-Za-z]){_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK} (?:(?P<inner>[A-Z]{{3,4}}|[+-]\d{{4}}) )?"
               rf"(?P<year>(?:19|20)\d\d)(?!\d)"),
        # Nov 23 14:05:06 - syslog, no year, no zone
        (True, rf"(?<![0-9A-Za-z]){_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}(?! (?:[A-Z]{{3,4}} )?(?:19|20)\d\d\b)"),
        # 11/23/2026 2:05 PM, 23.11.2026 14:05:06 - the order is told only where a number is above 12
        (True, rf"(?<![0-9A-Za-z./-])(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}),?\s{{1,2}}(?:at "
            rf")?{_CLOCK}"),
        # 2026年11月23日(星期一) 下午2:05, 11月23日14时05分06秒
        (False, rf"{_BEFORE}(?:(?P<year>(?:19|"
            rf"20)\d\d)\s?年\s?)?(?P<month>\d{{1,2}})\s?月\s?(?P<day>\d{{1,2}})\s?[日号號]"
                r"\s?(?:[(（]?(?:星期|周|週|礼拜)[一二三四五六日天][)）]?)?,?\s{0,2}(?P<part>凌晨|早上|清晨|上午|"
                r"中午|下午|傍晚|晚上|晚間)?\s?"
                r"(?P<hour>\d{1,2})\s?[:时時点點]\s?(?P<minute>\d{1,2})(?:\s?[:分]\s?(?:(?P<second>\d{1,2})\s?秒?)?)?"),
    )
)  # fmt: skip
_CHINESE: Final = _FORMS[-1]
_AFTER: Final = re.compile(_ZONE)
_MINUTES: Final = {
    "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "cet": 60, "cest": 120,
    "bst": 60, "msk": 180, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "eet": 120, "eest": 180,
    "北京时间": 480, "中国标准时间": 480, "东八区": 480, "z": 0, "utc": 0, "gmt": 0, "utc时间": 0,
}  # fmt: skip
_EVERYWHERE: Final = re.compile(
    r"(?:(?:all|the|our|log|local)?\s?(?:times?(?:\s?stamps?)?|time ?zone|clocks?)(?:\s(?:in|of)\s(?:the|our|"
    r"these)?\s?logs?)?"
    r"(?:\s(?:here|below|above|listed|shown|given|used))?\s?(?:are|is|:|=|in)\s(?:all\s)?(?:in\s)?(?:local "
    r"time\s)?[(]?|"
    r"时间(?:均|都|全部)?(?:为|是|系|采用)\s?|时区\s?[:：为是]\s?)"
    rf"(?P<zone>(?:UTC|GMT)\s?[+-]\s?\d{{1,2}}(?::?\d{{2}})?|[+-]\d{{2}}:?\d{{2}}|{_NAMED})(?![A-Za-z0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """One time: where it stands, what clock face was written, and the moment it names if a zone was told."""

    offset: int
    end: int
    face: datetime  # naive
    moment: datetime | None
    year_known: bool

    @property
    def value(self) -> str:
        """ISO 8601: with Z where the zone is known, without one where it is not."""
        if self.moment is not None:
            return self.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.face.isoformat()

    @property
    def confidence(self) -> float:
        """How far to believe that this moment was meant."""
        return (0.9 if self.moment is not None else 0.5) - (0.0 if self.year_known else 0.2)


def find(text: str, now: datetime | None) -> list[Time]:
    """Find the times in levelled text, first to last.

    >>> [each.value for each in find("at 2026-11-23 14:05 +0800 and 2026年11月23日下午2时05分(北京时间)", None)]
    ['2026-11-23T06:05:00Z', '2026-11-23T06:05:00Z']
    """
    stated = _EVERYWHERE.search(text)
    everywhere = zone_minutes(stated.group("zone")) if stated else None
    found: dict[int, Time] = {}
    for form in _FORMS:
        if form is _CHINESE and "月" not in text:
            continue
        for each in islice(_matches(form, text, now), MOST):
            found.setdefault(each.offset, each)
    times: list[Time] = []
    for each in (found[offset] for offset in sorted(found)):
        if times and each.offset < times[-1].end:
            continue
        moment = each.moment
        if moment is None and everywhere is not None:
            moment = _at_zone(each.face, everywhere)
        times.append(Time(offset=each.offset, end=each.end, face=each.face, moment=moment, year_known=each.year_known))
    return times[:MOST]


def _matches(form: re.Pattern[str], text: str, now: datetime | None) -> Iterator[Time]:
    for match in form.finditer(text):
        fields = match.groupdict()
        month, day = _month_and_day(fields)
        clock = _clock(fields)
        year, year_known = _year(fields.get("year"), (month, day), now)
        if month is None or day is None or clock is None or year is None:
            continue
        try:
            face = datetime(year, month, day, *clock)  # noqa: DTZ001 - a clock face, its zone is told apart
        except ValueError:
            continue
        after = _AFTER.match(text, match.end())
        zone = fields.get("inner") or fields.get("before") or (after.group("zone") if after else None)
        minutes = zone_minutes(zone) if zone else None
        end = after.end() if after and after.group("zone") else match.end()
        moment = _at_zone(face, minutes) if minutes is not None else None
        yield Time(offset=match.start(), end=end, face=face, moment=moment, year_known=year_known)


def _month_and_day(fields: dict[str, str | None]) -> tuple[int | None, int | None]:
    name, one, two = fields.get("name"), fields.get("one"), fields.get("two")
    if one and two:
        first, second = int(one), int(two)
        if first > 12 or fields.get("mark") == ".":
            return second, first
        return (first, second) if second > 12 or first == second else (None, None)
    month = _NAMES.index(name.lower()) + 1 if name else int(fields.get("month") or 0)
    return month, int(fields.get("day") or 0)


def _clock(fields: dict[str, str | None]) -> tuple[int, int, int] | None:
    hour, minute, second = int(fields["hour"] or 0), int(fields["minute"] or 0), int(fields.get("second") or 0)
    half, part = (fields.get("half") or "").lower(), fields.get("part") or ""
    if half or part:
        if hour > 12 and half:
            return None
        afternoon = half.startswith("p") or part in {"下午", "傍晚", "晚上", "晚間"} or (part == "中午" and hour < 3)
        hour = hour % 12 + 12 if afternoon and hour < 12 else hour if afternoon else 0 if hour == 12 and half else hour
    return (hour, minute, min(second, 59)) if hour < 24 and minute < 60 and second < 62 else None


def _year(written: str | None, date: tuple[int | None, int | None], now: datetime | None) -> tuple[int | None, bool]:
    """The year as written, else the latest one in which the date is not in the future."""
    if written:
        return int(written) + (2000 if len(written) == 2 else 0), True
    if now is None or date[0] is None or date[1] is None:
        return None, False
    tomorrow = now + timedelta(days=1)
    return (now.year if date <= (tomorrow.month, tomorrow.day) or tomorrow.year > now.year else now.year - 1), False


def zone_minutes(zone: str) -> int | None:
    """Give the minutes east of UTC of a zone as people write it, None for one that is not certain.

    >>> zone_minutes("UTC+8"), zone_minutes("-05:30"), zone_minutes("北京时间"), zone_minutes("CST")
    (480, -330, 480, None)
    """
    zone = zone.strip().lower()
    if zone in _MINUTES:
        return _MINUTES[zone]
    digits = zone.removeprefix("utc").removeprefix("gmt").replace(" ", "").replace(":", "")
    if digits[:1] not in {"+", "-"} or not digits[1:].isdecimal():
        return None
    number = digits[1:] + "00" if len(digits) <= 3 else digits[1:]
    minutes = int(number[:-2]) * 60 + int(number[-2:])
    return None if minutes > 14 * 60 else -minutes if digits[0] == "-" else minutes


def _at_zone(face: datetime, minutes: int) -> datetime | None:
    try:
        return face.replace(tzinfo=timezone(timedelta(minutes=minutes))).astimezone(UTC)
    except OverflowError:
        return None
