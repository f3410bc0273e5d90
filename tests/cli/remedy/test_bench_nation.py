"""A nation's day on a small scale: filled in or read, the leases stand alike, every phase is told, and nobody is named wrongly."""

import json
from pathlib import Path

import pytest

from comity.cli import main
from comity.services.operate.lease_import import Books
from comity.services.operate.remedy_bench import nation
from comity.services.operate.remedy_bench.book import GeneratedBook
from comity.store.engine import Store, open_store
from comity.store.subscribers.filling import fill, unlike

SIZE = ["--leases", "1000", "--rows", "1000"]


def store_in(folder: Path, name: str) -> Store:
    """An empty one."""
    opened = open_store(folder / name)
    opened.create()
    return opened


@pytest.mark.parametrize("way", [[], ["--book"]])
def test_a_day_says_its_phases(tmp_path: Path, capsys: pytest.CaptureFixture[str], way: list[str]) -> None:
    """Every row is kept and names the true line; the parts of the feed make its whole."""
    assert main(["bench", "nation", *SIZE, *way, "--folder", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["sightings"], found["wrong"], found["leases_unlike"], found["cases"]) == (1000, 0, 0, found["lines"])
    assert (found["leases_per_second"] is None) == (way == [])
    assert found["commit_seconds"] <= found["write_seconds"] + found["conclude_seconds"] + 0.1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_said_in_words(capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Every figure has a sentence."""
    assert main(["--language", language, "bench", "nation", *SIZE]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 20
    assert "[bench." not in shown


def test_what_is_filled_in_is_what_a_book_leaves(tmp_path: Path) -> None:
    """Row for row, with the index and the widths; a row that differs is counted."""
    filled, read = store_in(tmp_path, "filled.db"), store_in(tmp_path, "read.db")
    assert fill(filled.write, nation.leases(500)) == 500
    Books(read.write, None).take([GeneratedBook(nation.lease_lines(500))])
    with filled.read() as one, read.read() as other:
        assert (unlike(other, one), unlike(one, other)) == (0, 0)
        assert (one.leases.counts(), filled.database.indexes(one.connection)) == (
            other.leases.counts(),
            read.database.indexes(other.connection),
        )
    with filled.write() as records:
        records.connection.exec_driver_sql("UPDATE lease SET subscriber = 'line-x' WHERE subscriber = 'line-7'")
    with filled.read() as one, read.read() as other:
        assert unlike(other, one) == 1
    with pytest.raises(ValueError, match="already"):
        fill(filled.write, nation.leases(1))
    filled.close()
    read.close()
