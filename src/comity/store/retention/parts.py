"""What of each class is erased, where it is old enough: tables with their conditions.

Standards:  DESIGN.md P3: rows of exchanged reports stay, for they are counted; what names anybody is taken out of them.
Answers:    ``parts_of(connection, of, ...)`` gives ``Part`` after ``Part``: the table, what is due, what no hold keeps, in which
            order, and what becomes of a row (None: it goes).
Limits:     numbers of rows grow with the time at which they came in. Where they did not, a row goes a day later, never sooner.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, or_, select

from comity.ledger.leaf import LeafType
from comity.model.desk import ERASED_CASE, CaseState
from comity.model.learning import SampleState
from comity.model.retention import KeptClass, Spared, Term
from comity.model.searched import Searched
from comity.model.sending import ComplaintState
from comity.store.tables import ledger
from comity.store.tables.cases import abuse_case
from comity.store.tables.intake import LETTER, item, raw, report_row, shunt
from comity.store.tables.learning import training_sample
from comity.store.tables.leases import lease
from comity.store.tables.remedy.infestations import infestation
from comity.store.tables.remedy.notices import notice, self_service_act, self_service_step
from comity.store.tables.remedy.sightings import bot_sighting
from comity.store.tables.retention import erasure_mark
from comity.store.tables.sending import complaint, report_out
from comity.store.tables.sources.logins import mail_login

ERASED: Final = "{}"  # where facts stood
# What travels beside a close holds counts, and the next close goes on from it; acts about agreements prove what holds.
KEPT_LEAVES: Final = (LeafType.DAY_CLOSE.value, LeafType.AGREEMENT.value, LeafType.DISPUTE.value)
_TEACHES: Final = tuple(each.value for each in (SampleState.WAITING, SampleState.ADMITTED, SampleState.TRAINED))
_OVER: Final = (CaseState.CLOSED.value, CaseState.MERGED.value)
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one table."""

    name: str
    table: Table
    due: tuple[Condition, ...]
    free: tuple[Condition, ...] = ()  # no hold keeps them
    order: Any  # a column, by which the oldest go first
    change: Mapping[str, Any] | None = None  # None: the rows go
    said: tuple[str, ...] | None = None  # the columns that the digest is about; None: all
    searched: Searched | None = None  # as what they are found
    mark: str | None = None  # the name of the place from which the next look begins
    undone: Condition | None = None  # not erased yet, whatever its time
    channel: int | None = None  # of the ledger


