"""What a mailbox full of feedback becomes: facts of each item, evidence, cases, and lists of all the rest.

Trust:      texts are strangers': safe to store, escape them before showing them. What a report says of itself (type, DKIM
            domain, times) is a claim.
Standards:  the words of DESIGN.md section 2.
Answers:    ``ItemFacts`` with its ``Evidence`` is what is kept of one item; ``Triage`` is what became of all of them.
Limits:     the complainer is kept as a token, never as an address; no body is kept.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from comity.model.feedback import Kind
from comity.model.holding import Holding
from comity.model.mailbox import Condition
from comity.model.record import record


class EvidenceClass(StrEnum):
    """By whom and how it was noticed: what comes from two classes is surer than twice as much of one."""

    COMPLAINT = "complaint"  # a button was pressed
    FORWARD = "forward"  # a person sent the message on
    FRAUD = "fraud"  # somebody says: phishing or fraud
    VIRUS = "virus"  # malware was found in it
    BOT = "bot"  # an infected or misused machine was seen
    FEED = "feed"  # a row of a feed of another kind
    NOTICE = "notice"  # an automatic notice: fail2ban, copyright, Netcraft ...
    UNSUBSCRIBE = "unsubscribe"
    AUTH_FAILURE = "auth-failure"
    NOT_SPAM = "not-spam"
    OTHER = "other"

    @property
    def is_weak(self) -> bool:
        """True where it alone says nothing bad about whoever sent the message."""
        return self in _WEAK

    @property
    def is_grave(self) -> bool:
        """True where one is enough to want a person to look."""
        return self in _GRAVE


_WEAK = frozenset({EvidenceClass.UNSUBSCRIBE, EvidenceClass.AUTH_FAILURE, EvidenceClass.NOT_SPAM, EvidenceClass.OTHER})
_GRAVE = frozenset({EvidenceClass.FRAUD, EvidenceClass.VIRUS, EvidenceClass.BOT})


@record
class Evidence:
    """What one report says, small enough to keep a hundred thousand of."""

    evidence_class: EvidenceClass
    source_ip: str | None = None
    source_ip_from: str | None = None
    source_port: int | None = None
    seen: datetime | None = None  # when the reported thing happened, by the report
    message_id: str | None = None
    dkim_domain: tuple[str, ...] = ()
    reported_domain: tuple[str, ...] = ()
    link_domain: tuple[str, ...] = ()
    header_from: str | None = None
    feedback_id: str | None = None
    incidents: int = 1
    reported_class: str | None = None
    subject: str | None = None
    reporter: str | None = None
    report_id: str | None = None
    trace: str | None = None  # what the reported message bears under our own trace header, unopened
    # Where its trace lines say that it was handed in with a login, as comity.formats.handed_in has it.
    handed_in: tuple[str, ...] = ()
    complainer: str | None = None  # token: equal for equal recipients
    # The recipient was hashed or cut by its provider: comparable only within that provider.
    complainer_hidden: bool = False


@record
class ItemFacts:
    """What is kept of one item of the mailbox. ``digest`` is that of its bytes."""

    name: str
    position: str
    size: int
    digest: str
    condition: Condition = Condition.WHOLE
    kind: Kind
    why: str
    detail: str | None = None
    findings: tuple[str, ...] = ()  # codes, each once, in order
    subject: str | None = None
    message_id: str | None = None
    sent: datetime | None = None
    carried_from: str | None = None
    evidence: tuple[Evidence, ...] = ()
    mentioned: tuple[str, ...] = ()  # addresses and domains found in free text, surest first


class SubjectKind(StrEnum):
    """Whom or what a case is about."""

    CUSTOMER = "customer"
    SUBSCRIBER = "subscriber"  # who held an address of ours at that moment, by our own books
    ADDRESS = "address"  # an address of ours without a customer in the list
    DOMAIN = "domain"  # a signing domain of ours without a customer in the list
    LETTER = "letter"  # what one person wrote about one thing: a person answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One report in its case: the evidence, the item that carried it, and when it happened or arrived."""

    evidence: Evidence
    item: ItemFacts
    when: datetime | None
    rule: str  # by which mark it was known to be ours: ``source-ip``, ``dkim-domain``, ``reported-domain``
    repeats: int = 0  # reports of the same thing that were folded into this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Messages that belong together by one mark: ``feedback-id``, ``subject``, ``link-domain``, ``from-domain``, ``class``."""

    mark: str
    value: str
    reports: int
    complainers: int
    first: datetime | None
    last: datetime | None
    elsewhere: int = 0  # in how many other cases the same campaign stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How bad, and why: the four factors of ``comity.cases.severity`` and their product."""

    total: float
    breadth: float
    classes: float
    freshness: float
    persistence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All evidence on one customer, address or domain of ours."""

    case_id: str
    subject_kind: SubjectKind
    label: str
    contact: str | None
    holdings: tuple[Holding, ...]
    score: Score
    going_on: bool
    person: tuple[str, ...]  # why a person must look: ``fraud``, ``virus``, ``bot``, ``mentioned``; empty: nobody must
    complainers: int
    repeats: int
    items: int
    classes: tuple[tuple[EvidenceClass, int], ...]
    addresses: tuple[tuple[str, int], ...]
    domains: tuple[tuple[str, int], ...]
    campaigns: tuple[Campaign, ...]
    days: tuple[tuple[date, int], ...]  # the time line: UTC days on which something happened
    first: datetime | None
    last: datetime | None
    entries: tuple[Entry, ...] = field(repr=False)  # newest first
    free_text: tuple[ItemFacts, ...] = ()  # mails from people that mention it

    @property
    def reports(self) -> int:
        """How many different reports, repeats folded."""
        return len(self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A report that was read and is about nobody of ours: ``not-ours``, ``private`` (its address names nobody) or ``no-mark``."""

    reason: str
    evidence: Evidence | None
    item: ItemFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Free text that belongs together: one writer, one subject."""

    writer: str | None
    subject: str | None
    items: tuple[ItemFacts, ...]
    last: datetime | None
    ours: tuple[Holding, ...]  # what of ours is mentioned: a suggestion, not a finding
    mentioned: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An item on a list, with the message id of the reason why it stands there."""

    item: ItemFacts
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """An item that says nothing new: ``same-bytes``, ``same-report`` or ``same-complaint``, and the item that said it first."""

    item: ItemFacts
    rule: str
    first: ItemFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What became of a mailbox. Every item is in exactly one place: ``items`` is the sum of ``where_items_went()``."""

    items: int
    now: datetime
    cases: tuple[Case, ...]  # worst first
    unmatched: tuple[Unmatched, ...]
    free_text: tuple[Thread, ...]
    unreadable: tuple[Listed, ...]
    not_reports: tuple[Listed, ...]
    folded: tuple[Fold, ...]
    older: int
    in_cases: int
    unmatched_items: int
    reports: int  # read in all, before folding
    repeats: dict[str, int] = field(default_factory=dict)  # reports folded, by rule

    def where_items_went(self) -> dict[str, int]:
        """Items by place."""
        return {
            "cases": self.in_cases,
            "unmatched": self.unmatched_items,
            "free-text": sum(len(thread.items) for thread in self.free_text),
            "unreadable": len(self.unreadable),
            "not-a-report": len(self.not_reports),
            "duplicates": len(self.folded),
            "older": self.older,
        }

    def needs_person(self) -> dict[str, int]:
        """What no playbook may decide alone: grave cases, letters, what could not be read, and loops that ask for an answer."""
        return {
            "cases": sum(bool(case.person) for case in self.cases),
            "threads": len(self.free_text),
            "unreadable": len(self.unreadable),
            "verification": sum(listed.item.kind is Kind.VERIFICATION for listed in self.not_reports),
        }

    def repeats_inside(self) -> int:
        """Reports that were folded, but whose mail also said something new, so that it is not among the duplicates."""
        whole = sum(len(fold.item.evidence) for fold in self.folded if fold.rule in ("same-report", "same-complaint"))
        return sum(self.repeats.values()) - whole

    def is_mostly_unmatched(self) -> bool:
        """True where more than half of what was read, and at least ten reports, is about nobody of ours: a list may be wrong."""
        return len(self.unmatched) >= 10 and len(self.unmatched) * 2 > self.reports
