"""A day is read in one way by every command."""

from datetime import UTC, date, datetime

import pytest

from comity.cli import days
from comity.model.outcomes import ComityError

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def test_a_day_begins_and_ends_in_utc() -> None:
    """The end of a day is the beginning of the next."""
    assert days.day(" 2026-03-01 ") == date(2026, 3, 1)
    assert days.beginning("2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)
    assert days.end("2026-02-28") == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["14d", "14 days", "14天", "14 天", "14D"])
def test_so_many_days(text: str) -> None:
    """They are counted from now, in either direction and either language."""
    assert days.back(text, NOW) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert days.ahead(text, NOW) == datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "20260301", "2026-W09-7", "2026-3-1", "2026-02-30", "2026-03-01T10", "٢٠٢٦-٠٣-٠١"]
)
def test_no_other_form_is_a_day(text: str) -> None:
    """What one command refuses, no other takes."""
    with pytest.raises(ComityError, match="is no day") as refused:
        days.day(text)
    assert refused.value.code == "day-malformed"
    with pytest.raises(ComityError) as refused:
        days.back(text, NOW)
    assert refused.value.code == "day-or-days-malformed"


def test_the_last_day_there_is_has_no_end() -> None:
    """The calendar of the program ends; that is said like any other mistake."""
    with pytest.raises(ComityError, match="is no day"):
        days.end("9999-12-31")
    with pytest.raises(ComityError, match="is no day"):
        days.ahead("9999d", datetime(9999, 1, 1, tzinfo=UTC))
