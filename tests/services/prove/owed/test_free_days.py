"""The working days that a close states: who moves them afterwards is named, and who changes its calendar in earnest is not."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from comity.ledger.day_close import Answers, WorkDays
from comity.model.outcomes import ComityError
from comity.model.playbook import Calendar
from comity.services.prove.owed import working_days

from .a_pair import EAST, MONDAY, WEEKDAYS, Pair, told
from .lies import begun, disputed, honest, lied, named


def test_yesterday_does_not_become_a_holiday(pair: Pair) -> None:
    """East calls free, in each close, the ten working days that are just over: never so many at once as to be too many."""
    begun(pair)
    late = []
    for day in range(12):
        today = MONDAY + timedelta(days=day)
        free = frozenset(today - timedelta(days=n) for n in range(15))
        pair.calendars[EAST] = Calendar(zone=UTC, holidays=free if day else frozenset())
        late.append(told(honest(pair, day)).get("open/overdue", 0))
    assert late == [0, 0, *[3] * 10]
    assert disputed(pair) == []


def test_who_says_so_all_the_same_is_named(pair: Pair) -> None:
    """A close that takes working days back, by whatever program it was written, does not hold."""
    begun(pair)
    honest(pair, 0)
    honest(pair, 1)
    said = honest(pair, 2).said.answers
    assert said is not None
    free = WorkDays(
        zone="UTC",
        work_days=(0, 1, 2, 3, 4),
        holidays=tuple(MONDAY + timedelta(days=n) for n in (0, 1, 2)),
        extra_days=(),
    )
    closed = lied(pair, 3, {"answers": replace(said, work_days=free).facts()})
    assert "answers/free-days" in named(pair, closed)
    assert disputed(pair)
    with pytest.raises(ComityError) as refused:
        pair.made("2026-11-26")
    assert refused.value.code == "close-disputed"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (WEEKDAYS, Calendar(zone=ZoneInfo("Asia/Shanghai"))),
        (WEEKDAYS, Calendar(zone=UTC, work_days=frozenset({6, 0, 1, 2, 3}))),
        (Calendar(zone=UTC, holidays=frozenset({MONDAY, MONDAY + timedelta(days=1)})), WEEKDAYS),
        (Calendar(zone=UTC, extra_days=frozenset({MONDAY + timedelta(days=5)})), WEEKDAYS),
        (WEEKDAYS, Calendar(zone=UTC, holidays=frozenset(MONDAY + timedelta(days=n) for n in range(-60, 30, 4)))),
    ],
)
def test_who_changes_its_calendar_honestly_is_not_disputed(pair: Pair, before: Calendar, after: Calendar) -> None:
    """Another zone, another week, a list that was cleared or entered too late: what was said stays, and both count alike."""
    begun(pair)
    for day in range(10):
        pair.calendars[EAST] = before if day < 6 else after
        closed = honest(pair, day)
        assert pair.found(closed) == []
    assert disputed(pair) == []


def test_longer_days_look_back_further(pair: Pair) -> None:
    """Of days that the close before did not speak of, this one may say what it likes; of the others it may not."""
    every = frozenset(MONDAY - timedelta(days=n) for n in range(1, 200, 9))
    calendar = Calendar(zone=UTC, holidays=every)
    answers = Answers(
        seen={}, terms=(("d" * 64, 1, 2),), work_days=working_days.stated_days(WEEKDAYS, MONDAY, 2), cells=1, root=b""
    )
    stated = working_days.stated_days(calendar, MONDAY + timedelta(days=1), 60)
    kept = working_days.as_said(stated, (MONDAY + timedelta(days=1), 60), before=(MONDAY, answers))
    assert kept.holidays == tuple(
        each for each in stated.holidays if (MONDAY - each).days > working_days.looked_back(2)
    )
    assert working_days.taken_back(kept, (MONDAY + timedelta(days=1), 60), before=(MONDAY, answers)) == 0


@pytest.mark.parametrize("zone", ["-1439", "1439", "841", "9" * 30, "-" + "9" * 30])
def test_no_clock_is_so_far_from_utc(pair: Pair, zone: str) -> None:
    """A zone that no people have is none: by one it could win the most of a day."""
    begun(pair)
    said = honest(pair, 0).said.answers
    assert said is not None
    closed = lied(pair, 1, {"answers": replace(said, work_days=replace(said.work_days, zone=zone)).facts()})
    assert "answers/zone" in named(pair, closed)
    honest(pair, 2)
