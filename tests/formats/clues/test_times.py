"""Times in the forms that people and programs write."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.clues import times
from comity.formats.clues.levelled import level

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

ZONED = [
    "Mon, 23 Nov 2026 14:05:06 +0800 (CST)",
    "2026-11-23T06:05:06.123Z",
    "2026-11-23 14:05:06 (UTC+8)",
    "2026-11-23 06:05:06,123 GMT",
    "[23/Nov/2026:14:05:06 +0800]",
    "November 23, 2026 at 2:05:06 PM (GMT+8)",
    "Mon Nov 23 06:05:06 UTC 2026",
    "北京时间2026年11月23日14:05:06",
    "2026年11月23日 14时05分06秒（北京时间）",
    "2026年11月23日(星期一) 下午2:05:06 UTC+8",
    "２０２６－１１－２３　１４：０５：０６　＋０８００",
    "23-Nov-2026 01:05:06 EST",
    "2026-11-22 23:05:06-07:00",
    "All times are UTC. 2026-11-23 06:05:06",
    "以下时间均为北京时间 2026-11-23 14:05:06",
    "Note: Local timezone is +0100 (CET)\nNov 23 07:05:06 host",
]

UNZONED = [
    "2026/11/23 14:05:06",
    "Mon Nov 23 14:05:06 2026",
    "Mon Nov 23 14:05:06 CST 2026",  # Chicago's or China's: nobody knows
    "11/23/2026 2:05:06 PM",
    "23.11.2026 14:05:06",
    "2026年11月23日14时05分06秒",
]


@pytest.mark.parametrize("text", ZONED)
def test_a_time_with_a_zone_is_a_moment(text: str) -> None:
    """Every form gives the same moment."""
    found = times.find(level(text).text, NOW)
    assert [each.value for each in found] == ["2026-11-23T06:05:06Z"]


@pytest.mark.parametrize("text", UNZONED)
def test_a_time_without_a_zone_is_no_moment(text: str) -> None:
    """It is shown as it stands, believed less, and never taken for UTC."""
    (found,) = times.find(level(text).text, NOW)
    assert found.moment is None
    assert found.value == "2026-11-23T14:05:06"
    assert found.confidence < 0.9


def test_a_log_line_without_a_year_means_the_last_such_day() -> None:
    """In November a line of December is of last year; without a clock it stays unread."""
    assert times.find("Dec  3 14:05:06 host sshd[1]", NOW)[0].value == "2025-12-03T14:05:06"
    assert times.find("Nov 23 14:05:06 host sshd[1]", NOW)[0].value == "2026-11-23T14:05:06"
    assert times.find("Nov 23 14:05:06 host sshd[1]", None) == []


def test_day_and_month_are_not_guessed() -> None:
    """3 April or 4 March: neither."""
    assert times.find("03/04/2026 14:05", NOW) == []


def test_what_is_no_time_is_none() -> None:
    """Versions, ratios, dates that do not exist."""
    assert times.find("2026-02-30 14:05, 1.2.3 4:5, 25:61, 31 Nov 2026 24:00", NOW) == []


@given(st.text(alphabet="0123456789-/:. TZ+年月日时分秒下午NovAMPJan()UTC", max_size=120))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever stands there, it answers in order and without overlap."""
    found = times.find(text, NOW)
    assert all(first.end <= second.offset for first, second in pairwise(found))
