"""Passkeys: made for an account, and taken for its password, or for the second factor beside it.

Trust:      a passkey answers a challenge of ours, made for one browser, once, within five minutes; the browser binds it to us.
            Alone it lets in only where the device knew its owner (a finger, a face, a number). One whose counter goes back was
            copied: it lets nobody in.
Standards:  W3C Web Authentication level 2, sections 7.1 and 7.2; NIST SP 800-63B section 5.1.9.
Answers:    ``Passkeys``: ``invite`` and ``add`` for somebody who is signed in; ``ask`` and ``enter`` for somebody who is not;
            ``is_of`` says whether an answer is the second factor of an account.
Limits:     ten an account.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity.model.account import Passkey
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.accounts.elsewhere.rows import Begun
from comity.services.operate.accounts.signing_in import (
    TOKEN_BYTES,
    Entered,
    Refusal,
    Transactions,
    digest_of,
)

WITHIN: Final = timedelta(minutes=5)
WAITING: Final = 10_000
MOST: Final = 10
LONGEST: Final = 16 << 10
_NEW, _IN = "passkey-new", "passkey-in"
_HANDLE: Final = 16
_NAME: Final = 60


class PasskeyRows(Protocol):
    """The rows of passkeys."""

    def of(self, account_id: int) -> Sequence[Passkey]:
        """Those of an account, the oldest first."""

    def by_credential(self, credential: bytes) -> tuple[Passkey, int] | None:
        """The one that a device names, and the account that it is of."""

    def add(self, account_id: int, made: Passkey) -> None:
        """One more."""

    def used(self, passkey_id: int, count: int, at: datetime) -> None:
        """It signed once more."""

    def remove(self, account_id: int, passkey_id: int) -> int:
        """It counts no more; how many these were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new passkey, as a device made it."""

    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    count: int


class Asking(Protocol):
    """What asks devices; an answer that does not hold is None."""

    def new(self, name: str, handle: bytes, *, challenge: bytes, known: Sequence[bytes]) -> str:
        """What is asked for a new passkey, as JSON."""

    def made(self, said: Mapping[str, Any], challenge: bytes) -> Made | None:
        """The new passkey."""

    def any(self, challenge: bytes) -> str:
        """What is asked at the door, as JSON."""

    def count(self, said: Mapping[str, Any], challenge: bytes, *, public_key: bytes, knows_owner: bool) -> int | None:
        """The count of its signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a browser's device is asked, and what the browser holds until it answers."""

    options: str  # JSON
    browser: str = field(repr=False)


