"""Which address sent the reported message, where the report does not say it in a field.

Trust:      the reporter's own words and its own hosts' header lines count; nothing the reported message says of itself.
Standards:  RFC 5321 section 4.4 (trace), RFC 8601 (client address in Authentication-Results).
Answers:    ``find`` gives (address, rule, findings): the rule names itself in ``source_ip_from``.
Limits:     candidates are collected by every rule; where they contradict each other, the one that two rules support
            is taken, and none where no two agree: no address is better than a wrong one.

Rules, in order: ``authentication-results`` (the client address the reporter's host wrote down), ``received:N`` (the
walk from the reporter's side), ``subject`` ("... for IP 192.0.2.1") and ``text`` ("received from IP 192.0.2.1").
"""

import re
from collections.abc import Iterable
from typing import Final

from comity.formats import authres, ip, received
from comity.formats.domains import same_organisation
from comity.formats.mime import Headers, domain_of
from comity.formats.original import recipient
from comity.model.findings import Finding, finding

Found = tuple[str | None, str | None, tuple[Finding, ...]]
_TEXT_LIMIT: Final = 4096
# Both are tried on text in lower case, which is twice as fast as ignoring case.
_IN_SUBJECT: Final = re.compile(r"(?:\b(?:for|from|ip)\b|:)\s+\[?([0-9a-f.:]{3,45})\]?(?=$|[\s,;)\]])")
# The words before " from" are looked back at, so that the search leaps from one such word to the next.
_IN_TEXT: Final = re.compile(
    r" from(?:(?<=\breceived from)|(?<=\bsent from)|(?<=\bmessage from))(?:\s+the)?(?:\s+ip)?(?:\s+address)?"
    r"[\s:]+\[?([0-9a-f.:]{3,45})\]?(?=$|[\s,;)\]])"
)


def find(
    original: Headers | None,
    *,
    subject: str | None = None,
    text: str | None = None,
    trusted: frozenset[str] = frozenset(),
) -> Found:
    """Ask every rule and let them agree; ``text`` is the part written for people, ``subject`` that of the carrier."""
    candidates: list[tuple[str, str]] = []
    if original is not None:
        candidates += _from_results(original)
        candidates += _from_trace(original, trusted)
    candidates += _stated(_IN_SUBJECT, subject, "subject")
    candidates += _stated(_IN_TEXT, text[:_TEXT_LIMIT] if text else None, "text")
    return agree(candidates)


def agree(candidates: Iterable[tuple[str, str]]) -> Found:
    """Choose among (address, rule) pairs in order of preference.

    >>> agree([("192.0.2.1", "received:1"), ("192.0.2.9", "subject"), ("192.0.2.1", "text")])[:2]
    ('192.0.2.1', 'received:1')
    >>> agree([("192.0.2.1", "received:1"), ("192.0.2.9", "subject")])[:2]
    (None, None)
    """
    found = list(candidates)
    public = [each for each in found if not ip.is_private(each[0])] or found
    if not public:
        return None, None, (finding("address-unknown"),)
    addresses = [address for address, _ in public]
    if len(set(addresses)) == 1:
        notes = (finding("address-private", public[0][1], addresses[0]),) if ip.is_private(addresses[0]) else ()
        return *public[0], notes
    said = ", ".join(f"{rule}={address}" for address, rule in public)
    best = max(addresses, key=addresses.count)
    if addresses.count(best) * 2 > len(addresses):
        rule = next(rule for address, rule in public if address == best)
        return best, rule, (finding("address-disagrees", None, said),)
    return None, None, (finding("address-conflict", None, said),)


def _from_trace(original: Headers, trusted: frozenset[str]) -> list[tuple[str, str]]:
    """The walk's answer, unless it is a relay of the recipient's own provider.

    Some reporters hand out the copy they relayed inside their network: its newest lines tell how the copy travelled.
    Walking on would cross lines that the originator may have written, so the walk ends without an answer.
    """
    walked = received.walk(original.each("received"), trusted_hosts=trusted)
    if walked is None:
        return []
    # Only the name that the writing host looked up counts: HELO may say whatever the peer likes.
    if walked.rdns and same_organisation(walked.rdns, domain_of(recipient(original)[0])):
        return []
    return [(walked.ip, walked.rule)]


def _from_results(original: Headers) -> list[tuple[str, str]]:
    """The client address in the first Authentication-Results: the reporter's own host wrote it on top."""
    value = original.first("authentication-results")
    address = authres.stated_client_ip(value) if value else None
    return [(address, "authentication-results")] if address else []


def _stated(pattern: re.Pattern[str], text: str | None, rule: str) -> list[tuple[str, str]]:
    if not text:
        return []
    stated = {
        address for match in pattern.finditer(text.lower()) if (address := ip.canonical(match.group(1).rstrip(".:")))
    }
    return [(stated.pop(), rule)] if len(stated) == 1 else []
