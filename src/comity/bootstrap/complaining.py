"""Join all that takes mail in: feedback, answers, bounces, and what our own people complain about at mailboxes of ours.

Answers:    ``people_of(settings)`` finds out, in a reader, what is complained about; ``complaints_of(settings)`` takes it in. Both
            are None where no such mailbox is named. ``intake(settings)`` gives the store and what works off everything.
Limits:     what is the desk's alone is joined in ``comity.bootstrap.desk``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from comity.bootstrap.data import lease_terms, outside_book
from comity.bootstrap.desk import COMPLAINER_KEY, beside, correspondents, desk_store, own_side, persistence_of
from comity.bootstrap.gates import mailboxes_of, takes_complaints
from comity.bootstrap.sources import joined_loops
from comity.bootstrap.sources.tracing import own_words
from comity.cases.sources.naming import Naming
from comity.model.case import Evidence
from comity.model.log_events import LogEvent
from comity.model.move import MoveFate
from comity.services.complain.bounces import Bounces
from comity.services.integrate.submissions import Submissions
from comity.services.receive.coming_back import ComingBack
from comity.services.receive.grave.sealing import Sealing
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.sources.keeping import Sources
from comity.services.receive.subscribers.whose import Whose
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.feedback.moves import MovePolicy
    from comity.services.complain.complaint import Complaints
    from comity.services.judge.learning.hearing import Hearing
    from comity.services.receive.own_people import OwnPeople
    from comity.services.receive.reception import Reception
    from comity.services.receive.working_off import Applies
    from comity.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """All that works off feedback."""

    store: "Store"
    service: "Applies"
    fetch: Callable[
        [Iterable[Evidence]], None
    ]  # ask the books that another program keeps: before a transaction, not within


def people_of(settings: Settings) -> "OwnPeople | None":
    """Who finds out what is complained about."""
    mailboxes = mailboxes_of(settings)
    if not takes_complaints(settings):
        return None
    from comity.attribution.delivery import Vantage
    from comity.bootstrap import provider_of, reader_for
    from comity.bootstrap.learning import drawing_of
    from comity.bootstrap.straight_line import agreed, line_between
    from comity.services.complain.how_to import Asking
    from comity.services.receive.own_people import OwnPeople

    # Where there is nobody to tell yet complaints wait: whoever enrols does so with the program that runs.
    path, agreements, settings = agreed(settings, needed=False)
    key_file = beside(settings, settings.complain.key_file, COMPLAINER_KEY)
    line = line_between(settings, agreements, path=path, key_file=key_file, keys=None)
    provider = provider_of(settings, path)
    domains = frozenset((provider.domain, *provider.own_domains))
    reading = settings.reading
    vantage = Vantage(
        trusted_hosts=frozenset(reading.trusted_hosts),
        trusted_networks=reading.trusted_networks,
        forwarders=reading.forwarders,
        own_domains=domains,
    )
    asking = Asking(provider, vantage, is_ours=lambda address: mailboxes.kind_of(address) is not None)
    return OwnPeople(
        mailboxes,
        domains,
        identify=line.identify,
        read=reader_for(settings),
        drawing=drawing_of(settings),
        asking=asking,
        moves=move_policy(settings),
    )


def move_policy(settings: Settings) -> "MovePolicy":
    """What a move into or out of Junk means."""
    from comity.feedback.moves import MovePolicy

    moves = settings.moves
    return MovePolicy(
        oldest=timedelta(days=moves.oldest_days) if moves.oldest_days else None,
        junk_keyword=MoveFate(moves.junk_keyword),
        learn_only=frozenset(each.lower() for each in moves.learn_only),
        off=frozenset(each.lower() for each in moves.off),
    )


def complaints_of(settings: Settings) -> "Complaints | None":
    """Who takes complaints in."""
    if not takes_complaints(settings):
        return None
    from comity.bootstrap.sending import provider_side

    return provider_side(settings, is_reporting=False).complaints


def intake(settings: Settings, log: LogEvent | None = None) -> Intake:
    """What works off feedback that was read; ``log`` hears of a program that should answer and does not."""
    from comity.bootstrap.learning import hearing_of
    from comity.bootstrap.playbook.replies import answered_case
    from comity.bootstrap.playbook.running import following_of
    from comity.bootstrap.sending import how_to
    from comity.bootstrap.trust.letters import letters

    following = following_of(settings)
    terms = Terms(
        own=own_side(settings),
        quiet=timedelta(days=settings.desk.quiet_days),
        keep=timedelta(days=settings.store.keep_days),
        follows=following is not None,
        leases=lease_terms(settings),
        words=own_words(settings),
        outside=outside_book(settings, log),
        answered=answered_case(settings),
    )
    persistence = persistence_of(settings)
    from comity.bootstrap.owed.heads import heads_by_mail
    from comity.bootstrap.remedy.joining import from_intake

    peers = correspondents(settings)
    ingest = Ingest(
        terms,
        peers,
        following,
        sources=Sources(Naming(joined_loops(settings))),
        sights=from_intake(settings, terms, following),
    )
    complaints = complaints_of(settings)
    bounces = None if persistence is None else Bounces(persistence)
    hearing = hearing_of(settings)
    service: Applies = ComingBack(
        _reception(ingest, complaints, hearing),
        bounces,
        letters(settings),
        how_to=how_to(settings),
        heads=heads_by_mail(settings),
        speaking=peers.speaking,
    )
    if mailboxes_of(settings).has_own:
        from comity.services.judge.lessons import Lessons

        service = Lessons(service, hearing)
    sealing = Sealing(service, keep=timedelta(days=settings.sealed.keep_days))
    whose = Whose(terms.own, terms.leases, outside=terms.outside)
    return Intake(store=desk_store(settings), service=Submissions(sealing), fetch=whose.fetch)


def _reception(ingest: Ingest, complaints: "Complaints | None", hearing: "Hearing") -> "Ingest | Reception":
    """What takes everything in; where our own people cannot complain by mail, that is feedback alone."""
    if complaints is None:
        return ingest
    from comity.services.receive.reception import Reception

    return Reception(ingest, complaints, hearing)
