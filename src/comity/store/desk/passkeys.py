"""Queries about passkeys.

Answers:    ``PasskeyTable``, which fits ``comity.services.operate.accounts.passkeys.PasskeyRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from comity.model.account import Passkey
from comity.store.tables.desk.entering import account_passkey
from comity.store.types import octets


class PasskeyTable:
    """Rows of passkeys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, account_id: int) -> Sequence[Passkey]:
        """Those of an account, the oldest first."""
        query = select(account_passkey).where(account_passkey.c.account_id == account_id).order_by(account_passkey.c.id)
        return [_passkey(row) for row in self._connection.execute(query)]

    def by_credential(self, credential: bytes) -> tuple[Passkey, int] | None:
        """The one that a device names, and the account that it is of."""
        query = select(account_passkey).where(account_passkey.c.credential == credential)
        row = self._connection.execute(query).first()
        return None if row is None else (_passkey(row), row.account_id)

    def add(self, account_id: int, made: Passkey) -> None:
        """One more."""
        values = {
            "account_id": account_id,
            "credential": made.credential,
            "public_key": made.public_key,
            "handle": made.handle,
            "count": made.count,
            "name": made.name,
            "made": made.made,
        }
        self._connection.execute(insert(account_passkey), [values])

    def used(self, passkey_id: int, count: int, at: datetime) -> None:
        """It signed once more."""
        query = update(account_passkey).where(account_passkey.c.id == passkey_id)
        self._connection.execute(query.values({"count": count, "used": at}))

    def remove(self, account_id: int, passkey_id: int) -> int:
        """It counts no more; how many these were."""
        these = (account_passkey.c.account_id == account_id) & (account_passkey.c.id == passkey_id)
        return self._connection.execute(delete(account_passkey).where(these)).rowcount


def _passkey(row: Row[Any]) -> Passkey:
    fields = row._mapping
    return Passkey(
        passkey_id=row.id,
        credential=octets(row.credential),
        public_key=octets(row.public_key),
        handle=octets(row.handle),
        count=fields["count"],
        name=row.name,
        made=row.made,
        used=row.used,
    )
