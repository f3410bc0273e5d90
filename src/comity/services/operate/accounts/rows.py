"""What accounts need of the store, and of whoever hashes passwords.

Answers:    ``AccountRows``, ``Passwords``; ``Kept``, an account with its secrets.
Limits:     in the caller's transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from comity.model.account import Account, Role, Seen, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An account with its secrets."""

    account_id: int
    account: Account
    password: str = field(repr=False)  # its hash
    secret: bytes | None = field(repr=False)  # of the second factor
    last_step: int | None
    recovery: tuple[str, ...] = field(repr=False)  # hashes
    given_until: datetime | None = None  # somebody else gave the password: it counts until then, and is to be replaced


class AccountRows(Protocol):
    """The rows of accounts."""

    def find(self, name: str) -> Kept | None:
        """The account of this name, also one that has ended."""

    def all(self) -> Sequence[Account]:
        """Every account, by name."""

    def add(self, account: Account, password: str) -> None:
        """A new account."""

    def change(self, account_id: int, *, role: Role | None = None, language: str | None = None) -> None:
        """Another role, or another language."""

    def end(self, account_id: int, at: datetime) -> None:
        """It counts no more."""

    def set_password(self, account_id: int, password: str, given_until: datetime | None = None) -> None:
        """Another password, by its hash."""

    def by_id(self, account_id: int) -> Kept | None:
        """The account of this number, also one that has ended."""

    def drop_passkeys(self, account_id: int) -> None:
        """None of its passkeys counts any more."""

    def set_code(self, account_id: int, secret: bytes | None, recovery: Sequence[str]) -> None:
        """Another second factor, or none."""

    def used_code(self, account_id: int, step: int | None, recovery: Sequence[str]) -> None:
        """A code was taken."""

    def begin(self, digest: bytes, account_id: int, at: datetime) -> None:
        """A session begins."""

    def session(self, digest: bytes) -> tuple[Session, Kept] | None:
        """The session of a token's hash, and whose it is."""

    def sessions(self, name: str | None = None) -> Sequence[Session]:
        """All sessions, or those of one account, the newest first."""

    def touch(self, digest: bytes, at: datetime) -> None:
        """A session was used."""

    def end_session(self, digest: bytes) -> None:
        """A session is over."""

    def end_sessions(self, account_id: int, but: bytes | None = None) -> int:
        """All sessions of an account are over, but this one."""

    def fails(self, key: str) -> tuple[int, datetime] | None:
        """How often a key failed, and when last."""

    def failed(self, key: str, at: datetime, *, anew: bool) -> None:
        """One more; counted from one again with ``anew``."""

    def eased(self, key: str) -> None:
        """It was none: one less."""

    def passed(self, key: str) -> None:
        """What failed before is forgotten."""

    def saw(self, seen: Seen) -> None:
        """Somebody saw personal data."""

    def seen(self, most: int, *, account: str | None = None, about: str | None = None) -> Sequence[Seen]:
        """Who saw what, the newest first."""

    def seen_since(self, since: datetime, several: Sequence[Seen]) -> set[str]:
        """About which of these, of one account and one sort, it stands there that they were seen since then."""

    def forget(self, before: datetime, idle_before: datetime) -> None:
        """Drop what is too old: waits and what was seen, and sessions that nobody used."""


class Passwords(Protocol):
    """Whoever hashes passwords; slow on purpose."""

    def hashed(self, password: str) -> str:
        """What is kept of it."""

    def is_right(self, kept: str, password: str) -> bool:
        """Whether this is it."""

    def of_nobody(self, chance: Callable[[int], bytes]) -> str:
        """What no password fits, and which is compared as slowly as any other."""
