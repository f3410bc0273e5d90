"""The bench of the reader: its samples are true, its counts right, and the reader finds everything in them."""

import email
import itertools
from random import Random

import pytest

from comity.formats import reading
from comity.services.operate import bench_read
from comity.services.operate.sample_reports import DIALECTS, make


def test_the_reader_finds_everything_and_claims_nothing_wrong() -> None:
    """100 % of type, source address, recipient and Message-ID, in every dialect."""
    rows = bench_read.recall(20, seed=5)
    assert [row.dialect for row in rows] == list(DIALECTS)
    for row in rows:
        assert row.right == dict.fromkeys(bench_read.FIELDS, 20), row.dialect
        assert (row.reports, row.wrong) == (20, 0)


def test_a_reader_that_finds_less_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench compares with the truth: an answer that is missing is not right, one that differs is wrong."""
    good = reading.read(make(Random(1), "strict", 2500)[0])  # noqa: S311 - a sample, no secret
    monkeypatch.setattr(bench_read.reading, "read", lambda data: good)
    rows = bench_read.recall(3, seed=2)
    assert all(row.wrong > 0 for row in rows)
    assert all(row.right["message_id"] == 0 for row in rows)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_sample_is_the_same_again_from_the_same_seed(dialect: str) -> None:
    """And another from another; the truth stands in it, and the standard library can parse it."""
    data, truth = make(Random(1), dialect, 3000)  # noqa: S311 - a sample, no secret
    assert make(Random(1), dialect, 3000) == (data, truth)  # noqa: S311
    assert make(Random(2), dialect, 3000)[0] != data  # noqa: S311
    assert truth.message_id.encode() in data
    assert email.message_from_bytes(data).is_multipart()


def test_samples_are_of_the_size_asked_for() -> None:
    """The reported body makes up for it; a form without a body stays small."""
    for size in (12_000, 100_000):
        lengths = {dialect: len(make(Random(1), dialect, size)[0]) for dialect in DIALECTS}  # noqa: S311
        assert all(size / 2 < length < size * 1.2 for name, length in lengths.items() if name != "headers-only")
    assert [len(bench_read.samples(25, 3000, 1)), len(set(bench_read.samples(25, 3000, 1)))] == [25, 25]


@pytest.mark.parametrize("size", [6_000, 12_000, 60_000])
def test_the_mean_of_the_samples_is_the_size_asked_for(size: int) -> None:
    """Within two per cent, with the small dialect in it; what makes the size is the text of the reported mail, not its header."""
    data = bench_read.samples(200, size, 1)
    assert size * 0.98 < sum(map(len, data)) / len(data) < size * 1.02
    heads = [each.partition(b"Content-Transfer-Encoding: 8bit")[0] for each in data]
    assert max(map(len, heads)) < 3000
    assert len({len(each) // 1000 for each in data}) > 4  # reported mails are of many sizes


def test_speed_is_counted_by_the_clock_that_is_given() -> None:
    """Ours and the peer's on the same bytes; a clock of one second a look gives one batch a second to both."""
    ticks = itertools.count()
    measured = bench_read.speed(bench_read.samples(10, 3000, 1), lambda: float(next(ticks)))
    assert (measured.reports, measured.read_per_second, measured.peer_parse_per_second, measured.ratio) == (
        10,
        10,
        10,
        1,
    )
    assert 1000 < measured.bytes_each < 5000


def test_growth_names_each_size() -> None:
    """One row a size, by the clock that is given."""
    ticks = itertools.count()
    rows = bench_read.growth((300_000, 900_000), 1, lambda: float(next(ticks)))
    assert [row.size // 100_000 for row in rows] == [2, 8]
    assert all(row.microseconds > 0 for row in rows)


def test_ours_and_the_peer_change_places_after_every_round() -> None:
    """Whoever reads second finds the bytes warm: a clock that runs three times as quickly for the first gives both the same."""
    looks, now = 0, 0.0

    def clock() -> float:
        nonlocal looks, now
        # Two looks a turn, two turns a lot: the first turn of every lot takes three seconds, the second takes one.
        now += (0.0, 3.0, 0.0, 1.0)[looks % 4]
        looks += 1
        return now

    assert bench_read.speed(bench_read.samples(10, 3000, 1), clock).ratio == 1
