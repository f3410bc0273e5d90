"""Somebody signs in, is known by the token of a session from then on, and signs out.

Trust:      whoever tries is a stranger. A name that does not exist, a wrong password and a wrong code take the same time and get
            the same answer; each try is counted before the password is looked at, so that many at once are counted too.
Standards:  OWASP ASVS 4.0 sections 2.2 and 3.2 (throttling, new tokens at sign-in, idle and absolute ends).
Answers:    ``SigningIn(store, passwords, chance)``: ``enter(given, now)`` gives ``Entered`` or ``Refusal``, ``refuses(given, now)``
            whether whoever is signed in knows the password too; ``find(rows, token, now)`` gives ``Signed`` or None.
Limits:     sessions end after eight hours without use and after seven days, those from another house after eight hours in any
            case; waits grow to a quarter of an hour, never further.
            A household from which somebody came in within a week does not wait for what others guess elsewhere at that name.
"""

import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

from comity.model.account import PERMITS, Signed
from comity.services.operate.accounts.codes import step_of
from comity.services.operate.accounts.keeping import hashed_code
from comity.services.operate.accounts.rows import AccountRows, Kept, Passwords

IDLE: Final = timedelta(hours=8)
ABSOLUTE: Final = timedelta(days=7)
FROM_ELSEWHERE: Final = timedelta(hours=8)  # of whoever another house knows: it says anew that he still may
TOUCH: Final = timedelta(minutes=5)
SEEN_FOR: Final = timedelta(days=400)  # how long it is kept who saw what
TOKEN_BYTES: Final = 32
_FORGOTTEN: Final = timedelta(days=1)
_FIRST: Final = timedelta(seconds=15)
_LONGEST: Final = timedelta(minutes=15)
# How often may fail: a name from one household, one household, a name from everywhere.
_FREE: Final = {"both": 5, "household": 50, "name": 100}


class Transactions(Protocol):
    """What opens transactions."""

    def write(self) -> AbstractContextManager[Any]:
        """One that writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody gave."""

    name: str
    password: str = field(repr=False)
    code: str = field(repr=False, default="")
    passkey: tuple[str, str] = field(repr=False, default=("", ""))  # what a device answered, and what its browser holds
    household: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A session has begun; the token is shown to the browser alone."""

    token: str = field(repr=False)
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No: ``wrong``, ``code-missing`` (the password was right), or ``wait`` for so many seconds."""

    reason: str
    seconds: int = 0


class SigningIn:
    """Lets people in."""

    def __init__(
        self,
        store: Transactions,
        passwords: Passwords,
        chance: Callable[[int], bytes],
        *,
        passkeys: Callable[..., bool] | None = None,
    ) -> None:
        self._store, self._passwords, self._chance, self._passkeys = store, passwords, chance, passkeys
        self._nobody = passwords.of_nobody(chance)  # compared with where there is no such account

    def enter(self, given: Given, now: datetime) -> Entered | Refusal:
        """Try. The slow comparison holds no transaction."""
        kept = self._compared(given, now)
        return kept if isinstance(kept, Refusal) else self._let_in(kept, given, now=now)

    def refuses(self, given: Given, now: datetime) -> Refusal | None:
        """Whether whoever is signed in does not know the password: asked before what a found session must not do. Counted, too."""
        kept = self._compared(given, now)
        if isinstance(kept, Refusal):
            return kept
        with self._store.write() as records:
            _ease(records.accounts, _keys(given))
        return None

    def held_up(self, household: str, now: datetime) -> Refusal | None:
        """Whether a household waits, however somebody wants to come in from it."""
        key = _key("household", Given(name="", password="", household=household))
        with self._store.write() as records:
            wait = _wait(records.accounts, "household", key, now=now)
        return Refusal(reason="wait", seconds=int(wait.total_seconds()) + 1) if wait > timedelta(0) else None

    def failed(self, household: str, now: datetime) -> None:
        """A passkey that did not fit, or a word of another house that did not hold, counts as a wrong password does."""
        key = _key("household", Given(name="", password="", household=household))
        with self._store.write() as records:
            before = records.accounts.fails(key)
            records.accounts.failed(key, now, anew=before is not None and now - before[1] > _FORGOTTEN)

    def _compared(self, given: Given, now: datetime) -> Kept | Refusal:
        keys = _keys(given)
        with self._store.write() as records:
            rows: AccountRows = records.accounts
            comes_often = rows.fails(_key("known", given)) is not None
            wait = max(
                _wait(rows, kind, key, now=now) for kind, key in keys.items() if kind == "both" or not comes_often
            )
            if wait > timedelta(0):
                return Refusal(reason="wait", seconds=int(wait.total_seconds()) + 1)
            for key in keys.values():
                before = rows.fails(key)
                rows.failed(key, now, anew=before is not None and now - before[1] > _FORGOTTEN)
            kept = rows.find(_name(given))
        is_known = kept is not None and _counts(kept, now)
        is_right = self._passwords.is_right(
            kept.password if kept is not None and is_known else self._nobody, given.password
        )
        if kept is None or not (is_known and is_right):
            return Refusal(reason="wrong")
        return kept

    def _let_in(self, kept: Kept, given: Given, *, now: datetime) -> Entered | Refusal:
        token, keys = self._chance(TOKEN_BYTES).hex(), _keys(given)
        with self._store.write() as records:
            rows: AccountRows = records.accounts
            again = rows.find(kept.account.name)  # what was true before the comparison may not be any more
            if again is None or again.password != kept.password or not _counts(again, now):
                return Refusal(reason="wrong")
            if again.secret is not None or (again.account.has_passkey and self._passkeys is not None):
                if not given.code.strip() and not given.passkey[0]:
                    # The password was right: no failure. What failed before stays, or codes could be guessed five at a time.
                    _ease(rows, keys)
                    return Refusal(reason="code-missing")
                if not self._takes_second(records, again, given, now=now):
                    return Refusal(reason="wrong")
            _ease(rows, keys)
            rows.passed(keys["both"])
            rows.failed(_key("known", given), now, anew=True)
            rows.begin(digest_of(token), again.account_id, now)
        return Entered(token=token, account=kept.account.name)

    def _takes_second(self, records: Any, kept: Kept, given: Given, *, now: datetime) -> bool:
        """Whether a passkey or a code of the account was shown."""
        if given.passkey[0] and self._passkeys is not None:
            return self._passkeys(records, kept.account_id, given.passkey, now=now)
        return kept.secret is not None and _takes_code(records.accounts, kept, given.code, now=now)


