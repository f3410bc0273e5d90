"""Join the store to what leaves: complaints that wait, peers, the outbox, the way to the mail host.

Answers:    ``provider_side(settings)`` gives all of it, ``answering(settings)`` what answers others; ``run_sender(settings, ...)``
            decides what is due and sends what waits until told to stop; ``sending_beside(settings, ...)`` does so beside a block.
Limits:     what comes back is matched where mail is taken in: see ``comity.services.receive.coming_back``.
"""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import SystemRandom
from threading import Event
from typing import TYPE_CHECKING

from comity.accord.agreement.terms import names_of
from comity.bootstrap import limits_of_readers, provider_of
from comity.bootstrap.consumers.contacts import few, registry_of
from comity.bootstrap.desk import COMPLAINER_KEY, DKIM_KEY, beside, desk_store, key_source, persistence_of, scribe
from comity.bootstrap.gates import mailboxes_of, spool_path, takes_complaints
from comity.bootstrap.parties import no_key, windows
from comity.bootstrap.passwords import password_of
from comity.bootstrap.straight_line import agreed, has_partners, line_between
from comity.bootstrap.thread_beside import thread_beside
from comity.bootstrap.trust.agreements import with_documents
from comity.feedback.pacing import PaceRules
from comity.model.agreement import Agreement
from comity.model.case_outcome import CaseOutcome
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.lock_file import instance
from comity.outlets.mail_out import HostTerms, Login, MailHost
from comity.outlets.private_key import read
from comity.outlets.readers.pool import LateReaders, ReaderPool, enough_readers, settle
from comity.services.complain.complaint import Burst, Complaints
from comity.services.complain.contacts.confirming import Confirming
from comity.services.complain.deciding import Deciding, Pacing
from comity.services.complain.exchanging import Exchange
from comity.services.complain.looking import AtHand, Looked, Looking, Looks, Task, Unseen
from comity.services.complain.peers import Peering
from comity.services.complain.sending import Mailing, Persistence
from comity.services.complain.signing import signer
from comity.services.receive.answering import Answered, Answering, OwnSide, note_down
from comity.settings import Settings
from comity.store.dialects.shared_clock import SharedClock

if TYPE_CHECKING:
    from pathlib import Path

    from comity.services.complain.deciding import Sights
    from comity.services.complain.how_to import HowTo
    from comity.store.engine import Store
    from comity.store.records import Records

_TOKEN_BYTES = 12
_SWEEP = timedelta(minutes=1)
_LOOK_EVERY = 2.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSide:
    """All that makes reports of complaints and sends them."""

    store: "Store"
    agreements: tuple[Agreement, ...]
    complaints: Complaints
    deciding: Deciding
    peering: Peering
    confirming: Confirming
    mailing: Callable[[], Mailing]  # asks for the signing key: what only looks does without it


def provider_side(
    settings: Settings,
    *,
    key_records: "Path | None" = None,
    dns: bool = False,
    looks: Looks | None = None,
    store: "Store | None" = None,
    is_reporting: bool = True,
    seeing: "Sights | None" = None,
) -> ProviderSide:
    """Join it; DKIM keys of reported mail come from a file, the DNS, or nowhere. ``looks``: who looks at complaints, where
    that is not done in this process; ``store``: where it is kept, if not where the settings say. Who is not ``is_reporting``
    needs nobody to report to: own customers are peers, too, and their mail leaves.
    """
    path, agreements, settings = agreed(settings, needed=is_reporting)
    key_file = beside(settings, settings.complain.key_file, COMPLAINER_KEY)
    line = line_between(settings, agreements, path=path, key_file=key_file, keys=key_source(key_records, dns=dns))
    looks = looks or AtHand(Looking(line))
    writer, persistence = scribe(settings), persistence_of(settings)
    if writer is None or persistence is None or settings.identity.domain is None:
        raise no_key(settings)
    store, sending = store or desk_store(settings), settings.sending
    exchange = Exchange(settings.identity.domain, writer)
    pacing = Pacing(
        per_day=sending.per_day,
        quotas={each.peer: each.quota for each in agreements if each.quota is not None},
        held_for=timedelta(days=sending.hold_days),
        windows=windows(settings),
        our_domain=settings.identity.domain,
        names=names_of(agreements),
        rules=_pace_rules(settings),
        longest_delay=timedelta(seconds=settings.consumers.delay_seconds),
        unsolicited=few(settings),
    )
    return ProviderSide(
        store=store,
        agreements=agreements,
        complaints=Complaints(
            line,
            exchange,
            wait=timedelta(seconds=sending.wait_seconds),
            keep=timedelta(days=settings.store.keep_days),
            burst=Burst(most=settings.moves.burst, hold=timedelta(hours=settings.moves.burst_hold_hours)),
        ),
        deciding=Deciding(
            store,
            looks,
            exchange,
            pacing=pacing,
            new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
            chance=SystemRandom().random,
            registry=registry_of(settings) if settings.unsolicited.enabled else None,
        ).seeing(seeing),
        peering=Peering(store, exchange, with_documents(settings, agreements, store), own_people=_own_people(settings)),
        confirming=Confirming(
            store,
            exchange,
            registry_of(settings),
            few=few(settings),
            agreements=with_documents(settings, agreements, store),
        ),
        mailing=lambda: _mailing(settings, store, persistence),
    )


