"""Join the store to the services of the desk.

Answers:    ``desk_store(settings)`` gives the store, ``desk_read`` and ``desk_write`` one transaction of it, ``replica_of`` the
            copy that pages may ask, ``own_side(settings)`` what is ours, ``key_source`` where DKIM keys are found; what works off
            mail is joined in ``comity.bootstrap.complaining``.
Limits:     paths that the settings leave out lie beside the settings file.
"""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.holding import Holding
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.sending import Persistence
from comity.services.receive.exchange import NOBODY, Correspondents
from comity.settings import OwnSettings, Settings
from comity.settings.agreements import read_agreements

if TYPE_CHECKING:
    from comity.ledger.note import Verifier
    from comity.outlets.dns_keys import DnsKeys
    from comity.outlets.key_file import KeyFile
    from comity.services.prove.writing import Scribe
    from comity.store.engine import Store
    from comity.store.records import Records
    from comity.store.replica import Replica

DATABASE = "comity.db"
LEDGER_KEY = "ledger.key"
DKIM_KEY = "dkim.key"
COMPLAINER_KEY = "comity.key"


def beside(settings: Settings, path: Path | None, usual: str) -> Path:
    """The path that the settings name, else the usual one beside their file."""
    if path is not None:
        return path
    return (settings.file.parent if settings.file else Path()) / usual


def database_of(settings: Settings) -> Path | str:
    """Where the store lies: a file, or a database on a server by its address."""
    named = settings.store.database
    return named if isinstance(named, str) else beside(settings, named, DATABASE)


def database_file(settings: Settings) -> Path | None:
    """The file of the store, where it lies in one."""
    where = database_of(settings)
    return where if isinstance(where, Path) else None


def may_have_store(settings: Settings) -> bool:
    """False where there is no file yet; whether a server has one is known when it is asked."""
    file = database_file(settings)
    return file is None or file.exists()


def desk_store(settings: Settings, replica: "Replica | None" = None) -> "Store":
    """The store of this run; it is opened when it is first used. Whoever only looks may ask the copy."""
    from comity.store.engine import open_store

    return open_store(database_of(settings), replica)


@contextmanager
def desk_read(settings: Settings) -> "Iterator[Records]":
    """One view of the store, which is opened for it and closed behind it."""
    with closing(desk_store(settings)) as store, store.read() as records:
        yield records


@contextmanager
def desk_write(settings: Settings) -> "Iterator[Records]":
    """One transaction that writes to the store, which is opened for it and closed behind it."""
    with closing(desk_store(settings)) as store, store.write() as records:
        yield records


def replica_of(settings: Settings, log: LogEvent) -> "Replica | None":
    """The copy of the store that pages may ask, where the settings name one; a file, as of a backup brought back, has none."""
    if settings.store.replica is None or database_file(settings) is not None:
        return None
    from comity.store.dialects.postgresql import PostgresDatabase
    from comity.store.replica import ASK_SECONDS, Replica

    # Who finds all its connections in use asks the primary at once: to wait as for a silent one would end the others' looks.
    return Replica(PostgresDatabase(settings.store.replica, connect_seconds=ASK_SECONDS, free_seconds=0), log)


def persistence_of(settings: Settings) -> Persistence | None:
    """How long mail is tried, and where it comes back; None before there is a domain."""
    sending = settings.sending
    if sending.bounce_address is None and settings.identity.domain is None:
        return None
    return Persistence(
        bounce_address=sending.bounce_address or f"bounces@{settings.identity.domain}",
        give_up_after=timedelta(days=sending.give_up_days),
        suspend_after=sending.suspend_after,
        warning=timedelta(hours=settings.prove.warning_hours),
    )


def key_source(records: Path | None, *, dns: bool) -> "KeyFile | DnsKeys | None":
    """Where DKIM keys are found: in a file, in the DNS, or nowhere."""
    if records is not None:
        from comity.outlets.key_file import KeyFile

        return KeyFile.read(records)
    if dns:
        from comity.outlets.dns_keys import DnsKeys

        return DnsKeys()
    return None


def correspondents(settings: Settings) -> Correspondents:
    """The peers whose reports are written into the ledger: none before there are a domain and a key."""
    agreements, writer = settings.complain.agreements, scribe(settings)
    if writer is None or settings.identity.domain is None:
        return NOBODY
    exchanging = tuple(each.peer for each in settings.exchange.peers)
    known = () if agreements is None else read_agreements(agreements).agreements
    return Correspondents(known, scribe=writer, ours=settings.identity.domain, exchanging=exchanging)


def scribe(settings: Settings) -> "Scribe | None":
    """Who writes the ledger; None before there is a domain and a key."""
    path = beside(settings, settings.identity.ledger_key, LEDGER_KEY)
    if settings.identity.domain is None or not path.exists():
        return None
    from comity.outlets.private_key import read_ed25519
    from comity.services.prove.writing import Scribe

    return Scribe(settings.identity.domain, read_ed25519(path), new_salt=lambda: secrets.token_bytes(16))


def ledger_keys(settings: Settings) -> "list[Verifier]":
    """The keys whose signatures the ledger of this desk carries."""
    path = beside(settings, settings.identity.ledger_key, LEDGER_KEY)
    if settings.identity.domain is None or not path.exists():
        return []
    from comity.ledger.note import verifier_of
    from comity.outlets.private_key import read_ed25519

    return [verifier_of(settings.identity.domain, read_ed25519(path))]


def own_side(settings: Settings) -> OwnSide:
    """What is ours, ready to be asked."""
    return OwnSide(holdings(settings.own))


def holdings(own: OwnSettings) -> Iterator[Holding]:
    """All lines by which something is ours; one that cannot be used is an error, because a wrong list makes wrong cases."""
    stated = "\n".join((*map(str, own.networks), *own.domains)).encode()
    lists = [(stated, "comity.toml, [own]"), *((path.read_bytes(), str(path)) for path in own.files)]
    for data, place in lists:
        found = read_own(data, place)
        if found.mistakes:
            first = found.mistakes[0]  # the run ends: who mends it hears of the next one
            details = {"text": first.text[:60], "advice": first.advice or ""}
            raise ComityError(
                first.code,
                f"{first.text!r} cannot be used",
                outcome=Outcome.CONFIGURATION,
                place=place if data is stated else first.place,  # a list of the settings stands on lines of its own
                details=details,
            )
        yield from found.holdings
