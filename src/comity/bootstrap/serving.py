"""Join what works off the mail that was taken in: readers, worker, what is done now and then.

Answers:    ``working_off`` for the worker; ``make_prepare`` is what a reader calls in its own process.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from comity.accord.agreement.terms import SUBJECT_WINDOW, domain_of
from comity.bootstrap.complaining import intake, people_of
from comity.bootstrap.desk import correspondents, key_source
from comity.bootstrap.gates import MIB, mailboxes_of, spool_path
from comity.bootstrap.trust.agreements import configured, paired
from comity.model.log_events import LogEvent
from comity.outlets.lock_file import only_one
from comity.services.receive.exchange import NOBODY
from comity.services.receive.signers import KeySource
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.reader_pool import Prepare
    from comity.services.receive.own_people import Handed
    from comity.services.receive.prepare import Delivery, Prepared
    from comity.services.receive.working_off import WorkingOff
    from comity.store.engine import Store


@contextmanager
def working_off(
    settings: Settings, log: LogEvent, *, stop: Callable[[], bool], rest: Callable[[float], None]
) -> Iterator["WorkingOff"]:
    """The worker; one at a time for each spool."""
    from comity.outlets.reader_pool import ReaderLimits, ReaderPool, enough_readers, settle
    from comity.services.receive.prepare import Prepared
    from comity.services.receive.subscribers.asking_readers import AskingReaders
    from comity.services.receive.working_off import Task, WorkingOff, Workplace
    from comity.store.spool import Spool

    path = spool_path(settings)
    with only_one(path.with_name(f"{path.name}.worker")):
        joined = intake(settings, log)
        settle()
        joined.store.mend()  # a store that is missing or of another version is said before anything is claimed
        spool = Spool(path, durable=False)
        limits = ReaderLimits(seconds=settings.worker.seconds, memory=settings.worker.memory_mib * MIB)
        readers: ReaderPool[Task, Prepared] = ReaderPool(
            partial(make_prepare, settings), readers=enough_readers(settings.worker.readers), log=log, limits=limits
        )
        try:
            place = Workplace(
                queue=spool,
                readers=AskingReaders(readers, joined.fetch),
                ingest=joined.service,
                write=joined.store.write,
                now=lambda: datetime.now(UTC),
                log=log,
                stop=stop,
                rest=rest,
                keep_house=partial(
                    _keep_house, settings, joined.store, log=log, daily=_daily(settings, joined.store, log)
                ),
            )
            yield WorkingOff(place)
        finally:
            readers.close()
            spool.close()
            joined.store.close()


def _keep_house(
    settings: Settings, store: "Store", now: datetime, *, log: LogEvent, daily: Callable[[datetime], None]
) -> None:
    from comity.bootstrap.consumers.cards import mail_cards_due
    from comity.bootstrap.consumers.contacts import probe_what_is_due
    from comity.bootstrap.consumers.enrolling import keep_consumers
    from comity.bootstrap.conversation import keep_letters
    from comity.bootstrap.grave import tell_what_is_urgent
    from comity.bootstrap.proving import close_what_is_due
    from comity.bootstrap.remedy.own_logs import watch_own_logs
    from comity.bootstrap.sources import look_at_feeds
    from comity.bootstrap.trust.coalition import mail_what_is_due
    from comity.bootstrap.trust.recourse import keep_recourse
    from comity.bootstrap.trust.signals import keep_lists
    from comity.services.operate.accounts.signing_in import ABSOLUTE, SEEN_FOR
    from comity.services.operate.housekeeping import PROGRAM, keep_house
    from comity.services.receive.grave.custody import sweep

    with store.write() as records:
        keep_house(records, now)
        sweep(records.sealed, now)
        records.portal.forget(now - timedelta(days=1))  # what ended lately still counts against who asks too often
        records.accounts.forget(now - SEEN_FOR, now - ABSOLUTE)
        records.agreements.forget_subjects(now - SUBJECT_WINDOW)
        keep_recourse(settings, records, actor=PROGRAM, now=now)
    tell_what_is_urgent(settings, store, log=log, now=now)
    look_at_feeds(settings, store, log=log, now=now)
    watch_own_logs(settings, log=log, now=now)
    keep_lists(settings, store, log=log, now=now)
    close_what_is_due(settings, store, log=log, now=now)
    mail_what_is_due(settings, store, log=log, now=now)
    keep_consumers(settings, store, now=now)
    probe_what_is_due(settings, store, now=now)
    mail_cards_due(settings, store, now=now)
    keep_letters(settings, store, now=now)
    daily(now)


def _daily(settings: Settings, store: "Store", log: LogEvent) -> Callable[[datetime], None]:
    from comity.bootstrap.remedy.effect import look_at_silence
    from comity.bootstrap.retention import erase_on_time
    from comity.bootstrap.trust.daily import OnceADay, erase_what_is_due
    from comity.bootstrap.trust.washing import look_and_lower

    return OnceADay(
        lambda now: look_and_lower(settings, store, log=log, now=now),
        lambda now: erase_what_is_due(settings, store, log=log, now=now),
        lambda now: erase_on_time(settings, store, log=log, now=now),
        lambda now: look_at_silence(settings, store, log=log, now=now),
    )


def make_prepare(settings: Settings) -> "Prepare":
    """How a reader reads; called once in each."""
    from comity.bootstrap import reader_for
    from comity.bootstrap.grave.boxes import hook_of
    from comity.services.receive.prepare import prepare
    from comity.services.receive.signers import Signers

    signers, people, mailboxes = Signers(_peer_keys(settings)), people_of(settings), mailboxes_of(settings)
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


def _peer_keys(settings: Settings) -> KeySource | None:
    domains = {domain for each in settings.sources.loops for domain in each.domains}
    if correspondents(settings) is not NOBODY:
        domains |= {domain_of(each) for each in configured(settings)} | paired(settings)
    found = key_source(settings.worker.dkim_keys, dns=True) if domains else None
    return None if found is None else _PeerKeys(found, domains)


class _PeerKeys:
    """Keys of our peers and of the loops we joined: a stranger's mail makes nobody look anything up."""

    def __init__(self, keys: KeySource, domains: Iterable[str]) -> None:
        self._keys, self._ends = keys, tuple(f"._domainkey.{each}" for each in domains)

    def find(self, names: Iterable[str]) -> Mapping[str, str | bytes | None]:
        """The records of those names that are a peer's."""
        return self._keys.find([each for each in names if each.lower().endswith(self._ends)])
