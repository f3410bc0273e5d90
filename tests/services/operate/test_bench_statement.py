"""The year that is measured is a year as it could be: its counts add up, and it is as large as it says."""

from datetime import date, timedelta

from comity.services.operate.bench_statement import counts_of, networks_of


def test_a_made_day_adds_up() -> None:
    """Classes, networks and countries each add up to the complaints of the day; answers to the outcomes."""
    counts = counts_of(date(2025, 3, 1), networks_of(50), 10**8)
    for beginning in ("report/class/", "report/network/", "report/registrant/", "report/location/"):
        assert sum(n for key, n in counts.items() if key.startswith(beginning)) == counts["report"]
    assert counts["answered/late"] + counts["answered/in-time"] == counts["outcome"]


def test_a_made_year_is_as_large_as_it_says() -> None:
    """The days add up to about the complaints that were asked for."""
    first = date(2025, 1, 1)
    total = sum(counts_of(first + timedelta(days=n), networks_of(20), 10**8)["report"] for n in range(365))
    assert 0.9 < total / 10**8 < 1.1
