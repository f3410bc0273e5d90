"""Queries about what our own mail hosts counted.

Answers:    ``OwnLogs``, which fits ``comity.services.remedy.own_logs.rows.OwnLogRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from comity.services.remedy.own_logs.rows import OpenHour
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert
from comity.store.tables.remedy.own_logs import own_log_hour, own_log_queue, own_log_salt

_NAMES: Final = tuple(each.name for each in own_log_hour.c)
_PLAIN: Final = ("mails", "recipients", "helos", "failures", "refused")


def _replaced(adding: Insert) -> Insert:
    keys = ("subject", "hour")
    return adding.on_conflict_do_update(
        index_elements=list(keys), set_={name: adding.excluded[name] for name in _NAMES if name not in keys}
    )


def _kept(adding: Insert) -> Insert:
    return adding.on_conflict_do_nothing()


_HOURS: Final = Bulk(own_log_hour, *_NAMES, finish=_replaced)
_QUEUE: Final = Bulk(own_log_queue, "mark", "subject", "at", finish=_kept)


class OwnLogs:
    """Hours of lines, their salts, and mails in the queue."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def salt(self, hour: datetime, fresh: bytes) -> bytes | None:
        """The salt of an open hour, made where it is new; None where the hour was closed."""
        found = self._connection.scalar(select(own_log_salt.c.salt).where(own_log_salt.c.hour == hour))
        if found is not None:
            return bytes(found)
        closed = select(own_log_hour.c.hour).where(own_log_hour.c.hour >= hour, own_log_hour.c.recipient_bits.is_(None))
        if self._connection.execute(closed.limit(1)).first() is not None:
            return None
        self._connection.execute(insert(own_log_salt).values(hour=hour, salt=fresh))
        return fresh

    def open_hours(self, keys: Iterable[tuple[str, datetime]]) -> Mapping[tuple[str, datetime], OpenHour]:
        """Those of these hours that are open."""
        by_hour: dict[datetime, list[str]] = {}
        for subject, hour in keys:
            by_hour.setdefault(hour, []).append(subject)
        query = select(own_log_hour).where(own_log_hour.c.recipient_bits.is_not(None))
        return {
            (row.subject, row.hour): _open(row)
            for hour, subjects in by_hour.items()
            for part in chunks(subjects)
            for row in self._connection.execute(
                query.where(own_log_hour.c.hour == hour, own_log_hour.c.subject.in_(part))
            )
        }

    def put(self, hours: Sequence[OpenHour]) -> None:
        """As they are now."""
        _HOURS.put(self._connection, (tuple(getattr(each, name) for name in _NAMES) for each in hours))

    def queue(self, marks: Mapping[bytes, str], at: datetime) -> None:
        """Whose mails these are."""
        _QUEUE.put(self._connection, [(mark, subject, at) for mark, subject in marks.items()])

    def whose(self, marks: Sequence[bytes]) -> Mapping[bytes, str]:
        """Whose mails these are, as far as it is known."""
        table = own_log_queue.c
        return {
            bytes(row.mark): row.subject
            for part in chunks(marks)
            for row in self._connection.execute(select(table.mark, table.subject).where(table.mark.in_(part)))
        }

    def due(self, before: datetime, most: int) -> list[OpenHour]:
        """Open hours that began before a moment, the oldest first."""
        query = select(own_log_hour).where(own_log_hour.c.recipient_bits.is_not(None), own_log_hour.c.hour < before)
        return [_open(row) for row in self._connection.execute(query.order_by(own_log_hour.c.hour).limit(most))]

    def past(self, subjects: Sequence[str], since: datetime) -> Mapping[str, Sequence[Any]]:
        """The closed hours of these lines since a moment."""
        found: dict[str, list[Any]] = {}
        query = select(own_log_hour).where(own_log_hour.c.recipient_bits.is_(None), own_log_hour.c.hour >= since)
        for part in chunks(subjects):
            for row in self._connection.execute(query.where(own_log_hour.c.subject.in_(part))):
                found.setdefault(row.subject, []).append(row)
        return found

    def close(self, each: OpenHour, *, recipients: int, helos: int) -> None:
        """Numbers stay; the hashed bits go."""
        here = (own_log_hour.c.subject == each.subject) & (own_log_hour.c.hour == each.hour)
        values = {"recipients": recipients, "helos": helos, "recipient_bits": None, "helo_bits": None}
        self._connection.execute(update(own_log_hour).where(here).values(**values))

    def forget(self, *, hours: datetime, queue: datetime, salts: datetime) -> None:
        """Drop hours, mails of the queue and salts of before these moments."""
        self._connection.execute(delete(own_log_hour).where(own_log_hour.c.hour < hours))
        self._connection.execute(delete(own_log_queue).where(own_log_queue.c.at < queue))
        self._connection.execute(delete(own_log_salt).where(own_log_salt.c.hour < salts))


def _open(row: Row[Any]) -> OpenHour:
    said = dict(row._mapping)
    return OpenHour(**said | {name: bytes(said[name] or b"") for name in ("recipient_bits", "helo_bits")})
