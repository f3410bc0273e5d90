"""Time as people count it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.cases.playbook.calendar import awake, is_work_day, later
from comity.model.playbook import Calendar, Span

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
NATIONAL_DAYS = frozenset(date(2026, 10, day) for day in range(1, 8))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("begin", "days", "over"),
    [
        ("2026-03-06T09:00+01:00", 1, "2026-03-09T09:00+01:00"),  # over a weekend
        ("2026-03-27T02:30+01:00", 1, "2026-03-30T02:30+02:00"),  # over the night on which clocks go forward
        ("2026-10-23T16:00+02:00", 1, "2026-10-26T16:00+01:00"),  # and back: as late in the day, an hour more of time
        ("2026-03-07T15:00+01:00", 1, "2026-03-10T00:00+01:00"),  # begun on a Saturday: Monday is the first day
    ],
)
def test_working_days_keep_the_time_of_day(begin: str, days: int, over: str) -> None:
    """Nine in the morning stays nine in the morning, whatever the clocks do."""
    assert later(_at(begin), Span(working_days=days), Calendar(zone=BERLIN)) == _at(over)


def test_a_time_that_the_clocks_skip_comes_when_they_have_skipped_it() -> None:
    """Half past two on the last Sunday of March is half past three, for whoever works on Sundays."""
    calendar = Calendar(zone=BERLIN, work_days=frozenset(range(7)))
    over = later(_at("2026-03-28T02:30+01:00"), Span(working_days=1), calendar)
    assert over == _at("2026-03-29T03:30+02:00")


def test_holidays_do_not_count() -> None:
    """Two working days from the eve of the national week in China end after it."""
    calendar = Calendar(zone=SHANGHAI, holidays=NATIONAL_DAYS)
    over = later(_at("2026-09-30T17:00+08:00"), Span(working_days=2), calendar)
    assert over == _at("2026-10-09T17:00+08:00")


def test_a_weekend_that_is_worked_on_counts() -> None:
    """In China the long week of October is made up for on a Saturday: the second working day after it is that Saturday."""
    calendar = Calendar(zone=SHANGHAI, holidays=NATIONAL_DAYS, extra_days=frozenset({date(2026, 10, 10)}))
    begun = _at("2026-10-08T17:00+08:00")
    assert later(begun, Span(working_days=2), calendar) == _at("2026-10-10T17:00+08:00")
    assert later(begun, Span(working_days=3), calendar) == _at("2026-10-12T17:00+08:00")
    both = Calendar(zone=SHANGHAI, holidays=frozenset({date(2026, 10, 10)}), extra_days=frozenset({date(2026, 10, 10)}))
    assert not is_work_day(date(2026, 10, 10), both)


@pytest.mark.parametrize(
    ("at", "free"),
    [
        ("2026-03-02T19:59+08:00", "2026-03-02T19:59+08:00"),
        ("2026-03-02T20:00+08:00", "2026-03-03T08:00+08:00"),
        ("2026-03-03T07:59+08:00", "2026-03-03T08:00+08:00"),
        ("2026-03-03T08:00+08:00", "2026-03-03T08:00+08:00"),
    ],
)
def test_nobody_is_woken(at: str, free: str) -> None:
    """Quiet hours over midnight, by the clock of whoever sleeps."""
    calendar = Calendar(zone=SHANGHAI, quiet_from=time(20), quiet_until=time(8))
    assert awake(_at(at), calendar) == _at(free)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 30),
    st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_working_days_end_on_a_working_day_and_so_many_lie_between(begin: datetime, days: int, zone: ZoneInfo) -> None:
    """Whatever the zone: it never ends before it began, and counts what it says."""
    calendar = Calendar(zone=zone, holidays=NATIONAL_DAYS)
    over = later(begin, Span(working_days=days), calendar)
    assert begin < over
    last, first = over.astimezone(zone).date(), begin.astimezone(zone).date()
    assert is_work_day(last, calendar)
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    counted = sum(is_work_day(day, calendar) for day in between)
    assert counted == days + (not is_work_day(first, calendar))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_awake_is_never_quiet_and_never_earlier(moment: datetime) -> None:
    """What was put off is not put off again."""
    calendar = Calendar(zone=BERLIN, quiet_from=time(22), quiet_until=time(6, 30))
    found = awake(moment, calendar)
    assert moment <= found <= moment + timedelta(hours=10)
    assert awake(found, calendar) == found
