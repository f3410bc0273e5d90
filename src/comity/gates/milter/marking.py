"""What is done to one mail at delivery: a header of ours that came from outside goes, a fresh one is put on top.

Trust:      see ``comity.formats.delivery_memory``. Results of other filters are taken from the hosts that the settings trust, in
            the block above the first trace line; our border must take away what came from outside under their names
            (RFC 8601 section 5).
Answers:    ``Marker.changes(mail)`` gives ``Changes``; ``counts`` what was done.
Limits:     only mail for our own mailboxes, from outside: mail that our own people submit leaves without a mark, and a mark of ours
            stays when the mail passes here once more.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from comity.formats import authres, ip
from comity.formats.authres import MethodResult
from comity.formats.delivery_memory import HEADER, DeliveryKeys, Facts, anchor_of, is_ours, mark
from comity.formats.mime import domain_of
from comity.formats.received import Network
from comity.gates.milter.conversation import Changes, IncomingMail


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTerms:
    """Whose mail is marked, and with which keys."""

    keys: DeliveryKeys
    own_domains: frozenset[str]
    trusted_hosts: frozenset[str] = frozenset()
    trusted_networks: tuple[Network, ...] = ()


class Marker:
    """Decides on one mail after the other."""

    def __init__(self, terms: MarkTerms, now: Callable[[], datetime]) -> None:
        self._terms, self._now = terms, now
        self.counts: Counter[str] = Counter()  # marked, kept, left, removed

    def changes(self, mail: IncomingMail) -> Changes:
        """What is to be done."""
        terms = self._terms
        there = [value for name, value in mail.fields if name == HEADER.lower().encode("ascii")]
        anchor = anchor_of(mail.fields)
        if there and self._is_inside(mail.client_ip) and is_ours(there, anchor, terms.keys):
            self.counts["kept"] += 1
            return Changes(name=HEADER)
        self.counts["removed"] += len(there)
        value = None
        if mail.is_whole and not mail.is_authenticated and self._is_for_us(mail.recipients):
            facts = Facts(
                delivered=self._now(),
                client_ip=None if self._is_inside(mail.client_ip) else mail.client_ip,
                queue_id=mail.queue_id,
                mailboxes=mail.recipients,
                results=tuple(self._results(mail)),
            )
            value = mark(facts, anchor, terms.keys)
        self.counts["left" if value is None else "marked"] += 1
        return Changes(name=HEADER, removed=len(there), value=value)

    def _is_inside(self, address: str | None) -> bool:
        """Whether the mail was handed over by a host of ours."""
        if address is None or ip.is_private(address):
            return True
        number = ip_address(address)
        return any(number in network for network in self._terms.trusted_networks)

    def _is_for_us(self, recipients: list[str]) -> bool:
        """All of them: a copy for somebody outside would carry the mark there."""
        return bool(recipients) and all(domain_of(each) in self._terms.own_domains for each in recipients)

    def _results(self, mail: IncomingMail) -> Iterator[MethodResult]:
        values = []
        for name, value in mail.fields:
            if name == b"received":
                break
            if name == b"authentication-results":
                values.append(" ".join(value.decode("utf-8", "replace").split()))
        for each in authres.believed(values, self._terms.trusted_hosts):
            yield from each.results
