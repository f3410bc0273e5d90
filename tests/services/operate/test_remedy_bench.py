"""A town whose truth is known: nobody is told wrongly, and what is said of what helped is what happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.bootstrap.remedy.benching import Benched
from comity.services.operate.lease_import import Books
from comity.services.operate.remedy_bench.healing import heal, lease_rows
from comity.services.operate.remedy_bench.naming import name_them
from comity.services.operate.remedy_bench.town import Town
from comity.store.engine import Store, open_store


class Book:
    """A book in memory."""

    name = "leases.csv"

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def lines(self) -> Iterator[str]:
        return self._lines


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(tmp_path / "comity.db")
    opened.create()
    yield opened
    opened.close()


def test_nobody_is_told_wrongly(store: Store) -> None:
    """Addresses change hands within seconds and clocks are off by two minutes: whoever is named, it was that line."""
    town = Town(400, seed=7)
    Books(store.write, None).take([Book(town.lease_rows())])
    named = name_them(store.write, town.feed(2000), town.infected)
    assert (named.wrong_told, named.wrong_rows) == (0, 0)
    assert named.told > 50
    assert set(named.unresolved) <= {"changed-hands", "port-missing"}


def test_whose_hours_they_are(store: Store, tmp_path: Path) -> None:
    """The feed gathers for a day and comes at three at night; by the shipped ladder everybody is told at eight."""
    town = Town(400, seed=7)
    Books(store.write, None).take([Book(town.lease_rows())])
    telling = Benched(store, (f"line-{at}" for at in range(400)), tmp_path / "notices")
    named = name_them(store.write, town.feed(2000), town.infected, telling=telling)
    assert len(named.hours) == named.told > 50
    parts = (named.feed_hours, named.unnamed_hours, named.own_hours)
    assert sum(named.hours) == pytest.approx(sum(map(sum, parts)))
    assert 3 <= named.feed_hours[0] <= named.feed_hours[-1] < 27.1
    early = [each for each in named.feed_hours if each < 15]  # seen in the second half of a day
    assert len(early) > len(named.feed_hours) / 3, "all infections begin with the first day"
    assert 4.9 < named.own_hours[0] <= named.own_hours[-1] < 5.2


def test_what_helped_is_what_happened(store: Store) -> None:
    """Most points lie within their interval, few lines are called clean that are not, and the difference has the right sign."""
    Books(store.write, None).take([Book(iter(lease_rows(120)))])
    healed = heal(store.write, 120, 3, told=lambda: None)
    assert healed.not_clean <= 0.1 * healed.called_clean
    assert sum(each.is_inside for each in healed.points) >= 0.6 * len(healed.points) > 0
    assert healed.effect.comparison is not None
    assert healed.effect.comparison.share is not None
    assert healed.effect.comparison.share > 0.2
