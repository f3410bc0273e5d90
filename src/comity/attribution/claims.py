"""Whose mail a mail says it is, and whether that was proved: the organisation in its From, and SPF or DKIM of the same one.

Trust:      From is a stranger's word; results were found by us, or by a host of ours that the settings trust.
Standards:  RFC 7489 section 3.1 (alignment, relaxed where the domain has no policy that says otherwise), RFC 8601 for the words.
Answers:    ``claim_of(from_fields, results)``: a ``Claim``; None where nobody is named, or several, or nobody could look.
Limits:     the first ten addresses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from comity.formats.authres import MethodResult
from comity.formats.domains import organisation_of, same_organisation
from comity.formats.mime import addresses, domain_of

_MOST: Final = 10
_SETTLED: Final = frozenset({"pass", "fail"})
_NOT_NOW: Final = "temperror"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The organisation that a mail says it is from, and whether that was proved."""

    domain: str
    is_aligned: bool


def claim_of(from_fields: Iterable[str], results: Sequence[MethodResult]) -> Claim | None:
    """What one mail claims.

    >>> signed = MethodResult(method="dkim", result="pass", properties={"header.d": "mail.east.example"})
    >>> claim_of(["Ann <ann@east.example>"], [signed]), claim_of(["ann@west.example"], [signed])
    (Claim(domain='east.example', is_aligned=True), Claim(domain='west.example', is_aligned=False))
    """
    named = (each.address for value in from_fields for each in addresses(value[:60_000]))
    organisations = {organisation_of(domain_of(each) or "") for each in islice(named, _MOST)}
    if len(organisations) != 1 or not results:
        return None
    (domain,) = organisations
    if domain is None:
        return None
    said = [each.result for each in results if each.method == "dmarc"]
    if settled := [each for each in said if each in _SETTLED]:
        return Claim(domain=domain, is_aligned="pass" in settled)
    is_aligned = any(same_organisation(domain, each) for each in _proved(results))
    if not is_aligned and any(each.result == _NOT_NOW for each in results):
        return None
    return Claim(domain=domain, is_aligned=is_aligned)


def _proved(results: Iterable[MethodResult]) -> Iterable[str]:
    for each in results:
        if each.result != "pass":
            continue
        if each.method == "dkim":
            yield each.properties.get("header.d", "").lower()
        elif each.method == "spf":
            address = each.properties.get("smtp.mailfrom", "")
            yield (domain_of(address) or address).lower()