def _pace_rules(settings: Settings) -> PaceRules | None:
    """How often one campaign is reported; None where all of it is."""
    room = settings.consumers
    if room.quiet_hours == 0:
        return None
    return PaceRules(
        period=timedelta(minutes=room.period_minutes),
        quiet=timedelta(hours=room.quiet_hours),
        relapse=timedelta(minutes=room.relapse_minutes),
    )


def _own_people(settings: Settings) -> str | None:
    """From which address our own people are answered, where they complain by mail."""
    return settings.identity.address if mailboxes_of(settings).has_complaints else None


def how_to(settings: Settings) -> "HowTo | None":
    """What tells our own people how to forward as an attachment; None where they do not complain by mail."""
    if _own_people(settings) is None:
        return None
    from comity.locale import catalogue
    from comity.services.complain.how_to import HowTo

    path, _, settings = agreed(settings, needed=False)
    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    if settings.identity.language == "zh":
        words = {"zh": words["zh"], "en": words["en"]}
    return HowTo(provider_of(settings, path), words, new_token=lambda: secrets.token_hex(_TOKEN_BYTES))


def _mailing(settings: Settings, store: "Store", persistence: Persistence) -> Mailing:
    identity, terms = settings.identity, host_terms(settings)
    return Mailing(
        store,
        lambda: MailHost(terms),
        signer(identity.domain or "", identity.dkim_selector, key=read(beside(settings, identity.dkim_key, DKIM_KEY))),
        persistence=persistence,
        clock=lambda: datetime.now(UTC),
        lease_clock=SharedClock(store),
    )


def host_terms(settings: Settings) -> HostTerms:
    """Where the mail host is, and who logs in there."""
    sending, identity = settings.sending, settings.identity
    login, tls = None, sending.tls
    if sending.account is not None:
        tls = "always" if tls == "when-offered" else tls  # a password goes to nobody who is not who he says
        login = Login(account=sending.account, password=partial(password_of, sending.password_file))
    return HostTerms(
        host=sending.host,
        port=sending.port,
        tls=tls,
        timeout=sending.timeout_seconds,
        our_name=identity.reporting_mta or identity.domain,
        login=login,
    )


def answering(settings: Settings) -> Answering:
    """What tells reporters what was done."""
    from comity.locale import catalogue

    path, agreements, settings = agreed(settings)
    writer = scribe(settings)
    if writer is None:
        raise no_key(settings)
    ours = OwnSide(
        provider=provider_of(settings, path),
        agreements=with_documents(settings, agreements),
        words={"en": catalogue("en"), "zh": catalogue("zh")},
    )
    return Answering(ours, writer, new_token=lambda: secrets.token_hex(_TOKEN_BYTES))


def tells(settings: Settings) -> Callable[..., Answered]:
    """Answers the reporters of some cases, in a transaction that is there; joined each time, for the first network that
    can be told may come while the program runs. Where there is somebody to tell, and no key to sign it with, that is an error:
    a report that was passed over is not answered later.
    """

    def tell(records: "Records", case_ids: list[str], outcome: CaseOutcome, *, now: datetime) -> Answered:
        told = answering(settings).tell if has_partners(settings) else note_down
        return told(records, case_ids, outcome, now=now)

    return tell


def sends(settings: Settings) -> bool:
    """Whether there is anything to send with: agreements, a domain, keys."""
    identity = settings.identity
    return (
        (settings.unsolicited.enabled or has_partners(settings))
        and identity.address is not None
        and scribe(settings) is not None
        and beside(settings, identity.dkim_key, DKIM_KEY).exists()
    )


def sends_notices(settings: Settings) -> bool:
    """Whether customers of ours can be written to: that needs no agreement with anybody."""
    identity = settings.identity
    key = beside(settings, identity.dkim_key, DKIM_KEY)
    return identity.address is not None and persistence_of(settings) is not None and key.exists()


def mailing_of(settings: Settings, store: "Store") -> Mailing:
    """What sends the outbox of a store."""
    persistence = persistence_of(settings)
    if persistence is None:
        raise no_key(settings)
    return _mailing(settings, store, persistence)


def run_mailing(settings: Settings, stop: Event, log: LogEvent) -> None:
    """Send the outbox until told to stop, where there is nobody to report to."""
    with closing(desk_store(settings)) as store:
        mailing = mailing_of(settings, store)
        with sending_as(settings, mailing, log) as owner:
            mailing.run(stop, settings.sending.threads, owner)


@contextmanager
def sending_as(settings: Settings, mailing: Mailing, log: LogEvent) -> Iterator[str]:
    """The name under which this process claims mail: nobody else's, on whichever machine. What a process of this name had
    claimed when it died is let go.
    """
    spool = spool_path(settings)
    with instance(spool.with_name(f"{spool.name}.sender")) as owner:
        if owner.was_ours and (n := mailing.inherit(owner.name)):
            log("sending-inherited", n=n)
        yield owner.name


