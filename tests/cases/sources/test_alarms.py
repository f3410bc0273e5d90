"""When a feed alarms somebody: by shares with an interval, and by its own pauses."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.cases.sources.alarms import AlarmTerms, silence, unmatched
from comity.model.source import Hour

NOW = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
TERMS = AlarmTerms()
_HOUR = timedelta(hours=1)


def _hour(ago: float, *, reports: int = 10, unmatched: int = 0, unread: int = 0) -> Hour:
    at = (NOW - ago * _HOUR).replace(minute=0)
    return Hour(at=at, items=reports + unread, reports=reports, unmatched=unmatched, unread=unread)


def test_a_feed_that_matches_nobody_overnight_alarms() -> None:
    """Weeks without a fault, then nothing matches: eleven reports are enough."""
    weeks = [_hour(each) for each in range(30, 600, 3)]
    assert not unmatched(weeks, TERMS, NOW).is_alarm
    assert unmatched([*weeks, _hour(2, reports=11, unmatched=11)], TERMS, NOW).is_alarm
    assert unmatched([*weeks, _hour(2, reports=0, unread=11)], TERMS, NOW).is_alarm


def test_a_few_reports_alarm_nobody() -> None:
    """Nine of nine may be chance; so may five of ten."""
    assert not unmatched([_hour(1, reports=9, unmatched=9)], TERMS, NOW).is_alarm
    assert not unmatched([_hour(1, reports=10, unmatched=5)], TERMS, NOW).is_alarm


def test_a_feed_that_never_matched_well_has_its_own_line() -> None:
    """A list of everybody's addresses is unmatched by nature: it alarms nobody, until it is worse than ever."""
    habit = [_hour(each, reports=100, unmatched=80) for each in range(30, 600, 6)]
    assert not unmatched([*habit, _hour(1, reports=100, unmatched=82)], TERMS, NOW).is_alarm
    assert unmatched([*habit, _hour(1, reports=100, unmatched=99)], TERMS, NOW).is_alarm


def test_a_standing_alarm_is_not_taken_for_the_habit() -> None:
    """Two days later the broken form is all that the window and the day before show: it goes on alarming."""
    good = [_hour(each) for each in range(80, 600, 3)]
    broken = [_hour(each, reports=10, unmatched=10) for each in range(1, 50, 3)]
    raised = NOW - 48 * _HOUR
    assert unmatched([*good, *broken], TERMS, NOW, usual_until=raised - TERMS.window).is_alarm


def test_a_daily_feed_is_silent_after_more_than_its_longest_pause() -> None:
    """It comes each working day: a weekend is usual, a week is not."""
    days = [_hour(24 * each) for each in range(3, 80) if (NOW - timedelta(days=each)).weekday() < 5]
    assert silence(days, TERMS, NOW).state == "usual"
    later = silence(days, TERMS, NOW + timedelta(days=5))
    assert (later.state, later.longest) == ("silent", timedelta(days=3))


def test_a_young_feed_is_never_called_silent() -> None:
    """With twenty-nine pauses nobody can say; the number is shown."""
    few = [_hour(each) for each in range(100, 130)]
    found = silence(few, TERMS, NOW)
    assert (found.state, found.pauses) == ("too-young", 29)
    assert silence([], TERMS, NOW).state == "too-young"


@pytest.mark.parametrize("hours", [2, 5])
def test_a_busy_feed_may_pause_for_some_hours(hours: int) -> None:
    """A host that is restarted is no alarm, whatever the pauses were."""
    assert silence([_hour(each) for each in range(hours, 300)], TERMS, NOW).state == "usual"


def test_chance_calls_few_steady_feeds_silent() -> None:
    """Feeds of one report a day on average, at any hour: less than one look in thirty is a false alarm."""
    import random

    chance, false = random.Random(7), 0  # noqa: S311
    for _ in range(300):
        moments, at = [], NOW - timedelta(days=60)
        while at < NOW:
            moments.append(_hour((NOW - at) / _HOUR))
            at += timedelta(days=chance.expovariate(1))
        false += silence(moments, TERMS, NOW).state == "silent"
    assert false <= 10
