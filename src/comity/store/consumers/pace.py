"""Queries about what parties were told about campaigns.

Limits:     one connection, no commits.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, tuple_

from comity.feedback.pacing import KnownCampaign
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.consumers.pace import campaign_complainer, campaign_told, report_campaign
from comity.store.tables.sending import report_out

_Key = tuple[str, bytes]


class CampaignPace:
    """What each party knows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, keys: Collection[_Key]) -> Mapping[_Key, KnownCampaign]:
        """These campaigns of these parties."""
        found = {}
        columns = tuple_(campaign_told.c.party, campaign_told.c.campaign)
        for some in chunks(sorted(keys)):
            for row in self._connection.execute(select(campaign_told).where(columns.in_(some))):
                found[row.party, row.campaign] = KnownCampaign(
                    first=row.first, last=row.last, told=row.told, complaints=row.complaints, resolved=row.resolved
                )
        return found

    def complained(self, keys: Collection[_Key], complainers: Collection[str]) -> set[tuple[str, bytes, str]]:
        """Who of these has complained about which of these campaigns."""
        table = campaign_complainer
        found: set[tuple[str, bytes, str]] = set()
        for some in chunks(sorted(keys)):
            query = select(table.c.party, table.c.campaign, table.c.complainer)
            rows = self._connection.execute(query.where(tuple_(table.c.party, table.c.campaign).in_(some)))
            found |= {(row.party, row.campaign, row.complainer) for row in rows if row.complainer in complainers}
        return found

    def put(
        self, campaigns: Mapping[_Key, KnownCampaign], complainers: Collection[tuple[str, bytes, str]], at: datetime
    ) -> None:
        """Campaigns as they are now, and who complained."""
        adding = upsert(campaign_told)
        names = ("first", "last", "told", "complaints", "resolved")
        self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=["party", "campaign"], set_={name: adding.excluded[name] for name in names}
            ),
            [
                {"party": party, "campaign": campaign} | {name: getattr(known, name) for name in names}
                for (party, campaign), known in sorted(campaigns.items())
            ],
        )
        if complainers:
            self._connection.execute(
                upsert(campaign_complainer).on_conflict_do_nothing(),
                [
                    {"party": party, "campaign": campaign, "complainer": who, "at": at}
                    for party, campaign, who in sorted(complainers)
                ],
            )

    def campaign_of(self, report_id: int) -> _Key | None:
        """Which campaign a report was about, and whom it told."""
        query = (
            select(report_out.c.party, report_campaign.c.campaign)
            .join(report_out, report_out.c.report_id == report_campaign.c.report_id)
            .where(report_campaign.c.report_id == report_id)
        )
        row = self._connection.execute(query).first()
        return None if row is None else (row.party, row.campaign)

    def belongs(self, reports: Sequence[tuple[int, bytes]]) -> None:
        """These reports are about these campaigns."""
        if reports:
            rows = [{"report_id": number, "campaign": campaign} for number, campaign in reports]
            self._connection.execute(insert(report_campaign), rows)

    def forget(self, before: datetime) -> int:
        """Forget campaigns about which nobody has complained since; how many there were."""
        self._connection.execute(delete(campaign_complainer).where(campaign_complainer.c.at < before))
        return self._connection.execute(delete(campaign_told).where(campaign_told.c.last < before)).rowcount
