"""Join contacts of networks: taking them in, asking who is told about an address.

Answers:    ``import_contacts(settings, files, ...)``; ``who_is_told(settings, rows, address)`` asks the index of prefixes for the
            number of the network, too, where there is one. ``probing(settings)`` writes to contacts, ``probe_what_is_due`` does it
            by the clock, ``contact_letters(settings)`` takes their answers in.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap import provider_of
from comity.bootstrap.desk import beside, desk_store
from comity.feedback.reportable import refusal
from comity.formats.mime import scan
from comity.formats.mime.addresses import first_address
from comity.formats.plain_text import readable
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.contacts import acting
from comity.services.complain.contacts.probing import Probing
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.agreement import FeedbackProvider
    from comity.model.network_contact import Contact, FoundContact, RegistryAnswer
    from comity.services.complain.contacts.importing import ContactsImported
    from comity.services.complain.contacts.volume import Few, Registry
    from comity.store.engine import Store
    from comity.store.records import Records


def import_contacts(
    settings: Settings, files: Sequence[Path], *, day: date | None, keep_going: bool, told: Callable[[int], None]
) -> "ContactsImported":
    """Take these files in."""
    from comity.outlets.files.registry_aside import RegistryAside
    from comity.outlets.table_files import TableFile
    from comity.services.complain.contacts.importing import ContactImport

    with closing(desk_store(settings)) as store:
        work = ContactImport(store.write, RegistryAside, keep_going=keep_going, told=told)
        return work.take([TableFile(path) for path in files], now=datetime.now(UTC), day=day)


def who_is_told(settings: Settings, rows: "Records", address: str) -> "FoundContact | None":
    """Whom a registry, or our operator, names for an address."""
    from comity.bootstrap.data import prefix_index

    index = prefix_index(settings)
    network = None if index is None else index.find(address)
    return rows.network_contacts.about(address, None if network is None else network.asn)


def registry_of(settings: Settings) -> "Registry":
    """Whom networks name for abuse, as the ladder asks it."""
    from comity.bootstrap.data import prefix_index
    from comity.services.complain.contacts.choosing import choose

    index = prefix_index(settings) if settings.unsolicited.enabled else None

    def ask(rows: "Records", address: str) -> "RegistryAnswer":
        network = None if index is None else index.find(address)
        return choose(rows, address, None if network is None else network.asn)

    return ask


def few(settings: Settings) -> "Few | None":
    """How many reports leave unasked; None where none do."""
    from comity.services.complain.contacts.volume import Few

    room = settings.unsolicited
    return Few(per_network=room.per_network_per_day, in_all=room.per_day) if room.enabled else None


def probing(settings: Settings) -> Probing:
    """Who asks contacts; where the settings do not want that, an error says so."""
    from comity.locale import catalogue

    if not settings.unsolicited.probe:
        raise ComityError(
            "probe-off", "probes are off", outcome=Outcome.CONFIGURATION, place=str(settings.file or "comity.toml")
        )
    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    return Probing(_provider(settings), words, chance=secrets.token_bytes)


def probe_what_is_due(settings: Settings, store: "Store", *, now: datetime) -> None:
    """What the clock does: ask those whose month is over."""
    if not settings.unsolicited.probe or settings.identity.domain is None or settings.identity.address is None:
        return
    with store.write() as rows:
        probing(settings).due(rows, actor=acting.PROGRAM, now=now)


def contact_letters(settings: Settings) -> "Callable[[Records, bytes, datetime], Contact | None] | None":
    """What takes answers of contacts in; None before there is a domain."""
    if settings.identity.domain is None or settings.identity.address is None:
        return None
    provider = _provider(settings)

    def letter(records: "Records", data: bytes, now: datetime) -> "Contact | None":
        message = scan(data)
        if refusal(message, provider) is not None:
            return None  # a program that repeats what it got
        text = f"{message.headers.first('subject') or ''}\n{readable(message)}"
        by = first_address(message.headers.first("from") or "")
        return acting.answered(records.network_contacts, text, by=by, now=now) or acting.ended_by(
            records.network_contacts, by, readable(message), now=now
        )

    return letter


def _provider(settings: Settings) -> "FeedbackProvider":
    return provider_of(settings, settings.complain.agreements or beside(settings, None, "comity.toml"))
