"""Times as they are written in public forms."""

from collections.abc import Iterable
from datetime import datetime


def instant(moment: datetime | None) -> str | None:
    """A moment in UTC, to the second; null where there is none.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 3, 1, 8, tzinfo=UTC))
    '2026-03-01T08:00:00Z'
    """
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The earliest that there is."""
    return min((each for each in moments if each is not None), default=None)
