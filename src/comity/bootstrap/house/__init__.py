"""Join what the running program does now and then: wake, tell, look, close, mail, erase.

Answers:    ``house_beside(settings, log)`` does it in a thread of its own while a block runs: mail is worked off meanwhile. Beside
            it another one says how this machine stands, however long a step takes.
Limits:     one process for a store does it, that which works off its spool.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Final

from comity.accord.agreement.terms import SUBJECT_WINDOW
from comity.bootstrap.desk import desk_store
from comity.bootstrap.thread_beside import thread_beside
from comity.model.log_events import LogEvent
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.operate.rounds import Rounds, Step
    from comity.store.engine import Store

_LOOK_SECONDS: Final = 5.0


@contextmanager
def house_beside(settings: Settings, log: LogEvent) -> Iterator[Callable[[], bool]]:
    """Keep house while the block runs; what it gives says whether that has ended by itself."""
    kept: list[Rounds] = []  # those of the house, once it is at it
    with (
        thread_beside("standing", lambda stop: _stand(settings, stop, log, kept=kept)) as stands,
        thread_beside("house", lambda stop: _run(settings, stop, log, kept=kept)) as has_ended,
    ):
        yield lambda: has_ended() or stands()


def _run(settings: Settings, stop: Event, log: LogEvent, *, kept: "list[Rounds]") -> None:
    from comity.services.operate.rounds import Rounds

    with closing(desk_store(settings)) as store:
        rounds = Rounds(list(_steps(settings, store, log)), log)
        kept.append(rounds)
        rounds.turn(datetime.now(UTC), stop=stop.is_set)
        while not stop.wait(_LOOK_SECONDS):
            rounds.turn(datetime.now(UTC), stop=stop.is_set)


def _stand(settings: Settings, stop: Event, log: LogEvent, *, kept: "list[Rounds]") -> None:
    """Say how this machine stands; also what the house is at, where that takes long."""
    from comity.bootstrap.house.standing import Standing
    from comity.services.operate.rounds import Rounds, Step

    with closing(desk_store(settings)) as store:
        standing = Standing(settings, store, lambda: next((each.doing for each in kept), None))
        rounds = Rounds([Step("standing", standing.note, is_called=standing.is_due)], log)
        rounds.turn(datetime.now(UTC), stop=stop.is_set)
        while not stop.wait(_LOOK_SECONDS):
            rounds.turn(datetime.now(UTC), stop=stop.is_set)
        standing.end(datetime.now(UTC))


def _steps(settings: Settings, store: "Store", log: LogEvent) -> "Iterator[Step]":
    """In this order: what people wait for stands before what only has to be done some time."""
    from comity.bootstrap.consumers.cards import mail_cards_due
    from comity.bootstrap.consumers.contacts import probe_what_is_due
    from comity.bootstrap.consumers.enrolling import has_dead_mailbox, keep_consumers
    from comity.bootstrap.conversation import keep_letters
    from comity.bootstrap.grave import tell_what_is_urgent
    from comity.bootstrap.owed.answers import watch_answers
    from comity.bootstrap.owed.heads import mail_heads
    from comity.bootstrap.playbook.week import mail_week
    from comity.bootstrap.proving import close_what_is_due
    from comity.bootstrap.remedy.effect import look_at_silence
    from comity.bootstrap.remedy.own_logs import watch_own_logs
    from comity.bootstrap.retention import erase_on_time
    from comity.bootstrap.sources import look_at_feeds
    from comity.bootstrap.trust.coalition import mail_what_is_due
    from comity.bootstrap.trust.daily import erase_what_is_due
    from comity.bootstrap.trust.signals import keep_lists
    from comity.bootstrap.trust.washing import look_and_lower
    from comity.services.operate.rounds import Step

    yield Step("tell-urgent", lambda now: tell_what_is_urgent(settings, store, log=log, now=now))
    yield Step("wake", lambda now: _wake(settings, store, now))
    yield Step("feeds", lambda now: look_at_feeds(settings, store, log=log, now=now))
    yield Step("lists", lambda now: keep_lists(settings, store, log=log, now=now))
    yield Step("close-days", lambda now: close_what_is_due(settings, store, log=log, now=now))
    yield Step("digests", lambda now: mail_what_is_due(settings, store, log=log, now=now))
    # Whose mailbox died is told so at once: until then pages and commands call him one who gets reports.
    yield Step(
        "consumers", lambda now: keep_consumers(settings, store, now=now), is_called=lambda: has_dead_mailbox(store)
    )
    yield Step("contacts", lambda now: probe_what_is_due(settings, store, now=now))
    yield Step("cards", lambda now: mail_cards_due(settings, store, now=now))
    yield Step("week", lambda now: mail_week(settings, store, log=log, now=now))
    yield Step("letters", lambda now: keep_letters(settings, store, now=now))
    yield Step("heads", lambda now: mail_heads(settings, store, log=log, now=now))
    yield Step("own-logs", lambda now: watch_own_logs(settings, log=log, now=now))
    yield Step("washing", lambda now: look_and_lower(settings, store, log=log, now=now), is_daily=True)
    yield Step("erase-agreed", lambda now: erase_what_is_due(settings, store, log=log, now=now), is_daily=True)
    yield Step("erase-on-time", lambda now: erase_on_time(settings, store, log=log, now=now), is_daily=True)
    yield Step("silence", lambda now: look_at_silence(settings, store, log=log, now=now), is_daily=True)
    yield Step("owed", lambda now: watch_answers(settings, store, log=log, now=now), is_daily=True)


def _wake(settings: Settings, store: "Store", now: datetime) -> None:
    """What only moves rows of ours, in one transaction."""
    from comity.bootstrap.trust.recourse import keep_recourse
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
