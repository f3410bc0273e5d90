"""Queries for what was claimed at delivery, and proved.

Limits:     one connection, no commits. On one day ``ROOM`` domains of each kind (proved at least once, never); what is more is
            added to ``OTHERS``.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, func, select

from comity.services.complain.cards.claimed import OTHERS, ROOM, Counts
from comity.store.chunks import chunks
from comity.store.dialects import COUNTED
from comity.store.dialects import insert as upsert
from comity.store.tables.consumers.claimed import claimed_count

_TABLE = claimed_count.c


class Claimed:
    """Counters by day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, counts: Mapping[tuple[date, str], Counts]) -> None:
        """Count these, too."""
        for day in sorted({day for day, _ in counts}):
            self._add(day.isoformat(), {domain: each for (at, domain), each in sorted(counts.items()) if at == day})

    def _add(self, day: str, counts: Mapping[str, Counts]) -> None:
        known = set[str]()
        for part in chunks(list(counts)):
            query = select(_TABLE.domain).where(_TABLE.day == day, _TABLE.domain.in_(part))
            known.update(self._connection.scalars(query))
        room = {is_proved: ROOM - self._held(day, is_proved=is_proved) for is_proved in (False, True)}
        rows, others = list[dict[str, object]](), counts.get(OTHERS, Counts())
        for domain, each in counts.items():
            is_proved = each.aligned > 0
            if domain == OTHERS:
                continue
            if domain not in known:
                if room[is_proved] <= 0:
                    others += each
                    continue
                room[is_proved] -= 1
            rows.append(_row(day, domain, each))
        if others.mails:
            rows.append(_row(day, OTHERS, others))
        adding = upsert(claimed_count)
        sums = {name: claimed_count.c[name] + adding.excluded[name] for name in ("mails", "aligned", "spam")}
        changing = adding.on_conflict_do_update(index_elements=["day", "domain"], set_=sums)
        for some in chunks(rows):
            self._connection.execute(changing, list(some))

    def _held(self, day: str, *, is_proved: bool) -> int:
        kind = _TABLE.aligned > 0 if is_proved else _TABLE.aligned == 0
        query = select(func.count()).where(_TABLE.day == day, _TABLE.domain != OTHERS, kind)
        return self._connection.scalar(query) or 0

    def between(self, since: date, until: date) -> Mapping[str, Counts]:
        """By domain, from one day to another, both included."""
        sums = (func.sum(_TABLE.mails), func.sum(_TABLE.aligned), func.sum(_TABLE.spam))
        query = select(_TABLE.domain, *sums).where(_TABLE.day >= since.isoformat(), _TABLE.day <= until.isoformat())
        found = self._connection.execute(query.group_by(_TABLE.domain))
        return {row[0]: Counts(mails=int(row[1]), aligned=int(row[2]), spam=int(row[3])) for row in found}

    def by_day(self, since: date, until: date) -> Mapping[date, Counts]:
        """All domains together, by day."""
        sums = (func.sum(_TABLE.mails), func.sum(_TABLE.aligned), func.sum(_TABLE.spam))
        query = select(_TABLE.day, *sums).where(_TABLE.day >= since.isoformat(), _TABLE.day <= until.isoformat())
        return {
            date.fromisoformat(row[0]): Counts(mails=int(row[1]), aligned=int(row[2]), spam=int(row[3]))
            for row in self._connection.execute(query.group_by(_TABLE.day))
        }

    def forget(self, before: date) -> int:
        """Drop days before this one; how many rows there were."""
        dropping = delete(claimed_count).where(_TABLE.day < before.isoformat())
        return self._connection.execute(dropping, execution_options=COUNTED).rowcount


def _row(day: str, domain: str, each: Counts) -> dict[str, object]:
    return {"day": day, "domain": domain, "mails": each.mails, "aligned": each.aligned, "spam": each.spam}
