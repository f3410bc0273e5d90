"""Queries about who handed in which mail.

Answers:    ``Logins(connection)``: ``any``, ``put(rows)``, ``of(marks)``, ``when(marks)``, ``place(name)``, ``put_place``,
            ``forget(before)``.
Limits:     one connection, no commits. What is known already is not written twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlalchemy import Connection, select

from comity.services.receive.subscribers.mail_logs import LoginRow, Place
from comity.store.chunks import chunks
from comity.store.dialects import COUNTED
from comity.store.dialects import insert as upsert
from comity.store.tables.sources.logins import mail_log_place, mail_login

_FORGET: Final = 20_000


class Logins:
    """Rows of logins."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def any(self) -> bool:
        """Whether there are any: where nobody imports logs, nothing is asked."""
        return self._connection.execute(select(mail_login.c.mark).limit(1)).first() is not None

    def put(self, rows: Sequence[LoginRow]) -> int:
        """Add these; how many were new."""
        adding = upsert(mail_login).on_conflict_do_nothing()
        new = 0
        for part in chunks(rows):
            values = [{"mark": each.mark, "login": each.login, "seen": each.at} for each in part]
            new += max(self._connection.execute(adding, values, execution_options=COUNTED).rowcount, 0)
        return new

    def of(self, marks: Sequence[bytes]) -> Mapping[bytes, tuple[str, ...]]:
        """The logins of these mails."""
        found: dict[bytes, tuple[str, ...]] = {}
        query = select(mail_login.c.mark, mail_login.c.login).order_by(mail_login.c.seen)
        for part in chunks(marks):
            for mark, login in self._connection.execute(query.where(mail_login.c.mark.in_(part))):
                found[bytes(mark)] = (*found.get(bytes(mark), ()), login)
        return found

    def when(self, marks: Sequence[bytes]) -> Mapping[bytes, tuple[tuple[str, datetime], ...]]:
        """The logins of these mails, each with when it handed one in first."""
        found: dict[bytes, tuple[tuple[str, datetime], ...]] = {}
        query = select(mail_login.c.mark, mail_login.c.login, mail_login.c.seen).order_by(mail_login.c.seen)
        for part in chunks(marks):
            for mark, login, seen in self._connection.execute(query.where(mail_login.c.mark.in_(part))):
                found[bytes(mark)] = (*found.get(bytes(mark), ()), (login, seen))
        return found

    def place(self, name: str) -> Place | None:
        """How far a log was read."""
        row = self._connection.execute(select(mail_log_place).where(mail_log_place.c.name == name)).first()
        return None if row is None else Place(head=bytes(row.head), offset=row.offset)

    def put_place(self, name: str, place: Place, now: datetime) -> None:
        """It was read as far as that."""
        values = {"head": place.head, "offset": place.offset, "read": now}
        adding = upsert(mail_log_place).values(name=name, **values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=["name"], set_=values))
