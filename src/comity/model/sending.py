"""What leaves: complaints that wait, mail in the outbox, and the peers that it is for, in their states.

Trust:      ours; a peer's name and address come from our agreements, or from a signed CFBL-Address.
Answers:    the states, ``Peer``, and ``HELD``, ``ENDED``: the names of every reason why mail does not leave
            (``sending.REASON`` in the catalogue).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class ComplaintState(StrEnum):
    """Where one complaint stands."""

    WAITING = "waiting"  # the end user may still take it back
    TAKEN_BACK = "taken-back"  # before anything left
    DECIDED = "decided"  # each party has its report, or there is a named no
    RETRACTED = "retracted"  # taken back after it was decided
    SHUNTED = "shunted"  # a fault of ours: it is kept and shown


class PeerState(StrEnum):
    """Whether mail for a peer leaves."""

    OBSERVE = "observe"  # nothing leaves until the operator says so
    LIVE = "live"
    SUSPENDED = "suspended"  # its mailbox refuses our mail


class OutboxKind(StrEnum):
    """What one mail in the outbox is."""

    REPORT = "report"
    OUTCOME = "outcome"
    ANSWER = "answer"
    NOTICE = "notice"  # what a customer of ours is told about a case
    RECOURSE = "recourse"  # a warning, or a person's answer to an objection: what comes back about it counts


class OutboxState(StrEnum):
    """Where one mail in the outbox stands."""

    HELD = "held"  # by the reason that stands beside it; it has not been exchanged
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # taken back in time
    EXPIRED = "expired"  # held for too long


# Why mail is held before its peer goes live.
HELD_BEFORE: Final = ("observe", "suspended")
# Why mail is held.
HELD: Final = frozenset({*HELD_BEFORE, "quota", "no-receipt", "ledger-stopped", "trial-volume", "unconfirmed"})
PASSING: Final = frozenset(
    {"quota", "no-receipt", "ledger-stopped", "trial-volume"}
)  # of these: what ends without a person
# Why mail is not sent any more.
ENDED: Final = frozenset(
    {
        "refused",
        "gave-up",
        "interrupted",
        "bounced",
        "held-too-long",
        "taken-back",
        "agreement-changed",
        "shown-less",
        "agreement-ended",
        "subjects-reached",
        "declined",
        "other-regime",
        "contact-unusable",
    }
)


# Whom answers to our own people are for, as a peer that goes live by its own command; no agreement can be called so.
OWN_PEOPLE: Final = "own_people"
# Whom notices to our own customers are for.
OWN_CUSTOMERS: Final = "own_customers"
# Whom digests are for: mailboxes of our own that the settings name.
OWN_STAFF: Final = "own_staff"
# Whom mails are for that ask applicants for proof, and tell consumers how they stand.
APPLICANTS: Final = "applicants"
# Whom people of ours write to about a case: customers and reporters.
CORRESPONDENTS: Final = "correspondents"
# Whom recourse writes to at a domain that has no agreement: its abuse and postmaster mailboxes.
AFFECTED: Final = "affected"
# Whom recourse warns where there is no agreement: abuse mailboxes of listed domains, and contacts that a person confirmed.
WARNED: Final = "warned_networks"
# Whom registries name for abuse in networks that did not ask for our mail.
REGISTERED: Final = "registered_contacts"
# What programs of ours are told, who is confined, and what stands in tables that mail servers read: no mail, and held like it.
OWN_PROGRAMS: Final = "own_programs"
# Behind these stand many mailboxes: one that refuses our mail says nothing about the others.
OURS: Final = frozenset(
    {OWN_PEOPLE, OWN_CUSTOMERS, OWN_STAFF, OWN_PROGRAMS, APPLICANTS, CORRESPONDENTS, AFFECTED, WARNED, REGISTERED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One network that mail may go to."""

    name: str
    address: str
    state: PeerState
    since: datetime
    reason: str | None = None
    agreement_version: int | None = None
