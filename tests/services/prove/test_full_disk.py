"""A disk that is full at any page while reports, leaves and roll-ups are written: all of a batch is there or nothing of it."""

from pathlib import Path

from sqlalchemy import func, select, text

from comity.model.outcomes import ComityError, Outcome
from comity.store.engine import open_store
from comity.store.tables.intake import report_row, rollup
from comity.store.tables.ledger import leaf

from ...engines import ONLY_SQLITE
from .two_sides import EAST, NOW, WEST, Side, forwarding, give

ORIGIN = "west.example/to/east.example/2026q4"


def sizes(side: Side) -> tuple[int, int, int]:
    """Leaves, rows, and the sum of the roll-ups."""
    with side.store.read() as rows:
        counted = [rows.connection.scalar(select(func.count()).select_from(table)) for table in (leaf, report_row)]
        total = rows.connection.scalar(select(func.coalesce(func.sum(rollup.c.count), 0)))
    return counted[0] or 0, counted[1] or 0, total or 0


def room(side: Side, pages: int) -> None:
    """So many pages are left on the disk."""
    with side.store.write() as rows:
        there = rows.connection.scalar(text("PRAGMA page_count"))
        rows.connection.execute(text(f"PRAGMA max_page_count = {there + pages}"))


@ONLY_SQLITE
def test_a_writer_whose_disk_is_full_at_any_page(tmp_path: Path) -> None:
    """After each refusal leaves = rows = roll-ups, the ledger holds, and with room again the same batch goes in."""
    west = Side(WEST, str(tmp_path / "west.db"))
    west.pair(EAST)
    written = full = 0
    for pages in range(40):
        room(west, pages % 20)
        try:
            west.reports(EAST, 100 * pages, 100 * pages + 100)
            written += 100
        except ComityError as error:
            assert error.outcome is Outcome.FULL
            full += 1
            assert sizes(west) == (written, written, written)
            room(west, 10_000)
            west.reports(EAST, 100 * pages, 100 * pages + 100)
            written += 100
        assert sizes(west) == (written, written, written)
    assert full > 5, "the disk was full now and then"
    assert west.faults() == []
    west.store.close()


@ONLY_SQLITE
def test_a_receiver_whose_disk_is_full_gives_no_receipt(tmp_path: Path) -> None:
    """What east could not store it did not cosign; west keeps it and gives it again, and both have the same ledger."""
    west, east = Side(WEST), Side(EAST, str(tmp_path / "east.db"))
    west.pair(EAST)
    east.pair(WEST)
    west.now = east.now = NOW
    refused = 0
    for batch in range(12):
        west.reports(EAST, 50 * batch, 50 * batch + 50)
        before = east.size(ORIGIN)
        room(east, batch)
        try:
            steps = give(west, east)
            assert steps[-1].reason is None
        except ComityError as error:
            assert error.outcome is Outcome.FULL
            refused += 1
            assert east.size(ORIGIN) == before
            with west.store.read() as rows:
                head = rows.history.receipted(1)
            assert (head.size if head is not None else 0) == before
            room(east, 10_000)
            give(west, east, forwarding(west, east))
        assert east.size(ORIGIN) == west.size(ORIGIN) == 50 * batch + 50
    assert refused > 2
    assert (west.faults(), east.faults()) == ([], [])
    west.store.close()
    east.store.close()
    again = open_store(tmp_path / "east.db")
    with again.read() as rows:
        assert rows.connection.scalar(select(func.count()).select_from(leaf)) == 600
    again.close()
