"""Forget a subscriber: what goes at once, and what stays, until when and why.

Trust:      the operator's own act; what a source, the law or a legal hold needs is not taken from it.
Standards:  docs/privacy.md: each class is kept for its term, within what the laws bound that bind the operator
            (``comity.model.retention``); GDPR Art. 17(3)(b) and (e).
Answers:    ``known(records, subscriber, ...)`` says what is held of a subscriber; ``forget(records, ...)`` drops what can go and
            gives the same for what stays.
Limits:     in the caller's transaction. A case that is open keeps what was said on its page: somebody is being helped.
            That strangers use a line stays, and where a mail goes that has not left yet. Under a legal hold nothing goes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from comity.cases.opening import case_key
from comity.model.case import SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.model.infestation import SubscriberContact
from comity.model.retention import KeptClass, LegalHold, Term

_OVER: Final = (CaseState.CLOSED, CaseState.MERGED)
Terms = Mapping[KeptClass, Term]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many rows of one kind; ``until`` is when the last of them goes, None: when its case does."""

    what: str  # "leases", "sightings", "notices", "cases", "said"
    n: int
    until: datetime | None = None
    term: Term | None = None  # its class, and the laws that bound it


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSubscriber:
    """All that is held of one, and the legal holds that keep it."""

    contact: SubscriberContact | None
    cases: tuple[DeskCase, ...]
    held: tuple[Held, ...]
    holds: tuple[LegalHold, ...] = ()


def known(records: Any, subscriber: str, terms: Terms, *, now: datetime) -> KnownSubscriber:
    """What is held of a subscriber."""
    subject = case_key(SubjectKind.SUBSCRIBER, subscriber)
    cases = tuple(records.cases.on_subject(subject))
    holds = tuple(each for each in records.holds.of_subject(subject) if each.holds(now))
    last = max((each.until for each in holds), default=None)
    held = tuple(each for each in _held(records, subscriber, subject, cases=cases, terms=terms) if each.n)
    if last is not None:
        held = tuple(replace(each, until=each.until and max(each.until, last)) for each in held)
    return KnownSubscriber(contact=records.contacts.of(subscriber), cases=cases, held=held, holds=holds)


def _held(records: Any, subscriber: str, subject: str, *, cases: Sequence[DeskCase], terms: Terms) -> Iterator[Held]:
    def row(what: str, found: tuple[int, datetime | None], term: Term) -> Held:
        n, last = found
        return Held(what=what, n=n, until=last and last + timedelta(days=term.days), term=term)

    yield row("leases", records.leases.held_of(subscriber), terms[KeptClass.LEASE])
    yield row("sightings", records.bots.held_of(subject), terms[KeptClass.SIGHTING])
    notices = [each for case in cases for each in records.notices.of_case(case.case_id)]
    last_given = max((each.given for each in notices), default=None)
    yield row("notices", (len(notices), last_given), terms[KeptClass.NOTICE])
    said = sum(len(records.notices.said(case.case_id)) + len(records.notices.steps(case.case_id)) for case in cases)
    yield Held(what="said", n=said)
    is_over = all(each.state in _OVER for each in cases)
    ended = max((each.state_since for each in cases), default=None) if is_over else None
    yield row("cases", (len(cases), ended), terms[KeptClass.CASE])


def forget(records: Any, subscriber: str, terms: Terms, *, now: datetime) -> KnownSubscriber:
    """Drop the contact, and what was said about cases that are over; what stays."""
    before = known(records, subscriber, terms, now=now)
    if before.holds:
        return before
    contact = before.contact
    records.contacts.forget(subscriber)
    if contact is not None and contact.is_hotspot:
        # That strangers use the line says nothing of the subscriber, and keeps him from being told of what they did.
        records.contacts.put([SubscriberContact(subscriber=subscriber, is_hotspot=True, taken=contact.taken)])
    records.notices.forget_addresses([case.case_id for case in before.cases])
    for case in before.cases:
        if case.state in _OVER:
            records.notices.unsay(case.case_id)
    return known(records, subscriber, terms, now=now)
