"""Queries about tokens and what was done with them.

Answers:    ``ApiTokens``, which fits ``comity.services.integrate.tokens.TokenRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from comity.model.api_token import ApiToken, Scope
from comity.services.integrate.tokens import ApiAct
from comity.store.tables.integration import api_act, api_token
from comity.store.types import octets


class ApiTokens:
    """Tokens, and the acts of their holders."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: ApiToken) -> None:
        """A new token."""
        values = {
            "id": token.token_id,
            "name": token.name,
            "digest": token.digest,
            "scopes": sorted(token.scopes),
            "per_minute": token.per_minute,
            "created": token.created,
            "expires": token.expires,
        }
        self._connection.execute(insert(api_token), [values])

    def find(self, token_id: str) -> ApiToken | None:
        """The token of this id."""
        row = self._connection.execute(select(api_token).where(api_token.c.id == token_id)).first()
        return None if row is None else _token(row)

    def all(self) -> list[ApiToken]:
        """Every token, oldest first."""
        query = select(api_token).order_by(api_token.c.created, api_token.c.id)
        return [_token(row) for row in self._connection.execute(query)]

    def revoke(self, token_id: str, at: datetime) -> None:
        """It counts no more; the first time stands."""
        these = (api_token.c.id == token_id) & api_token.c.revoked.is_(None)
        self._connection.execute(update(api_token).where(these).values(revoked=at))

    def used(self, token_id: str, day: str) -> None:
        """It was used on this day."""
        self._connection.execute(update(api_token).where(api_token.c.id == token_id).values(last_used=day))

    def note(self, act: ApiAct) -> None:
        """Something was done."""
        values = {
            "at": act.at,
            "token_id": act.token_id,
            "name": act.name,
            "act": act.act,
            "about": act.about,
            "key": act.key,
            "digest": act.digest,
        }
        self._connection.execute(insert(api_act), [values])

    def by_key(self, key: bytes) -> ApiAct | None:
        """What was done before under this key."""
        row = self._connection.execute(select(api_act).where(api_act.c.key == key)).first()
        return None if row is None else _act(row)

    def acts(self, most: int) -> Sequence[ApiAct]:
        """What was done last, oldest first."""
        query = select(api_act).order_by(api_act.c.id.desc()).limit(most)
        return [_act(row) for row in reversed(self._connection.execute(query).all())]


def _token(row: Row[Any]) -> ApiToken:
    known = {each.value for each in Scope}
    return ApiToken(
        token_id=row.id,
        name=row.name,
        digest=octets(row.digest),
        scopes=frozenset(Scope(each) for each in row.scopes if each in known),
        per_minute=row.per_minute,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        last_used=row.last_used,
    )


def _act(row: Row[Any]) -> ApiAct:
    return ApiAct(
        at=row.at,
        token_id=row.token_id,
        name=row.name,
        act=row.act,
        about=row.about,
        key=None if row.key is None else octets(row.key),
        digest=None if row.digest is None else octets(row.digest),
    )
