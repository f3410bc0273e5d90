"""Queries about sources of feedback: how far each is believed, what came from it, what alarms somebody.

Answers:    ``Feeds``, which fits ``comity.services.receive.sources.rows.SourceRows``.
Limits:     one connection, no commits. Counting is two statements a batch.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Row, delete, func, insert, select, type_coerce, update

from comity.model.source import Alarm, AlarmKind, Hour, Proof, Source, Trust
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.intake import report_row
from comity.store.tables.sources.feeds import case_finding, source, source_alarm, source_hour

_DAY: Final = 86_400_000_000  # microseconds
_BEGINNING: Final = date(1970, 1, 1)
_COUNTED: Final = ("items", "reports", "unmatched", "unread")


class Feeds:
    """Rows of sources."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, names: Iterable[str]) -> Mapping[str, Source]:
        """Those that are known."""
        query = select(source)
        return {
            row.name: _source(row)
            for part in chunks(sorted(names))
            for row in self._connection.execute(query.where(source.c.name.in_(part)))
        }

    def all(self) -> Sequence[Source]:
        """All of them, the busiest first."""
        return [_source(row) for row in self._connection.execute(select(source).order_by(source.c.reports.desc()))]

    def unproven(self) -> int:
        """How many without proof are known by name."""
        asked = select(func.count()).select_from(source).where(source.c.proof == Proof.NONE.value)
        return self._connection.scalar(asked) or 0

    def add(self, sources: Sequence[Source]) -> None:
        """New ones."""
        if sources:
            self._connection.execute(insert(source), [_values(each) for each in sources])

    def count(self, counts: Mapping[str, Hour], now: datetime) -> None:
        """Add to a source and its hour."""
        if not counts:
            return
        for name, each in counts.items():
            more = {column: source.c[column] + getattr(each, column) for column in _COUNTED}
            self._connection.execute(update(source).where(source.c.name == name).values(last=now, **more))
        adding = upsert(source_hour)
        more = {column: source_hour.c[column] + adding.excluded[column] for column in _COUNTED}
        self._connection.execute(
            adding.on_conflict_do_update(index_elements=["name", "at"], set_=more),
            [
                {"name": name, "at": each.at, **{column: getattr(each, column) for column in _COUNTED}}
                for name, each in counts.items()
            ],
        )

    def set_trust(self, name: str, trust: Trust, *, by: str, why: str | None, at: datetime) -> None:
        """A person says how far it is believed."""
        change = {"trust": trust.value, "changed": at, "changed_by": by, "why": why}
        self._connection.execute(update(source).where(source.c.name == name).values(change))

    def selectors(self, name: str) -> Sequence[str]:
        """The selectors of the signatures that proved it."""
        return tuple(self._connection.scalar(select(source.c.selectors).where(source.c.name == name)) or ())

    def signed_with(self, name: str, selectors: Sequence[str]) -> None:
        """The selectors that were seen, the newest last."""
        self._connection.execute(update(source).where(source.c.name == name).values(selectors=list(selectors)))

    def hours(self, name: str, since: datetime) -> Sequence[Hour]:
        """What came from it, hour by hour."""
        columns = [source_hour.c[column] for column in ("at", *_COUNTED)]
        query = select(*columns).where(source_hour.c.name == name, source_hour.c.at >= since).order_by(source_hour.c.at)
        return [Hour(**row._mapping) for row in self._connection.execute(query)]

    def verdicts(self) -> Mapping[str, Mapping[str, int]]:
        """Decided cases of each source by outcome; each case counts once, by what was said of it last."""
        last = select(func.max(case_finding.c.id)).group_by(case_finding.c.case_id)
        query = (
            select(report_row.c.source, case_finding.c.outcome, func.count(report_row.c.case_id.distinct()))
            .join(case_finding, case_finding.c.case_id == report_row.c.case_id)
            .where(case_finding.c.id.in_(last), report_row.c.source.is_not(None))
            .group_by(report_row.c.source, case_finding.c.outcome)
        )
        found: dict[str, dict[str, int]] = {}
        for name, outcome, n in self._connection.execute(query):
            found.setdefault(name, {})[outcome] = n
        return found

    def verdicts_by_month(
        self, names: Sequence[str], since: datetime
    ) -> Mapping[str, Mapping[date, Mapping[str, int]]]:
        """The same for some of them, by the month (its first day) in which it was found out."""
        last = select(func.max(case_finding.c.id)).group_by(case_finding.c.case_id)
        day = (type_coerce(case_finding.c.at, BigInteger) // _DAY).label("day")
        cases = func.count(report_row.c.case_id.distinct())
        query = (
            select(report_row.c.source, day, case_finding.c.outcome, cases)
            .join(case_finding, case_finding.c.case_id == report_row.c.case_id)
            .where(case_finding.c.id.in_(last), case_finding.c.at >= since, report_row.c.source.in_(names))
            .group_by(report_row.c.source, day, case_finding.c.outcome)
        )
        found: dict[str, dict[date, Counter[str]]] = {}
        for name, number, outcome, n in self._connection.execute(query):
            month = (_BEGINNING + timedelta(days=number)).replace(day=1)
            found.setdefault(name, {}).setdefault(month, Counter())[outcome] += n
        return found

    def found(self, case_ids: Iterable[str], outcome: str, at: datetime) -> None:
        """Something was found out about these cases."""
        rows = [{"case_id": each, "outcome": outcome, "at": at} for each in case_ids]
        if rows:
            self._connection.execute(insert(case_finding), rows)

    def addresses(self, name: str, most: int) -> Sequence[str]:
        """The addresses that its newest reports are about."""
        query = (
            select(report_row.c.source_ip)
            .where(report_row.c.source == name, report_row.c.source_ip.is_not(None), report_row.c.case_id.is_not(None))
            .order_by(report_row.c.id.desc())
            .limit(most)
        )
        return list(dict.fromkeys(self._connection.scalars(query)))

    def alarms(self, *, is_open: bool = True) -> Sequence[Alarm]:
        """Alarms, the newest first."""
        query = select(source_alarm).order_by(source_alarm.c.id.desc()).limit(500)
        query = query.where(source_alarm.c.ended.is_(None)) if is_open else query
        return [_alarm(row) for row in self._connection.execute(query)]

    def raise_alarm(self, alarm: Alarm) -> None:
        """A new one; one of the same kind that is open gets the new numbers."""
        this = (source_alarm.c.name == alarm.source) & (source_alarm.c.kind == alarm.kind.value)
        is_open = source_alarm.c.ended.is_(None)
        changed = self._connection.execute(update(source_alarm).where(this, is_open).values(facts=alarm.facts))
        if not changed.rowcount:
            values = {"name": alarm.source, "kind": alarm.kind.value, "since": alarm.since, "facts": alarm.facts}
            self._connection.execute(insert(source_alarm).values(values))

    def end_alarm(self, alarm_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """It is over, or a person says that it is none."""
        values = {"ended": at, "ended_by": by, "why": why}
        self._connection.execute(update(source_alarm).where(source_alarm.c.id == alarm_id).values(values))

    def alarm_told(self, alarm_ids: Sequence[int], at: datetime) -> None:
        """A mail about these is in the outbox."""
        self._connection.execute(update(source_alarm).where(source_alarm.c.id.in_(alarm_ids)).values(told=at))

    def last_ended(self, name: str, kind: str) -> Alarm | None:
        """The last one that a person ended."""
        row = self._connection.execute(
            select(source_alarm)
            .where(
                source_alarm.c.name == name,
                source_alarm.c.kind == kind,
                source_alarm.c.ended.is_not(None),
                source_alarm.c.ended_by != "comity",
            )
            .order_by(source_alarm.c.id.desc())
            .limit(1)
        ).first()
        return None if row is None else _alarm(row)

    def deaf(self, case_ids: Iterable[str]) -> Mapping[str, datetime | None]:
        """Cases that a feed reported which fell silent, and until when it was; None: it still is. What a person ended is none."""
        muted = (source_alarm.c.kind == AlarmKind.SILENT.value) & (
            source_alarm.c.ended.is_(None) | (source_alarm.c.ended_by == "comity")
        )
        ends: dict[str, list[datetime | None]] = {}
        for row in self._connection.execute(select(source_alarm.c.name, source_alarm.c.ended).where(muted)):
            ends.setdefault(row.name, []).append(row.ended)
        until = {name: None if None in each else max(filter(None, each)) for name, each in ends.items()}
        found: dict[str, datetime | None] = {}
        for part in chunks(sorted(case_ids)) if until else ():
            reported = select(report_row.c.case_id, report_row.c.source).distinct()
            these = report_row.c.case_id.in_(part) & report_row.c.source.in_(list(until))
            for case_id, name in self._connection.execute(reported.where(these)):
                ended, known = until[name], found.get(case_id, until[name])
                found[case_id] = None if ended is None or known is None else max(ended, known)
        return found

    def forget(self, before: datetime) -> int:
        """Drop hours before that; how many there were."""
        return self._connection.execute(delete(source_hour).where(source_hour.c.at < before)).rowcount


def _values(each: Source) -> dict[str, Any]:
    values = asdict(each)
    return {**values, "proof": each.proof.value, "trust": each.trust.value, "selectors": list(each.selectors)}


def _source(row: Row[Any]) -> Source:
    values = dict(row._mapping)
    return Source(**{**values, "proof": Proof(row.proof), "trust": Trust(row.trust), "selectors": tuple(row.selectors)})


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        alarm_id=row.id,
        source=row.name,
        kind=AlarmKind(row.kind),
        since=row.since,
        facts=row.facts,
        told=row.told,
        ended=row.ended,
        ended_by=row.ended_by,
        why=row.why,
    )
