"""Accounts are made, changed and ended.

Standards:  NIST SP 800-63B section 5.1.1 (length instead of rules of composition; commonplace passwords are refused); RFC 6238
            (time-based one-time passwords), RFC 4226 section 5.3.
Answers:    ``Keeping(rows, passwords, now)``: ``make``, ``end``, and what changes an account; ``give`` a password that somebody
            else learns of; ``checked`` says whether a password can be one.
Limits:     in the caller's transaction. The last administrator can be neither ended nor given another role.
"""

import re
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from comity.model.account import NO_PASSWORD, WITHOUT_ACCOUNT, Account, Role
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.accounts.codes import step_of
from comity.services.operate.accounts.rows import AccountRows, Kept, Passwords

FEWEST: Final = 12
SECRET_BYTES: Final = 20
RECOVERY: Final = 8
GIVEN_FOR: Final = timedelta(days=3)  # how long a password counts that somebody else gave
_MOST: Final = 512
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_DISTINCT: Final = 5
# What people type who were told to use a long one; compared without signs and digits at the ends.
_COMMONPLACE: Final = frozenset(
    [
        "password",
        "passwordpassword",
        "letmeinletmein",
        "qwertyuiop",
        "qwertyuiopasdf",
        "administrator",
        "changemechangeme",
        "iloveyouiloveyou",
        "welcomewelcome",
        "comitycomity",
        "correcthorsebatterystaple",
        "abcdefghijkl",
        "woaini",
        "woainiwoaini",
    ]
)


class Keeping:
    """One who looks after accounts, in one transaction."""

    def __init__(self, rows: AccountRows, passwords: Passwords, now: datetime) -> None:
        self._rows, self._passwords, self._now = rows, passwords, now

    def make(self, name: str, role: Role, password: str, *, language: str | None = None) -> Account:
        """A new account; the first one is an administrator's, or nobody could make the others."""
        return self._add(
            name, role, hashed=lambda wanted: self._passwords.hashed(checked(password, wanted)), language=language
        )

    def admit(self, name: str, role: Role) -> Account:
        """A new account of somebody who signs in through another house: it has no password."""
        return self._add(name, role, hashed=lambda _: NO_PASSWORD)

    def _add(self, name: str, role: Role, *, hashed: Callable[[str], str], language: str | None = None) -> Account:
        wanted = name.strip().lower()
        if not _NAME.fullmatch(wanted) or wanted in WITHOUT_ACCOUNT:
            raise _wrong("account-name", name)
        if self._rows.find(wanted) is not None:
            raise _wrong("account-there", wanted, Outcome.CONFLICT)
        if role is not Role.ADMINISTRATOR and not self._administrators():
            raise _wrong("account-first", wanted)
        account = Account(name=wanted, role=role, created=self._now, language=language)
        self._rows.add(account, hashed(wanted))
        return account

    def set_role(self, name: str, role: Role) -> Account:
        """Another role; every session of the account is over."""
        kept = self._known(name)
        if role is not Role.ADMINISTRATOR:
            self._not_last(kept)
        self._rows.change(kept.account_id, role=role)
        self._rows.end_sessions(kept.account_id)
        return self._known(name).account

    def set_language(self, name: str, language: str) -> None:
        """In which language the pages speak to it."""
        self._rows.change(self._known(name).account_id, language=language)

    def set_password(self, name: str, password: str, *, stays: bytes | None = None) -> None:
        """Another password; every session of the account is over, but the one that stays."""
        kept = self._known(name)
        self._rows.set_password(kept.account_id, self._passwords.hashed(checked(password, kept.account.name)))
        self._rows.end_sessions(kept.account_id, stays)

    def give(self, name: str, chance: Callable[[int], bytes]) -> str:
        """A password for the next time, to be replaced then; every session of the account is over. Shown once."""
        kept = self._known(name)
        password = new_password(chance)
        self._rows.set_password(kept.account_id, self._passwords.hashed(password), self._now + GIVEN_FOR)
        self._rows.end_sessions(kept.account_id)
        return password

    def end_sessions(self, name: str, *, stays: bytes | None = None) -> int:
        """Every session of the account is over, but the one that stays; how many these were."""
        return self._rows.end_sessions(self._known(name).account_id, stays)

    def end(self, name: str) -> None:
        """It counts no more; what it did stays under its name, which nobody gets again."""
        kept = self._known(name)
        self._not_last(kept)
        self._rows.end(kept.account_id, self._now)
        self._rows.end_sessions(kept.account_id)

    def set_code(self, name: str, secret: bytes, code: str, *, chance: Callable[[int], bytes]) -> list[str]:
        """Ask for a second factor from now on, once a code of it was right; the codes for when it is lost, shown once."""
        kept = self._known(name)
        step = step_of(secret, code, self._now)
        if step is None:
            raise _wrong("account-code", name, Outcome.FORBIDDEN)
        codes = [b32encode(chance(10)).decode("ascii").lower() for _ in range(RECOVERY)]
        self._rows.set_code(kept.account_id, secret, [hashed_code(each) for each in codes])
        self._rows.used_code(kept.account_id, step, [hashed_code(each) for each in codes])
        return codes

    def drop_code(self, name: str) -> None:
        """Ask for no second factor any more: it was lost, or is to be made anew; passkeys go with it."""
        kept = self._known(name)
        self._rows.set_code(kept.account_id, None, ())
        self._rows.drop_passkeys(kept.account_id)

    def known(self, name: str) -> Account:
        """The account of this name that counts."""
        return self._known(name).account

    def _known(self, name: str) -> Kept:
        kept = self._rows.find(name.strip().lower())
        if kept is None or kept.account.ended is not None:
            raise _wrong("account-unknown", name, Outcome.UNKNOWN)
        return kept

    def _administrators(self) -> list[str]:
        return [each.name for each in self._rows.all() if each.role is Role.ADMINISTRATOR and each.ended is None]

    def _not_last(self, kept: Kept) -> None:
        if self._administrators() == [kept.account.name]:
            raise _wrong("account-last", kept.account.name, Outcome.CONFLICT)


