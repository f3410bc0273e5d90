"""Join what knows whose an address is.

Answers:    ``prefix_index(settings)`` gives the index, None where none was imported; ``import_prefixes`` makes it.
            ``import_leases`` takes in who held which address; ``lease_terms(settings)`` says how far it is believed;
            ``outside_book(settings)`` asks the operator's own program (``lease_service``), None where there is none.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from comity.attribution.subscriber import LeaseTerms
from comity.bootstrap.desk import beside, desk_store, own_side
from comity.model.log_events import LogEvent
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.prefix_index import PrefixIndex
    from comity.outlets.programs.lease_service import LeaseService
    from comity.services.operate.lease_import import LeasesImported
    from comity.services.operate.prefix_import import Imported
    from comity.services.receive.subscribers.outside import OutsideBook
    from comity.services.receive.subscribers.whose import Whose

PREFIXES = "prefixes.index"


def prefix_path(settings: Settings) -> Path:
    """Where the index lies."""
    return beside(settings, settings.data.prefixes, PREFIXES)


def prefix_index(settings: Settings) -> "PrefixIndex | None":
    """The index of this run."""
    from comity.outlets.prefix_index import PrefixIndex

    try:
        return PrefixIndex.read(prefix_path(settings))
    except FileNotFoundError:
        return None


def import_prefixes(
    settings: Settings,
    files: Sequence[Path],
    *,
    country_is_registrant: bool,
    day: date | None,
    told: Callable[[int], None],
) -> "Imported":
    """Make the index out of these files."""
    from comity.outlets.prefix_index import write_index
    from comity.outlets.table_files import TableFile
    from comity.services.operate.prefix_import import import_tables

    return import_tables(
        [TableFile(path) for path in files],
        lambda partition, dates: write_index(prefix_path(settings), partition, dates),
        country_is_registrant=country_is_registrant,
        day=day,
        told=told,
    )


def lease_terms(settings: Settings) -> LeaseTerms:
    """How far our books of addresses are believed."""
    data = settings.data
    return LeaseTerms(
        margin=timedelta(seconds=data.lease_margin_seconds), stale=timedelta(hours=data.lease_stale_hours)
    )


def outside_book(settings: Settings, log: LogEvent | None = None) -> "OutsideBook | None":
    """The books that a program of the operator's keeps."""
    ask = lease_service(settings)
    if ask is None:
        return None
    from comity.services.receive.subscribers.outside import OutsideBook

    return OutsideBook(ask, clock=lambda: datetime.now(UTC), log=log or _unheard)


def whose_of(settings: Settings, log: LogEvent | None = None) -> "Whose":
    """Who says whose line an address was, by the list, the books and the operator's own program."""
    from comity.services.receive.subscribers.whose import Whose

    return Whose(own_side(settings), lease_terms(settings), outside=outside_book(settings, log))


def lease_service(settings: Settings) -> "LeaseService | None":
    """The way to the operator's own program that knows who held an address."""
    data = settings.data
    if data.lease_url is None:
        return None
    from comity.outlets.programs.lease_service import LeaseService
    from comity.outlets.programs.posting import Place
    from comity.outlets.secret_file import authorization_in

    authorization = authorization_in(data.lease_authorization_file)
    place = Place(url=data.lease_url, authorization=authorization, certificate=data.lease_certificate)
    return LeaseService(place, seconds=data.lease_seconds)


def _unheard(event: str, /, **facts: object) -> None:
    """A command says what happened in its own words."""


def import_leases(
    settings: Settings, files: Sequence[Path], zone: tzinfo | None, *, keep_going: bool, told: Callable[[int], None]
) -> "LeasesImported":
    """Take these books in."""
    from comity.outlets.files.aside import LeasesAside
    from comity.outlets.table_files import TableFile
    from comity.services.operate.lease_import import Books

    with closing(desk_store(settings)) as store:
        books = Books(store.write, zone, keep_going=keep_going, told=told, aside=LeasesAside)
        return books.take([TableFile(path) for path in files])
