"""What a load takes follows from what was measured, by arithmetic that a person can do again."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.model.outcomes import ComityError
from comity.services.operate.capacity.load import PRESETS, Load
from comity.services.operate.capacity.measured import Judged, Machine, Measured, Worked, read, written
from comity.services.operate.capacity.needs import ends, needs, price

MEASURED = Measured(
    at=datetime(2026, 3, 1, tzinfo=UTC),
    program="1",
    machine=Machine(processor="p", cores=4, memory_mib=8000, system="Linux", python="3.11"),
    judged=Judged(mails=100, size=6000, cpu=0.001, gate_mib=100),
    incoming=Worked(
        count=100, size=12_000, apart=0.002, writer=0.001, rows=1000, raw=500, apart_mib=60, writer_mib=200
    ),
    outgoing=Worked(count=100, size=6000, apart=0.004, writer=0.003, rows=3000, raw=700, apart_mib=50, writer_mib=150),
)
LOAD = Load(
    mailboxes=1000,
    mails=86_400_000,
    complaints=864_000,
    incoming=432_000,
    keep_days=10,
    years=1,
    peak=2,
    mail_peak=3,
)


def test_each_number_by_hand() -> None:
    """3,000 mails, 20 complaints and 10 reports a second at the peak."""
    found = needs(LOAD, MEASURED, busy=0.5)
    assert (found.mails_a_second, found.complaints_a_second, found.incoming_a_second) == (3000, 20, 10)
    assert found.judging == pytest.approx(3)
    assert found.reading == pytest.approx(10 * 0.002 + 20 * 0.004)
    assert found.writing == found.writer_share == pytest.approx(10 * 0.001 + 20 * 0.003)
    assert found.writer_mean == pytest.approx(0.035)
    assert (found.gates, found.readers, found.writers, found.desks_wanted) == (6, 1, 1, 1)
    assert found.memory_mib == pytest.approx(6 * 100 + 60 + 200)
    assert found.raw_bytes == pytest.approx(10 * (432_000 * 500 + 864_000 * 700))
    assert found.rows_bytes == pytest.approx(365 * (432_000 * 1000 + 864_000 * 3000))
    assert (found.backlog, found.backlog_hours) == (0, 0)
    parts = ends(found, MEASURED, busy=0.5, free_bytes=round(found.disk_bytes / 2))
    assert [(each.part, round(each.times, 3)) for each in parts] == [
        ("disk", 0.5),
        ("cores", round(4 * 0.5 / (3 + 0.1 + 0.07), 3)),
        ("writer", round(0.5 / 0.07, 3)),
        ("memory", round(8000 / 860, 3)),
    ]


def test_what_waits_after_an_hour_of_the_peak() -> None:
    """A writer that is busy for longer than it may falls behind, and catches up at the mean; or it never does."""
    load = replace(LOAD, complaints=8_640_000, incoming=0, peak=4)  # 400 a second at the peak, 100 in the mean
    found = needs(load, MEASURED, busy=0.6)
    assert found.writer_share == pytest.approx(1.2)
    assert found.desks_wanted == 2
    assert found.backlog == (400 - 200) * 3600
    assert found.backlog_hours == pytest.approx(200 * 3600 / (200 - 100) / 3600)
    assert needs(replace(load, peak=8, complaints=34_560_000), MEASURED, busy=0.6).backlog_hours == math.inf
    assert needs(replace(load, desks=2), MEASURED, busy=0.6).backlog == 0


def test_money_by_hand() -> None:
    """Cores for 730 hours at the size of the peak, disk at the size of the end."""
    found = needs(LOAD, MEASURED, busy=0.5)
    money = price(found, LOAD, busy=0.5, core_hour=0.1, gb_month=0.2)
    judging, rest = 3 / 0.5 * 73, (0.1 + 0.07) / 0.5 * 73 + found.disk_bytes / 1e9 * 0.2
    assert money.a_month == pytest.approx(judging + rest)
    assert money.a_million_mails == pytest.approx(judging / (86.4 * 730 / 24))
    assert money.a_million_reports == pytest.approx(rest / (1.296 * 730 / 24))
    nothing = replace(LOAD, mails=0, complaints=0, incoming=0)
    free = price(needs(nothing, MEASURED, busy=0.5), nothing, busy=0.5, core_hour=1, gb_month=1)
    assert (free.a_month, free.a_million_mails, free.a_million_reports) == (0, None, None)


@given(st.integers(1, 50), st.floats(0.1, 0.9))
def test_more_load_never_takes_less(factor: int, busy: float) -> None:
    """Every number grows with the load or stays; over as many desks as are wanted no writer is busier than it may be."""
    small = needs(LOAD, MEASURED, busy=busy)
    load = replace(
        LOAD, mails=LOAD.mails * factor, complaints=LOAD.complaints * factor, incoming=LOAD.incoming * factor
    )
    large = needs(load, MEASURED, busy=busy)
    for name in ("cores", "gates", "readers", "memory_mib", "disk_bytes", "desks_wanted", "backlog"):
        assert getattr(large, name) >= getattr(small, name)
    spread = needs(replace(load, desks=large.desks_wanted), MEASURED, busy=busy)
    assert spread.writer_share <= busy + 1e-9


def test_presets_have_the_ratios_that_the_page_says() -> None:
    """20 mails and 0.02 complaints a mailbox and day; national peaks at about 350 complaints a second."""
    for each in PRESETS.values():
        assert (each.mails, each.complaints) == (20 * each.mailboxes, each.mailboxes // 50)
    assert 340 < needs(PRESETS["national"], MEASURED, busy=0.6).complaints_a_second < 350


def test_a_file_comes_back_and_what_is_none_is_refused() -> None:
    """Whatever a file holds, it is the same measurement again, or refused by name."""
    data = written(MEASURED)
    assert read(data, "x") == MEASURED
    for broken in (
        b"",
        b"[]",
        b"[" * 100_000,
        data.replace(b"0.001", b'"a"', 1),
        data.replace(b"0.001", b"-1", 1),
        data.replace(b"0.001", b"NaN", 1),
        data.replace(b"0.001", b"true", 1),
        data.replace(b'"form": 1', b'"form": 2'),
        data.replace(b"+00:00", b""),
    ):
        with pytest.raises(ComityError) as caught:
            read(broken, "x")
        assert caught.value.code == "capacity-file"
