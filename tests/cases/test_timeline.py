"""One axis for all time lines, that one odd date cannot spoil."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from comity.cases.timeline import STEPS, axis_of

DAY = date(2026, 3, 1)


def test_a_few_days_are_shown_by_day() -> None:
    """At least a week, ending on the last day."""
    axis = axis_of([(DAY, 3), (DAY - timedelta(days=2), 1)])
    assert axis is not None
    assert (axis.width, axis.steps, axis.last) == (1, 7, DAY)
    assert axis.fill([(DAY, 3), (DAY - timedelta(days=2), 1)]) == (0, 0, 0, 0, 1, 0, 3)


def test_a_mail_from_1999_does_not_flatten_the_rest() -> None:
    """It is counted into the first step."""
    days = [(DAY - timedelta(days=number), 10) for number in range(20)] + [(date(1999, 1, 1), 1)]
    axis = axis_of(days)
    assert axis is not None
    assert axis.width == 1
    assert axis.fill([(date(1999, 1, 1), 1)])[0] == 1


def test_nothing_dated_is_no_axis() -> None:
    """Undated reports have no time line."""
    assert axis_of([]) is None


@given(st.lists(st.tuples(st.dates(), st.integers(1, 50)), min_size=1, max_size=40), st.integers(1, STEPS))
def test_every_report_is_in_some_step(days: list[tuple[date, int]], steps: int) -> None:
    """No count is lost, and there are never more steps than there is room."""
    axis = axis_of(days, steps)
    assert axis is not None
    assert sum(axis.fill(days)) == sum(count for _, count in days)
    assert axis.steps <= max(steps, 1)
    assert axis.day_of(0) == axis.first
