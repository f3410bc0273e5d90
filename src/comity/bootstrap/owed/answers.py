"""Join who looks at overdue answers, and what the running program does about them.

Answers:    ``reminding(settings)``; ``watch_answers(settings, store, log, now)`` looks at every peer with an agreement in
            force, and mails what is due; ``standing(settings, records, peer, now)`` counts one now, and writes nothing.
Limits:     without an address of ours nobody is written to; what is owed is counted all the same.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from comity.accord.agreement import life, terms
from comity.bootstrap.conversation import calendars_of
from comity.bootstrap.owed.calendars import own_calendar
from comity.bootstrap.trust.agreements import holding
from comity.bootstrap.trust.coalition import words_of
from comity.model.log_events import LogEvent
from comity.model.owed import AnswerWatch
from comity.model.playbook import Calendar
from comity.services.prove.owed.reminding import Ours, Reminding
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records

_TOKEN_BYTES = 12


def reminding(settings: Settings) -> Reminding:
    """Who looks."""
    identity, calendars = settings.identity, calendars_of(settings)
    usual = own_calendar(settings)

    def calendar_of(address: str) -> Calendar:
        domain = address.rpartition("@")[2].lower()
        while domain and domain not in calendars:
            domain = domain.partition(".")[2]
        return calendars.get(domain, usual)

    return Reminding(
        Ours(
            domain=identity.domain or "",
            address=identity.address or "",
            organisation=identity.organisation or identity.domain or "",
            words=words_of(settings),
            calendar_of=calendar_of,
            calendar=usual,
            new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
        )
    )


def standing(settings: Settings, records: "Records", peer: str, *, now: datetime) -> AnswerWatch | None:
    """How a peer stands now; None without an agreement in force."""
    paper = life.in_force(records.agreements.of(peer), now)
    return None if paper is None else reminding(settings).count(records, paper, now=now)[0]


def watch_answers(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """Look at every peer, a transaction each."""
    if settings.identity.domain is None:
        return
    with store.read() as records:
        papers = {
            peer: paper
            for peer, each in records.agreements.all().items()
            if (paper := life.in_force(each, now)) is not None
        }
        held = holding(settings, records, now) if papers else ()
        ended = [each for each in records.owed_answers.watches().values() if each.peer not in papers and each.theirs]
    for each in ended:  # without an agreement in force nothing is due
        with store.write() as records:
            records.owed_answers.put(replace(each, at=now, theirs=None, ours=None))
    parties = {terms.domain_of(each): each.peer for each in held} if settings.identity.address is not None else {}
    looks = reminding(settings) if papers else None
    for peer, paper in sorted(papers.items()):
        assert looks is not None  # noqa: S101 - there are papers
        with store.write() as records:
            done = looks.look(records, paper, party=parties.get(peer), now=now)
        for kind, _ in done.mailed:
            theirs = done.watch.theirs
            log("answers-reminded", peer=peer, kind=kind, overdue=theirs.overdue if theirs else 0)
