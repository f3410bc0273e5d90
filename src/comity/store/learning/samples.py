"""Queries about what people teach: samples, models, what each model holds.

Answers:    ``Learning``, which fits ``comity.services.judge.learning.rows.LearningRows``; what is only shown, and the campaigns
            that are junked, are in ``comity.store.learning.views``.
Limits:     one connection, no commits.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, delete, func, insert, or_, select, update

from comity.model.learning import SampleState
from comity.services.judge.learning.rows import Due, KnownSample, LessonRow, NewSample, VersionRow
from comity.store.chunks import chunks
from comity.store.dialects import number_of_new
from comity.store.learning.views import LearningViews
from comity.store.tables.intake import raw
from comity.store.tables.learning import model_member, model_version, training_sample
from comity.verdict.admission import Sample

_TEACHES: Final = tuple(each.value for each in (SampleState.ADMITTED, SampleState.TRAINED, SampleState.SETTLED))
_AGAIN: Final = ("lonely", "outweighed")  # what others say later may change these


class Learning(LearningViews):
    """Samples and models."""

    # -- what enters

    def by_key(self, key: bytes) -> Sequence[KnownSample]:
        """What one mailbox said about one mail, the newest first."""
        one = training_sample.c
        query = select(one.id, one.spam, one.state, one.by_operator, one.said).where(one.key == key)
        return [
            KnownSample(
                sample_id=row.id,
                spam=row.spam,
                state=SampleState(row.state),
                by_operator=row.by_operator,
                said=row.said,
            )
            for row in self._connection.execute(query.order_by(one.id.desc()))
        ]

    def add(self, row: NewSample) -> int:
        """A new sample."""
        raw_id = None if row.packed is None else self._kept(row)
        values = {
            "key": row.key,
            "complaint": row.complaint,
            "spam": row.spam,
            "raw_id": raw_id,
            "gate": row.gate,
            "reporter": row.reporter,
            "cohort": row.cohort,
            "peer": row.peer,
            "campaign": row.campaign,
            "delivered": row.delivered,
            "vetted": row.vetted,
            "by_operator": row.by_operator,
            "facts": dict(row.facts) or None,
            "arrived": row.arrived,
            "said": row.arrived,
            "eligible_at": row.eligible_at,
            "state": row.state.value,
            "reason": row.reason,
            "decided": None if row.state is SampleState.WAITING else row.arrived,
        }
        adding = insert(training_sample).returning(training_sample.c.id)
        return int(self._connection.execute(adding, values).scalar_one())

    def _kept(self, row: NewSample) -> int:
        """The number of the bytes; those that are there for another reason stay as long as that says."""
        found = self._connection.execute(select(raw.c.id, raw.c.data).where(raw.c.digest == row.digest)).first()
        if found is not None and found.data is not None:
            return int(found.id)
        values: dict[str, Any] = {"data": row.packed, "kept_until": row.kept_until}
        if found is not None:
            self._connection.execute(update(raw).where(raw.c.id == found.id).values(values))
            return int(found.id)
        values |= {"digest": row.digest, "size": row.size, "arrived": row.arrived}
        values |= number_of_new(self._connection, raw)
        return int(self._connection.execute(insert(raw).returning(raw.c.id), values).scalar_one())

    def said_again(self, sample_id: int, said: datetime) -> None:
        """The same was said once more."""
        values = {"repeats": training_sample.c.repeats + 1, "said": said}
        self._connection.execute(update(training_sample).where(training_sample.c.id == sample_id).values(values))

    def take_out(self, sample_ids: Sequence[int], *, reason: str, at: datetime) -> None:
        """These teach no more; what a model has of them is still in it."""
        values = {"state": SampleState.RETRACTED.value, "reason": reason, "decided": at, "said": at}
        self._change(sample_ids, values)

    def _change(self, sample_ids: Sequence[int], values: Mapping[str, Any]) -> None:
        for part in chunks(sample_ids):
            these = training_sample.c.id.in_(part)
            self._connection.execute(update(training_sample).where(these).values(dict(values)))

    # -- the round

    def due(self, now: datetime) -> Due:
        """What could be learnt now."""
        one = training_sample.c
        waits = or_(
            and_(one.state == SampleState.WAITING.value, one.eligible_at <= now),
            one.state == SampleState.ADMITTED.value,
        )
        query = select(
            func.count().label("n"),
            func.min(one.eligible_at).label("oldest"),
            func.max(case((one.by_operator, 1), else_=0)).label("by_operator"),
        ).where(waits)
        row = self._connection.execute(query).one()
        return Due(
            count=row.n,
            oldest=row.oldest,
            by_operator=bool(row.by_operator),
            to_take_out=bool(self.members_out()),
        )

    def candidates(self, now: datetime, most: int) -> Sequence[Sample]:
        """Samples whose time has come, oldest first, and those of their campaigns that were too lonely."""
        one = training_sample.c
        waits = and_(one.state == SampleState.WAITING.value, one.eligible_at <= now)
        due = list(self._connection.execute(_SAMPLE.where(waits).order_by(one.eligible_at, one.id).limit(most)))
        campaigns = sorted({row.campaign for row in due})
        lonely = [
            row
            for part in chunks(campaigns)
            for row in self._connection.execute(
                _SAMPLE.where(
                    one.campaign.in_(part), one.state == SampleState.REFUSED.value, one.reason.in_(_AGAIN)
                ).limit(most)
            )
        ]
        return [_sample(row) for row in (*due, *lonely)]

    def taught(self, since: datetime) -> Sequence[Sample]:
        """Samples of people that teach, said since then."""
        one = training_sample.c
        query = _SAMPLE.where(one.state.in_(_TEACHES), one.by_operator.is_(False), one.arrived >= since)
        return [_sample(row) for row in self._connection.execute(query)]

    def heard(self, campaigns: Collection[str], before: datetime) -> Mapping[tuple[str, bool], int]:
        """How many cohorts said it about each campaign before that moment, spam or not."""
        one = training_sample.c
        query = select(one.campaign, one.spam, func.count(one.cohort.distinct()).label("n")).where(
            one.delivered.is_(True), one.arrived <= before, one.state != SampleState.RETRACTED.value
        )
        return {
            (row.campaign, row.spam): row.n
            for part in chunks(sorted(campaigns))
            for row in self._connection.execute(query.where(one.campaign.in_(part)).group_by(one.campaign, one.spam))
        }

    def decide(self, fates: Mapping[int, str | None], at: datetime) -> None:
        """Samples that are admitted (None), or refused by name."""
        by_reason: dict[str | None, list[int]] = {}
        for sample_id, reason in fates.items():
            by_reason.setdefault(reason, []).append(sample_id)
        for reason, sample_ids in by_reason.items():
            state = SampleState.ADMITTED if reason is None else SampleState.REFUSED
            self._change(sample_ids, {"state": state.value, "reason": reason, "decided": at})

    def admitted(self, most: int) -> Sequence[LessonRow]:
        """Samples that the next model learns, in order."""
        one = training_sample.c
        query = _LESSON.where(one.state == SampleState.ADMITTED.value).order_by(one.id).limit(most)
        return [_lesson(row) for row in self._connection.execute(query)]

    # -- what a model holds

    def members(self) -> Sequence[int]:
        """The samples that are in the model which serves, in the order in which they were learnt."""
        return self._in_order(_MEMBERS.where(model_member.c.until.is_(None)))

    def members_at(self, version: int) -> Sequence[int]:
        """The samples that were in an earlier one, in that order."""
        return self._in_order(_MEMBERS.where(_was_in(version)))

    def _in_order(self, query: Select[Any]) -> Sequence[int]:
        one = training_sample.c
        return list(self._connection.scalars(query.order_by(one.version, one.place)))

    def lessons(self, sample_ids: Sequence[int]) -> Sequence[LessonRow]:
        """These, in this order, with their mails."""
        found = {
            row.id: _lesson(row)
            for part in chunks(sample_ids)
            for row in self._connection.execute(_LESSON.where(training_sample.c.id.in_(part)))
        }
        return [found[each] for each in sample_ids if each in found]

    def members_out(self) -> Sequence[int]:
        """Those members that are to be taken out."""
        out = training_sample.c.state == SampleState.RETRACTED.value
        return self._in_order(_MEMBERS.where(model_member.c.until.is_(None), out))

    def out_of(self, version: int) -> Sequence[int]:
        """Samples that were in that version and have been taken out, or settled, since."""
        gone = training_sample.c.state != SampleState.TRAINED.value
        return self._in_order(_MEMBERS.where(_was_in(version), gone))

    def settled_of(self, sample_ids: Sequence[int]) -> int:
        """How many of these were learnt for good."""
        query = select(func.count()).where(training_sample.c.state == SampleState.SETTLED.value)
        return sum(
            self._connection.scalar(query.where(training_sample.c.id.in_(part))) or 0 for part in chunks(sample_ids)
        )

    def labels(self, sample_ids: Sequence[int]) -> tuple[int, int]:
        """How many of these are spam, and legitimate."""
        query = select(func.count()).where(training_sample.c.spam.is_(True))
        spam = sum(
            self._connection.scalar(query.where(training_sample.c.id.in_(part))) or 0 for part in chunks(sample_ids)
        )
        return spam, len(sample_ids) - spam

    # -- versions

    def next_version(self) -> int:
        """The number of the next one."""
        return int(self._connection.scalar(select(func.max(model_version.c.id))) or 0) + 1

    def is_known(self, digest: bytes) -> bool:
        """Whether a version had this file."""
        query = select(model_version.c.id).where(model_version.c.digest == digest).limit(1)
        return self._connection.scalar(query) is not None

    def add_version(self, row: VersionRow) -> None:
        """A new one."""
        values = {
            "id": row.version,
            "kind": row.kind.value,
            "at": row.at,
            "serves": row.serves,
            "digest": row.digest,
            "base": row.base,
            "spam": row.spam,
            "legitimate": row.legitimate,
            "added": row.added,
            "removed": row.removed,
            "left_out": row.left_out,
            "locked": row.locked,
            "lost": row.lost,
            "missed": row.missed,
            "reason": row.reason,
        }
        self._connection.execute(insert(model_version), values)

    def trained(self, sample_ids: Sequence[int], version: int, at: datetime) -> None:
        """A version learnt these, in this order; one that was taken back meanwhile is in it, and stays taken back."""
        one = training_sample.c
        for place, sample_id in enumerate(sample_ids):
            this = update(training_sample).where(one.id == sample_id)
            self._connection.execute(this.values(version=version, place=place))
        values = {"state": SampleState.TRAINED.value, "reason": None, "decided": at}
        for part in chunks(sample_ids):
            these = update(training_sample).where(one.id.in_(part), one.state == SampleState.ADMITTED.value)
            self._connection.execute(these.values(values))
        self.joined(sample_ids, version)

    def joined(self, sample_ids: Collection[int], version: int) -> None:
        """These are in the model again."""
        rows = [{"sample_id": each, "since": version, "until": None} for each in sample_ids]
        if rows:
            self._connection.execute(insert(model_member), rows)

    def left(self, sample_ids: Collection[int] | None, version: int) -> None:
        """These are not in the model any more; None: all that were."""
        leaving = update(model_member).where(model_member.c.until.is_(None)).values(until=version)
        if sample_ids is None:
            self._connection.execute(leaving)
            return
        for part in chunks(sorted(sample_ids)):
            self._connection.execute(leaving.where(model_member.c.sample_id.in_(part)))

    def settle(self, sample_ids: Sequence[int], at: datetime) -> None:
        """These were learnt for good; nobody needs their mails any more, nor who said it."""
        values = {"state": SampleState.SETTLED.value, "raw_id": None, "reporter": None, "cohort": None, "decided": at}
        self._change(sample_ids, values)

    def settling(self, before: datetime) -> Sequence[int]:
        """The first members of the model, those that were learnt before that moment."""
        query = _MEMBERS.join(model_version, model_version.c.id == training_sample.c.version)
        return self._in_order(query.where(model_member.c.until.is_(None), model_version.c.at < before))

    def drop_old(self, before: datetime) -> int:
        """Forget samples of before that moment that teach nothing; how many."""
        one = training_sample.c
        inside = select(model_member.c.sample_id).where(model_member.c.until.is_(None))
        kept = one.state.in_((SampleState.WAITING.value, SampleState.ADMITTED.value))
        old = select(one.id).where(one.said < before, ~kept, one.id.not_in(inside)).limit(1000)
        gone = list(self._connection.scalars(old))
        self._connection.execute(delete(model_member).where(model_member.c.sample_id.in_(gone)))
        return self._connection.execute(delete(training_sample).where(one.id.in_(gone))).rowcount


def _was_in(version: int) -> Any:
    until = model_member.c.until
    return and_(model_member.c.since <= version, or_(until.is_(None), until > version))


_MEMBERS: Final[Select[Any]] = select(training_sample.c.id).join(
    model_member, model_member.c.sample_id == training_sample.c.id
)
_LESSON: Final[Select[Any]] = select(
    training_sample.c.id,
    training_sample.c.spam,
    training_sample.c.by_operator,
    training_sample.c.facts,
    raw.c.data,
    raw.c.size,
).outerjoin(raw, raw.c.id == training_sample.c.raw_id)
_SAMPLE: Final[Select[Any]] = select(
    training_sample.c.id,
    training_sample.c.reporter,
    training_sample.c.cohort,
    training_sample.c.peer,
    training_sample.c.campaign,
    training_sample.c.spam,
    training_sample.c.delivered,
    training_sample.c.arrived,
    training_sample.c.state,
)


def _lesson(row: Row[Any]) -> LessonRow:
    return LessonRow(
        sample_id=row.id,
        spam=row.spam,
        by_operator=row.by_operator,
        facts=row.facts or {},
        packed=row.data,
        size=row.size or 0,
    )


def _sample(row: Row[Any]) -> Sample:
    return Sample(
        name=f"{row.id:020d}",
        reporter=row.reporter or "",
        cohort=row.cohort or "",
        peer=row.peer,
        campaign=row.campaign,
        spam=row.spam,
        delivered=row.delivered,
        at=row.arrived,
        teaches=row.state in _TEACHES,
    )
