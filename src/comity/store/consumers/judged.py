"""Queries for how much mail came from peers, and how much left for them.

Limits:     one connection, no commits.
"""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Connection, delete, func, insert, select

from comity.services.complain.cards.judged import Judged
from comity.store.chunks import chunks
from comity.store.dialects import COUNTED
from comity.store.dialects import insert as upsert
from comity.store.tables.consumers.judged import judged_count, left_count

_NAMES = ("mails", "judged", "spam", "traps")
EVERYBODY = "*"


class JudgedMail:
    """Counters by day."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, counts: Mapping[tuple[date, str], Judged]) -> None:
        """Count these, too: by day, and by the domain of the peer."""
        rows = [
            {"day": day.isoformat(), "peer": peer, **{name: getattr(each, name) for name in _NAMES}}
            for (day, peer), each in sorted(counts.items())
        ]
        adding = upsert(judged_count)
        sums = {name: judged_count.c[name] + adding.excluded[name] for name in _NAMES}
        changing = adding.on_conflict_do_update(index_elements=["day", "peer"], set_=sums)
        for some in chunks(rows):
            self._connection.execute(changing, list(some))

    def of_peer(self, peer: str, since: date, until: date) -> Judged:
        """From one day to another, both included."""
        table = judged_count.c
        sums = [func.coalesce(func.sum(table[name]), 0) for name in _NAMES]
        days = (table.day >= since.isoformat(), table.day <= until.isoformat())
        row = self._connection.execute(select(*sums).where(table.peer == peer, *days)).one()
        return Judged(**{name: int(value) for name, value in zip(_NAMES, row, strict=True)})

    def put_left(self, counts: Mapping[date, Mapping[str, int]]) -> None:
        """The log of these days, whole: what was here of them goes."""
        for day, domains in sorted(counts.items()):
            self._connection.execute(delete(left_count).where(left_count.c.day == day.isoformat()))
            rows = [{"domain": EVERYBODY, "mails": sum(domains.values())}]
            rows += [{"domain": domain, "mails": mails} for domain, mails in sorted(domains.items())]
            for some in chunks([{"day": day.isoformat(), **each} for each in rows]):
                self._connection.execute(insert(left_count), list(some))

    def left(self, domains: Collection[str], since: date, until: date) -> int | None:
        """Mails that left us for these domains; None where the log of a day is not here."""
        table = left_count.c
        days = (table.day >= since.isoformat(), table.day <= until.isoformat())
        known = self._connection.scalar(select(func.count()).where(table.domain == EVERYBODY, *days)) or 0
        if known < (until - since).days + 1:
            return None
        total = select(func.coalesce(func.sum(table.mails), 0)).where(table.domain.in_(sorted(domains)), *days)
        return int(self._connection.scalar(total) or 0)

    def forget(self, before: date) -> int:
        """Drop days before this one; how many rows there were."""
        return sum(
            self._connection.execute(
                delete(each).where(each.c.day < before.isoformat()), execution_options=COUNTED
            ).rowcount
            for each in (judged_count, left_count)
        )
