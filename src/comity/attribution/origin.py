"""One Origin out of a reported message: from where it came, who signed it, whose mailbox it was in.

Trust:      facts are told apart by ``Standing``: VERIFIED (we did the cryptography), TRUSTED (a host of ours noted it at
            delivery, see ``delivery``), CLAIMED (stands in the message), FAILED (checked, and false).
Standards:  RFC 6376, RFC 8601 and RFC 6008 (which result belongs to which signature), RFC 9477, RFC 7489 section 3.1.1
            (alignment).
Answers:    ``origin_of(message, vantage=...)`` gives ``Origin``; ``parties(origin)`` the roles. Nothing is raised.
Limits:     a message with several From fields that disagree has no author: nobody can tell whom the reader saw.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from comity.attribution import replay
from comity.attribution.delivery import Delivery, Vantage, delivery_of
from comity.formats import cfbl, dkim, header_text, ip
from comity.formats.authres import MethodResult
from comity.formats.dkim import SignatureCheck
from comity.formats.domains import organisation_of
from comity.formats.mime import Headers, Part, addresses, domain_of, first_address
from comity.formats.original import bare_id
from comity.model.origin import Origin, Role, Signature, Standing

__all__ = ["Vantage", "origin_of", "parties"]

_B_TAG: Final = re.compile(r"(?:^|;)\s*b\s*=([^;]*)")
_TAG_VALUE_LIMIT: Final = 8192
_ADDRESSEES: Final = 200
# RFC 8601 section 2.7.1: what a host says of a signature that does not hold.
_DENIED: Final = frozenset({"fail", "policy", "permerror"})
# What speaks against a signature at any time. All else may have changed since delivery: the key is gone, the signature has
# expired, the mailbox rewrote the message; then the note of our host stands.
_AGAINST: Final = frozenset(
    {"syntax", "from-not-signed", "identity", "algorithm-weak", "key-too-short", "signature-limit"}
)


def origin_of(
    message: Part,
    *,
    vantage: Vantage,
    dkim_verdicts: Sequence[SignatureCheck] = (),
    recipient: str | None = None,
) -> Origin:
    """Put together what is known about where a message came from.

    ``dkim_verdicts`` is what ``dkim.verify`` said about this message; without it signatures are claims, unless a host
    of ours noted a result. ``recipient`` is who complained, for messages on which no host of ours noted a mailbox.
    """
    headers = message.headers
    delivery = delivery_of(message, vantage)
    checks = dkim_verdicts or (dkim.verify(message, {}) if "dkim-signature" in headers else ())
    feedback = cfbl.read(message)
    author = _author(headers)
    feedback_id = headers.first("feedback-id")
    mailbox = delivery.recipient or recipient or _remembered_mailbox(delivery, headers) or _for_clause(delivery)
    signatures = replay.marked(
        _signatures(checks, headers, delivery),
        headers,
        delivery,
        vantage=vantage,
        recipient=mailbox,
        arrived=delivery.arrived,
    )
    return Origin(
        source_ip=delivery.source_ip,
        source_ip_from=delivery.source_ip_from,
        source_port=delivery.source_port,
        source_standing=delivery.standing,
        header_from=author,
        header_from_domain=_domain(author),
        envelope_from=_envelope_from(delivery),
        message_id=bare_id(headers.first("message-id")),
        signatures=signatures,
        cfbl_addresses=feedback.addresses,
        cfbl_feedback_id=feedback.feedback_id,
        names_cfbl_feedback_id=feedback.names_feedback_id,
        feedback_id=feedback_id[:1000] if feedback_id else None,
        arrived=delivery.arrived,
        recipient=mailbox,
        list_unsubscribe="list-unsubscribe" in headers,
    )


def parties(origin: Origin) -> tuple[tuple[Role, str], ...]:
    """Who is responsible, in which role, by which key: a signing domain that is believed, or the source address.

    >>> from comity.formats.mime import scan
    >>> parties(origin_of(scan(b"From: a@east.example\\n\\n"), vantage=Vantage()))
    ()
    """
    found: dict[tuple[Role, str], None] = {}
    for signature in origin.signatures:
        if signature.standing.is_believed:
            role = Role.ORIGINATOR if _is_aligned(signature.domain, origin.header_from_domain) else Role.SERVICE
            found[role, signature.domain] = None
    if origin.source_ip is not None and not ip.is_private(origin.source_ip):
        found[Role.NETWORK, origin.source_ip] = None
    ranks = list(Role)
    return tuple(sorted(found, key=lambda each: ranks.index(each[0])))


def _is_aligned(domain: str, author: str | None) -> bool:
    """Relaxed alignment: the same organisational domain."""
    if author is None:
        return False
    return domain == author or ((name := organisation_of(author)) is not None and name == organisation_of(domain))


# -- who wrote it


def _author(headers: Headers) -> str | None:
    """RFC5322.From: its first address; None where several fields name different ones."""
    found = {first_address(value[:60_000]) for value in headers.all("from")[:10]}
    return found.pop() if len(found) == 1 else None


def _domain(address: str | None) -> str | None:
    name = domain_of(address)
    return header_text.domain(name) or name if name else None


def _envelope_from(delivery: Delivery) -> str | None:
    """RFC5321.MailFrom as our side noted it: Return-Path, the checked one, the border's own line."""
    if delivery.return_path is not None:
        return delivery.return_path
    for results in delivery.results:
        for each in results.of("spf"):
            checked = each.properties.get("smtp.mailfrom", "")
            if "@" in checked.strip("<>@"):
                return checked.strip("<>")[:320]
    return delivery.border.envelope_from if delivery.border else None


