"""Queries that show what people teach, and those about campaigns that are junked for a while.

Answers:    ``LearningViews``, a part of ``comity.store.learning.samples.Learning``.
Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Row, func, insert, select, type_coerce, update

from comity.model.learning import BY_OPERATOR, SampleState, VersionKind
from comity.services.judge.learning.rows import JunkedRow, SampleRow, VersionRow, Which
from comity.store.tables.learning import junked_campaign, model_member, model_version, training_sample
from comity.store.tables.sending import complaint

_DAY: Final = 86_400_000_000  # microseconds
_FIRST_DAY: Final = date(1970, 1, 1)
_TAUGHT: Final = (SampleState.TRAINED.value, SampleState.SETTLED.value)


class LearningViews:
    """What is shown."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self) -> Mapping[tuple[str, str | None], int]:
        """How many samples there are in each state, by reason."""
        columns = (training_sample.c.state, training_sample.c.reason)
        query = select(*columns, func.count().label("n")).group_by(*columns).order_by(*columns)
        return {(row.state, row.reason): row.n for row in self._connection.execute(query)}

    def said_by_day(self, since: datetime, until: datetime) -> Mapping[tuple[date, bool], int]:
        """How many samples entered on each day, spam or not."""
        one = training_sample.c
        number = (type_coerce(one.arrived, BigInteger) // _DAY).label("number")
        query = select(number, one.spam, func.count().label("n")).where(one.arrived >= since, one.arrived < until)
        rows = self._connection.execute(query.group_by(number, one.spam))
        return {(_FIRST_DAY + timedelta(days=row.number), bool(row.spam)): row.n for row in rows}

    def in_state(self, state: SampleState, most: int) -> Sequence[SampleRow]:
        """Samples in a state, those whose time comes first at first, with how many cohorts say the same of the campaign."""
        one, other = training_sample.c, training_sample.alias("other")
        agreeing = (
            select(func.count(other.c.cohort.distinct()))
            .where(
                other.c.campaign == one.campaign, other.c.spam == one.spam, other.c.state != SampleState.RETRACTED.value
            )
            .scalar_subquery()
        )
        query = select(
            one.id,
            one.spam,
            one.campaign,
            one.gate,
            one.arrived,
            one.eligible_at,
            one.vetted,
            one.raw_id,
            agreeing.label("n"),
        ).where(one.state == state.value)
        return [
            SampleRow(
                sample_id=row.id,
                spam=row.spam,
                campaign=row.campaign,
                gate=row.gate,
                arrived=row.arrived,
                eligible_at=row.eligible_at,
                vetted=row.vetted,
                has_mail=row.raw_id is not None,
                agreeing=row.n,
            )
            for row in self._connection.execute(query.order_by(one.eligible_at, one.id).limit(most))
        ]

    def next_eligible(self) -> datetime | None:
        """When the next one's time comes."""
        waits = training_sample.c.state == SampleState.WAITING.value
        found: datetime | None = self._connection.scalar(select(func.min(training_sample.c.eligible_at)).where(waits))
        return found

    def sources(self) -> tuple[int, int]:
        """How many mailboxes, and campaigns, the serving model learnt from."""
        query = select(
            func.count(training_sample.c.reporter.distinct()).label("reporters"),
            func.count(training_sample.c.campaign.distinct()).label("campaigns"),
        ).join(model_member, model_member.c.sample_id == training_sample.c.id)
        row = self._connection.execute(query.where(model_member.c.until.is_(None))).one()
        return row.reporters, row.campaigns

    def which(self, which: Which) -> Sequence[int]:
        """The samples that are meant and not taken out yet."""
        one = training_sample.c
        query = select(one.id).where(one.state.not_in((SampleState.RETRACTED.value, SampleState.SETTLED.value)))
        if which.complaint_id is not None:
            this = select(complaint.c.key, complaint.c.not_spam).where(complaint.c.id == which.complaint_id)
            row = self._connection.execute(this).first()
            if row is None:
                return []
            query = query.where(one.complaint == row.key, one.spam.is_(not row.not_spam))
        if which.samples:
            query = query.where(one.id.in_(which.samples))
        for column, value in (
            (one.reporter, which.reporter),
            (one.peer, which.peer),
            (one.campaign, which.campaign),
        ):
            if value is not None:
                query = query.where(column == value)
        return list(self._connection.scalars(query.order_by(one.id)))

    def lessons_of(self, reporter: str, since: datetime) -> tuple[int, int]:
        """Of one mailbox: how many campaigns taught since then, and how many samples the operator took out."""
        one = training_sample.c
        mine = (one.reporter == reporter) & (one.arrived >= since)
        taught = select(func.count(one.campaign.distinct())).where(mine, one.state.in_(_TAUGHT))
        out = select(func.count()).where(mine, one.state == SampleState.RETRACTED.value, one.reason == BY_OPERATOR)
        return int(self._connection.scalar(taught) or 0), int(self._connection.scalar(out) or 0)

    # -- versions

    def current(self) -> VersionRow | None:
        """The model that serves."""
        query = select(model_version).where(model_version.c.serves.is_(True))
        row = self._connection.execute(query.order_by(model_version.c.id.desc()).limit(1)).first()
        return None if row is None else _version(row)

    def versions(self, most: int) -> Sequence[VersionRow]:
        """The newest ones, newest first."""
        query = select(model_version).order_by(model_version.c.id.desc()).limit(most)
        return [_version(row) for row in self._connection.execute(query)]

    def version(self, number: int) -> VersionRow | None:
        """One of them."""
        row = self._connection.execute(select(model_version).where(model_version.c.id == number)).first()
        return None if row is None else _version(row)

    # -- the fast lane

    def voices(self, campaign: str, since: datetime, *, spam: bool) -> tuple[int, int]:
        """Vetted people, and cohorts of them, who said it about a campaign since then."""
        one = training_sample.c
        query = select(
            func.count(one.reporter.distinct()).label("people"), func.count(one.cohort.distinct()).label("cohorts")
        ).where(
            one.campaign == campaign,
            one.spam.is_(spam),
            one.vetted.is_(True),
            one.delivered.is_(True),
            one.arrived >= since,
            one.state != SampleState.RETRACTED.value,
        )
        row = self._connection.execute(query).one()
        return row.people, row.cohorts

    def junk(self, campaign: str, *, since: datetime, until: datetime, people: int) -> None:
        """A campaign is junked."""
        values = {"campaign": campaign, "since": since, "until": until, "people": people}
        self._connection.execute(insert(junked_campaign), values)

    def junked(self, now: datetime, campaign: str | None = None) -> Sequence[JunkedRow]:
        """What is junked now: all, or this campaign."""
        query = select(junked_campaign).where(junked_campaign.c.until > now, junked_campaign.c.lifted.is_(None))
        if campaign is not None:
            query = query.where(junked_campaign.c.campaign == campaign)
        return [
            JunkedRow(junked_id=row.id, campaign=row.campaign, since=row.since, until=row.until, people=row.people)
            for row in self._connection.execute(query.order_by(junked_campaign.c.id))
        ]

    def lift(self, campaign: str, *, by: str, at: datetime) -> int:
        """A campaign is junked no more; how many rows that were."""
        standing = (junked_campaign.c.until > at) & junked_campaign.c.lifted.is_(None)
        lifting = update(junked_campaign).where(junked_campaign.c.campaign == campaign, standing)
        return self._connection.execute(lifting.values(lifted=at, lifted_by=by)).rowcount


def _version(row: Row[Any]) -> VersionRow:
    return VersionRow(
        version=row.id,
        kind=VersionKind(row.kind),
        at=row.at,
        serves=row.serves,
        digest=row.digest,
        base=row.base,
        spam=row.spam,
        legitimate=row.legitimate,
        added=row.added,
        removed=row.removed,
        left_out=row.left_out,
        locked=row.locked,
        lost=row.lost,
        missed=row.missed,
        reason=row.reason,
    )
