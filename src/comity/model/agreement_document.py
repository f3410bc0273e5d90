"""An agreement as a document that two networks sign, and where it stands in its life.

Trust:      made of bytes that ``comity.accord.agreement.document`` checked; who signed them is asked elsewhere.
Standards:  RFC 6449 section 3 (what a loop is agreed on), FIELD: tiers, classes, definitions; GDPR chapter V, PIPL Art. 38 and
            28 CFR part 202 name what the annex on personal data has fields for.
Answers:    ``AgreementDocument`` with its ``AgreedSide`` and ``AgreedDirection`` records; ``AgreementState``, ``AgreementAct``,
            ``AgreementEvent``; ``AgreementPaper`` is a document as it is kept.
Limits:     seconds are UTC since 1970. Names of networks are their domains.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from comity.model.agreement import BodyPolicy, Definition, Network, ReportFormat
from comity.model.tier import Tier
from comity.model.tlp import Tlp


class FeedbackClass(StrEnum):
    """What one side may tell the other."""

    COMPLAINT = "complaint"
    NOT_SPAM = "not-spam"
    REPLAY = "replay"  # mail with the other side's signature that somebody else sent again


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedContact:
    """Whom a person turns to."""

    role: str  # "desk", "escalation", "privacy"
    name: str | None
    address: str
    phone: str | None
    languages: tuple[str, ...]
    hours: str | None  # as people say it: "Mon-Fri 09:00-18:00"
    zone: str | None  # "+08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedSide:
    """Who one side is, and what is its own: what is reported to it is about this."""

    domain: str
    organisation: str
    address: str  # its feedback mailbox
    networks: tuple[Network, ...]
    dkim_domains: tuple[str, ...]
    languages: tuple[str, ...]  # best first
    jurisdictions: tuple[str, ...]  # countries (ISO 3166-1 alpha-2) whose law binds it
    contacts: tuple[AgreedContact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTrial:
    """Until when less is shown, and how many reports leave at the most."""

    until: int
    reports: int
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedDirection:
    """What one side sends the other, and what the other does with it."""

    classes: tuple[FeedbackClass, ...]
    definitions: tuple[Definition, ...]  # what counts as a complaint
    tier: Tier
    body: BodyPolicy
    report_format: ReportFormat
    tlp: Tlp
    quota: int  # reports a day
    retention_days: int  # for how long the receiver keeps the mail
    acknowledge_days: int  # business days
    answer_days: int
    trial: AgreedTrial | None
    legal_basis: str | None
    transfer: str | None  # the instrument for a transfer across a border
    subjects: int | None  # the most data subjects in 12 months


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDocument:
    """One version of the terms between two networks."""

    parties: tuple[str, str]
    version: int
    previous: str | None  # SHA-256 of the version before, in hexadecimal figures
    proposed_by: str
    proposed: int
    answer_by: int  # a proposal that nobody accepted until then is none
    begins: int | None  # None: when it is accepted
    ends: int | None
    notice_days: int
    escalate_days: int  # business days without an answer, then the contact for escalation
    sides: Mapping[str, AgreedSide]
    directions: Mapping[str, AgreedDirection]  # by who reports
    window_hours: int
    window_mib: int
    leaves_per_day: int
    complaint: Mapping[str, str] | None  # what a complaint is, in words: "en", "zh"
    remarks: Mapping[str, str] | None

    def other(self, party: str) -> str:
        """The other side."""
        one, two = self.parties
        return two if party == one else one


class AgreementState(StrEnum):
    """Where one version stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"  # both signed; it has not begun
    IN_FORCE = "in-force"
    ENDING = "ending"  # in force; one side gave notice
    AMENDED = "amended"  # a newer version took its place
    ENDED = "ended"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FORKED = "forked"  # its signer had signed another one under the same number: kept as evidence


class AgreementAct(StrEnum):
    """What happens to a version."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    BEGIN = "begin"
    AMEND = "amend"
    END = "end"
    LAPSE = "lapse"  # the notice is over
    REJECT = "reject"
    EXPIRE = "expire"
    FORK = "fork"


IN_FORCE = frozenset({AgreementState.IN_FORCE, AgreementState.ENDING})
AGREED = frozenset({*IN_FORCE, AgreementState.ACCEPTED, AgreementState.AMENDED, AgreementState.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEvent:
    """One act of one side."""

    act: AgreementAct
    at: datetime
    by: str  # whose act it is
    reason: str | None = None  # a word of the catalogue: ``agreement.reason.WORD``
    text: str | None = None  # in the words of whoever acted
    effective: datetime | None = None  # of a notice: when it takes effect
    note: str | None = None  # the signed note of the act


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementPaper:
    """One version as it is kept: the signed note, and what was done with it."""

    digest: str
    peer: str
    document: AgreementDocument
    note: str
    events: tuple[AgreementEvent, ...]
    sent: int = 0  # reports that left under it