def _remembered_mailbox(delivery: Delivery, headers: Headers) -> str | None:
    """Whose mailbox, where only To and Cc name anybody: an address there counts if our host remembers that it delivered to it."""
    if delivery.memory is None:
        return None
    for name in ("to", "cc"):
        for value in headers.all(name)[:3]:
            for each in addresses(value[:60_000])[:_ADDRESSEES]:
                if delivery.memory.went_to(each.address):
                    return each.address
    return None


def _for_clause(delivery: Delivery) -> str | None:
    named = delivery.border.recipient if delivery.border else None
    return named if named and "@" in named else None


# -- who signed it


def _signatures(checks: Sequence[SignatureCheck], headers: Headers, delivery: Delivery) -> list[tuple[Signature, str]]:
    """Our own verdicts, and where we have none that of our host; each with its b=."""
    noted = [each for results in delivery.results for each in results.of("dkim")]
    values = headers.all("dkim-signature")
    signatures = [(dkim.as_signature(check), _b_value(values, at)) for at, check in enumerate(checks)]
    known = [(signature, value) for signature, value in signatures if signature is not None]
    if not noted:
        return known
    return [
        (
            signature
            if signature.standing is Standing.VERIFIED
            else _as_noted(signature, _results_of(signature, value, noted=noted, among=known)),
            value,
        )
        for signature, value in known
    ]


def _b_value(values: Sequence[str], at: int) -> str:
    """The signature itself (b=), by which RFC 6008 tells signatures of one domain apart."""
    match = _B_TAG.search(values[at][:_TAG_VALUE_LIMIT]) if at < len(values) else None
    return "".join(match.group(1).split()) if match else ""


def _results_of(
    signature: Signature, value: str, *, noted: Iterable[MethodResult], among: Sequence[tuple[Signature, str]]
) -> list[MethodResult]:
    """The results that speak of this signature and of no other: one that could mean two is given to neither."""
    own = [each for each in noted if _speaks_of(each, signature, value)]
    return [each for each in own if sum(_speaks_of(each, other, other_value) for other, other_value in among) == 1]


def _speaks_of(result: MethodResult, signature: Signature, value: str) -> bool:
    properties = result.properties
    domain = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
    domain = (header_text.domain(domain) or "") if domain else ""
    # header.i may name a subdomain of d= (RFC 6376 section 3.5).
    is_same = domain == signature.domain or ("header.d" not in properties and domain.endswith("." + signature.domain))
    selector, beginning = properties.get("header.s"), properties.get("header.b", "")
    if not is_same or (selector and signature.selector and selector.lower() != signature.selector.lower()):
        return False
    return not beginning or value.startswith(beginning)


def _as_noted(signature: Signature, results: Sequence[MethodResult]) -> Signature:
    words = {each.result for each in results}
    if words == {"pass"} and signature.reason not in _AGAINST:
        return replace(signature, standing=Standing.TRUSTED, reason=None)
    if words and words <= _DENIED and signature.standing is Standing.CLAIMED:
        return replace(signature, standing=Standing.FAILED, reason=f"noted-{results[0].result}")
    return signature