class Passkeys:
    """Everything about passkeys."""

    def __init__(self, store: Transactions, chance: Callable[[int], bytes], devices: Asking) -> None:
        self._store, self._chance, self._devices = store, chance, devices

    def invite(self, name: str, session: bytes, now: datetime) -> str:
        """What a device is asked for a new one, for whoever is signed in, as JSON."""
        challenge = self._chance(TOKEN_BYTES)
        with self._store.write() as records:
            kept = records.accounts.find(name)
            known = records.passkeys.of(kept.account_id)
            if len(known) >= MOST:
                raise _wrong("passkey-many", most=MOST)
            handle = known[0].handle if known else self._chance(_HANDLE)
            facts = {"account": name, "handle": _text(handle)}
            records.entering.begin(Begun(key=_key(challenge), browser=session, kind=_NEW, facts=facts, at=now))
        return self._devices.new(name, handle, challenge=challenge, known=[each.credential for each in known])

    def add(self, answer: str, called: str, *, account: str, session: bytes, now: datetime) -> Passkey:
        """Take the new one that a device made."""
        said = _read(answer)
        with self._store.write() as records:
            challenge = _challenge(said)
            begun = records.entering.take(_key(challenge))
            if begun is None or not _is_of(begun, _NEW, session, now=now) or begun.facts["account"] != account:
                raise _wrong("passkey-begun")
            found = self._devices.made(said, challenge)
            if found is None or records.passkeys.by_credential(found.credential) is not None:
                raise _wrong("passkey-unfit")
            kept = records.accounts.find(account)
            if len(records.passkeys.of(kept.account_id)) >= MOST:
                raise _wrong("passkey-many", most=MOST)
            made = Passkey(
                passkey_id=0,
                credential=found.credential,
                public_key=found.public_key,
                handle=_bytes(begun.facts["handle"]),
                count=found.count,
                name="".join(each for each in called if each.isprintable()).strip()[:_NAME] or "passkey",
                made=now,
            )
            records.passkeys.add(kept.account_id, made)
            return made

    def ask(self, now: datetime) -> Asked | Refusal:
        """What any device is asked, for somebody who is not known yet."""
        challenge, browser = self._chance(TOKEN_BYTES), _text(self._chance(TOKEN_BYTES))
        with self._store.write() as records:
            records.entering.forget(now - 2 * WITHIN)
            if records.entering.waiting() >= WAITING:
                return Refusal(reason="wait", seconds=int(WITHIN.total_seconds()))
            begun = Begun(key=_key(challenge), browser=digest_of(browser), kind=_IN, facts={}, at=now)
            records.entering.begin(begun)
        return Asked(options=self._devices.any(challenge), browser=browser)

    def enter(self, answer: str, browser: str, now: datetime) -> Entered | Refusal:
        """Let somebody in by his passkey alone."""
        with self._store.write() as records:
            account_id = self._answered(records, (answer, browser), now=now, alone=True)
            if isinstance(account_id, Refusal):
                return account_id
            kept = records.accounts.by_id(account_id)
            if kept.account.ended is not None or kept.given_until is not None:
                return Refusal(reason="wrong")
            token = self._chance(TOKEN_BYTES).hex()
            records.accounts.begin(digest_of(token), account_id, now)
            return Entered(token=token, account=kept.account.name)

    def is_of(self, records: Any, account_id: int, answer: tuple[str, str], *, now: datetime) -> bool:
        """Whether an answer, and what its browser holds, is the second factor of this account."""
        return self._answered(records, answer, now=now, alone=False) == account_id

    def _answered(self, records: Any, answer: tuple[str, str], *, now: datetime, alone: bool) -> int | Refusal:
        """The account whose passkey it is."""
        try:
            said = _read(answer[0])
            challenge = _challenge(said)
            credential = _bytes(str(said.get("rawId", "")))
        except (ComityError, ValueError):
            return Refusal(reason="passkey")
        begun = records.entering.take(_key(challenge))
        if begun is None or not _is_of(begun, _IN, digest_of(answer[1]), now=now):
            return Refusal(reason="passkey-begun")
        known = records.passkeys.by_credential(credential)
        if known is None:
            return Refusal(reason="passkey")
        passkey, account_id = known
        response = said.get("response")
        handle = response.get("userHandle") if isinstance(response, Mapping) else None
        if handle and handle != _text(passkey.handle):
            return Refusal(reason="passkey")
        count = self._devices.count(said, challenge, public_key=passkey.public_key, knows_owner=alone)
        if count is None:
            return Refusal(reason="passkey")
        if passkey.count and count <= passkey.count:
            return Refusal(reason="passkey-copied")
        records.passkeys.used(passkey.passkey_id, count, now)
        return int(account_id)


def _read(answer: str) -> Mapping[str, Any]:
    try:
        said = json.loads(answer) if len(answer) <= LONGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _wrong("passkey-unfit")
    return said


def _challenge(said: Mapping[str, Any]) -> bytes:
    """The challenge that it answers, as the browser says it; whether that is signed is looked at afterwards."""
    response = said.get("response")
    try:
        client = json.loads(_bytes(str(response["clientDataJSON"]))) if isinstance(response, Mapping) else {}
        return _bytes(str(client["challenge"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _wrong("passkey-unfit") from None


def _is_of(begun: Begun, kind: str, browser: bytes, *, now: datetime) -> bool:
    return begun.kind == kind and begun.browser == browser and now - begun.at <= WITHIN


def _key(challenge: bytes) -> bytes:
    return digest_of(_text(challenge))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _wrong(code: str, **details: object) -> ComityError:
    return ComityError(code, code, outcome=Outcome.USAGE, details=details)
