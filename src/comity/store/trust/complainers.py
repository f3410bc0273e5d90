"""Queries about who complained, by the peer that was told.

Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from comity.feedback.washing import Complained
from comity.model.tier import Tier
from comity.store.tables.intake import report_row
from comity.store.tables.sending import complaint, report_out

_PERSONAL: Final = (Tier.T2.value, Tier.T3.value)


class Complainers:
    """Our own people's complaints."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def complained(self, since: datetime) -> Mapping[str, Sequence[Complained]]:
        """Complaints since a moment that were reported to a peer, by its domain; held ones named nobody to it."""
        query = (
            select(report_out.c.reported, complaint.c.mailbox_token, complaint.c.arrived)
            .add_columns(report_row.c.tier, report_out.c.day)
            .join(report_row, report_row.c.id == report_out.c.report_id)
            .join(complaint, complaint.c.id == report_out.c.complaint_id)
            .where(complaint.c.arrived >= since, report_out.c.reported.is_not(None))
            .where(complaint.c.not_spam.is_(False), complaint.c.mailbox_token.is_not(None))
            .where(report_row.c.retracted.is_(None))
        )
        found: dict[str, list[Complained]] = {}
        for row in self._connection.execute(query):
            shown = row.day is not None and row.tier in _PERSONAL
            found.setdefault(row.reported, []).append(Complained(who=row.mailbox_token, at=row.arrived, shown=shown))
        return found
