"""Queries about accounts, their sessions, and who saw what.

Answers:    ``Accounts``, which fits ``comity.services.operate.accounts.rows.AccountRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, insert, select, update

from comity.model.account import NO_PASSWORD, Account, Role, Seen, Session
from comity.services.operate.accounts.rows import Kept
from comity.store.chunks import chunks
from comity.store.tables.desk.accounts import (
    access_log,
    account,
    account_given_password,
    account_session,
    sign_in_wait,
)
from comity.store.tables.desk.entering import account_passkey
from comity.store.types import octets


class Accounts:
    """Rows of accounts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Kept | None:
        """The account of this name, also one that has ended."""
        row = self._connection.execute(_with_secrets().where(account.c.name == name)).first()
        return None if row is None else _kept(row)

    def all(self) -> Sequence[Account]:
        """Every account, by name."""
        query = select(account, _has_passkey()).order_by(account.c.name)
        return [_account(row) for row in self._connection.execute(query)]

    def add(self, made: Account, password: str) -> None:
        """A new account."""
        values = {
            "name": made.name,
            "role": made.role.value,
            "language": made.language,
            "password": password,
            "created": made.created,
        }
        self._connection.execute(insert(account), [values])

    def change(self, account_id: int, *, role: Role | None = None, language: str | None = None) -> None:
        """Another role, or another language."""
        values: dict[str, Any] = {}
        if role is not None:
            values["role"] = role.value
        if language is not None:
            values["language"] = language
        if values:
            self._change(account_id, **values)

    def end(self, account_id: int, at: datetime) -> None:
        """It counts no more."""
        self._change(account_id, ended=at)

    def set_password(self, account_id: int, password: str, given_until: datetime | None = None) -> None:
        """Another password, by its hash."""
        self._change(account_id, password=password)
        given = account_given_password
        self._connection.execute(delete(given).where(given.c.account_id == account_id))
        if given_until is not None:
            self._connection.execute(insert(given), [{"account_id": account_id, "until": given_until}])

    def by_id(self, account_id: int) -> Kept | None:
        """The account of this number, also one that has ended."""
        row = self._connection.execute(_with_secrets().where(account.c.id == account_id)).first()
        return None if row is None else _kept(row)

    def drop_passkeys(self, account_id: int) -> None:
        """None of its passkeys counts any more."""
        self._connection.execute(delete(account_passkey).where(account_passkey.c.account_id == account_id))

    def set_code(self, account_id: int, secret: bytes | None, recovery: Sequence[str]) -> None:
        """Another second factor, or none."""
        self._change(account_id, secret=secret, last_step=None, recovery=list(recovery))

    def used_code(self, account_id: int, step: int | None, recovery: Sequence[str]) -> None:
        """A code was taken."""
        self._change(account_id, last_step=step, recovery=list(recovery))

    def _change(self, account_id: int, **values: Any) -> None:
        self._connection.execute(update(account).where(account.c.id == account_id).values(values))

    def begin(self, digest: bytes, account_id: int, at: datetime) -> None:
        """A session begins."""
        values = {"digest": digest, "account_id": account_id, "began": at, "seen": at}
        self._connection.execute(insert(account_session), [values])

    def session(self, digest: bytes) -> tuple[Session, Kept] | None:
        """The session of a token's hash, and whose it is."""
        row = self._connection.execute(_by_session(), {"digest_asked": digest}).first()
        return None if row is None else (_session(row), _kept(row))

    def sessions(self, name: str | None = None) -> Sequence[Session]:
        """All sessions, or those of one account, the newest first."""
        query: Select[Any] = select(
            account.c.name, account_session.c.digest, account_session.c.began, account_session.c.seen
        ).order_by(account_session.c.began.desc())
        query = query.join(account_session, account_session.c.account_id == account.c.id)
        if name is not None:
            query = query.where(account.c.name == name)
        return [_session(row) for row in self._connection.execute(query)]

    def touch(self, digest: bytes, at: datetime) -> None:
        """A session was used."""
        self._connection.execute(update(account_session).where(account_session.c.digest == digest).values(seen=at))

    def end_session(self, digest: bytes) -> None:
        """A session is over."""
        self._connection.execute(delete(account_session).where(account_session.c.digest == digest))

    def end_sessions(self, account_id: int, but: bytes | None = None) -> int:
        """All sessions of an account are over, but this one."""
        these = account_session.c.account_id == account_id
        if but is not None:
            these &= account_session.c.digest != but
        return self._connection.execute(delete(account_session).where(these)).rowcount

    def end_all_sessions(self) -> None:
        """Everybody has to sign in anew."""
        self._connection.execute(delete(account_session))

    def fails(self, key: str) -> tuple[int, datetime] | None:
        """How often a key failed, and when last."""
        query = select(sign_in_wait.c.fails, sign_in_wait.c.last).where(sign_in_wait.c.key == key)
        row = self._connection.execute(query).first()
        return None if row is None else (row.fails, row.last)

    def failed(self, key: str, at: datetime, *, anew: bool) -> None:
        """One more; counted from one again with ``anew``."""
        fails: Any = 1 if anew else sign_in_wait.c.fails + 1
        changed = update(sign_in_wait).where(sign_in_wait.c.key == key).values(fails=fails, last=at)
        if not self._connection.execute(changed).rowcount:
            self._connection.execute(insert(sign_in_wait), [{"key": key, "fails": 1, "last": at}])

    def eased(self, key: str) -> None:
        """It was none: one less."""
        these = (sign_in_wait.c.key == key) & (sign_in_wait.c.fails > 0)
        self._connection.execute(update(sign_in_wait).where(these).values(fails=sign_in_wait.c.fails - 1))

    def passed(self, key: str) -> None:
        """What failed before is forgotten."""
        self._connection.execute(delete(sign_in_wait).where(sign_in_wait.c.key == key))

    def saw(self, seen: Seen) -> None:
        """Somebody saw personal data."""
        values = {"at": seen.at, "account": seen.account, "what": seen.what, "about": seen.about}
        self._connection.execute(insert(access_log), [values])

    def seen(self, most: int, *, account: str | None = None, about: str | None = None) -> Sequence[Seen]:
        """Who saw what, the newest first."""
        query = select(access_log).order_by(access_log.c.id.desc()).limit(most)
        if account is not None:
            query = query.where(access_log.c.account == account)
        if about is not None:
            query = query.where(access_log.c.about == about)
        return [
            Seen(at=row.at, account=row.account, what=row.what, about=row.about)
            for row in self._connection.execute(query)
        ]

    def seen_since(self, since: datetime, several: Sequence[Seen]) -> set[str]:
        """About which of these, of one account and one sort, it stands there that they were seen since then."""
        if not several:
            return set()
        first, about = several[0], [each.about for each in several]
        these = (access_log.c.account == first.account, access_log.c.what == first.what, access_log.c.at > since)
        return {
            each
            for part in chunks(about)
            for each in self._connection.scalars(
                select(access_log.c.about).distinct().where(*these, access_log.c.about.in_(part))
            )
        }

    def forget(self, before: datetime, idle_before: datetime) -> None:
        """Drop what is too old: waits and what was seen, and sessions that nobody used."""
        self._connection.execute(delete(access_log).where(access_log.c.at < before))
        self._connection.execute(delete(sign_in_wait).where(sign_in_wait.c.last < idle_before))
        self._connection.execute(delete(account_session).where(account_session.c.seen < idle_before))


