"""Whose is what a report speaks of: the operator's list first, then the books of who held an address at that moment.

Trust:      list and books are ours; address, time and port are the reporter's.
Standards:  DESIGN.md section 3: whose (own trace token, lease at that time and port, prefix, DKIM domain, login).
Answers:    ``Whose(own, terms).claims(evidence, leases)``: of each evidence its ``Claim``, or None where it is nobody's of ours.
Limits:     only an address of ours is looked up. An address whose holder is not certain makes a case that a person must decide
            on; nobody is told. Where no book knows anything, the list has the last word.
"""

from collections.abc import Iterable
from typing import Final

from comity.attribution.subscriber import Event, Holder, LeaseTerms, Unsure, holder, window_of
from comity.cases.matching import Claim, claim
from comity.cases.own_side import OwnSide
from comity.cases.standing import precision_of
from comity.model.case import Evidence, SubjectKind
from comity.services.receive.rows import LeaseRows

RULE: Final = "lease"


class Whose:
    """Says whose a report is."""

    def __init__(self, own: OwnSide, terms: LeaseTerms | None = None) -> None:
        self._own, self._terms = own, terms or LeaseTerms()

    def claims(self, evidence: Iterable[Evidence], leases: LeaseRows) -> dict[int, Claim | None]:
        """By the place of each evidence in memory: whoever asks holds it all the while."""
        return {id(each): self.of(each, leases) for each in evidence}

    def of(self, evidence: Evidence, leases: LeaseRows) -> Claim | None:
        """Whose one report is."""
        listed = claim(evidence, self._own)
        if listed is None or listed.rule != "source-ip" or evidence.source_ip is None or not leases.any:
            return listed
        found = self.holder(evidence, leases)
        if isinstance(found, Holder):
            return Claim(kind=SubjectKind.SUBSCRIBER, label=found.subscriber, rule=RULE)
        if isinstance(found, Unsure):
            return Claim(
                kind=SubjectKind.ADDRESS,
                label=evidence.source_ip,
                contact=listed.contact,
                rule=RULE,
                candidates=found.candidates,
                doubt=found.reason,
            )
        return listed

    def holder(self, evidence: Evidence, leases: LeaseRows) -> Holder | Unsure | None:
        """Who held the address of a report when it happened."""
        address, port = evidence.source_ip or "", evidence.source_port
        needs_port = (port is None or evidence.seen is None) and leases.is_split(address)
        event = Event(seen=evidence.seen, precision=precision_of(evidence.seen), port=port, is_split=needs_port)
        window = window_of(event, self._terms)
        found = [] if window is None or needs_port else leases.about(address, port, window)
        return holder(found, event, self._terms)
