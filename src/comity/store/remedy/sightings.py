"""Queries about sightings of bots.

Answers:    ``BotSightings``, which fits ``comity.services.remedy.sightings.rows.BotSightingRows``.
Limits:     one connection, no commits; a row that is there keeps when it was first taken, and takes the line that is known now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, select

from comity.model.sighting import SeenBy, SightingClass
from comity.services.remedy.sightings.rows import SightingRow
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert
from comity.store.tables.leases import lease
from comity.store.tables.remedy.sightings import bot_sighting

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
        """Add what is new; what is there takes the line that is known now."""
        _PUT.put(self._connection, map(_values, rows))

    def known(self, identities: Sequence[bytes]) -> dict[bytes, str | None]:
        """Which of these are there, and whose line each was."""
        columns = bot_sighting.c.identity, bot_sighting.c.subject
        return {
            bytes(row.identity): row.subject
            for part in chunks(identities)
            for row in self._connection.execute(select(*columns).where(columns[0].in_(part)))
        }

    def of(self, since: Mapping[str, datetime]) -> Mapping[str, Sequence[SeenBy]]:
        """What was seen of each of these after its moment, summed up by source, way and word."""
        by_moment: dict[datetime, list[str]] = {}
        for subject, moment in since.items():
            by_moment.setdefault(moment, []).append(subject)
        found: dict[str, list[SeenBy]] = {}
        table = bot_sighting.c
        alike = (table.subject, table.sighting_class, table.source, table.address, table.said)
        asked = select(*alike, func.min(table.seen), func.max(table.seen), func.count()).group_by(*alike)
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

    def customers(self) -> int:
        """How many lines the books know."""
        return int(self._connection.scalar(select(func.count(lease.c.subscriber.distinct()))) or 0)


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
