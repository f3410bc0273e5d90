"""Queries about what came in: bytes, items, reports, roll-ups, the shunt.

Trust:      what is read back was written by us; facts that do not fit any more (another version) are passed over.
Answers:    ``Intake``, which fits ``comity.services.receive.rows.IntakeRows``.
Limits:     one connection, no commits. Of the reports about one mail the newest 32 are given.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, or_, select, update

from comity.cases.duplicates import COMPARED, WAYS
from comity.formats.item_facts import evidence_from_line
from comity.model.case import Evidence
from comity.model.learning import SampleState
from comity.services.receive.rows import (
    EarlierReport,
    ItemRow,
    KnownRaw,
    RawRow,
    ReportRow,
    ShuntRow,
)
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert as Upsert
from comity.store.dialects import among
from comity.store.dialects import insert as upsert
from comity.store.tables.intake import LETTER, item, raw, report_row, rollup, rollup_day, shunt

_MANY: Final = 2000
_TEACHES: Final = tuple(each.value for each in (SampleState.WAITING, SampleState.ADMITTED, SampleState.TRAINED))


class Intake:
    """Rows of what came in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_ids(self) -> tuple[int, int, int]:
        """The first free number for bytes, items and reports; nobody else writes in this transaction."""
        raw_id, item_id, report_id = (
            (self._connection.scalar(select(func.max(table.c.id))) or 0) + 1 for table in (raw, item, report_row)
        )
        return raw_id, item_id, report_id

    def known_raw(self, digests: Sequence[bytes]) -> Mapping[bytes, KnownRaw]:
        """Which of these bytes came before."""
        query = (
            select(raw.c.digest, raw.c.id, item.c.id, shunt.c.id)
            .outerjoin(item, item.c.raw_id == raw.c.id)
            .outerjoin(shunt, (shunt.c.raw_id == raw.c.id) & shunt.c.resolved.is_(None))
        )
        return {
            digest: KnownRaw(raw_id=raw_id, item_id=item_id, shunt_id=shunt_id)
            for part in chunks(digests)
            for digest, raw_id, item_id, shunt_id in self._connection.execute(
                query.where(among(self._connection, raw.c.digest, part))
            )
        }

    def reports_by_key(self, keys: Sequence[bytes]) -> Sequence[EarlierReport]:
        """Reports with one of these identities."""
        these = (among(self._connection, report_row.c.report_key, part) for part in chunks(keys))
        return [found for each in these for found in self._earlier(_EARLIER.where(each))]

    def reports_about(self, message_ids: Sequence[str], complaint_keys: Sequence[bytes]) -> Sequence[EarlierReport]:
        """Reports about these mails, the newest few of each, and those of these complainers; oldest first."""
        found: dict[int, EarlierReport] = {}
        for keys in chunks(complaint_keys):
            found |= _numbered(self._earlier(_EARLIER.where(among(self._connection, report_row.c.complaint_key, keys))))
        for part in chunks(message_ids):
            found |= _numbered(self._about(part))
        return [found[number] for number in sorted(found)]

    def _about(self, message_ids: Sequence[str]) -> list[EarlierReport]:
        """A mail that went to many is asked for alone, so that the reports about it do not all have to be fetched."""
        newest = _EARLIER.order_by(report_row.c.id.desc())
        these = newest.where(among(self._connection, report_row.c.message_id, message_ids))
        rows = list(self._earlier(these.limit(_MANY)))
        if len(rows) < _MANY:
            return rows
        repeats = report_row.c.duplicate_of
        return [
            found
            for each in message_ids
            for sort, most in ((repeats.is_(None), COMPARED), (repeats.is_not(None), COMPARED * WAYS))
            for found in self._earlier(newest.where(report_row.c.message_id == each, sort).limit(most))
        ]

    def _earlier(self, query: Select[Any]) -> Iterator[EarlierReport]:
        for row in self._connection.execute(query):
            yield _earlier_report(row, evidence_from_line(row.facts))

    def add(self, raws: Sequence[RawRow], items: Sequence[ItemRow], reports: Sequence[ReportRow]) -> None:
        """New rows."""
        _RAW.put(self._connection, map(_raw_values, raws))
        _ITEM.put(self._connection, map(_item_values, items))
        _REPORT.put(self._connection, map(_report_values, reports))

    def count_repeats(self, repeats: Mapping[int, int]) -> None:
        """Items that were delivered again, and how often."""
        for item_id, times in repeats.items():
            change = update(item).where(item.c.id == item_id).values(repeats=item.c.repeats + times)
            self._connection.execute(change)

    def count_up(self, counts: Mapping[tuple[int, str, str, str], int]) -> None:
        """Add to the roll-ups: by channel, day, class and network of the source."""
        _COUNTS.put(self._connection, [(*place, count) for place, count in sorted(counts.items())])
        days = Counter[str]()
        for (_, day, _, _), count in counts.items():
            days[day] += count
        _DAYS.put(self._connection, [(day, count, 1) for day, count in sorted(days.items())])

    def shunt(self, row: ShuntRow) -> int:
        """Put an item on the list of what could not be worked off, or count one more try."""
        said = {
            "stage": row.stage,
            "reason": row.reason,
            "detail": row.detail,
            "last": row.at,
            "envelope_from": row.envelope_from,
        }
        adding = upsert(shunt).values(
            raw_id=row.raw_id, gate=row.gate, name=row.name, tries=1, first=row.at, resolved=None, **said
        )
        adding = adding.on_conflict_do_update(
            index_elements=[shunt.c.raw_id], set_={**said, "tries": shunt.c.tries + 1, "resolved": None}
        )
        return int(self._connection.execute(adding.returning(shunt.c.id)).scalar_one())

    def resolve(self, raw_id: int, at: datetime) -> None:
        """A shunted item was worked off after all; from now on nobody needs to know who handed it over."""
        done = {"resolved": at, "last": at, "envelope_from": None}
        self._connection.execute(update(shunt).where(shunt.c.raw_id == raw_id).values(done))

    def bytes_of(self, raw_id: int) -> tuple[bytes, int] | None:
        """The packed bytes and their size; None where they were dropped."""
        found = self._connection.execute(select(raw.c.data, raw.c.size).where(raw.c.id == raw_id)).first()
        return None if found is None or found[0] is None else (bytes(found[0]), found[1])

    def item(self, item_id: int) -> Row[Any] | None:
        """One item with its size, the hash of its bytes, and until when they are kept; ``is_kept`` says whether they are."""
        query = select(item, *_ABOUT_BYTES).join(raw, raw.c.id == item.c.raw_id).where(item.c.id == item_id)
        return self._connection.execute(query).first()

    def shunted_mail(self, shunt_id: int) -> Row[Any] | None:
        """One that was put aside, also one that was worked off since, in the same way."""
        query = select(shunt, *_ABOUT_BYTES).join(raw, raw.c.id == shunt.c.raw_id).where(shunt.c.id == shunt_id)
        return self._connection.execute(query).first()

    def reports_in(self, item_id: int, most: int) -> list[Row[Any]]:
        """The reports that an item carried, in their order."""
        query = select(report_row).where(report_row.c.item_id == item_id).order_by(report_row.c.id).limit(most)
        return list(self._connection.execute(query))

    def shunted(
        self, shunt_ids: Sequence[int] = (), *, resolved: bool = False, after: int = 0, most: int | None = None
    ) -> list[Row[Any]]:
        """What could not be worked off, oldest first: all, or these, or so many after that number."""
        query = select(shunt, raw.c.size).join(raw, raw.c.id == shunt.c.raw_id).order_by(shunt.c.id).limit(most)
        query = query.where(shunt.c.id > after, shunt.c.stage != LETTER)
        if not resolved:
            query = query.where(shunt.c.resolved.is_(None))
        if shunt_ids:
            query = query.where(shunt.c.id.in_(shunt_ids))
        return list(self._connection.execute(query))

    def waiting_shunt(self) -> tuple[int, datetime | None]:
        """How many could not be worked off, and since when the first of them waits."""
        query = select(func.count(), func.min(shunt.c.first, type_=shunt.c.first.type)).where(
            shunt.c.resolved.is_(None), shunt.c.stage != LETTER
        )
        n, first = self._connection.execute(query).one()
        return int(n), first

    def unmatched(self) -> dict[str, int]:
        """Reports that are in no case, by reason."""
        query = (
            select(report_row.c.no_case, func.count())
            .where(report_row.c.no_case.is_not(None))
            .group_by(report_row.c.no_case)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def without_case(self, reason: str, before: int | None, most: int) -> list[Row[Any]]:
        """The newest reports that are in no case for this reason, those before a number of a report, with the item of each."""
        query = (
            select(report_row, item.c.name, item.c.arrived)
            .outerjoin(item, item.c.id == report_row.c.item_id)
            .where(report_row.c.no_case == reason)
            .order_by(report_row.c.id.desc())
            .limit(most)
        )
        if before is not None:
            query = query.where(report_row.c.id < before)
        return list(self._connection.execute(query))

    def evidence_of(self, case_ids: Sequence[str]) -> Iterator[tuple[int, Evidence, datetime | None]]:
        """Number, evidence and time of every report in these cases that repeats nothing."""
        new = _EARLIER.where(report_row.c.duplicate_of.is_(None)).order_by(report_row.c.id)
        for part in chunks(case_ids):
            for each in self._earlier(new.where(report_row.c.case_id.in_(part))):
                if each.evidence is not None:
                    yield each.report_id, each.evidence, each.when

    def reports_of(self, case_ids: Iterable[str], most: int) -> list[Row[Any]]:
        """The newest reports of these cases, with the item that carried each."""
        query = (
            select(report_row, item.c.name, item.c.arrived, item.c.kind)
            .outerjoin(item, item.c.id == report_row.c.item_id)
            .where(or_(*(report_row.c.case_id == each for each in case_ids)))
            .order_by(report_row.c.id.desc())
            .limit(most)
        )
        return list(self._connection.execute(query))

    def addresses_of(self, case_id: str, newest: int) -> list[str]:
        """Where the mail came from that the newest reports of a case are about, an address for each."""
        last = select(report_row.c.source_ip).where(
            report_row.c.case_id == case_id, report_row.c.duplicate_of.is_(None)
        )
        return [each for each in self._connection.scalars(last.order_by(report_row.c.id.desc()).limit(newest)) if each]

    def letters_of(self, case_ids: Iterable[str], most: int) -> list[Row[Any]]:
        """The newest letters of these cases."""
        query = select(item).where(item.c.case_id.in_(list(case_ids))).order_by(item.c.id.desc()).limit(most)
        return list(self._connection.execute(query))


_ABOUT_BYTES: Final = (raw.c.size, raw.c.digest, raw.c.kept_until, raw.c.data.is_not(None).label("is_kept"))
_EARLIER: Final = select(
    report_row.c.id,
    report_row.c.report_key,
    report_row.c.case_id,
    report_row.c.facts,
    report_row.c.observed,
    report_row.c.source,
    report_row.c.peer,
    report_row.c.duplicate_of,
    report_row.c.complaint_key,
)


def _earlier_report(row: Row[Any], evidence: Evidence | None) -> EarlierReport:
    return EarlierReport(
        report_id=row.id,
        report_key=bytes(row.report_key),
        case_id=row.case_id,
        evidence=evidence,
        when=row.observed,
        source=row.source,
        peer=row.peer,
        duplicate_of=row.duplicate_of,
        complaint_key=None if row.complaint_key is None else bytes(row.complaint_key),
    )


def _numbered(found: Iterable[EarlierReport]) -> dict[int, EarlierReport]:
    return {each.report_id: each for each in found}


def _added(adding: Upsert) -> Upsert:
    """What was counted before stays counted."""
    total = rollup.c.count + adding.excluded.count
    return adding.on_conflict_do_update(index_elements=list(rollup.primary_key), set_={"count": total})


def _day_added(adding: Upsert) -> Upsert:
    more = {name: rollup_day.c[name] + adding.excluded[name] for name in ("count", "changes")}
    return adding.on_conflict_do_update(index_elements=[rollup_day.c.day], set_=more)


_DAYS: Final = Bulk(rollup_day, "day", "count", "changes", finish=_day_added)
_COUNTS: Final = Bulk(rollup, "channel_id", "day", "class", "source_net", "count", finish=_added)
_RAW: Final = Bulk(raw, "id", "digest", "data", "size", "arrived", "kept_until")
_ITEM: Final = Bulk(
    item,
    "id",
    "raw_id",
    "gate",
    "name",
    "arrived",
    "kind",
    "why",
    "carrier_message_id",
    "case_id",
    "reading",
)
_REPORT: Final = Bulk(
    report_row,
    "id",
    "item_id",
    "report_key",
    "complaint_key",
    "direction",
    "channel_id",
    "peer",
    "source",
    "agreement_version",
    "definition",
    "solicited",
    "tier",
    "tlp",
    "evidence_class",
    "feedback_type",
    "is_complaint",
    "source_ip",
    "source_port",
    "observed",
    "observed_precision",
    "message_id",
    "complainer",
    "dkim_domain",
    "case_id",
    "no_case",
    "duplicate_of",
    "facts",
)


def _raw_values(row: RawRow) -> tuple[Any, ...]:
    return row.raw_id, row.digest, row.data, row.size, row.arrived, row.kept_until


def _item_values(row: ItemRow) -> tuple[Any, ...]:
    return (
        row.item_id,
        row.raw_id,
        row.gate,
        row.name,
        row.arrived,
        row.kind,
        row.why,
        row.carrier_message_id,
        row.case_id,
        row.reading,
    )


def _report_values(row: ReportRow) -> tuple[Any, ...]:
    evidence, exchange = row.evidence, row.exchange
    return (
        row.report_id,
        row.item_id,
        row.report_key,
        row.complaint_key,
        "in",
        row.channel_id,
        exchange and exchange.peer,
        row.source,
        exchange and exchange.agreement_version,
        row.definition,
        exchange is not None,
        exchange and exchange.tier,
        exchange and exchange.tlp,
        evidence.evidence_class.value,
        row.feedback_type,
        row.is_complaint,
        evidence.source_ip,
        evidence.source_port,
        evidence.seen,
        row.precision,
        evidence.message_id,
        evidence.complainer,
        evidence.dkim_domain[0] if evidence.dkim_domain else None,
        row.case_id,
        row.no_case,
        row.duplicate_of,
        row.line,
    )
