"""Queries about outcomes that nobody told the network that reported: what was found out while its mail was held.

Answers:    ``HeldOutcomes``: ``of(peer)`` each report with the last word about its case, ``counts()`` how many for whom, ``drop``.
Limits:     a report that arrived after the finding is not meant by it. One connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from comity.services.receive.conversation.withheld import HeldOutcome
from comity.store.dialects import insert as upsert
from comity.store.sending import ANSWERABLE, answerable
from comity.store.tables.intake import item, report_row
from comity.store.tables.sending import outcome_dropped, outcome_told
from comity.store.tables.sources.feeds import case_finding


class HeldOutcomes:
    """Rows of outcomes that were held."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, peer: str, most: int, *, report_ids: Sequence[int] = ()) -> list[HeldOutcome]:
        """Those of one peer, by its domain, oldest first: all, or of these reports."""
        columns = (*ANSWERABLE, report_row.c.case_id, case_finding.c.outcome, case_finding.c.at)
        query = _held(select(*columns)).where(report_row.c.peer == peer).order_by(report_row.c.id).limit(most)
        if report_ids:
            query = query.where(report_row.c.id.in_(report_ids))
        return [
            HeldOutcome(
                answerable=answerable(row),
                case_id=row.case_id,
                outcome=row.outcome,
                found=row.at,
            )
            for row in self._connection.execute(query)
        ]

    def counts(self) -> Mapping[str, int]:
        """How many there are, by the domain of the peer."""
        query = _held(select(report_row.c.peer, func.count())).group_by(report_row.c.peer)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def drop(self, report_ids: Sequence[int], *, by: str, at: datetime) -> None:
        """Nobody is told about these any more."""
        for each in report_ids:
            adding = upsert(outcome_dropped).values(report_id=each, by=by, at=at)
            self._connection.execute(adding.on_conflict_do_nothing(index_elements=["report_id"]))


def _held(query: Select[Any]) -> Select[Any]:
    """Reports of peers about whose case something was found out, and that nobody answered.

    What was told is left out before anything else is looked up: of a desk that told all of it, that is each report of a peer.
    """
    other = case_finding.alias("other")
    last = select(func.max(other.c.id)).where(other.c.case_id == report_row.c.case_id).scalar_subquery()
    ended = [
        select(each.c.report_id).where(each.c.report_id == report_row.c.id).exists()
        for each in (outcome_told, outcome_dropped)
    ]
    return (
        query.select_from(report_row)
        .join(item, item.c.id == report_row.c.item_id)
        .join(case_finding, case_finding.c.id == last)
        .where(
            case_finding.c.at >= item.c.arrived,
            report_row.c.direction == "in",
            report_row.c.channel_id.is_not(None),
            report_row.c.duplicate_of.is_(None),
            report_row.c.retracted.is_(None),
            report_row.c.peer.is_not(None),
            *(~each for each in ended),
        )
    )
