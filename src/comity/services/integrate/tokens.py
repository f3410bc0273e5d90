"""Tokens of programs: made, checked, called back; and what their holders did.

Trust:      what a caller presents is a stranger's until the hash of its secret is the one that is kept; the two are compared in
            constant time, and an id that does not exist costs the same comparison.
Standards:  RFC 6750 (bearer tokens).
Answers:    ``made(...)`` gives the token's text, once, and its record; ``checked(rows, text, now)`` gives the record or the name of
            the refusal; ``called_back`` ends one.
Limits:     in the caller's transaction. Chance comes in.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from comity.model.api_token import ApiToken, Scope, read_token, written_token
from comity.model.outcomes import ComityError, Outcome

ID_BYTES: Final = 6
SECRET_BYTES: Final = 32
_NOBODY: Final = sha256(b"nobody").digest()
_FEWEST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAct:
    """One thing that the holder of a token changed."""

    at: datetime
    token_id: str
    name: str
    act: str
    about: str
    key: bytes | None = None
    digest: bytes | None = None


class TokenRows(Protocol):
    """The rows of tokens."""

    def add(self, token: ApiToken) -> None:
        """A new token."""

    def find(self, token_id: str) -> ApiToken | None:
        """The token of this id."""

    def all(self) -> Sequence[ApiToken]:
        """Every token, oldest first."""

    def revoke(self, token_id: str, at: datetime) -> None:
        """It counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new token shall be."""

    name: str
    scopes: frozenset[Scope]
    per_minute: int
    expires: datetime | None = None


def made(rows: TokenRows, wanted: Wanted, chance: bytes, *, now: datetime) -> tuple[str, ApiToken]:
    """Make a token out of ``ID_BYTES + SECRET_BYTES`` bytes of chance; its text is given here and nowhere else."""
    if not wanted.name.strip() or not wanted.name.isprintable():
        raise _wrong("token-name", wanted.name)
    if not wanted.scopes:
        raise _wrong("token-scopes", wanted.name)
    if wanted.expires is not None and wanted.expires <= now:
        raise _wrong("token-over", wanted.name)
    token_id = chance[:ID_BYTES].hex()
    secret = urlsafe_b64encode(chance[ID_BYTES : ID_BYTES + SECRET_BYTES]).rstrip(b"=").decode("ascii")
    token = ApiToken(
        token_id=token_id,
        name=wanted.name.strip(),
        digest=_digest(secret),
        scopes=wanted.scopes,
        per_minute=wanted.per_minute,
        created=now,
        expires=wanted.expires,
    )
    rows.add(token)
    return written_token(token_id, secret), token


def checked(rows: TokenRows, text: str, now: datetime) -> ApiToken | str:
    """The token that this text is, or the name of the refusal: what is over is said only to who has the secret."""
    parts = read_token(text)
    if parts is None:
        return "token-unknown"
    found = rows.find(parts[0])
    same = hmac.compare_digest(_digest(parts[1]), _NOBODY if found is None else found.digest)
    if found is None or not same:
        return "token-unknown"
    return found.refusal(now) or found


def called_back(rows: TokenRows, which: str, now: datetime) -> ApiToken:
    """Revoke a token by its id, the beginning of it, or its name."""
    wanted = which.strip()
    every = rows.all()
    found = [each for each in every if wanted in (each.token_id, each.name)]
    if not found and len(wanted) >= _FEWEST:
        found = [each for each in every if each.token_id.startswith(wanted)]
    open_ones = [each for each in found if each.revoked is None] or found
    if not open_ones:
        raise _wrong("token-none", wanted, Outcome.BAD_INPUT)
    if len(open_ones) > 1:
        raise _wrong("token-several", wanted, tokens=", ".join(each.token_id for each in open_ones))
    rows.revoke(open_ones[0].token_id, now)
    return rows.find(open_ones[0].token_id) or open_ones[0]


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("ascii")).digest()


def _wrong(code: str, name: str, outcome: Outcome = Outcome.USAGE, **details: object) -> ComityError:
    return ComityError(code, f"{code}: {name}", outcome=outcome, place=name or None, details={"name": name, **details})
