"""What is kept of one item: the few facts that grouping and showing need, in a hundredth of its size.

Trust:      the reading holds a stranger's texts; they are cut, and the complainer's address becomes a token.
Answers:    ``facts_of(item, reading, digest)`` and ``facts_without_reading(item, digest)`` give ``ItemFacts``.
Limits:     the token is a plain hash: it keeps an address off a screen, it does not hide it from somebody who guesses. What
            is shown and stored here never leaves the building.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from sys import intern
from typing import Final
from urllib.parse import urlsplit

from comity.formats import handed_in, trace
from comity.formats.domains import organisation_of
from comity.formats.original import kept_id
from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import FeedbackReport, Kind, Reading, Suggestion
from comity.model.mailbox import Item
from comity.model.origin import ReplayGrade

TEXT: Final = 160  # characters of a subject or a name
_FEW: Final = 5  # domains of one sort kept from one report
_MENTIONS: Final = 12

_BY_KIND: Final = {
    Kind.FORWARD: EvidenceClass.FORWARD,
    Kind.INLINE_FORWARD: EvidenceClass.FORWARD,
    Kind.NOTICE: EvidenceClass.NOTICE,
    Kind.UNSUBSCRIBE: EvidenceClass.UNSUBSCRIBE,
    Kind.AUTH_FAILURE: EvidenceClass.AUTH_FAILURE,
    Kind.PROSE: EvidenceClass.FORWARD,
}
_BY_TYPE: Final = {
    "fraud": EvidenceClass.FRAUD,
    "virus": EvidenceClass.VIRUS,
    "not-spam": EvidenceClass.NOT_SPAM,
    "auth-failure": EvidenceClass.AUTH_FAILURE,
    "opt-out": EvidenceClass.UNSUBSCRIBE,
    "opt-out-list": EvidenceClass.UNSUBSCRIBE,
}
# Words in an XARF class or the name of a feed; the first that stands in it decides.
_BY_WORD: Final = (
    (re.compile(r"phish|fraud|scam", re.IGNORECASE), EvidenceClass.FRAUD),
    (re.compile(r"malware|virus|trojan", re.IGNORECASE), EvidenceClass.VIRUS),
    (re.compile(r"bot|sinkhole|drone|infect|compromised|ddos|brute|login.?attack", re.IGNORECASE), EvidenceClass.BOT),
)
# Feeds about machines that could be misused, or that others attack: nobody misuses them yet, whatever else the name says.
_NO_MISUSE: Final = ("vulnerable/", "exposed/", "attacked/", "listed/")
_HASH: Final = re.compile(r"[0-9a-f]{16,128}(?:@.*)?")  # its provider can tell complainers apart, we cannot
# So does ours (RFC 6590): one mailbox, one token.
_OWN_TOKEN: Final = re.compile(r"<?redacted-[a-z2-7]{20}-@[^@\s]{1,255}")
_NOBODY: Final = re.compile(
    r"<?[\[(]?(?:(?:redacted|undisclosed)[\w .:;-]{0,40}|hidden|local|removed|x{3,40}|\*{1,40})[\])]?(?:@.{0,200})?>?"
)


def facts_of(item: Item, reading: Reading, digest: str) -> ItemFacts:
    """Give what is kept of an item that was read."""
    return ItemFacts(
        name=item.name,
        position=item.position,
        size=item.size,
        digest=digest,
        condition=item.condition,
        kind=reading.kind,
        why=intern(reading.why),
        detail=item.detail,
        findings=tuple(dict.fromkeys(intern(each.code) for each in reading.findings)),
        subject=_cut(reading.subject),
        message_id=_identity(reading.message_id),
        sent=reading.sent,
        carried_from=_same(reading.carried_from),
        evidence=tuple(_evidence(reading, stated) for stated in reading.reports),
        mentioned=_mentions(suggestion for stated in reading.reports for suggestion in stated.suggestions),
    )


def facts_without_reading(item: Item, digest: str) -> ItemFacts:
    """Give what is kept of an item that could not be read whole."""
    return ItemFacts(
        name=item.name,
        position=item.position,
        size=item.size,
        digest=digest,
        condition=item.condition,
        kind=Kind.UNREADABLE,
        why=f"triage.why.{item.condition.value}",
        detail=item.detail,
    )


def class_of(kind: Kind, stated: FeedbackReport) -> EvidenceClass:
    """Give the class of evidence that a report is.

    >>> class_of(Kind.ARF, FeedbackReport(feedback_type="abuse", is_complaint=True)).value
    'complaint'
    """
    by_type = _BY_TYPE.get(stated.feedback_type or "")
    if by_type is not None:
        return by_type
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if stated.reported_class and not stated.reported_class.startswith(_NO_MISUSE):
        for words, found in _BY_WORD:
            if words.search(stated.reported_class[:TEXT]):
                return found
    if stated.is_complaint:
        return EvidenceClass.COMPLAINT
    return EvidenceClass.FEED if kind in (Kind.TABLE, Kind.XARF) else EvidenceClass.OTHER


def _evidence(reading: Reading, stated: FeedbackReport) -> Evidence:
    recipient = _complainer(stated)
    domains = list(stated.reported_domain)
    # The reporter says that others sent again what a domain had signed: the domain is not to blame.
    replayed = stated.is_complaint and stated.extra.get("comity-replay") == ReplayGrade.LIKELY
    if reading.kind is Kind.UNSUBSCRIBE and stated.report_id:  # it went to the address in List-Unsubscribe
        domains.append(stated.report_id.rpartition("@")[2])
    return Evidence(
        evidence_class=class_of(reading.kind, stated),
        source_ip=_same(stated.source_ip),
        source_ip_from=_same(stated.source_ip_from),
        source_port=stated.source_port,
        seen=stated.arrival_date,
        message_id=_identity(stated.message_id),
        dkim_domain=() if replayed else _lower(stated.dkim_domain),
        reported_domain=_lower(domains),
        link_domain=_lower(filter(None, map(_host, stated.reported_uri[: _FEW * 2]))),
        header_from=_same(stated.header_from),
        feedback_id=_identity(stated.feedback_id),
        incidents=max(stated.incidents, 1),
        reported_class=_same(stated.reported_class),
        subject=_cut(stated.subject),
        reporter=_same(stated.reporter or reading.carried_from),
        report_id=_identity(stated.report_id),
        trace=trace.find(stated.original),
        handed_in=handed_in.find(stated.original),
        complainer=_token(recipient) if recipient else None,
        complainer_hidden=recipient is not None
        and (_HASH.fullmatch(recipient) is not None or _OWN_TOKEN.fullmatch(recipient) is not None),
    )


def _complainer(stated: FeedbackReport) -> str | None:
    """The recipient as text to compare; None for a placeholder, which is the same for everybody."""
    for recipient in stated.original_rcpt_to[:1]:
        text = recipient.strip().lower()
        if text and (_OWN_TOKEN.fullmatch(text) or _NOBODY.fullmatch(text) is None):
            return text
    return None


def _token(recipient: str) -> str:
    return blake2b(recipient.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _mentions(suggestions: Iterable[Suggestion]) -> tuple[str, ...]:
    told = [each for each in suggestions if each.what in ("address", "domain")]
    told.sort(key=lambda each: -each.confidence)
    return tuple(dict.fromkeys(each.value[:TEXT] for each in told))[:_MENTIONS]


def _host(uri: str) -> str | None:
    try:
        host = urlsplit(uri[:2000]).hostname
    except ValueError:
        return None
    return (organisation_of(host) or host) if host else None


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(intern(name.lower().rstrip(".")[:TEXT]) for name in names if name))[:_FEW]


def _cut(text: str | None) -> str | None:
    if text is None:
        return None
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def _identity(text: str | None) -> str | None:
    """Text that is compared: where it is too long to keep, its beginning and a hash of it all."""
    return None if text is None else kept_id(text)


def _same(text: str | None) -> str | None:
    """The text, cut, as one object for all its equals: a mailbox has few reporters and many reports."""
    return None if text is None else intern(_cut(text) or "")
