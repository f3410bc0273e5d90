"""Join a playbook to the store and to what is done outside.

Answers:    ``following_of(settings)`` what cases follow, None where no playbook is in use; ``desk_of(settings, records, ...)`` a
            desk whose acts it hears of; ``carrying_out(settings, store)`` what does what was decided;
            ``playbook_beside(settings, log)`` does so while a block runs.
Limits:     reads the playbook's file when it is joined: a change holds from the next start on.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside, desk_store, holdings
from comity.bootstrap.playbook import in_order, playbook_in_use, shipped
from comity.bootstrap.playbook.replies import reply_address_of
from comity.bootstrap.sending import answering, sends, sends_notices
from comity.bootstrap.thread_beside import thread_beside
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import ActionKind
from comity.services.receive.desk import Desk, DeskRows
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.writing_down import TellPeers, WritingDown
from comity.settings import Settings
from comity.store.dialects.shared_clock import SharedClock

if TYPE_CHECKING:
    from comity.services.receive.playbook.carrying_out import CarryingOut
    from comity.services.receive.playbook.gardening import Gardening
    from comity.services.receive.playbook.informing import Informing
    from comity.services.receive.playbook.noticing import Noticing
    from comity.store.engine import Store

EXPORT = "consequences"
_IDLE_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
_TOKEN_BYTES = 12


def following_of(settings: Settings) -> Following | None:
    """What cases follow. The nights of a playbook that comes with Comity are those of the subscribers, where the settings say by
    which clock they live: nobody writes a zone into it, and at noon by UTC it rings in the dead of night elsewhere.
    """
    playbook, zone = playbook_in_use(settings), settings.help.time_zone
    if playbook is None:
        return None
    if zone is not None and settings.playbook.use in shipped():
        playbook = replace(playbook, calendar=replace(playbook.calendar, zone=zone))
    live = [ActionKind(each) for each in settings.playbook.live]
    return Following(playbook, WritingDown(live, _tell_peers(settings) if sends(settings) else None))


def desk_of(settings: Settings, records: DeskRows, *, actor: str, now: datetime) -> Desk:
    """A desk whose acts the playbook hears of."""
    return Desk(records, actor=actor, now=now, following=following_of(settings))


def _tell_peers(settings: Settings) -> TellPeers:
    return lambda records, case_ids, outcome, now: answering(settings).tell(records, case_ids, outcome, now=now)


def carrying_out(settings: Settings, store: "Store") -> "CarryingOut | None":
    """What does what was decided; None where no playbook is in use."""
    from comity.bootstrap.playbook.outside import ConsequenceFiles, Programs
    from comity.services.receive.playbook.carrying_out import CarryingOut, Helping

    following = following_of(settings)
    if following is None:
        return None
    return CarryingOut(
        store.write,
        following,
        noticing=noticing_of(settings, following),
        helping=Helping(
            informing=informing_of(settings, following), gardening=gardening_of(settings, store, following)
        ),
        files=ConsequenceFiles(
            beside(settings, settings.playbook.export, EXPORT),
            tuple(holdings(settings.own)),
            throttle_with=settings.playbook.throttle_with,
        ),
        tells=Programs(settings),
        give_up=timedelta(days=settings.playbook.give_up_days),
    )


def noticing_of(settings: Settings, following: Following) -> "Noticing | None":
    """What writes notices; None where no mail can leave."""
    identity = settings.identity
    if identity.domain is None or identity.address is None or not sends_notices(settings):
        return None
    from comity.services.receive.playbook.noticing import Noticing, Signatory

    signatory = Signatory(
        domain=identity.domain,
        address=identity.address,
        organisation=identity.organisation or identity.domain,
        languages=in_order(settings),
        reply_to=reply_address_of(settings),
    )
    return Noticing(following.playbook, signatory, new_token=lambda: secrets.token_hex(_TOKEN_BYTES))


def informing_of(settings: Settings, following: Following) -> "Informing | None":
    """What gives notices out; None where none is live or the playbook knows none."""
    kinds = {action.kind for rule in following.playbook.rules() for action in rule.actions}
    if ActionKind.NOTICE not in kinds or ActionKind.NOTICE.value not in settings.playbook.live:
        return None
    from comity.bootstrap.help import ladder_of
    from comity.services.receive.playbook.informing import Informing

    return Informing(ladder_of(settings), following)


def gardening_of(settings: Settings, store: "Store", following: Following) -> "Gardening | None":
    """What confines lines and lets them out; None where there is no way into a garden."""
    known = settings.playbook
    if known.garden_webhook is None and not known.garden_command:
        return None
    from comity.bootstrap.playbook.outside import GardenGate
    from comity.services.receive.playbook.gardening import Gardening

    return Gardening(store.write, following, GardenGate(settings), give_up=timedelta(days=known.give_up_days))


@contextmanager
def playbook_beside(settings: Settings, log: LogEvent) -> Iterator[Callable[[], bool]]:
    """Do what is due while the block runs; what it gives says whether that has ended by itself."""
    if settings.playbook.use is None:
        yield lambda: False
        return
    with thread_beside("playbook", lambda stop: _run(settings, stop, log)) as has_ended:
        yield has_ended


def _run(settings: Settings, stop: Event, log: LogEvent) -> None:
    with closing(desk_store(settings)) as store:
        carrying, clock = carrying_out(settings, store), SharedClock(store)
        pause = 0.0
        while carrying is not None and not stop.wait(pause):
            pause = _IDLE_SECONDS
            try:
                done = carrying.turn(datetime.now(UTC), clock)
            except ComityError as error:
                if error.outcome not in (Outcome.TRY_AGAIN, Outcome.FULL):
                    raise
                log("playbook-waits", code=error.code)
                pause = _PATIENCE_SECONDS
            except OSError as error:  # the folder of the tables is full, or not ours
                log("playbook-waits", code="export", reason=error.strerror)
                pause = _PATIENCE_SECONDS
            else:
                if done:
                    log(
                        "playbook-turn",
                        timers=done.timers,
                        written=done.written,
                        noticed=done.noticed,
                        informed=done.informed,
                        gardens=done.gardens,
                        bounced=done.bounced,
                        told=done.told,
                        failed=sum(done.failed.values()),
                    )
