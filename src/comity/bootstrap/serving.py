"""Join what works off the mail that was taken in: readers, worker, and beside it what is done now and then.

Answers:    ``readers_beside`` and ``working_off`` for the worker; ``make_prepare`` is what a reader calls in its own process.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from comity.accord.agreement.terms import domain_of
from comity.bootstrap import limits_of_readers
from comity.bootstrap.complaining import intake, people_of
from comity.bootstrap.desk import correspondents, key_source
from comity.bootstrap.gates import mailboxes_of, spool_path
from comity.bootstrap.house import house_beside
from comity.bootstrap.trust.agreements import configured, paired
from comity.model.log_events import LogEvent
from comity.outlets.lock_file import only_one
from comity.services.receive.exchange import NOBODY
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.dns_keys import DnsKeys
    from comity.outlets.key_file import KeyFile
    from comity.outlets.readers.pool import Prepare, ReaderPool
    from comity.services.receive.own_people import Handed
    from comity.services.receive.prepare import Delivery, Prepared
    from comity.services.receive.working_off import Task, WorkingOff

    Readers = ReaderPool[Task, Prepared]


@contextmanager
def readers_beside(settings: Settings, log: LogEvent) -> Iterator["Readers"]:
    """The processes that read; the first thing in the process that works off: nothing is open yet, and no thread runs."""
    from comity.outlets.readers.pool import ReaderPool, enough_readers

    readers: Readers = ReaderPool(
        partial(make_prepare, settings),
        readers=enough_readers(settings.worker.readers),
        log=log,
        limits=limits_of_readers(settings),
        begins_here=True,
    )
    try:
        yield readers
    finally:
        readers.close()


@contextmanager
def working_off(
    settings: Settings, log: LogEvent, readers: "Readers", *, stop: Callable[[], bool], rest: Callable[[float], None]
) -> Iterator["WorkingOff"]:
    """The worker; one at a time for each spool."""
    from comity.outlets.readers.pool import settle
    from comity.services.receive.subscribers.asking_readers import AskingReaders
    from comity.services.receive.working_off import WorkingOff, Workplace
    from comity.store.spool import Spool

    path = spool_path(settings)
    with only_one(path.with_name(f"{path.name}.worker")):
        joined = intake(settings, log)
        settle()
        joined.store.mend()  # a store that is missing or of another version is said before anything is claimed
        spool = Spool(path, durable=False)
        houses = list[Callable[[], bool]]()
        try:
            place = Workplace(
                queue=spool,
                readers=AskingReaders(readers, joined.fetch),
                ingest=joined.service,
                write=joined.store.write,
                now=lambda: datetime.now(UTC),
                log=log,
                stop=lambda: stop() or any(each() for each in houses),
                rest=rest,
            )
            with house_beside(settings, log) as has_ended:
                houses.append(has_ended)
                yield WorkingOff(place)
        finally:
            spool.close()
            joined.store.close()


def make_prepare(settings: Settings) -> "Prepare":
    """How a reader reads; called once in each."""
    from comity.bootstrap import reader_for
    from comity.bootstrap.grave.boxes import hook_of
    from comity.services.receive.prepare import prepare
    from comity.services.receive.signers import NO_SIGNERS, Signers

    keys, people, mailboxes = _peer_keys(settings), people_of(settings), mailboxes_of(settings)
    signers = NO_SIGNERS if keys is None else Signers(keys, is_silent=keys.is_silent)
    handed = _handed(settings) if mailboxes.has_own else None
    seals = hook_of(settings)

    def read_one(data: bytes, delivery: "Delivery") -> "Prepared":
        kind = mailboxes.kind_of(delivery.name.rpartition("/")[0])
        read = reader_for(settings)
        if kind is not None and kind.teaches and handed is not None:
            return prepare(data, delivery, read, unwrap=handed.unwrap, seals=seals)
        if people is None:
            return prepare(data, delivery, read, signers=signers, seals=seals)
        read = people.reader(delivery, read)
        return prepare(data, delivery, read, signers=signers, unwrap=people.unwrap, asks=people.asks, seals=seals)

    return read_one


def _handed(settings: Settings) -> "Handed":
    from comity.bootstrap.learning import drawing_of
    from comity.services.receive.own_people import Handed

    operators = frozenset(each.lower() for each in settings.learning.operators)
    return Handed(mailboxes_of(settings), drawing_of(settings), operators)


def _peer_keys(settings: Settings) -> "_PeerKeys | None":
    domains = {domain for each in settings.sources.loops for domain in each.domains}
    if correspondents(settings) is not NOBODY:
        domains |= {domain_of(each) for each in configured(settings)} | paired(settings)
    found = key_source(settings.worker.dkim_keys, dns=True) if domains else None
    return None if found is None else _PeerKeys(found, domains)


class _PeerKeys:
    """Keys of our peers and of the loops we joined: a stranger's mail makes nobody look anything up."""

    def __init__(self, keys: "KeyFile | DnsKeys", domains: Iterable[str]) -> None:
        self._keys, self._ends = keys, tuple(f"._domainkey.{each}" for each in domains)

    def find(self, names: Iterable[str]) -> Mapping[str, str | bytes | None]:
        """The records of those names that are a peer's."""
        return self._keys.find([each for each in names if self._is_theirs(each)])

    def is_silent(self, name: str) -> bool:
        """Whether a name is a peer's, and nobody answers for it now."""
        return self._is_theirs(name) and self._keys.is_silent(name)

    def _is_theirs(self, name: str) -> bool:
        return name.lower().endswith(self._ends)
