"""Queries about signing in without a password.

Answers:    ``Entering``, which fits ``EnteringRows`` of ``comity.services.operate.accounts.elsewhere.rows``.
Limits:     one connection, no commits.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from comity.services.operate.accounts.elsewhere.rows import Begun
from comity.store.tables.desk.accounts import account
from comity.store.tables.desk.entering import account_identity, sign_in_begun
from comity.store.types import octets


class Entering:
    """Rows of what was begun, and of who is known elsewhere."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, begun: Begun) -> None:
        """Keep it."""
        values = {
            "key": begun.key,
            "browser": begun.browser,
            "kind": begun.kind,
            "facts": dict(begun.facts),
            "at": begun.at,
        }
        self._connection.execute(insert(sign_in_begun), [values])

    def take(self, key: bytes) -> Begun | None:
        """Give it out, once."""
        row = self._connection.execute(select(sign_in_begun).where(sign_in_begun.c.key == key)).first()
        if (
            row is None
            or not self._connection.execute(delete(sign_in_begun).where(sign_in_begun.c.key == key)).rowcount
        ):
            return None  # another one took it meanwhile
        return Begun(key=key, browser=octets(row.browser), kind=row.kind, facts=row.facts, at=row.at)

    def waiting(self) -> int:
        """How many were begun and not ended."""
        return int(self._connection.execute(select(func.count()).select_from(sign_in_begun)).scalar_one())

    def forget(self, before: datetime) -> None:
        """Drop what was begun longer ago."""
        self._connection.execute(delete(sign_in_begun).where(sign_in_begun.c.at < before))

    def linked(self, issuer: str, subject: str) -> str | None:
        """The name of the account that is known there as this."""
        query = select(account.c.name).join(account_identity, account_identity.c.account_id == account.c.id)
        query = query.where(account_identity.c.issuer == issuer, account_identity.c.subject == subject)
        name: str | None = self._connection.execute(query).scalar_one_or_none()
        return name

    def link(self, account_id: int, known_as: tuple[str, str], at: datetime) -> None:
        """It is known there as this from now on."""
        issuer, subject = known_as
        values = {"issuer": issuer, "subject": subject, "account_id": account_id, "since": at}
        self._connection.execute(insert(account_identity), [values])
