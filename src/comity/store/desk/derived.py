"""Tables that are worked out of others: filled where they are new, and once more where a program wrote that does not know them.

Answers:    ``fill(connection, names)`` works these out; ``mend(connection)`` whatever does not fit any more, and says whether
            there was such a thing.
Limits:     one connection, no commits. A store of 100,000 cases takes a few seconds to fill, and a fifth of one to compare.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, or_, select

from comity.model.desk import DeskCase
from comity.store.cases import desk_case
from comity.store.desk.places import Places
from comity.store.tables.cases import abuse_case, case_count, case_place
from comity.store.tables.intake import rollup, rollup_day

_AT_ONCE: Final = 2000


def fill(connection: Connection, names: Collection[str]) -> None:
    """Work these tables out."""
    if {case_place.name, case_count.name} & {*names}:
        _fill_places(connection)
    if rollup_day.name in names:
        _fill_days(connection)


def mend(connection: Connection) -> bool:
    """Compare with what they are worked out of, and do it anew where that is something else."""
    is_wrong = (_places_differ(connection), _days_differ(connection))
    for found, anew in zip(is_wrong, (_fill_places, _fill_days), strict=True):
        if found:
            anew(connection)
    return any(is_wrong)


def _fill_places(connection: Connection) -> None:
    for table in (case_count, case_place):
        connection.execute(delete(table))
    places = Places(connection)
    for lot in _cases(connection):
        places.put(lot)


def _cases(connection: Connection) -> Iterator[list[DeskCase]]:
    """By their names: a lot is read before the one before it is written, so that nothing is read that changes."""
    query, after = select(abuse_case).order_by(abuse_case.c.id).limit(_AT_ONCE), ""
    while rows := list(connection.execute(query.where(abuse_case.c.id > after))):
        yield [desk_case(row) for row in rows]
        after = rows[-1].id


def _places_differ(connection: Connection) -> bool:
    one, other = abuse_case.c, case_place.c
    fits = and_(
        other.case_id == one.id,
        other.state == one.state,
        other.reports == one.reports,
        _same(other.due, one.due),
        _same(other.last_seen, one.last_seen),
    )
    there = select(literal(1)).select_from(case_place).where(fits).correlate(abuse_case)
    return connection.execute(select(one.id).where(~there.exists()).limit(1)).first() is not None


def _same(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(one == other, and_(one.is_(None), other.is_(None)))


def _sums(connection: Connection) -> Counter[str]:
    query = select(rollup.c.day, func.sum(rollup.c.count)).group_by(rollup.c.day)
    return Counter({day: int(count) for day, count in connection.execute(query)})


def _days_differ(connection: Connection) -> bool:
    kept = connection.execute(select(rollup_day.c.day, rollup_day.c.count))
    return _sums(connection) != Counter({str(day): int(count) for day, count in kept})


def _fill_days(connection: Connection) -> None:
    """How often each was changed goes on from where it was: what was counted before must not be taken for what is counted now."""
    before = connection.scalar(select(func.max(rollup_day.c.changes))) or 0
    connection.execute(delete(rollup_day))
    rows = [{"day": day, "count": count, "changes": before + 1} for day, count in sorted(_sums(connection).items())]
    if rows:
        connection.execute(insert(rollup_day), rows)