def checked(password: str, name: str) -> str:
    """The password, if it can be one.

    >>> checked("three quiet rivers", "ann")
    'three quiet rivers'
    """
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password.lower())
    if len(password) < FEWEST:
        raise ComityError("password-short", "too short", outcome=Outcome.USAGE, details={"least": FEWEST})
    if len(password) > _MOST:
        raise ComityError("password-long", "too long", outcome=Outcome.USAGE, details={"most": _MOST})
    if len(set(password)) < _DISTINCT or bare in _COMMONPLACE or bare == name:
        raise ComityError("password-common", "commonplace", outcome=Outcome.USAGE)
    return password


def new_password(chance: Callable[[int], bytes]) -> str:
    """One that nobody guesses, and that can be read out: eighty bits.

    >>> new_password(bytes)
    'aaaa-aaaa-aaaa-aaaa'
    """
    text = b32encode(chance(10)).decode("ascii").lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def hashed_code(code: str) -> str:
    """What is kept of a code for when the second factor is lost; eighty bits of chance need no slow hash."""
    return sha256(b"recovery\n" + code.strip().lower().encode()).hexdigest()


def enrolment_address(name: str, house: str, secret: bytes) -> str:
    """What a program for codes reads out of a picture (the key URI format).

    >>> enrolment_address("ann", "West Mail", bytes(20))
    'otpauth://totp/West%20Mail:ann?secret=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&issuer=West%20Mail'
    """
    issuer = quote(house or "Comity")
    return f"otpauth://totp/{issuer}:{quote(name)}?secret={b32encode(secret).decode('ascii')}&issuer={issuer}"


def _wrong(code: str, name: str, outcome: Outcome = Outcome.USAGE) -> ComityError:
    return ComityError(code, f"{code}: {name}", outcome=outcome, details={"name": name})
