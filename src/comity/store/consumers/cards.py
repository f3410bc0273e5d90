"""Queries for report cards: what was delivered, who complained, and about which campaigns.

Limits:     one connection, no commits. Complaints are read one by one, in the time that is asked for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select

from comity.model import utc_day
from comity.model.decisions import UNTOLD, noes_in
from comity.services.complain.cards.rows import FEWEST, CampaignFigure, ComplaintFigure
from comity.store.chunks import chunks
from comity.store.dialects import COUNTED
from comity.store.dialects import insert as upsert
from comity.store.tables.consumers.delivered import card_mailed, delivered_count
from comity.store.tables.consumers.pace import campaign_complainer, campaign_told, report_campaign
from comity.store.tables.intake import report_row
from comity.store.tables.sending import complaint, report_out

_LOOKED_BACK: Final = 100  # cards and reports of the week stand among each other


class Cards:
    """Numbers over a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_delivered(self, counts: Mapping[tuple[datetime, str, str, str], int]) -> None:
        """Counters of these hours; what was known of the same counter is replaced."""
        self._put(counts, adds=False)

    def add_delivered(self, counts: Mapping[tuple[datetime, str, str, str], int]) -> None:
        """What came on top of counters, or began them."""
        self._put(counts, adds=True)

    def beside(self, counts: Mapping[tuple[datetime, str, str, str], int]) -> tuple[int, int]:
        """What is known of the hours of these counters by other counters: how many mails, in how many of the hours."""
        table, mails, hours = delivered_count.c, 0, set[datetime]()
        for part in chunks(sorted({hour for hour, *_ in counts})):
            for row in self._connection.execute(select(delivered_count).where(table.hour.in_(part))):
                if (row.hour, row.domain, row.source, row.folder) not in counts:
                    mails += row.mails
                    hours.add(row.hour)
        return mails, len(hours)

    def drop_hours(self, hours: Iterable[datetime]) -> None:
        """Nothing is known of these hours any more."""
        for part in chunks(sorted(set(hours))):
            self._connection.execute(delete(delivered_count).where(delivered_count.c.hour.in_(part)))

    def forget_delivered(self, before: date) -> None:
        """Drop the hours of the days before this one."""
        self._connection.execute(delete(delivered_count).where(delivered_count.c.hour < utc_day.begin(before)))

    def _put(self, counts: Mapping[tuple[datetime, str, str, str], int], *, adds: bool) -> None:
        rows = [
            {"hour": hour, "domain": domain, "source": source, "folder": folder, "mails": mails}
            for (hour, domain, source, folder), mails in sorted(counts.items())
        ]
        adding = upsert(delivered_count)
        changing = adding.on_conflict_do_update(
            index_elements=["hour", "domain", "source", "folder"],
            set_={"mails": adding.excluded.mails + (delivered_count.c.mails if adds else 0)},
        )
        for part in chunks(rows):
            self._connection.execute(changing, list(part))

    def delivered(self, since: datetime, until: datetime) -> Mapping[tuple[str, str, str], int]:
        """Mails by domain, source and folder."""
        table = delivered_count.c
        query = select(table.domain, table.source, table.folder, func.sum(table.mails))
        query = query.where(table.hour >= since, table.hour < until).group_by(table.domain, table.source, table.folder)
        return {(row[0], row[1], row[2]): row[3] for row in self._connection.execute(query)}

    def delivered_by_day(self, since: datetime, until: datetime) -> Mapping[tuple[date, str], int]:
        """Mails by day and folder."""
        table, found = delivered_count.c, Counter[tuple[date, str]]()
        query = select(table.hour, table.folder, func.sum(table.mails)).where(table.hour >= since, table.hour < until)
        for hour, folder, mails in self._connection.execute(query.group_by(table.hour, table.folder)):
            found[hour.date(), folder] += int(mails)
        return found

    def complained(self, since: datetime, until: datetime) -> Iterator[ComplaintFigure]:
        """Complaints that were decided, with whom they told or would have told, and whether a signature held."""
        query = (
            select(complaint.c.id, complaint.c.refusals, complaint.c.mailbox_token)
            .where(complaint.c.decided >= since, complaint.c.decided < until, complaint.c.not_spam.is_(False))
            .order_by(complaint.c.id)
        )
        found = self._connection.execute(query).all()
        told: dict[int, dict[str, bool]] = {}
        for part in chunks([row.id for row in found]):
            reports = (
                select(report_out.c.complaint_id, report_out.c.party, report_row.c.dkim_domain)
                .join(report_row, report_row.c.id == report_out.c.report_id)
                .where(report_out.c.complaint_id.in_(part), report_row.c.retracted.is_(None))
            )
            for one in self._connection.execute(reports):
                told.setdefault(one.complaint_id, {})[one.party] = one.dkim_domain is not None
        for row in found:
            noes = noes_in(row.refusals)
            yield ComplaintFigure(
                told=told.get(row.id, {}),
                refused=tuple((each.get("party"), each["reason"]) for each in noes if each.get("reason")),
                who=row.mailbox_token,
                spared=tuple((each.get("party"), each["campaign"]) for each in noes if each.get("campaign")),
            )

    def campaigns(self, party: str | None, since: datetime, most: int) -> Sequence[CampaignFigure]:
        """The campaigns with most complaints that went on since then, each with the name of a report about it."""
        table = campaign_told.c
        query = select(campaign_told).where(table.last >= since).order_by(table.complaints.desc(), table.campaign)
        if party is not None:
            query = query.where(table.party == party)
        found = []
        for row in self._connection.execute(query.limit(most)).all():
            example = (
                select(report_out.c.name)
                .join(report_campaign, report_campaign.c.report_id == report_out.c.report_id)
                .where(report_campaign.c.campaign == row.campaign, report_out.c.party == row.party)
                .order_by(report_out.c.report_id.desc())
            )
            told = campaign_complainer.c
            people = select(told.complainer).where(told.party == row.party, told.campaign == row.campaign)
            found.append(
                CampaignFigure(
                    party=row.party,
                    campaign=row.campaign.hex(),
                    complaints=row.complaints,
                    first=row.first,
                    last=row.last,
                    is_resolved=row.resolved is not None,
                    people=frozenset(self._connection.scalars(people.limit(FEWEST))),
                    report_name=self._connection.scalar(example.limit(1)),
                )
            )
        return found

    def untold(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, str, str | None]]:
        """Complaints that told nobody: when they were decided, the network of the source, and the token of the mailbox."""
        query = (
            select(complaint.c.decided, complaint.c.refusals, complaint.c.mailbox_token)
            .where(complaint.c.decided >= since, complaint.c.decided < until, complaint.c.not_spam.is_(False))
            .order_by(complaint.c.id)
        )
        for row in self._connection.execute(query):
            for each in noes_in(row.refusals):
                if each.get("reason") == UNTOLD and each.get("party"):
                    yield row.decided, each["party"], row.mailbox_token

    def claimed(self, upto: datetime, beside: timedelta = timedelta(0)) -> datetime | None:
        """When the newest period that was mailed ended, of those up to this; ``beside`` is how far behind its end each stands."""
        query = (
            select(card_mailed.c.until).where(card_mailed.c.until <= upto + beside).order_by(card_mailed.c.until.desc())
        )
        found = (each - beside for each in self._connection.scalars(query.limit(_LOOKED_BACK)))
        return next((each for each in found if each == utc_day.midnight(each)), None)

    def claim(self, until: datetime) -> bool:
        """Whether the cards of the period that ended then are still to be mailed; they count as mailed from now on."""
        adding = upsert(card_mailed).values(until=until).on_conflict_do_nothing()
        return self._connection.execute(adding, execution_options=COUNTED).rowcount == 1
