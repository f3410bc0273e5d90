"""Erase what is old enough, as the running program does once a day: for tests that look at what is left."""

from datetime import datetime
from typing import Any

from comity.model.retention import KeptClass, Spared, Term


def erase_class(records: Any, of: KeptClass, now: datetime, *, days: int = 0, part: str | None = None) -> int:
    """How many rows of a class went; ``part`` counts those of one table."""
    term = Term(of=of, days=days, wanted=days)
    gone = records.erasing.lot(term, Spared(), now, key=b"key", most=100_000)
    return sum(each.n for each in list(gone) if part in (None, each.part))