def run_sender(
    settings: Settings, stop: Event, log: LogEvent, *, seeing: "Sights | None" = None, looks: Looks | None = None
) -> None:
    """Decide on complaints when they are due, and send the outbox, until told to stop; a fault of ours is raised.

    Keys of reported mail come from a file or from what our own hosts noted: nobody is asked because of a stranger's mail.
    """
    looks = looks or looks_apart(settings, log)
    side = provider_side(settings, key_records=settings.worker.dkim_keys, looks=looks, seeing=seeing)
    settle()
    try:
        mailing = side.mailing()
        side.deciding.waking(mailing.wake)
        with (
            sending_as(settings, mailing, log) as owner,
            ThreadPoolExecutor(1, thread_name_prefix="deciding") as pool,
        ):
            deciding = pool.submit(_until_stopped, side.deciding, stop)
            try:
                mailing.run(stop, settings.sending.threads, owner)
            finally:
                stop.set()
        deciding.result()
    finally:
        side.deciding.close()
        side.store.close()


def looks_apart(settings: Settings, log: LogEvent) -> Looks:
    """Processes with bounds that look at complaints; they are started when there is one."""

    return LateReaders(lambda _: _lookers(settings, log, begins_here=False))


@contextmanager
def looks_beside(settings: Settings, log: LogEvent) -> Iterator[Looks | None]:
    """The same for a program that serves; None where nobody complains. Begun before there is a thread, or anything is open."""
    if not takes_complaints(settings):
        yield None
        return
    looks = _lookers(settings, log, begins_here=True)
    try:
        yield looks
    finally:
        looks.close()


def _lookers(settings: Settings, log: LogEvent, *, begins_here: bool) -> ReaderPool[Task, Looked | Unseen]:
    limits = limits_of_readers(settings)
    readers = enough_readers(settings.worker.readers)
    make = partial(make_look, settings)
    return ReaderPool(make, readers=readers, log=log, limits=limits, begins_here=begins_here, is_late=True)


def make_look(settings: Settings) -> Looking:
    """How complaints are looked at; called once in each process that does."""
    path, agreements, settings = agreed(settings)
    key_file = beside(settings, settings.complain.key_file, COMPLAINER_KEY)
    keys = key_source(settings.worker.dkim_keys, dns=False)
    return Looking(line_between(settings, agreements, path=path, key_file=key_file, keys=keys))


@contextmanager
def sending_beside(
    settings: Settings, log: LogEvent, seeing: "Sights | None" = None, *, looks: Looks | None = None
) -> Iterator[Callable[[], bool]]:
    """Send while the block runs, where there is anything to send with; what it gives says whether sending has ended by itself.
    ``seeing`` hears of what complaints say of lines of ours; ``looks`` look at complaints, if they are there already.

    A fault that ended it is raised at the end of the block.
    """
    run: Callable[[Settings, Event, LogEvent], None] = partial(run_sender, seeing=seeing, looks=looks)
    # also where there is nobody yet: a mail can name an address itself (CFBL-Address), and what tells nobody is counted
    decides = takes_complaints(settings) and sends_notices(settings) and scribe(settings) is not None
    if not (decides or sends(settings)):
        if not sends_notices(settings):
            yield lambda: False
            return
        run = partial(_run_until_there_is_somebody, then=run)
    with thread_beside("sender", lambda stop: run(settings, stop, log)) as has_ended:
        yield has_ended


def _run_until_there_is_somebody(
    settings: Settings, stop: Event, log: LogEvent, *, then: Callable[[Settings, Event, LogEvent], None]
) -> None:
    """Send the outbox alone until the first network is enrolled, or paired with: from then on reports are due, too."""
    there = Event()

    def look() -> None:
        try:
            while not (there.is_set() or stop.wait(_LOOK_EVERY) or _is_there(settings)):
                pass
        finally:
            there.set()  # whatever went wrong: else those who send would hear of no end

    with ThreadPoolExecutor(1, thread_name_prefix="first-network") as pool:
        looking = pool.submit(look)
        try:
            run_mailing(settings, there, log)
        finally:
            there.set()
        looking.result()
    if not stop.is_set():
        then(settings, stop, log)


def _is_there(settings: Settings) -> bool:
    try:
        return sends(settings)
    except ComityError as error:
        if error.outcome is not Outcome.TRY_AGAIN:
            raise
        return False  # the store is busy


def _until_stopped(deciding: Deciding, stop: Event) -> None:
    try:
        _decide(deciding, stop)
    finally:
        stop.set()


def _decide(deciding: Deciding, stop: Event) -> None:
    swept = datetime.now(UTC) - _SWEEP
    pause = 0.0
    while not stop.wait(pause):
        now = datetime.now(UTC)
        try:
            pause = 0.0 if deciding.run(now).complaints else 1.0
            if now - swept >= _SWEEP:
                deciding.sweep(now)
                swept = now
        except ComityError as error:
            if error.outcome is not Outcome.TRY_AGAIN:
                raise
            pause = 5.0
