"""Put one report together: what its fields may say at the tier that the party sees.

Trust:      facts of the origin; every text in them is a stranger's, and passes redaction before it stands in a field.
Standards:  RFC 5965 section 3, RFC 6590; docs/decisions (redaction tiers; fields at T1).
Answers:    ``compose(...)`` gives the ``FeedbackMessage`` to write.
Limits:     at T1 there is no port, the moment of arrival is cut to the hour, an address of IPv6 to its /64, and no field names a
            host below its organisation: whoever could spend a port, a second, one of 2^64 addresses or a host name on each
            recipient must not learn who complained. An identifier that
            named somebody goes without that, and the report says of which it is so.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from ipaddress import IPv6Address
from typing import Final

from comity.feedback.parties import inside
from comity.feedback.redaction import Redacted, value
from comity.formats import header_text, ip
from comity.formats.arf_writer import FeedbackMessage
from comity.formats.domains import organisation_of, same_organisation
from comity.formats.mime import Headers, scan
from comity.formats.original import IDENTIFIERS
from comity.model.agreement import Definition, FeedbackProvider
from comity.model.decisions import Send
from comity.model.feedback import FeedbackReport
from comity.model.origin import Origin, Standing
from comity.model.record import record
from comity.model.tier import Tier
from comity.model.tlp import Tlp

_CHECKED: Final = {Standing.VERIFIED: "pass", Standing.TRUSTED: "pass", Standing.FAILED: "fail"}
_SIGNATURES: Final = 10
_HOST_BITS: Final = 64  # RFC 6177: a site gets a /64 or more


@record
class Draft:
    """All that one report is made of."""

    send: Send
    origin: Origin
    reported: Headers  # as they came
    redacted: Redacted
    recipients: Sequence[str]  # every address by which we know the complainer
    key: bytes  # this peer's
    report_id: str
    text: str  # for people
    now: datetime
    definition: Definition
    not_spam: bool = False


def compose(draft: Draft, provider: FeedbackProvider) -> FeedbackMessage:
    """Give the feedback message for one party."""
    headers = scan(draft.redacted.headers).headers
    agreement = draft.send.agreement
    altered = [each for each in IDENTIFIERS if headers.first(each) not in (None, draft.reported.first(each))]
    return FeedbackMessage(
        header_from=provider.address,
        organisation=provider.organisation,
        to=draft.send.address,
        subject=headers.decoded("subject") or "[redacted]",
        written=draft.now,
        message_id=f"{draft.report_id}@{provider.domain}",
        text=draft.text,
        tlp=agreement.tlp if agreement else Tlp.AMBER,
        definition=draft.definition,
        feedback_report=_report(draft, provider),
        authentication_results=_results(draft, provider),
        altered=tuple(altered),
        replay=draft.send.replay,
        is_unsolicited=draft.send.unasked is not None,
    )


def _report(draft: Draft, provider: FeedbackProvider) -> FeedbackReport:
    origin, redacted = draft.origin, draft.redacted
    return FeedbackReport(
        feedback_type="not-spam" if draft.not_spam else "other" if draft.send.informs else "abuse",
        is_complaint=not (draft.not_spam or draft.send.informs),
        source_ip=source_shown(origin.source_ip, redacted.tier),
        source_port=None if redacted.tier is Tier.T1 else origin.source_port,
        arrival_date=arrival(origin.arrived, redacted.tier),
        original_mail_from=_shown(origin.envelope_from, draft),
        original_rcpt_to=tuple(_recipient(draft)),
        reported_domain=tuple(_domains(draft, provider)),
        reported_uri=tuple(f"http://{domain}/" for domain in redacted.link_domains),
        reporting_mta=provider.reporting_mta,
        report_id=draft.report_id,
        original=redacted.content,
        original_headers_only=redacted.headers_only,
    )


def arrival(moment: datetime | None, tier: Tier) -> datetime | None:
    """When it arrived, as exactly as the tier allows.

    >>> from datetime import UTC
    >>> arrival(datetime(2026, 3, 1, 8, 59, 7, tzinfo=UTC), Tier.T1).isoformat()
    '2026-03-01T08:00:00+00:00'
    """
    if moment is None or tier is not Tier.T1:
        return moment
    return moment.replace(minute=0, second=0, microsecond=0)


def source_shown(address: str | None, tier: Tier) -> str | None:
    """Where it came from, as exactly as the tier allows: who has a line of IPv6 has 2^64 addresses on it, and pays for one.

    >>> source_shown("2001:db8:1:2:3:4:5:6", Tier.T1), source_shown("2001:db8::9", Tier.T2), source_shown("192.0.2.7", Tier.T1)
    ('2001:db8:1:2::', '2001:db8::9', '192.0.2.7')
    """
    if address is None or tier is not Tier.T1:
        return address
    known = ip.canonical(address)
    if known is None or ":" not in known:
        return known
    return str(IPv6Address(int(IPv6Address(known)) >> _HOST_BITS << _HOST_BITS))


def values_beside(origin: Origin) -> list[str]:
    """What the fields of a report may say of this origin as it stands, if it names nobody."""
    named = [origin.header_from_domain, *(each.domain for each in origin.signatures[:_SIGNATURES])]
    domains = [header_text.domain(name) for name in named if name is not None]
    return list(dict.fromkeys(each for each in (origin.envelope_from, *domains) if each is not None))


def _shown(text: str | None, draft: Draft) -> str | None:
    if text is None or text in draft.redacted.passed:
        return text
    return value(text, tier=draft.redacted.tier, recipients=draft.recipients, key=draft.key)


def _recipient(draft: Draft) -> Iterator[str]:
    # The domain that a token keeps may carry the name again: smith@smith.example.
    token = _shown(draft.redacted.token, draft)
    if token is not None:
        yield token
    elif draft.redacted.tier is Tier.T3 and draft.origin.recipient is not None:
        yield draft.origin.recipient


def _domains(draft: Draft, provider: FeedbackProvider) -> Iterator[str]:
    """The author's domain, unless it was forged to be our own, or somebody else sent its mail again: it is not to blame then."""
    domain = draft.origin.header_from_domain
    if not draft.send.informs and any(
        each.is_replayed and same_organisation(each.domain, domain) for each in draft.origin.signatures
    ):
        return
    if domain is not None and not inside(domain, (provider.domain, *provider.own_domains)):
        shown = _host(domain, draft)
        if shown is not None:
            yield shown


def _results(draft: Draft, provider: FeedbackProvider) -> tuple[str, ...]:
    """What we checked of its signatures, as RFC 8601 writes it; nothing that was only claimed."""
    results = dict.fromkeys(
        f"dkim={_CHECKED[signature.standing]} header.d={domain}"
        for signature in draft.origin.signatures[:_SIGNATURES]
        if signature.standing in _CHECKED and (domain := _host(signature.domain, draft)) is not None
    )
    return ("; ".join((provider.reporting_mta, *results)),) if results else ()


def _host(name: str, draft: Draft) -> str | None:
    """A host name as far as the tier shows it."""
    domain = header_text.domain(name)
    if domain is None:
        return None
    if draft.redacted.tier is Tier.T1:
        return organisation_of(domain)
    return _shown(domain, draft)
