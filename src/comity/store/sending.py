"""Queries about what leaves: complaints, and the reports made of them.

Answers:    ``Sending``, which fits ``comity.services.complain.rows.SendingRows``; the outbox is in ``comity.store.outbox``.
Limits:     one connection, no commits.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, Table, Text, bindparam, func, insert, select, type_coerce, update
from sqlalchemy.sql.dml import ReturningInsert

from comity.model.sending import ComplaintState, OutboxState
from comity.services.complain.rows import DueComplaint, KnownComplaint, NewComplaint, Outgoing, ShuntedComplaint, Told
from comity.services.receive.answering import Answerable
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.dialects import number_of_new
from comity.store.outbox import Outbox
from comity.store.tables.intake import item, raw, report_row
from comity.store.tables.sending import complaint, outbox, outcome_told, report_out


class Sending(Outbox):
    """Complaints, reports of ours, and the outbox."""

    # -- complaints

    def complaints_by_key(self, keys: Sequence[bytes]) -> Sequence[KnownComplaint]:
        """Complaints about one of these mails in one of these mailboxes, of both kinds."""
        return [
            KnownComplaint(
                complaint_id=row.id,
                key=row.key,
                not_spam=row.not_spam,
                state=ComplaintState(row.state),
                last_said=max(row.arrived, row.taken_back or row.arrived),
            )
            for part in chunks(keys)
            for row in self._connection.execute(_KNOWN.where(complaint.c.key.in_(part)))
        ]

    def add_complaint(self, row: NewComplaint) -> int:
        """A new complaint, or one that was taken back and is made again."""
        values = {
            "key": row.key,
            "not_spam": row.not_spam,
            "raw_id": self._kept(row),
            "name": row.name,
            "mailbox": row.mailbox,
            "mailbox_token": row.mailbox_token,
            "arrived": row.arrived,
            "due": row.due,
            "state": ComplaintState.WAITING.value,
            "repeats": 0,
            "taken_back": None,
            "decided": None,
            "refusals": None,
        }
        return self._connection.execute(_COMPLAIN, values).scalar_one()

    def _kept(self, row: NewComplaint) -> int:
        """The number of the bytes; bytes that were dropped are kept again."""
        values = {
            "digest": row.digest,
            "size": row.size,
            "arrived": row.arrived,
            "data": row.packed,
            "kept_until": row.kept_until,
            **number_of_new(self._connection, raw),
        }
        return self._connection.execute(_KEEP, values).scalar_one()

    def count_repeat(self, complaint_id: int) -> None:
        """The same complaint came again."""
        this = complaint.c.id == complaint_id
        self._connection.execute(update(complaint).where(this).values(repeats=complaint.c.repeats + 1))

    def due(self, now: datetime, most: int, *, room: int, without: Sequence[int] = ()) -> Sequence[DueComplaint]:
        """Complaints whose time has come, oldest first, with not more than ``room`` bytes as they are kept, but one at least;
        those that are at work already are left out.
        """
        waits = (
            complaint.c.state == ComplaintState.WAITING.value,
            complaint.c.due <= now,
            complaint.c.id.not_in(without),
        )
        chosen: list[int] = []
        for row in self._connection.execute(_SIZES.where(*waits).order_by(complaint.c.due, complaint.c.id).limit(most)):
            room -= row.bytes
            if chosen and room < 0:
                break
            chosen.append(row.id)
        query = _WITH_BYTES.where(complaint.c.id.in_(chosen)).order_by(complaint.c.due, complaint.c.id)
        return [_due(row) for row in self._connection.execute(query)] if chosen else []

    def still_waiting(self, complaint_ids: Sequence[int]) -> set[int]:
        """Which of these nobody took back."""
        query = select(complaint.c.id).where(complaint.c.state == ComplaintState.WAITING.value)
        return {
            row.id
            for part in chunks(complaint_ids)
            for row in self._connection.execute(query.where(complaint.c.id.in_(part)))
        }

    def waiting_of(self, mailbox: str, *, since: datetime) -> Sequence[int]:
        """The complaints of one mailbox that wait, and were made since then."""
        waits = complaint.c.state == ComplaintState.WAITING.value
        asked = select(complaint.c.id).where(waits, complaint.c.arrived >= since, complaint.c.mailbox == mailbox)
        return list(self._connection.scalars(asked))

    def wait_until(self, complaint_ids: Sequence[int], until: datetime) -> None:
        """Let these wait until then."""
        for some in chunks(complaint_ids):
            self._connection.execute(update(complaint).where(complaint.c.id.in_(some)).values(due=until))

    def settle(self, complaint_id: int, state: ComplaintState, *, at: datetime, refusals: Sequence[Any] = ()) -> None:
        """Say what became of a complaint; from now on nobody needs to know whose mailbox it was."""
        values: dict[str, Any] = {"state": state.value, "mailbox": None}
        if state in (ComplaintState.TAKEN_BACK, ComplaintState.RETRACTED):
            values["taken_back"] = at
        self._connection.execute(update(complaint).where(complaint.c.id == complaint_id).values(values))

    def shunt(self, complaint_id: int, *, reason: str, detail: str | None, at: datetime) -> None:
        """Put a complaint aside, or count one more try; whose mailbox it was is kept for the next one."""
        this = complaint.c.id == complaint_id
        before = self._connection.scalar(select(complaint.c.refusals).where(this)) or [{}]
        why = {"reason": reason, "party": None, "detail": detail, "tries": before[0].get("tries", 0) + 1}
        values = {"state": ComplaintState.SHUNTED.value, "decided": at, "refusals": [why]}
        self._connection.execute(update(complaint).where(this).values(values))

    def shunted(
        self, complaint_ids: Sequence[int] = (), *, after: int = 0, most: int | None = None
    ) -> Sequence[ShuntedComplaint]:
        """Complaints that were put aside, oldest first: all, or these, or so many after that number."""
        query = _WITH_BYTES.where(complaint.c.state == ComplaintState.SHUNTED.value).order_by(complaint.c.id)
        query = query.where(complaint.c.id > after).limit(most)
        if complaint_ids:
            query = query.where(complaint.c.id.in_(complaint_ids))
        return [
            ShuntedComplaint(
                due=_due(row),
                reason=why.get("reason", "fault"),
                detail=why.get("detail"),
                tries=why.get("tries", 1),
                first=row.arrived,
                last=row.decided or row.due,
            )
            for row in self._connection.execute(query)
            for why in (row.refusals or [{}])[:1]
        ]

    def count_shunted(self) -> int:
        """How many complaints were put aside."""
        query = select(func.count()).where(complaint.c.state == ComplaintState.SHUNTED.value)
        return int(self._connection.scalar(query) or 0)

    def wait_again(self, complaint_ids: Sequence[int]) -> None:
        """These are to be decided on, as if they had waited until now."""
        these = complaint.c.id.in_(complaint_ids) & (complaint.c.state == ComplaintState.SHUNTED.value)
        self._connection.execute(update(complaint).where(these).values(state=ComplaintState.WAITING.value))

    def decided(self, refusals: Mapping[int, Sequence[Any]], at: datetime) -> None:
        """These complaints are decided, each with its named noes and its steps."""
        if not refusals:
            return
        this = complaint.c.id == bindparam("complaint_id")
        values: dict[str, Any] = {
            "state": ComplaintState.DECIDED.value,
            "mailbox": None,
            "decided": at,
            "refusals": bindparam("noes"),
        }
        self._connection.execute(
            update(complaint).where(this).values(values),
            [{"complaint_id": number, "noes": list(noes) or None} for number, noes in refusals.items()],
        )

    def complaint_counts(self) -> dict[str, int]:
        """How many complaints there are in each state."""
        query = select(complaint.c.state, func.count()).group_by(complaint.c.state)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def told_nobody(self, most: int) -> list[Row[Any]]:
        """Complaints that ended, at least for one party, without a report: the newest, oldest first."""
        ended = (ComplaintState.TAKEN_BACK.value, ComplaintState.RETRACTED.value, ComplaintState.SHUNTED.value)
        query = (
            select(complaint.c.id, complaint.c.name, complaint.c.state, complaint.c.arrived, complaint.c.refusals)
            .where(complaint.c.state.in_(ended) | _HAS_NOES)
            .order_by(complaint.c.id.desc())
            .limit(most)
        )
        return list(reversed(list(self._connection.execute(query))))

    # -- reports

    def known_reports(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of these reports have been made before."""
        query = select(report_row.c.report_key)
        return {
            row.report_key
            for part in chunks(keys)
            for row in self._connection.execute(query.where(report_row.c.report_key.in_(part)))
        }

    def add_reports(self, reports: Sequence[Outgoing]) -> Sequence[int]:
        """New reports; their numbers in order."""
        if not reports:
            return ()
        first = (self._connection.scalar(select(func.max(report_row.c.id))) or 0) + 1
        numbers = range(first, first + len(reports))
        numbered = list(zip(numbers, reports, strict=True))
        self._connection.execute(insert(report_row), [_report_values(number, each) for number, each in numbered])
        self._connection.execute(insert(report_out), [_out_values(number, each) for number, each in numbered])
        return numbers

    def told_about(self, complaint_id: int) -> Sequence[Told]:
        """The reports of a complaint that were not retracted."""
        query = _TOLD.where(report_out.c.complaint_id == complaint_id, report_row.c.retracted.is_(None))
        return list(self._told(query.order_by(report_row.c.id)))

    def held(self, party: str, reasons: Collection[str], *, most: int) -> Sequence[Told]:
        """Reports for a party that are held for one of these reasons, oldest first."""
        query = _TOLD.where(outbox.c.state == OutboxState.HELD.value, outbox.c.party == party)
        query = query.where(outbox.c.reason.in_(sorted(reasons))).order_by(outbox.c.due, outbox.c.id)
        return list(self._told(query.limit(most)))

    def by_report_name(self, name: str) -> Told | None:
        """The report with this opaque id."""
        return next(self._told(_TOLD.where(report_out.c.name == name)), None)

    def _told(self, query: Select[Any]) -> Iterator[Told]:
        for row in self._connection.execute(query):
            yield Told(
                outgoing=_outgoing(row),
                outbox_id=row.outbox_id,
                state=OutboxState(row.outbox_state),
                packed=row.packed,
                size=row.size,
            )

    def listed(
        self, party: str | None, states: Sequence[OutboxState], most: int, *, after: tuple[Any, ...] | None = None
    ) -> list[Row[Any]]:
        """Mail in the outbox with what is known of the report in it, party by party, oldest first.

        ``after``: party and number of the last one that was shown.
        """
        query = (
            select(
                outbox,
                *(report_out.c[name] for name in ("name", "role", "rule", "outcome", "outcome_at")),
                report_row.c.tier,
                complaint.c.name.label("mail"),
            )
            .outerjoin(report_row, report_row.c.id == outbox.c.report_id)
            .outerjoin(report_out, report_out.c.report_id == outbox.c.report_id)
            .outerjoin(complaint, complaint.c.id == report_out.c.complaint_id)
        )
        one = outbox.alias("one")
        names = select(one.c.id).where(one.c.state.in_([each.value for each in states]))
        if party is not None:
            names = names.where(one.c.party == party)
        if after is not None:
            names = names.where((one.c.party > after[0]) | ((one.c.party == after[0]) & (one.c.id > after[1])))
        # Which they are, an index tells: whole rows are fetched for those alone that are shown.
        names = names.order_by(one.c.party, one.c.id).limit(most)
        query = query.where(outbox.c.id.in_(names.scalar_subquery()))
        return list(self._connection.execute(query.order_by(outbox.c.party, outbox.c.id)))

    def exchanged(self, report_id: int, *, channel_id: int | None, quarter: str | None, day: str) -> None:
        """A report that was held is exchanged now."""
        self._connection.execute(update(report_row).where(report_row.c.id == report_id).values(channel_id=channel_id))
        this = report_out.c.report_id == report_id
        self._connection.execute(update(report_out).where(this).values(quarter=quarter, day=day))

    def retract(self, report_id: int, at: datetime) -> None:
        """A report is counted no more."""
        self._connection.execute(update(report_row).where(report_row.c.id == report_id).values(retracted=at))

    def note_outcome(self, report_id: int, outcome: str, at: datetime) -> None:
        """What the other side did about a report."""
        this = report_out.c.report_id == report_id
        self._connection.execute(update(report_out).where(this).values(outcome=outcome, outcome_at=at))

    # -- outcomes of the reports that others sent us

    def unanswered(self, case_ids: Sequence[str]) -> list[Answerable]:
        """Reports of peers in these cases that nobody has answered."""
        query = (
            select(*ANSWERABLE)
            .join(item, item.c.id == report_row.c.item_id)
            .outerjoin(outcome_told, outcome_told.c.report_id == report_row.c.id)
            .where(report_row.c.case_id.in_(case_ids), report_row.c.direction == "in")
            .where(report_row.c.channel_id.is_not(None), report_row.c.duplicate_of.is_(None))
            .where(outcome_told.c.report_id.is_(None))
            .order_by(report_row.c.id)
        )
        return [answerable(row) for row in self._connection.execute(query)]

    def answered(self, report_id: int, outcome: str, at: datetime) -> None:
        """A report of a peer was answered."""
        self._connection.execute(insert(outcome_told).values(report_id=report_id, outcome=outcome, at=at))


