"""Feedback in its normal form: what every reader answers, whatever dialect it read.

Trust:      every text came from a stranger: safe to store, escape it before showing it.
Standards:  the vocabulary of RFC 5965 section 3 (ARF), widened by RFC 6692 (Source-Port) and RFC 9477 (CFBL).
Answers:    ``Reading`` (what one item is, the reports in it, the findings) and ``FeedbackReport``.
Limits:     absent is None, never ""; addresses are canonical text, dates are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from comity.model.findings import Finding
from comity.model.record import record


class Kind(StrEnum):
    """What one item of an abuse mailbox is, told by the shape of its content."""

    ARF = "arf"  # RFC 5965 report: complaint, fraud, virus, not-spam ...
    AUTH_FAILURE = "auth-failure"  # RFC 6591: authentication failed, nobody complained
    JMRP = "jmrp"  # Microsoft's form without a feedback part
    UNSUBSCRIBE = "unsubscribe"  # a mailbox provider asks to end a subscription for its user
    XARF = "xarf"
    TABLE = "table"  # CSV of addresses and times, Shadowserver among them
    FORWARD = "forward"  # the reported message attached to a plain mail
    INLINE_FORWARD = "inline-forward"  # the reported message pasted by a mail program's "forward"
    PROSE = "prose"  # a person wrote; what was found in it are suggestions
    NOTICE = "notice"  # an automatic notice of another kind (copyright, fail2ban, Netcraft ...)
    OUTCOME = "outcome"  # another network tells what it did about a report of ours
    LEDGER_HEAD = "ledger-head"  # another network mails a signed head of its ledger, or ours with its signature
    BOUNCE = "bounce"
    AUTO_REPLY = "auto-reply"
    NEWSLETTER = "newsletter"
    VERIFICATION = "verification"  # a feedback loop asks to confirm an address or a domain
    AGGREGATE = "aggregate"  # DMARC aggregate or SMTP TLS report: numbers, no incident
    MAIL = "mail"  # ordinary mail (spam sent to abuse@ among it)
    UNREADABLE = "unreadable"

    @property
    def is_feedback(self) -> bool:
        """True where the item reports something to whoever is responsible, so that a desk wants to see it."""
        return self in _FEEDBACK


_FEEDBACK = frozenset(
    {
        Kind.ARF,
        Kind.JMRP,
        Kind.XARF,
        Kind.TABLE,
        Kind.FORWARD,
        Kind.INLINE_FORWARD,
        Kind.PROSE,
        Kind.NOTICE,
        Kind.UNSUBSCRIBE,
        Kind.AUTH_FAILURE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing found in free text: never acted on alone.

    ``what`` is ``address``, ``time``, ``url``, ``domain``, ``mailbox`` or ``message-id``; ``confidence`` is between 0 and 1;
    ``offset`` counts characters into the decoded text.
    """

    what: str
    value: str
    confidence: float
    offset: int


@record
class FeedbackReport:
    """One report, in the words of RFC 5965, with the rule by which each derived value was found.

    ``provenance`` maps a field name to its rule (``field``, ``received:1``, ``authentication-results``, ``subject``, ``prose``,
    ``original``, ``column:src_ip`` ...). ``original`` is the reported message, byte for byte, ``original_headers_only`` says that
    its body was not sent.
    """

    feedback_type: str | None = None  # as in the IANA registry, lower case; the raw word where it is not registered
    is_complaint: bool = False  # somebody pressed a button or wrote: "this is spam"
    source_ip: str | None = None
    source_ip_from: str | None = None
    source_port: int | None = None
    original_mail_from: str | None = None  # RFC5321.MailFrom; "<>" for the null sender
    original_rcpt_to: tuple[str, ...] = ()
    reported_domain: tuple[str, ...] = ()
    reported_uri: tuple[str, ...] = ()
    arrival_date: datetime | None = None
    message_id: str | None = None  # of the reported message, without angle brackets
    dkim_domain: tuple[str, ...] = ()  # d= of the reported message's signatures, in order, as claimed
    feedback_id: str | None = None  # CFBL-Feedback-ID, else Feedback-ID
    incidents: int = 1
    reported_class: str | None = None  # XARF "category/type", a table's report type, a notice's name
    subject: str | None = None  # of the reported message, decoded
    header_from: str | None = None  # RFC5322.From of the reported message: its first address
    user_agent: str | None = None
    reporting_mta: str | None = None
    reporter: str | None = None  # who says so: RFC5322.From of the carrying mail, XARF reporter, feed name
    report_id: str | None = None  # the provider's opaque id where there is one
    original: bytes | None = field(default=None, repr=False)
    original_headers_only: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)  # fields nobody here knows are kept


@record
class Reading:
    """What one item is: its kind, the reports in it (none for a bounce, hundreds for a table) and the findings.

    ``why`` is a message id (``why.CODE`` in the catalogue) that states by which mark the kind was told.
    """

    kind: Kind
    why: str
    reports: tuple[FeedbackReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    message_id: str | None = None  # of the carrying mail, without angle brackets
    subject: str | None = None  # of the carrying mail, decoded
    sent: datetime | None = None  # Date of the carrying mail
    carried_from: str | None = None  # RFC5322.From of the carrying mail
