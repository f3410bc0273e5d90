"""Who applied for feedback from us without an agreement that both sides signed: what he claims, and how far he came.

Trust:      name, mailbox and claims are the applicant's words; ``proved`` is ours.
Standards:  RFC 6449 section 3 (enrolment, proof, trial, leaving).
Answers:    ``Consumer``, ``Claim``, ``ConsumerEvent`` and the states of the life cycle that ``comity.feedback.enrolment`` draws.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from comity.model.agreement import ReportFormat

MAIL_REFUSED = "mail-refused"  # the reason why a consumer is suspended whose mailbox is dead


class ConsumerState(StrEnum):
    """Where one consumer stands."""

    APPLIED = "applied"  # proofs are wanted
    PROVED = "proved"  # enough is proved: our operator decides
    TRIAL = "trial"  # few reports, little shown
    ENROLLED = "enrolled"
    LAPSED = "lapsed"  # a proof ran out
    SUSPENDED = "suspended"  # reports came back, or our operator stopped it
    REFUSED = "refused"
    LEFT = "left"


class ConsumerAct(StrEnum):
    """What brings it from one state into another."""

    APPLY = "apply"
    PROVE = "prove"
    ACCEPT = "accept"
    CONFIRM = "confirm"
    LAPSE = "lapse"
    SUSPEND = "suspend"
    RESUME = "resume"
    REFUSE = "refuse"
    LEAVE = "leave"


class ClaimKind(StrEnum):
    """What is claimed."""

    MAILBOX = "mailbox"  # where reports go
    DOMAIN = "domain"  # a DKIM domain, and the names below it
    NETWORK = "network"


class ProofWay(StrEnum):
    """How it was proved."""

    DNS = "dns"
    MAIL = "mail"
    PEER = "peer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that an applicant says is his."""

    consumer: str
    kind: ClaimKind
    subject: str  # canonical: an address, a domain in lower case, a network
    code: str  # stands in the mail that asks
    asked: datetime | None = None  # when a mail asked last
    checked: datetime | None = None  # when the DNS was looked at last
    way: ProofWay | None = None
    proved: datetime | None = None
    expires: datetime | None = None
    warned: datetime | None = None  # when we last said that it runs out

    def holds(self, now: datetime) -> bool:
        """Whether it is proved at this moment."""
        return self.expires is not None and now < self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """One applicant, and what came of it."""

    name: str
    address: str
    contact: str | None = None  # for people; where notices go when the mailbox is dead
    languages: tuple[str, ...] = ("en",)
    report_format: ReportFormat = ReportFormat.ARF
    state: ConsumerState
    since: datetime
    applied: datetime
    reason: str | None = None
    quota: int = 0  # reports a day, as long as the state lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerEvent:
    """One step of one consumer."""

    at: datetime
    actor: str
    act: str
    note: str | None
    to_state: ConsumerState
