"""Join the API to the spool, the store and the services.

Answers:    ``api_work(settings, ...)`` gives all that the application needs, ``api_certificate(settings)`` what it is served with.
Limits:     complaints are taken where our own identity is set; else programs are told that they are not.
"""

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from comity.bootstrap.desk import desk_store
from comity.bootstrap.gates import api_complaints, spool_path
from comity.model.arrival import Arrival
from comity.model.log_events import LogEvent
from comity.model.submission import Submission
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.records import Records
    from comity.store.replica import Replica
    from comity.store.spool import Spool
    from comity.web.api.desk import ApiWork, Room


class WaitingSubmissions:
    """What was handed over and lies in the spool, for many threads."""

    def __init__(self, spool: "Spool") -> None:
        self._spool, self._lock = spool, Lock()

    def submitted(self, submission_id: str) -> tuple[Submission, datetime] | None:
        """What a program handed over under this id, and when."""
        with self._lock:
            return self._spool.submitted(submission_id)


def api_work(
    settings: Settings,
    put: Callable[[Arrival], Future[int]],
    log: LogEvent,
    *,
    room: "Room",
    work: "type[ApiWork]",
    replica: "Replica | None" = None,
) -> "ApiWork":
    """All that the application needs; ``work`` is its class, because this room does not know the web."""
    from comity.bootstrap.consumers.enrolling import asking, enrolment_desk
    from comity.bootstrap.playbook.running import desk_of, following_of
    from comity.bootstrap.sending import tells
    from comity.bootstrap.sources import feed_watch
    from comity.bootstrap.trust.recourse import recourse_desk
    from comity.services.public.course import course_of
    from comity.store.spool import Spool

    return work(
        store=desk_store(settings, replica),
        waits=WaitingSubmissions(Spool(spool_path(settings), durable=False)),
        put=put,
        now=lambda: datetime.now(UTC),
        chance=secrets.token_bytes,
        log=log,
        room=room,
        own_domains=_own_domains(settings),
        person=partial(desk_of, settings),
        recourse=partial(recourse_desk, settings),
        enrolment=partial(enrolment_desk, settings) if settings.identity.address is not None else None,
        applicants=asking(settings) if settings.identity.address is not None else None,
        tell=tells(settings),
        check_notice=_checks_notices(settings),
        course=lambda records, case: course_of(records, case, lambda: following_of(settings)),
        watch=feed_watch(settings),
        size=settings.gates.size_mib << 20,
        seconds=float(settings.api.seconds),
    )


def _checks_notices(settings: Settings) -> "Callable[..., Mapping[str, object] | None]":
    """Says what is known of a reference."""
    from comity.bootstrap.help import checking_of, packs_of
    from comity.services.public.notices import notice_form

    packs = packs_of(settings)
    checking = checking_of(settings, packs)

    def check(records: "Records", reference: str) -> "Mapping[str, object] | None":
        checked = checking.check(records.notices, reference, count=False)
        if checked.given is None:
            return None
        return notice_form(checked, checking.words(reference, packs.of(checked.given.language).pair_words))

    return check


def _own_domains(settings: Settings) -> frozenset[str] | None:
    if not api_complaints(settings):
        return None
    from comity.bootstrap import provider_of
    from comity.bootstrap.straight_line import agreed

    path, _, settings = agreed(settings, needed=False)
    provider = provider_of(settings, path)
    return frozenset((provider.domain, *provider.own_domains))


def api_certificate(settings: Settings) -> tuple[Path, Path] | tuple[None, None]:
    """The certificate and its key; none where it speaks HTTP."""
    api = settings.api
    if api.certificate is None or api.certificate_key is None:
        return None, None
    return api.certificate, api.certificate_key


__all__ = ["WaitingSubmissions", "api_certificate", "api_work"]
