"""A file of free days and of weekends that are worked on."""

from datetime import date
from pathlib import Path

import pytest

from comity.bootstrap.conversation import calendars_of
from comity.model.outcomes import ComityError
from comity.settings import read_settings
from comity.settings.calendar.days import read_days

DAYS = """\
# National Day
2026-10-01 free
2026-10-02, 休, national day

2026-10-10 work  makes up for it
2026-09-20\t班
"""


def test_a_list_of_days(tmp_path: Path) -> None:
    """Both words of both languages; what stands behind is for people."""
    file = tmp_path / "days.txt"
    file.write_text(DAYS, encoding="utf-8")
    free, work = read_days(file)
    assert free == {date(2026, 10, 1), date(2026, 10, 2)}
    assert work == {date(2026, 10, 10), date(2026, 9, 20)}
    assert read_days(None) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2026-10-32 free", "days-line"),
        ("2026-10-01", "days-line"),
        ("1.10.2026 free", "days-line"),
        ("2026-10-10 free", "days-both"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: str, code: str) -> None:
    """By file and line: a wrong calendar makes wrong deadlines."""
    file = tmp_path / "days.txt"
    file.write_text(DAYS + line + "\n", encoding="utf-8")
    with pytest.raises(ComityError) as caught:
        read_days(file)
    assert (caught.value.code, caught.value.place) == (code, f"{file}:7")
    with pytest.raises(ComityError) as caught:
        read_days(tmp_path / "nothing")
    assert caught.value.code == "days-file"


def test_the_settings_lead_to_the_calendar(tmp_path: Path) -> None:
    """Days of the settings and of the file, for the receiver's domain."""
    (tmp_path / "days.txt").write_text(DAYS, encoding="utf-8")
    text = (
        '[identity]\ndomain = "west.example"\naddress = "feedback@west.example"\n'
        '[[desk.calendars]]\ndomains = ["east.example"]\ntime_zone = "Asia/Shanghai"\n'
        'holidays = [2026-10-05]\nextra_work_days = [2026-10-17]\ndays_file = "days.txt"\n'
    )
    config = tmp_path / "comity.toml"
    config.write_text(text, encoding="utf-8")
    calendar = calendars_of(read_settings(config))["east.example"]
    assert date(2026, 10, 5) in calendar.holidays and date(2026, 10, 1) in calendar.holidays
    assert calendar.extra_days == {date(2026, 10, 17), date(2026, 10, 10), date(2026, 9, 20)}
