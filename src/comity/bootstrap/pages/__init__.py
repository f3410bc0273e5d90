"""Join the pages that people work with to the store and the services.

Answers:    ``desk_work(settings, log, work)`` gives all that the desk needs, ``pages_tls(settings)`` what it is served with,
            ``passwords()`` what hashes them.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.bootstrap.desk import desk_store
from comity.bootstrap.pages.dealings import Dealings
from comity.bootstrap.pages.first_steps import steps_of
from comity.model.arrival import Arrival
from comity.model.desk import DeskCase
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.operate.accounts.rows import Passwords
    from comity.store.replica import Replica
    from comity.web.desk.work import DeskWork


def desk_work(
    settings: Settings,
    log: LogEvent,
    work: "type[DeskWork]",
    *,
    put: Callable[[Arrival], Future[int]],
    replica: "Replica | None" = None,
) -> "DeskWork":
    """All that the desk needs; ``work`` is its class, because this room does not know the web."""
    from comity.bootstrap.checking import checks
    from comity.bootstrap.conversation.letter_desk import LetterDesk
    from comity.bootstrap.pages.entering import elsewhere_of, passkeys_of
    from comity.bootstrap.pages.filter_pages import filter_doing
    from comity.bootstrap.pages.remedy_pages import Networks, remedy_doing
    from comity.bootstrap.pages.sampling import SampleFolder
    from comity.bootstrap.pages.taking_apart import taking_apart
    from comity.bootstrap.playbook.running import desk_of, following_of
    from comity.bootstrap.sending import tells
    from comity.services.operate.accounts.keeping import Keeping
    from comity.services.operate.accounts.signing_in import SigningIn, find
    from comity.services.public.course import course_of

    pages, store, hashes = settings.pages, desk_store(settings, replica), passwords()
    keys = passkeys_of(settings, store)
    return work(
        store=store,
        signing_in=SigningIn(store, hashes, secrets.token_bytes, passkeys=keys.is_of if keys else None),
        keeping=lambda records, now: Keeping(records.accounts, hashes, now),
        chance=secrets.token_bytes,
        now=lambda: datetime.now(UTC),
        log=log,
        house=settings.identity.organisation or settings.identity.domain or "",
        find=lambda records, token, now: find(records.accounts, token, now),
        person=partial(desk_of, settings),
        decide=partial(_decide, settings),
        course=lambda records, case: course_of(records, case, lambda: following_of(settings)),
        checks=lambda: list(checks(settings, datetime.now(UTC))),
        steps=partial(steps_of, settings),
        put=put,
        take_apart=taking_apart(log),
        tell=tells(settings),
        dealings=Dealings(settings),
        zone=pages.time_zone or UTC,
        holders=frozenset(settings.retention.holders),
        is_secure=pages.certificate is not None or pages.behind_proxy,
        is_behind_proxy=pages.behind_proxy,
        elsewhere=elsewhere_of(settings, store, hashes),
        passkeys=keys,
        letters=LetterDesk(settings),
        filtering=filter_doing(settings),
        remedying=remedy_doing(settings),
        network=(networks := Networks(settings)).find,
        has_networks=networks.are_known,
        sample=SampleFolder(settings),
    )


def passwords() -> "Passwords":
    """What hashes passwords."""
    from comity.outlets.programs.argon import ArgonPasswords

    return ArgonPasswords()


def pages_tls(settings: Settings) -> tuple[Path | None, Path | None]:
    """Certificate and key; none where a proxy of ours speaks TLS."""
    return settings.pages.certificate, settings.pages.certificate_key


def _decide(  # noqa: PLR0917 - as the pages name it
    settings: Settings, records: Any, case: DeskCase, word: str, *, note: str | None, actor: str, now: datetime
) -> None:
    """Do what the playbook offers in this case."""
    from comity.bootstrap.playbook.running import following_of

    following = following_of(settings)
    offered = () if following is None else following.offers(records, case)
    if following is None or word not in offered:
        known = ", ".join(offered) or "-"
        raise ComityError("case-act", word, outcome=Outcome.USAGE, details={"text": word, "known": known})
    following.decide(records, case, word, note=note, actor=actor, now=now)