# What ``answerable`` reads.
ANSWERABLE: Final = (
    report_row.c.id,
    report_row.c.peer,
    report_row.c.facts,
    report_row.c.tlp,
    item.c.carrier_message_id,
)


def answerable(row: Any) -> Answerable:
    """A report whose reporter can be told something, out of these columns and whatever stands beside them."""
    return Answerable(
        report_id=row.id, peer=row.peer, line=row.facts, tlp=row.tlp, carrier_message_id=row.carrier_message_id
    )


def _upsert(table: Table, key: Sequence[str], changed: Sequence[str]) -> ReturningInsert[int]:
    """Add a row, or change these columns of the one that has its key; built once, because building costs more than running."""
    adding = upsert(table)
    return adding.on_conflict_do_update(
        index_elements=key, set_={name: adding.excluded[name] for name in changed}
    ).returning(table.c.id)


_WITH_BYTES: Final = select(complaint, raw.c.data, raw.c.size).join(raw, raw.c.id == complaint.c.raw_id)
_SIZES: Final = select(complaint.c.id, func.coalesce(func.length(raw.c.data), 0).label("bytes")).join(
    raw, raw.c.id == complaint.c.raw_id
)
_KEEP: Final = _upsert(raw, ["digest"], ["data", "kept_until"])
_KNOWN: Final = select(
    complaint.c.id,
    complaint.c.key,
    complaint.c.not_spam,
    complaint.c.state,
    complaint.c.arrived,
    complaint.c.taken_back,
)
# The steps stand behind the noes: where they begin what is kept, there are no noes.
_HAS_NOES: Final = complaint.c.refusals.is_not(None) & type_coerce(complaint.c.refusals, Text).not_like('[{"steps":%')
_COMPLAIN: Final = _upsert(
    complaint,
    ["key", "not_spam"],
    ["raw_id", "name", "mailbox", "mailbox_token", "arrived", "due", "state", "taken_back", "decided", "refusals"],
)
_TOLD: Final = (
    select(
        report_row,
        *(each for each in report_out.c if each.name != "report_id"),
        outbox.c.id.label("outbox_id"),
        outbox.c.state.label("outbox_state"),
        outbox.c.data.label("packed"),
        outbox.c.size,
    )
    .join(report_out, report_out.c.report_id == report_row.c.id)
    .join(outbox, outbox.c.report_id == report_row.c.id)
)


