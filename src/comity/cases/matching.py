"""Is this report about something of ours, and about whom?

Trust:      a report's source address comes first, then a signing domain, then a domain that is reported; the latter two are
            claims. From: and MAIL FROM: decide nothing, because anybody can write them.
Answers:    ``match(evidence, own)`` gives (rule, holding, subject of the case) or None, and then ``why_unmatched`` the reason;
            ``claim(evidence, own)`` the same as a record that says also where it could be two customers'.
"""

from comity.cases.own_side import OwnSide
from comity.formats import ip
from comity.model.case import Evidence, SubjectKind
from comity.model.holding import Holding
from comity.model.record import record

Subject = tuple[SubjectKind, str]


def match(evidence: Evidence, own: OwnSide) -> tuple[str, Holding, Subject] | None:
    """Whose: the customer behind the source address, else behind a signing domain, else behind a reported domain."""
    holding = own.by_address(evidence.source_ip)
    if holding is not None and evidence.source_ip is not None:
        if holding.customer:
            return "source-ip", holding, (SubjectKind.CUSTOMER, holding.customer)
        # An unnamed range of ours: a signing domain may still name the customer.
        named = _named_domain(evidence, own)
        if named is not None and named.customer:
            return "source-ip", named, (SubjectKind.CUSTOMER, named.customer)
        return "source-ip", holding, (SubjectKind.ADDRESS, evidence.source_ip)
    for rule, domains in (("dkim-domain", evidence.dkim_domain), ("reported-domain", evidence.reported_domain)):
        for domain in domains:
            holding = own.by_domain(domain)
            if holding is not None and holding.domain is not None:
                if holding.customer:
                    return rule, holding, (SubjectKind.CUSTOMER, holding.customer)
                return rule, holding, (SubjectKind.DOMAIN, holding.domain)
    return None


@record
class Claim:
    """Whose a report is, by which mark; ``candidates``: it could be any of these, and a person must say.

    ``doubt`` is why nobody knows for sure, where that is not two customers in the list.
    """

    kind: SubjectKind
    label: str
    contact: str | None = None
    rule: str | None = None
    candidates: tuple[str, ...] = ()
    doubt: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether no person has to say whose it is."""
        return not self.candidates and self.doubt is None


def claim(evidence: Evidence, own: OwnSide) -> Claim | None:
    """Whose: as ``match`` says, unless two customers have the same claim to the address and no signing domain decides."""
    found = match(evidence, own)
    if found is None:
        return None
    rule, holding, (kind, label) = found
    rivals = own.rivals(evidence.source_ip) if rule == "source-ip" and kind is SubjectKind.CUSTOMER else ()
    if len(rivals) < 2 or evidence.source_ip is None:
        return Claim(kind=kind, label=label, contact=holding.contact, rule=rule)
    named = _named_domain(evidence, own)
    if named is not None and named.customer in rivals:
        return Claim(kind=kind, label=named.customer, contact=named.contact, rule="dkim-domain")
    return Claim(kind=SubjectKind.ADDRESS, label=evidence.source_ip, rule=rule, candidates=rivals)


def why_unmatched(evidence: Evidence) -> str:
    """``no-mark``: nothing to know it by; ``private``: an address that is nobody's; ``not-ours``: somebody else's."""
    if evidence.dkim_domain or evidence.reported_domain:
        return "not-ours"
    address = ip.canonical(evidence.source_ip) if evidence.source_ip else None
    if address is None:
        return "no-mark"
    return "private" if ip.is_private(address) else "not-ours"


def _named_domain(evidence: Evidence, own: OwnSide) -> Holding | None:
    return next((found for domain in evidence.dkim_domain if (found := own.by_domain(domain)) is not None), None)


def named(evidence: Evidence) -> str | None:
    """What an unmatched report is about, in a word: its address if it is somebody's, else a domain, else the address."""
    address = ip.canonical(evidence.source_ip) if evidence.source_ip else None
    public = address if address is not None and not ip.is_private(address) else None
    return public or next(iter((*evidence.dkim_domain, *evidence.reported_domain)), address)