def parts_of(connection: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    """What is to be erased of one class."""
    yield from _MADE[term.of](connection, term, spared, now=now)


def _raw(_: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    waiting = select(shunt.c.raw_id).where(shunt.c.resolved.is_(None), shunt.c.stage != LETTER)
    aside = select(complaint.c.raw_id).where(complaint.c.state == ComplaintState.SHUNTED.value)
    taught = select(training_sample.c.raw_id).where(
        training_sample.c.raw_id.is_not(None), training_sample.c.state.in_(_TEACHES)
    )
    held = select(item.c.raw_id).where(item.c.case_id.in_(spared.cases))
    reported = select(item.c.raw_id).join(report_row, report_row.c.item_id == item.c.id)
    free = (raw.c.id.not_in(held), raw.c.id.not_in(reported.where(report_row.c.case_id.in_(spared.cases))))
    usual = (
        raw.c.data.is_not(None),
        raw.c.arrived <= term.not_after(now),
        raw.c.id.not_in(waiting.union_all(aside, taught)),
    )
    shown = {"change": {"data": None}, "said": ("id", "digest", "size", "arrived")}
    of = {"name": "raw", "table": raw, "free": free if spared else (), **shown}
    yield Part(due=(*usual, raw.c.kept_until <= now), order=raw.c.kept_until, **of)  # type: ignore[arg-type]
    if term.most is not None:
        late = (*usual, raw.c.arrived < term.before(now))
        yield Part(due=late, order=raw.c.arrived, **of)  # type: ignore[arg-type]


def _normalised(connection: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    before = term.before(now)
    came = boundary(connection, item.c.id, item.c.arrived, before=before)
    told = boundary(connection, complaint.c.id, complaint.c.arrived, before=before)
    open_case = _open_case()
    empty = {"source_ip": None, "source_port": None, "message_id": None, "complainer": None, "facts": ERASED}
    undone = report_row.c.facts != ERASED
    is_old = exists(select(item.c.id).where(item.c.id == report_row.c.item_id, item.c.arrived < before))
    ours = (
        select(report_out.c.report_id)
        .join(complaint, complaint.c.id == report_out.c.complaint_id)
        .where(complaint.c.id <= told, complaint.c.arrived < before)
    )
    over = or_(report_row.c.case_id.is_(None), report_row.c.case_id.not_in(open_case))
    yield Part(
        name="report",
        table=report_row,
        due=(
            undone,
            report_row.c.id > _mark(connection, "report"),
            or_(and_(report_row.c.item_id <= came, is_old), report_row.c.id.in_(ours)),
            over,
        ),
        free=(or_(report_row.c.case_id.is_(None), report_row.c.case_id.not_in(spared.cases)),) if spared else (),
        order=report_row.c.id,
        change=empty,
        searched=Searched.REPORT,
        mark="report",
        undone=undone,
    )
    reports = select(report_row.c.item_id).where(report_row.c.item_id == item.c.id)
    here = or_(item.c.case_id.is_(None), item.c.case_id.not_in(open_case))
    held = exists(reports.where(report_row.c.case_id.in_(spared.cases)))
    yield Part(
        name="item",
        table=item,
        due=(
            item.c.reading != ERASED,
            item.c.id > _mark(connection, "item"),
            item.c.id <= came,
            item.c.arrived < before,
            here,
            ~exists(reports.where(report_row.c.case_id.in_(open_case))),
        ),
        free=(or_(item.c.case_id.is_(None), item.c.case_id.not_in(spared.cases)), ~held) if spared else (),
        order=item.c.id,
        change={"name": "", "carrier_message_id": None, "reading": ERASED},
        searched=Searched.LETTER,
        mark="item",
        undone=item.c.reading != ERASED,
    )


def _payload(connection: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    for channel in connection.execute(select(ledger.channel.c.id).order_by(ledger.channel.c.id)).all():
        yield payload_part(connection, channel.id, term.before(now), spared=spared)


def payload_part(connection: Connection, channel_id: int, before: datetime, *, spared: Spared) -> Part:
    """What travelled beside the leaves of one channel that were submitted before a moment."""
    leaf, payload, name = ledger.leaf.c, ledger.payload, ledger.leaf_name.c
    here = leaf.channel_id == channel_id
    upto = boundary(connection, leaf.position, leaf.submitted, here, before=before)
    kept = select(leaf.position).where(here, leaf.position <= upto, leaf.type.in_(KEPT_LEAVES))
    reports = select(report_row.c.id).where(report_row.c.case_id.in_(spared.cases))
    named = select(name.position).where(
        name.channel_id == channel_id, name.report_id.in_(reports), name.position.is_not(None)
    )
    # Of a channel that we write ourselves it is not known which leaf a report has: a hold keeps the whole of it.
    whole = select(report_row.c.id).where(report_row.c.channel_id == channel_id, report_row.c.case_id.in_(spared.cases))
    return Part(
        name="payload",
        table=payload,
        due=(payload.c.channel_id == channel_id, payload.c.position <= upto, payload.c.position.not_in(kept)),
        free=(payload.c.position.not_in(named), ~exists(whole)) if spared else (),
        order=payload.c.position,
        channel=channel_id,
    )


def _case(_: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    yield Part(
        name="abuse_case",
        table=abuse_case,
        due=(
            abuse_case.c.state.in_(_OVER),
            abuse_case.c.state_since < term.before(now),
            abuse_case.c.key.not_like(f"{ERASED_CASE}%"),
        ),
        free=(abuse_case.c.id.not_in(spared.cases),) if spared else (),
        order=abuse_case.c.state_since,
        change={},
    )


def _sighting(_: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    column = bot_sighting.c
    free = or_(column.subject.is_(None), column.subject.not_in(spared.subjects))
    yield Part(
        name="bot_sighting",
        table=bot_sighting,
        due=(column.taken < term.before(now),),
        free=(free,) if spared else (),
        order=column.taken,
    )


def _notice(_: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    before = term.before(now)
    yield Part(
        name="notice",
        table=notice,
        due=(notice.c.given < before,),
        free=(notice.c.case_id.not_in(spared.cases),) if spared else (),
        order=notice.c.given,
    )
    yield Part(
        name="infestation",
        table=infestation,
        due=(infestation.c.last < before,),
        free=(infestation.c.case_id.not_in(spared.cases),) if spared else (),
        order=infestation.c.last,
    )
    # What was said about cases that have no notice left.
    for table, at in ((self_service_step, self_service_step.c.done), (self_service_act, self_service_act.c.at)):
        yield Part(
            name=table.name,
            table=table,
            due=(table.c.case_id.not_in(select(notice.c.case_id)), at < before),
            free=(table.c.case_id.not_in(spared.cases),) if spared else (),
            order=at,
        )


def _lease(_: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    yield Part(
        name="lease",
        table=lease,
        due=(lease.c.known_until < term.before(now),),
        free=(lease.c.subscriber.not_in(spared.subscribers),) if spared else (),
        order=lease.c.known_until,
    )


def _login(_: Connection, term: Term, spared: Spared, *, now: datetime) -> Iterator[Part]:
    yield Part(
        name="mail_login",
        table=mail_login,
        due=(mail_login.c.seen < term.before(now),),
        free=(mail_login.c.login.not_in(spared.subscribers),) if spared else (),
        order=mail_login.c.seen,
    )


_MADE: Final = {
    KeptClass.RAW: _raw,
    KeptClass.NORMALISED: _normalised,
    KeptClass.PAYLOAD: _payload,
    KeptClass.CASE: _case,
    KeptClass.SIGHTING: _sighting,
    KeptClass.NOTICE: _notice,
    KeptClass.LEASE: _lease,
    KeptClass.LOGIN: _login,
}


def _open_case() -> Select[Any]:
    """Cases that somebody may still work on, with those that went into them."""
    into = abuse_case.alias("into")
    is_over = or_(
        abuse_case.c.state == CaseState.CLOSED.value,
        and_(
            abuse_case.c.state == CaseState.MERGED.value,
            ~exists(select(into.c.id).where(into.c.id == abuse_case.c.merged_into, into.c.state.not_in(_OVER))),
        ),
    )
    return select(abuse_case.c.id).where(~is_over)


def _mark(connection: Connection, part: str) -> int:
    return int(connection.scalar(select(erasure_mark.c.upto).where(erasure_mark.c.part == part)) or 0)


def boundary(connection: Connection, number: Any, moment: Any, *of: Condition, before: datetime) -> int:
    """The largest number before which all rows came in before a moment, by halving; -1 where there is none."""
    first, last = connection.execute(select(func.min(number), func.max(number)).where(*of)).one()
    if first is None:
        return -1
    low, high = first - 1, last  # rows up to ``low`` are old, those behind ``high`` are not
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(
            select(number, moment).where(*of, number <= middle, number > low).order_by(number.desc()).limit(1)
        ).first()
        if row is None or row[1] < before:
            low = middle
        else:
            high = row[0] - 1
    return int(low)
