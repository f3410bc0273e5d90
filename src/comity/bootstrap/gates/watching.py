"""Join the mailboxes that are watched to what they need of the store and the settings.

Answers:    ``imap_place(entry)`` says how a folder is reached, ``bus_place(entry)`` how a bus is; ``memory(settings)``
            remembers what was taken.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from comity.bootstrap.gates import spool_path
from comity.bootstrap.passwords import password_of
from comity.outlets.bus import BusPlace
from comity.outlets.imap.place import ImapPlace
from comity.settings import Settings
from comity.settings.bus import BusEntry, bus_address
from comity.settings.watch import ImapEntry

if TYPE_CHECKING:
    from comity.store.spool.watched import Watched


def memory(settings: Settings) -> "Watched":
    """What was taken out of the mailboxes; one for each watch, because each has a thread of its own."""
    from comity.store.spool.watched import Watched

    return Watched(spool_path(settings))


def imap_place(entry: ImapEntry) -> ImapPlace:
    """How one folder is reached."""
    return ImapPlace(
        host=entry.host,
        port=entry.port or (993 if entry.tls == "wrapped" else 143),
        tls=entry.tls,
        account=entry.account,
        password=_password(entry),
        folder=entry.folder,
    )


def bus_place(entry: BusEntry) -> BusPlace:
    """How one queue, stream or topic is reached."""
    address = bus_address(entry.url)
    if address is None:
        raise ValueError(entry.url)  # the settings were checked when they were read
    return BusPlace(
        sort=address.sort,
        hosts=address.hosts,
        tls=address.tls,
        within=address.within,
        topic=entry.topic,
        group=entry.group,
        account=entry.account,
        password=None if entry.account is None else _password(entry),
        certificate=entry.certificate,
    )


def _password(entry: ImapEntry | BusEntry) -> Callable[[], str]:
    """What gives the password, when it is asked for."""
    if entry.password is not None:
        return partial(str, entry.password)
    return partial(password_of, entry.password_file, entry.password_variable)
