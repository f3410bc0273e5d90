"""Make what a desk needs before its first run: settings, keys, database. Nothing that is there is written over.

Trust:      keys are made here, readable for their owner only.
Answers:    ``prepare(folder, given, dkim)`` gives ``Made`` for each thing, made now or there already.
Limits:     what was given on the command line goes into a new settings file; one that is there and says otherwise is an error.
            Nothing leaves the machine because of this.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.bootstrap.desk import COMPLAINER_KEY, DKIM_KEY, LEDGER_KEY, beside, database_file, desk_store
from comity.bootstrap.parties import CARD
from comity.bootstrap.trust.exchange import REVOCATION_KEY
from comity.formats.dkim import public_record
from comity.ledger.note import verifier_of
from comity.ledger.pairing import card_of
from comity.model.outcomes import ComityError, Outcome
from comity.outlets import private_key
from comity.outlets.private_key import KeySort
from comity.outlets.secret_file import secret
from comity.settings import Settings, read_settings
from comity.settings.first_file import Value, first_file
from comity.settings.reader import parse

SETTINGS = "comity.toml"
DKIM_RECORD = "dkim.zone"
_TXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One thing that a desk needs: what it is, where it lies, whether it was made just now."""

    what: str  # "settings", "ledger-key", "dkim-key", "complainer-key", "database", "dkim-record", "revocation-key", "card"
    path: Path | str  # a database on a server has an address
    made: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """Everything, and what the next steps need to know."""

    made: tuple[Made, ...]
    settings: Settings
    ledger_public: str | None  # as peers pin it; None before there is a domain


def first_run(folder: Path, given: Mapping[str, Value], dkim: KeySort, *, language: str = "en") -> FirstRun:
    """Make what is missing."""
    path = folder / SETTINGS
    is_new = not path.exists()
    if is_new:
        text = first_file(given, language)
        parse(text, path)  # a value that does not fit is said before anything is there
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, text)
    settings = read_settings(path)
    if not is_new:
        _compare(settings, given)
    made = (Made(what="settings", path=path, made=is_new), *_rest(settings, dkim))
    return FirstRun(made=made, settings=settings, ledger_public=_ledger_public(settings))


def _rest(settings: Settings, dkim: KeySort) -> Iterator[Made]:
    identity = settings.identity
    for what, path, sort in (
        ("ledger-key", beside(settings, identity.ledger_key, LEDGER_KEY), KeySort.ED25519),
        ("dkim-key", beside(settings, identity.dkim_key, DKIM_KEY), dkim),
    ):
        yield Made(what=what, path=path, made=private_key.make(path, sort))
    key_file = beside(settings, settings.complain.key_file, COMPLAINER_KEY)
    is_new = not key_file.exists()
    secret(key_file)
    yield Made(what="complainer-key", path=key_file, made=is_new)
    store = desk_store(settings)
    is_new = store.create()
    store.close()
    yield Made(what="database", path=database_file(settings) or store.place, made=is_new)
    if identity.domain is not None:
        yield _record(settings, identity.domain)
        yield from _card(settings, identity.domain)


def _card(settings: Settings, domain: str) -> Iterator[Made]:
    """The card that peers get, and the key that can call ours back: it is made once, and may then be taken away."""
    path, offline = beside(settings, None, CARD), beside(settings, None, REVOCATION_KEY)
    if path.exists():
        yield Made(what="card", path=path, made=False)
        return
    made = private_key.make(offline, KeySort.ED25519)
    yield Made(what="revocation-key", path=offline, made=made)
    ledger = private_key.read_ed25519(beside(settings, settings.identity.ledger_key, LEDGER_KEY))
    revocation = private_key.read_ed25519(offline)
    card = card_of(domain, ledger.public_key().public_bytes_raw(), revocation.public_key().public_bytes_raw())
    _write(path, card.text())
    yield Made(what="card", path=path, made=True)


def _record(settings: Settings, domain: str) -> Made:
    """The public half of the DKIM key, as it goes into the DNS zone."""
    key = private_key.read(beside(settings, settings.identity.dkim_key, DKIM_KEY))
    path = beside(settings, None, DKIM_RECORD)
    value = public_record(key)
    parts = "\n    ".join(f'"{value[start : start + _TXT]}"' for start in range(0, len(value), _TXT))
    text = f"{settings.identity.dkim_selector}._domainkey.{domain}. IN TXT (\n    {parts} )\n"
    is_new = not path.exists() or path.read_text(encoding="ascii") != text
    if is_new:
        path.unlink(missing_ok=True)
        _write(path, text)
    return Made(what="dkim-record", path=path, made=is_new)


def _ledger_public(settings: Settings) -> str | None:
    if settings.identity.domain is None:
        return None
    path = beside(settings, settings.identity.ledger_key, LEDGER_KEY)
    return verifier_of(settings.identity.domain, private_key.read_ed25519(path)).encoded()


def _compare(settings: Settings, given: Mapping[str, Value]) -> None:
    """What is asked for now must be what the file says: it is not written over."""
    for name, value in given.items():
        room, _, field = name.partition(".")
        stands = getattr(getattr(settings, room), field)
        said = [str(each) for each in stands] if isinstance(stands, tuple) else stands
        if said != value:
            raise ComityError(
                "init-otherwise",
                f"{SETTINGS} is there and says otherwise of {name}",
                outcome=Outcome.CONFIGURATION,
                place=str(settings.file),
                details={"name": name},
            )


def _write(path: Path, text: str) -> None:
    """Write a new file, whole and on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - made only where there is none
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
