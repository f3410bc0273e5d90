"""Queries about sightings of bots.

Answers:    ``BotSightings``, which fits ``comity.services.remedy.sightings.rows.BotSightingRows``.
Limits:     one connection, no commits; a row that is there keeps when it was first taken, and takes the line that is known now.
            The moments of items of which nothing is concluded yet are noted in ``meta``: one that stays there was broken off.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, delete, func, select, update

from comity.model.sighting import SeenBy, SightingClass
from comity.services.remedy.sightings.rows import SightingRow
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert, insert
from comity.store.metadata import meta
from comity.store.tables.leases import lease
from comity.store.tables.remedy.sightings import bot_sighting
from comity.store.types import microseconds

_ROWS_A_LINE: Final = 64  # of a month of daily leases
_UNSETTLED: Final = "sightings-unsettled:"
_CLASSES: Final = {each.value: each for each in SightingClass}


def _renewed(adding: Insert) -> Insert:
    return adding.on_conflict_do_update(
        index_elements=["identity"], set_={"subject": adding.excluded.subject, "doubt": adding.excluded.doubt}
    )


_PUT: Final = Bulk(bot_sighting, *(column.name for column in bot_sighting.c), finish=_renewed)


class BotSightings:
    """Rows of sightings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Sequence[SightingRow]) -> None:
        """Add what is new; what is there takes the line that is known now, and the moment if its own was left unsettled."""
        if rows and (others := self._unsettled() - {rows[0].taken}):
            table = bot_sighting.c
            for part in chunks([each.identity for each in rows]):
                left = update(bot_sighting).where(table.identity.in_(part), table.taken.in_(others))
                self._connection.execute(left.values(taken=rows[0].taken))
        _PUT.put(self._connection, map(_values, rows))

    def known(self, identities: Sequence[bytes]) -> dict[bytes, str | None]:
        """Which of these are there, and whose line each was; nobody's where it was left unsettled."""
        columns = bot_sighting.c.identity, bot_sighting.c.subject, bot_sighting.c.taken
        unsettled = self._unsettled()
        return {
            bytes(row.identity): None if row.taken in unsettled else row.subject
            for part in chunks(identities)
            for row in self._connection.execute(select(*columns).where(columns[0].in_(part)))
        }

    def of(self, since: Mapping[str, datetime], taken: datetime | None = None) -> Mapping[str, Sequence[SeenBy]]:
        """What was seen of each of these after its moment, summed up by source, way and word.

        Of what is unsettled that alone counts which was taken in at the second one.
        """
        by_moment: dict[datetime, list[str]] = {}
        for subject, moment in since.items():
            by_moment.setdefault(moment, []).append(subject)
        found: dict[str, list[SeenBy]] = {}
        table = bot_sighting.c
        alike = (table.subject, table.sighting_class, table.source, table.address, table.said)
        asked = select(*alike, func.min(table.seen), func.max(table.seen), func.count()).group_by(*alike)
        if others := self._unsettled() - {taken}:
            asked = asked.where(table.taken.not_in(others))
        for moment, subjects in by_moment.items():
            for part in chunks(subjects):
                rows = self._connection.execute(asked.where(table.subject.in_(part), table.seen > moment))
                for subject, word, source, address, said, first, last, times in rows:
                    seen = SeenBy(
                        sighting_class=_CLASSES[word],
                        source=source,
                        address=address,
                        said=said,
                        first=first,
                        last=last,
                        times=times,
                    )
                    found.setdefault(subject, []).append(seen)
        return found

    def held_of(self, subject: str) -> tuple[int, datetime | None]:
        """How many rows name a line, and when the last of them was taken in."""
        mine = bot_sighting.c.subject == subject
        row = self._connection.execute(select(func.count(), func.max(bot_sighting.c.taken)).where(mine)).one()
        return int(row[0]), row[1]

    def take_out(self, taken: datetime, most: int) -> int:
        """Drop at most so many that were added at this very moment; how many there were."""
        these = select(bot_sighting.c.identity).where(bot_sighting.c.taken == taken).limit(most)
        return self._connection.execute(delete(bot_sighting).where(bot_sighting.c.identity.in_(these))).rowcount

    def unsettled(self, taken: datetime) -> None:
        """What is taken in at this moment is part of an item, and nothing is concluded of it yet."""
        adding = insert(meta).values(name=_UNSETTLED + str(microseconds(taken)), value=taken.isoformat())
        self._connection.execute(adding.on_conflict_do_nothing())

    def settled(self, taken: datetime) -> None:
        """All of it was, or nothing of it is left; marks of which nothing is left go, too."""
        gone = {each for each in self._unsettled() if each == taken or not self._is_there(each)}
        names = [_UNSETTLED + str(microseconds(each)) for each in gone]
        self._connection.execute(delete(meta).where(meta.c.name.in_(names)))

    def _unsettled(self) -> set[datetime]:
        marks = self._connection.scalars(select(meta.c.value).where(meta.c.name.startswith(_UNSETTLED)))
        return set(map(datetime.fromisoformat, marks))

    def _is_there(self, taken: datetime) -> bool:
        row = select(bot_sighting.c.identity).where(bot_sighting.c.taken == taken).limit(1)
        return self._connection.scalar(row) is not None

    def customers(self, most: int) -> int:
        """How many lines the books know, counted up to so many.

        They are looked for among a few rows first: a nation's books have ten million of them.
        """
        few = select(lease.c.subscriber).limit(most * _ROWS_A_LINE).subquery()
        found = self._distinct(select(few.c.subscriber), most)
        return found if found >= most else self._distinct(select(lease.c.subscriber), most)

    def _distinct(self, names: Select[tuple[str]], most: int) -> int:
        return int(
            self._connection.scalar(select(func.count()).select_from(names.distinct().limit(most).subquery())) or 0
        )


def _values(row: SightingRow) -> tuple[object, ...]:
    seen = row.sighting
    return (
        row.identity,
        row.subject,
        row.doubt,
        seen.sighting_class.value,
        seen.source,
        seen.address,
        seen.port,
        seen.seen,
        row.taken,
        seen.said,
        seen.kind,
    )
