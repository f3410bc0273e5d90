"""Queries about mails whose time, as it was agreed on with a peer, is over.

Limits:     one connection, no commits. The bytes are dropped by housekeeping, with all others whose time is over.
"""

from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from comity.store.tables.intake import item, raw, report_row


class Retention:
    """Mails of peers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def end_mails(self, peer: str, before: datetime, now: datetime) -> int:
        """The time of a peer's mails that arrived before a moment is over; how many there were."""
        mails = (
            select(item.c.raw_id)
            .join(report_row, report_row.c.item_id == item.c.id)
            .where(report_row.c.peer == peer, report_row.c.direction == "in", item.c.arrived < before)
        )
        is_kept = or_(raw.c.kept_until.is_(None), raw.c.kept_until > now)
        ended = update(raw).where(raw.c.id.in_(mails), raw.c.data.is_not(None), is_kept).values(kept_until=now)
        return self._connection.execute(ended).rowcount