def find(rows: AccountRows, token: str, now: datetime) -> Signed | None:
    """Whose session it is; None where it is over or never was."""
    found = rows.session(digest_of(token))
    if found is None:
        return None
    session, kept = found
    account = kept.account
    longest = ABSOLUTE if account.has_password else FROM_ELSEWHERE
    if account.ended is not None or now - session.seen > IDLE or now - session.began > longest:
        return None
    return Signed(
        account=account.name,
        role=account.role,
        permits=frozenset() if kept.given_until is not None else PERMITS[account.role],
        csrf=hmac.new(token.encode(), b"csrf", sha256).hexdigest(),
        language=account.language,
        session=session.digest,
        since=session.began,
        seen=session.seen,
        must_change=kept.given_until is not None,
        has_password=account.has_password,
    )


def digest_of(token: str) -> bytes:
    """What is kept of a session's token; 256 bits of chance need no slow hash."""
    return sha256(token.encode()).digest()


def _counts(kept: Kept, now: datetime) -> bool:
    """Whether the account and its password count."""
    has_one = kept.account.has_password
    return has_one and kept.account.ended is None and (kept.given_until is None or now < kept.given_until)


def _name(given: Given) -> str:
    return given.name.strip().lower()[:64]


def _key(kind: str, given: Given) -> str:
    name, household = _name(given), given.household
    text = {"household": household, "name": name}.get(kind, f"{name}\n{household}")
    return sha256(f"{kind}\n{text}".encode()).hexdigest()


def _keys(given: Given) -> dict[str, str]:
    return {kind: _key(kind, given) for kind in _FREE}


def _ease(rows: AccountRows, keys: dict[str, str]) -> None:
    """A try that was counted was no failure."""
    for key in keys.values():
        rows.eased(key)


def _wait(rows: AccountRows, kind: str, key: str, *, now: datetime) -> timedelta:
    """How long this key must wait."""
    known = rows.fails(key)
    if known is None or known[0] < _FREE[kind] or now - known[1] > _FORGOTTEN:
        return timedelta(0)
    whole = min(_FIRST * (1 << min(known[0] - _FREE[kind], 10)), _LONGEST)
    return whole - (now - known[1])


def _takes_code(rows: AccountRows, kept: Kept, code: str, *, now: datetime) -> bool:
    """Whether a code is right, and was not taken before."""
    step = step_of(kept.secret or b"", code, now)
    if step is not None:
        if kept.last_step is not None and step <= kept.last_step:
            return False
        rows.used_code(kept.account_id, step, kept.recovery)
        return True
    one = hashed_code(code)
    if one not in kept.recovery:
        return False
    rows.used_code(kept.account_id, kept.last_step, [each for each in kept.recovery if each != one])
    return True
