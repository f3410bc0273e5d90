"""Dates of mail and of reports."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime import parse_date

TEN = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 5 Jan 2026 10:00:00 +0000",
        "Mon, 05 Jan 2026 18:00:00 +0800 (CST)",
        "5 Jan 2026 05:00 -0500",
        "Monday, 5-Jan-26 10:00:00 GMT",
        "Mon 5 January 2026 10:00:00 UT",
        "Mon, 5 Jan 2026 10.00.00 Z",
        "Mon, 5 Jan 2026 10:00:00.123456 +0000",
        "Mon, 5 Jan 2026 15:30:00 +05:30",
        "Mon, 5 Jan 2026 15:30:00 IST",
        "Mon, 5 Jan 2026 05:00:00 EST",
        "Mon, 5 Jan 2026 19:00:00 JST",
        "Mon, 5 Jan 2026 10:00:00",
        "Mon, 5 Jan 2026 10:00:00 -0000",
        "Mon, 5 Jan 2026 10:00:00 XYZ",
        "2026-01-05T10:00:00Z",
        "2026-01-05 18:00:00 +0800",
        "2026-01-05T10:00:00.5+00:00",
        "2026/1/5 10:00",
        "Mon Jan  5 10:00:00 2026",
        "Mon Jan 5 10:00:00 2026 +0000",
        "Mon, Jan 5 2026 10:00:00 UTC",
        "  Mon,  5  Jan  2026  10:00:00  +0000  ",
    ],
)
def test_a_date_is_read_however_it_is_written(text: str) -> None:
    """RFC 5322 and its obsolete forms, RFC 3339, asctime; an unknown zone counts as UTC."""
    assert parse_date(text) == TEN


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("1 Jan 70 00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1 Jan 49 00:00 +0000", datetime(2049, 1, 1, tzinfo=UTC)),
        ("1 Jan 105 00:00 +0000", datetime(2005, 1, 1, tzinfo=UTC)),
        ("31 Dec 2016 23:59:60 +0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("5 Jan 2026 10:00:00 +9900", TEN),
    ],
)
def test_odd_dates_are_read_as_the_standard_says(text: str, read: datetime) -> None:
    """Two and three digits of a year (RFC 5322 section 4.3), a leap second, a zone that lies nowhere."""
    assert parse_date(text) == read


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "5 Foo 2026 10:00", "32 Jan 2026 10:00", "5 Jan 2026 25:00", "5 Jan 2026", "2026-13-01", "1 Jan 1969 00:00",
     "0000-00-00", "Mon Jan 5 10:00:00", "\u0665 Jan 2026", "9" * 200],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    """Impossible days, other words, years before mail."""
    assert parse_date(text) is None


@given(st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 31)), st.integers(-15 * 60, 15 * 60))  # noqa: DTZ001
def test_what_the_standard_library_writes_is_read_back(moment: datetime, minutes: int) -> None:
    """In any zone, to the second."""
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(format_datetime(aware)) == aware
    assert parse_date(aware.isoformat()) == aware


@given(
    st.integers(0, 39), st.sampled_from(["Jan", "Feb", "Dec", "Foo", "JAN"]), st.integers(1960, 2040), st.integers(0, 29),
    st.integers(0, 69), st.integers(0, 69), st.sampled_from(["+0000", "-0000", "+0800", "-1130", "+9900", "-0060", "+1601"]),
)  # fmt: skip
def test_the_form_of_nearly_every_program_is_read_as_any_other(
    day: int, month: str, year: int, hour: int, minute: int, second: int, zone: str
) -> None:
    """Taken apart by place, with all its impossible days and times, it gives what it gives with one blank more."""
    written = f"Mon, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} {zone}"
    assert parse_date(written) == parse_date(written.replace(", ", ",  "))


PIECES = st.sampled_from(
    [
        "Mon",
        ", ",
        "5",
        "05",
        " ",
        "Jan",
        "2026",
        "26",
        "10",
        ":",
        "00",
        "+",
        "-",
        "0800",
        "EST",
        "T",
        "Z",
        "/",
        ".",
        "(",
        "\u0661",
    ]
)


@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_gives_a_date_or_none(text: str) -> None:
    """Nothing is raised, and what is given is aware, in UTC."""
    parsed = parse_date(text)
    assert parsed is None or parsed.tzinfo is UTC
