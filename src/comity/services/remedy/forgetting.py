"""Forget a subscriber: what goes at once, and what stays, until when and why.

Trust:      the operator's own act; what a source or the law needs is not taken from it.
Standards:  docs/privacy.md: leases are kept as long as `[data] lease_days` says (six months, which is what the Cybersecurity Law of
            China asks of logs, article 21), sightings and notices thirteen months.
Answers:    ``known(records, subscriber, ...)`` says what is held of a subscriber; ``forget(records, ...)`` drops what can go and
            gives the same for what stays.
Limits:     in the caller's transaction. A case that is open keeps what was said on its page: somebody is being helped.
            That strangers use a line stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from comity.cases.opening import case_key
from comity.model.case import SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.model.infestation import SubscriberContact
from comity.services.remedy.sightings.importing import KEPT_DAYS

_OVER: Final = (CaseState.CLOSED, CaseState.MERGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For how many days what is kept."""

    lease_days: int
    notice_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many rows of one kind; ``until`` is when the last of them goes, None: when its case does."""

    what: str  # "leases", "sightings", "notices", "cases", "said"
    n: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSubscriber:
    """All that is held of one."""

    contact: SubscriberContact | None
    cases: tuple[DeskCase, ...]
    held: tuple[Held, ...]


def known(records: Any, subscriber: str, terms: Terms) -> KnownSubscriber:
    """What is held of a subscriber."""
    subject = case_key(SubjectKind.SUBSCRIBER, subscriber)
    cases = tuple(records.cases.on_subject(subject))
    return KnownSubscriber(
        contact=records.contacts.of(subscriber),
        cases=cases,
        held=tuple(each for each in _held(records, subscriber, subject, cases=cases, terms=terms) if each.n),
    )


def _held(records: Any, subscriber: str, subject: str, *, cases: Sequence[DeskCase], terms: Terms) -> tuple[Held, ...]:
    leases, last_lease = records.leases.held_of(subscriber)
    sightings, last_taken = records.bots.held_of(subject)
    notices = [each for case in cases for each in records.notices.of_case(case.case_id)]
    last_given = max((each.given for each in notices), default=None)
    said = sum(len(records.notices.said(case.case_id)) + len(records.notices.steps(case.case_id)) for case in cases)
    return (
        Held(what="leases", n=leases, until=last_lease and last_lease + timedelta(days=terms.lease_days)),
        Held(what="sightings", n=sightings, until=last_taken and last_taken + timedelta(days=KEPT_DAYS)),
        Held(what="notices", n=len(notices), until=last_given and last_given + timedelta(days=terms.notice_days)),
        Held(what="said", n=said),
        Held(what="cases", n=len(cases)),
    )


def forget(records: Any, subscriber: str, terms: Terms) -> KnownSubscriber:
    """Drop the contact, and what was said about cases that are over; what stays."""
    before = known(records, subscriber, terms)
    contact = records.contacts.of(subscriber)
    records.contacts.forget(subscriber)
    if contact is not None and contact.is_hotspot:
        # That strangers use the line says nothing of the subscriber, and keeps him from being told of what they did.
        records.contacts.put([SubscriberContact(subscriber=subscriber, is_hotspot=True, taken=contact.taken)])
    for case in before.cases:
        if case.state in _OVER:
            records.notices.unsay(case.case_id)
    return known(records, subscriber, terms)
