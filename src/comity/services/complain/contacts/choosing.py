"""Who is told about an address, unasked: what a registry says, and whether there is another way with the same network already.

Standards:  RFC 6650: what was agreed on goes before what was not.
Answers:    ``choose(rows, address, asn)`` gives a ``RegistryAnswer``.
Limits:     whoever ever got a report by agreement, by enrolment or by a CFBL-Address of the same organisation is not written to
            unasked, also when that has ended: "no more" holds for both ways.
"""

from collections.abc import Sequence
from typing import Protocol

from comity.formats.domains import same_organisation
from comity.model.consumer import Consumer
from comity.model.network_contact import RegistryAnswer
from comity.model.sending import OURS, Peer
from comity.services.complain.contacts.rows import ContactRows


class _Peers(Protocol):
    def all(self) -> Sequence[Peer]: ...


class _Consumers(Protocol):
    def all(self) -> Sequence[Consumer]: ...


class ChoosingRows(Protocol):
    """All rows of one transaction."""

    @property
    def network_contacts(self) -> ContactRows:
        """Whom networks name for abuse."""

    @property
    def peers(self) -> _Peers:
        """Who may be written to."""

    @property
    def consumers(self) -> _Consumers:
        """Who applied for feedback."""


def choose(rows: ChoosingRows, address: str, asn: int | None = None) -> RegistryAnswer:
    """Who is told about this address."""
    found = rows.network_contacts.about(address, asn)
    if found is None:
        return RegistryAnswer(found=None, refusal="contact-unknown")
    domain = found.address.rpartition("@")[2]
    # A party whose name is an address was written to unasked before: that is this way.
    known = [each.address for each in rows.peers.all() if each.name not in OURS and "@" not in each.name]
    known += [each for one in rows.consumers.all() for each in (one.address, one.contact) if each]
    other = any(same_organisation(domain, each.rpartition("@")[2]) for each in known)
    return RegistryAnswer(found=found, refusal="other-regime" if other else None)
