"""The page of lies is true: its numbers are what the plays give, and each row names tests that are there."""

from pathlib import Path

import pytest

from .liars_page import Row, page, rows, withheld

ROOT = Path(__file__).parents[3]
ROWS = rows()


def test_the_page_says_what_the_plays_give() -> None:
    """Whoever changes a bound, or a play, writes the page anew."""
    assert (ROOT / "docs/reference/liars.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("row", ROWS, ids=[row.liar.replace(" ", "-") for row in ROWS])
def test_every_row_is_played(row: Row) -> None:
    """By tests that exist, under these names."""
    for each in row.tests:
        file, _, name = each.partition("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), each


def test_no_liar_of_the_design_is_missing() -> None:
    """Eleven of them; and what is promised for seeds and openings is kept by the plays."""
    assert len(ROWS) == 11
    bound, caught, _ = withheld()
    assert bound < 1 and caught > 980
