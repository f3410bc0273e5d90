"""Queries about what helped: days of sources, cases on lines, notices and what came of both.

Answers:    ``Effects``, which fits ``comity.services.remedy.effect.rows.EffectRows``.
Limits:     one connection, no commits. Sightings are read row by row: a year of them does not lie in memory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from comity.model.desk import DeskCase
from comity.model.sighting import Outcomes
from comity.services.remedy.effect.rows import FirstNotice, SeenOnDay, SourceOutcome
from comity.store.cases import desk_case
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.cases import abuse_case
from comity.store.tables.remedy.effect import bot_source_day, bot_source_outcome
from comity.store.tables.remedy.notices import notice, self_service_act
from comity.store.tables.remedy.sightings import bot_sighting
from comity.store.tables.sources.feeds import case_finding


class Effects:
    """The rows of what helped."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_days(self, days: Mapping[str, Iterable[int]]) -> None:
        """On these days these sources delivered something."""
        rows = [{"source": source, "day": day} for source, each in days.items() for day in each]
        if rows:
            self._connection.execute(upsert(bot_source_day).on_conflict_do_nothing(), rows)

    def days(self) -> dict[str, list[int]]:
        """All such days, in order."""
        found: dict[str, list[int]] = {}
        for row in self._connection.execute(select(bot_source_day).order_by(bot_source_day.c.day)):
            found.setdefault(row.source, []).append(row.day)
        return found

    def forget_days(self, before: int) -> int:
        """Drop days before this one; how many there were."""
        return self._connection.execute(delete(bot_source_day).where(bot_source_day.c.day < before)).rowcount

    def seen(self, since: datetime, known: datetime) -> Iterator[SeenOnDay]:
        """What was seen of lines since then and taken in by that moment, by line and time."""
        table = bot_sighting.c
        query = select(table.subject, table.source, table.seen, table.said).where(
            table.subject.is_not(None), table.seen >= since, table.taken <= known
        )
        for row in self._connection.execute(query.order_by(table.subject, table.seen)):
            yield SeenOnDay(subject=row.subject, source=row.source, seen=row.seen, said=row.said)

    def cases(self) -> list[DeskCase]:
        """The cases on lines of which any sighting is known, each subject's in order."""
        lines = select(bot_sighting.c.subject).distinct().where(bot_sighting.c.subject.is_not(None))
        query = select(abuse_case).where(abuse_case.c.subject.in_(lines))
        return [
            desk_case(row)
            for row in self._connection.execute(query.order_by(abuse_case.c.subject, abuse_case.c.number))
        ]

    def first_notices(self) -> dict[str, FirstNotice]:
        """The first notice of each case."""
        query = select(notice.c.case_id, notice.c.kind, notice.c.family, notice.c.given)
        return {
            row.case_id: FirstNotice(case_id=row.case_id, kind=row.kind, family=row.family, given=row.given)
            for row in self._connection.execute(query.order_by(notice.c.given.desc(), notice.c.reference.desc()))
        }

    def findings(self) -> dict[str, tuple[str, datetime]]:
        """The last thing that a person found out about each of these cases."""
        columns = case_finding.c
        query = select(columns.case_id, columns.outcome, columns.at).order_by(columns.id)
        return {row.case_id: (row.outcome, row.at) for row in self._connection.execute(query)}

    def last_acts(self) -> dict[str, tuple[str, datetime]]:
        """The last thing that each subscriber said."""
        columns = self_service_act.c
        query = select(columns.case_id, columns.act, columns.at).order_by(columns.id)
        return {row.case_id: (row.act, row.at) for row in self._connection.execute(query)}

    def put_outcomes(self, outcomes: Sequence[SourceOutcome]) -> None:
        """What came of words of sources; what was known of the same case and source is replaced."""
        if not outcomes:
            return
        adding = upsert(bot_source_outcome)
        adding = adding.on_conflict_do_update(
            index_elements=["case_id", "source"],
            set_={name: adding.excluded[name] for name in ("is_right", "by", "at")},
        )
        names = ("case_id", "source", "is_right", "by", "at")
        rows = [{name: getattr(each, name) for name in names} for each in outcomes]
        self._connection.execute(adding, rows)

    def drop_outcomes(self, case_ids: Sequence[str], by: str) -> None:
        """Nothing is known any more of these."""
        table = bot_source_outcome
        for part in chunks(case_ids):
            self._connection.execute(delete(table).where(table.c.case_id.in_(part), table.c.by == by))

    def outcomes(self) -> dict[str, Outcomes]:
        """The counts of each source."""
        columns = bot_source_outcome.c
        query = select(columns.source, columns.is_right, func.count()).group_by(columns.source, columns.is_right)
        counts: dict[str, dict[bool, int]] = {}
        for source, is_right, count in self._connection.execute(query):
            counts.setdefault(source, {})[bool(is_right)] = count
        return {source: Outcomes(right=each.get(True, 0), wrong=each.get(False, 0)) for source, each in counts.items()}