@cache
def _by_session() -> Select[Any]:
    """Made once: every page of the desk asks this first, and to make it takes longer than to answer it."""
    query = _with_secrets().add_columns(account_session.c.digest, account_session.c.began, account_session.c.seen)
    query = query.join(account_session, account_session.c.account_id == account.c.id)
    return query.where(account_session.c.digest == bindparam("digest_asked"))


def _has_passkey() -> Any:
    return exists().where(account_passkey.c.account_id == account.c.id).label("has_passkey")


def _with_secrets() -> Select[Any]:
    given = account_given_password
    query: Select[Any] = select(account, given.c.until.label("given_until"), _has_passkey())
    return query.outerjoin_from(account, given, given.c.account_id == account.c.id)


def _account(row: Row[Any]) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role),
        created=row.created,
        language=row.language,
        has_code=row.secret is not None,
        has_passkey=bool(row.has_passkey),
        has_password=row.password != NO_PASSWORD,
        ended=row.ended,
    )


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        account_id=row.id,
        account=_account(row),
        password=row.password,
        secret=None if row.secret is None else octets(row.secret),
        last_step=row.last_step,
        recovery=tuple(row.recovery or ()),
        given_until=row.given_until,
    )


def _session(row: Any) -> Session:
    return Session(digest=octets(row.digest), account=row.name, began=row.began, seen=row.seen)