def _due(row: Row[Any]) -> DueComplaint:
    return DueComplaint(
        complaint_id=row.id,
        key=row.key,
        not_spam=row.not_spam,
        name=row.name,
        mailbox=row.mailbox,
        mailbox_token=row.mailbox_token,
        packed=row.data,
        size=row.size,
    )


def _report_values(number: int, each: Outgoing) -> dict[str, Any]:
    return {
        "id": number,
        "report_key": each.report_key,
        "direction": "out",
        "channel_id": each.channel_id,
        "peer": each.party,
        "agreement_version": each.agreement_version,
        "definition": each.definition,
        "solicited": each.agreement_version is not None,
        "tier": each.tier,
        "tlp": each.tlp,
        "evidence_class": each.evidence_class,
        "feedback_type": "abuse" if each.evidence_class == "complaint" else each.evidence_class,
        "is_complaint": each.evidence_class == "complaint",
        "source_ip": each.source_ip,
        "observed": each.observed,
        "observed_precision": each.precision,
        "message_id": each.message_id,
        "complainer": each.mailbox_token,
        "dkim_domain": each.dkim_domain,
        "facts": json.dumps(dict(each.facts), separators=(",", ":")),
    }


def _out_values(number: int, each: Outgoing) -> dict[str, Any]:
    return {
        "report_id": number,
        "name": each.name,
        "complaint_id": each.complaint_id,
        "party": each.party,
        "role": each.role,
        "rule": each.rule,
        "reported": each.reported,
        "quarter": each.quarter,
        "day": each.day,
        "source_net": each.source_net,
    }


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(
        report_id=row.id,
        report_key=row.report_key,
        name=row.name,
        complaint_id=row.complaint_id,
        party=row.party,
        role=row.role,
        rule=row.rule,
        agreement_version=row.agreement_version,
        tier=row.tier,
        tlp=row.tlp,
        definition=row.definition,
        evidence_class=row.evidence_class,
        source_ip=row.source_ip,
        source_net=row.source_net,
        observed=row.observed,
        precision=row.observed_precision,
        message_id=row.message_id,
        dkim_domain=row.dkim_domain,
        mailbox_token=row.complainer,
        facts=json.loads(row.facts),
        reported=row.reported,
        channel_id=row.channel_id,
        quarter=row.quarter,
        day=row.day,
        retracted=row.retracted,
        outcome=row.outcome,
    )
