"""Whether a claim may be made at all, before anybody is asked for proof; and where proof may come from.

Trust:      input is the applicant's text. What is refused is refused by a name of ``REFUSALS``, with a sentence in each language
            (``error.consumer-NAME``).
Standards:  RFC 6449 section 3.2; RFC 2142 (abuse and postmaster of a domain); the Public Suffix List.
Answers:    ``mailbox``, ``contact``, ``domain`` and ``network`` give the canonical subject or a ``Refused``; ``asked_at`` where a
            mail may ask.
Limits:     a network wider than /12 (IPv6: /24) needs an agreement. Who else has it, is asked against what is given as ``others``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, TypeAlias

from comity.feedback.parties import inside
from comity.formats import header_text, ip
from comity.formats.domains import organisation_of, same_organisation
from comity.formats.freemail import is_freemail
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.consumer import Claim, ClaimKind

REFUSALS: Final = frozenset(
    {
        "name",
        "name-taken",
        "mailbox",
        "mailbox-freemail",
        "mailbox-own",
        "contact-elsewhere",
        "domain",
        "public-suffix",
        "freemail",
        "own-domain",
        "domain-taken",
        "network",
        "network-private",
        "network-wide",
        "own-network",
        "network-taken",
        "nothing-claimed",
        "too-many",
    }
)
MOST: Final = 100
_WIDEST: Final = {4: 12, 6: 24}
# IPv4 written as IPv6, and tunnels: whoever had them would have what is written in them, beside whoever holds it.
_CARRIERS: Final[tuple[IPv6Network, ...]] = tuple(
    IPv6Network(each) for each in ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
# What everybody uses at home may lie in the middle of what is claimed, too.
_INSIDE: Final = tuple(
    IPv4Network(each) for each in ("100.64.0.0/10", "169.254.0.0/16", "192.168.0.0/16", "198.18.0.0/15")
)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A named no, about one subject; ``holder`` is who has it already."""

    reason: str
    subject: str
    holder: str | None = None


Answer: TypeAlias = str | Refused


def name(text: str, taken: Iterable[str]) -> Answer:
    """What a consumer is to be called."""
    if not _NAME.fullmatch(text):
        return Refused(reason="name", subject=text)
    return Refused(reason="name-taken", subject=text) if text in taken else text


def mailbox(text: str, provider: FeedbackProvider) -> Answer:
    """Where reports are to go: a mailbox of an organisation, and none of ours."""
    found = header_text.address(text.strip().lower())
    if found is None:
        return Refused(reason="mailbox", subject=text)
    at = found.rpartition("@")[2]
    if inside(at, (provider.domain, *provider.own_domains)):
        return Refused(reason="mailbox-own", subject=found)
    return Refused(reason="mailbox-freemail", subject=found) if is_freemail(at) else found


def contact(text: str, provider: FeedbackProvider, homes: Iterable[str]) -> Answer:
    """A mailbox for people of the same organisation: else anybody could have us write to anybody."""
    found = mailbox(text, provider)
    if isinstance(found, Refused) or any(same_organisation(found.rpartition("@")[2], each) for each in homes):
        return found
    return Refused(reason="contact-elsewhere", subject=found)


def domain(text: str, provider: FeedbackProvider, others: Iterable[Agreement]) -> Answer:
    """A DKIM domain: one that an organisation can have, that is not ours and nobody else's.

    >>> us = FeedbackProvider(domain="west.example", address="f@west.example", organisation="W", reporting_mta="mx.west.example")
    >>> domain("co.uk", us, ()).reason, domain("mail.west.example", us, ()).reason, domain("East.Example.", us, ())
    ('public-suffix', 'own-domain', 'east.example')
    """
    found = somebodys_domain(text)
    if isinstance(found, Refused):
        return found
    ours = (provider.domain, *provider.own_domains)
    if inside(found, ours) or any(inside(each, (found,)) for each in ours):
        return Refused(reason="own-domain", subject=found)
    for other in others:
        if any(inside(found, (each,)) or inside(each, (found,)) for each in other.dkim_domains):
            return Refused(reason="domain-taken", subject=found, holder=other.peer)
    return found


def network(text: str, provider: FeedbackProvider, others: Iterable[Agreement]) -> Answer:
    """A network that is public, not too wide, not ours, and overlaps nobody else's."""
    answer = somebodys_network(text)
    if isinstance(answer, Refused):
        return answer
    found = ip_network(answer)
    if any(found.overlaps(each) for each in (*provider.own_networks, *provider.trusted_networks)):
        return Refused(reason="own-network", subject=answer)
    for other in others:
        if any(found.overlaps(each) for each in other.networks):
            return Refused(reason="network-taken", subject=answer, holder=other.peer)
    return answer


def somebodys_domain(text: str) -> Answer:
    """A domain that one organisation can have, whoever that is.

    >>> somebodys_domain("East.Example."), somebodys_domain("co.uk").reason
    ('east.example', 'public-suffix')
    """
    found = header_text.domain(text.strip().lower().rstrip("."))
    if found is None or found.replace(".", "").isdigit():
        return Refused(reason="domain", subject=text)
    if organisation_of(found) is None:
        return Refused(reason="public-suffix", subject=found)
    return Refused(reason="freemail", subject=found) if is_freemail(found) else found


def somebodys_network(text: str) -> Answer:
    """A network that is public and not too wide, whoever has it."""
    try:
        found = ip_network(text.strip(), strict=True)
    except ValueError:
        return Refused(reason="network", subject=text)
    if ip.is_private(str(found.network_address)) or ip.is_private(str(found.broadcast_address)):
        return Refused(reason="network-private", subject=str(found))
    if found.version == 6 and any(map(found.overlaps, _CARRIERS)):
        return Refused(reason="network-private", subject=str(found))
    if found.prefixlen < _WIDEST[found.version]:
        return Refused(reason="network-wide", subject=str(found))
    if found.version == 4 and any(map(found.overlaps, _INSIDE)):
        return Refused(reason="network-private", subject=str(found))
    return str(found)


def asked_at(claim: Claim, registered: Iterable[str] = ()) -> tuple[str, ...]:
    """Where a mail may ask about a claim, best first: ``registered`` are the contacts that a registry names for a network.

    >>> asked_at(Claim(consumer="e", kind=ClaimKind.DOMAIN, subject="east.example", code="P"))
    ('abuse@east.example', 'postmaster@east.example')
    """
    if claim.kind is ClaimKind.MAILBOX:
        return (claim.subject,)
    if claim.kind is ClaimKind.DOMAIN:
        return (f"abuse@{claim.subject}", f"postmaster@{claim.subject}")
    return tuple(registered)
