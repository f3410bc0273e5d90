"""May a network that did not ask be told, at the contact that a registry names for it?

Trust:      the source address must be known by our own host's word; what a registry says counts after a person confirmed it.
Standards:  RFC 6650 section 3: unsolicited reports are few, and go to an address that is for them. RFC 6590 (the lowest tier).
Answers:    ``refusal(origin, parties, ...)`` why the registry is not even asked, ``contact_refusal(found, parties)`` why the one
            it names is not told, ``send(found)`` the decision. Reasons are words of ``decisions.REASONS``, or of a rule.
Limits:     a network with which there is an agreement, in force or ended, is told under it or not at all.
"""

from ipaddress import ip_network
from typing import Final

from comity.feedback.parties import Parties, inside
from comity.formats import ip
from comity.formats.domains import same_organisation
from comity.model.agreement import BodyPolicy, ReportFormat
from comity.model.decisions import Send
from comity.model.network_contact import ContactState, FoundContact
from comity.model.origin import Origin, ReplayGrade, Role
from comity.model.tier import Tier

RULE: Final = "contact:"
_STATES: Final = {
    ContactState.KNOWN: "contact-unconfirmed",
    ContactState.BOUNCED: "contact-bounced",
    ContactState.STOPPED: "contact-stopped",
}


def refusal(origin: Origin, parties: Parties, *, wanted: bool, is_told: bool) -> tuple[str | None, str]:
    """Why the registry is not asked, or None and the address to ask about."""
    address = ip.canonical(origin.source_ip or "") or ""
    if not wanted:
        return "unsolicited-off", address
    if is_told:
        return "already-told", address
    if not address:
        return "source-unknown", address
    if ip.is_private(address):
        return "source-private", address
    if not origin.source_standing.is_believed:
        return "source-only-claimed", address
    return ("other-regime" if parties.by_address(address) is not None else None), address


def contact_refusal(found: FoundContact | None, parties: Parties) -> str | None:
    """Why the one that was found is not told."""
    if found is None:
        return "contact-unknown"
    if found.state in _STATES:
        return _STATES[found.state]
    return "other-regime" if is_agreed_with(found, parties) else None


def is_agreed_with(found: FoundContact, parties: Parties) -> bool:
    """Whether there are terms with this network already: its addresses, its contact, or the organisation behind it."""
    domain = found.address.rpartition("@")[2]
    network = None if found.network.startswith("AS") else ip_network(found.network)
    for each in parties.agreements:
        theirs = each.address.rpartition("@")[2]
        if found.address in (each.address.lower(), *(contact.lower() for contact in each.contacts)):
            return True
        if same_organisation(domain, theirs) or inside(domain, each.dkim_domains):
            return True
        if network is not None and any(
            network.version == other.version
            and int(network.network_address) <= int(other.broadcast_address)
            and int(other.network_address) <= int(network.broadcast_address)
            for other in each.networks
        ):
            return True
    return False


def send(found: FoundContact, replay: ReplayGrade | None) -> Send:
    """It is told: the campaign, and nothing that points at one recipient."""
    return Send(
        party=found.address,
        role=Role.NETWORK,
        address=found.address,
        rule=f"{RULE}{found.way.value}:{found.network}",
        tier=Tier.T1,
        body=BodyPolicy.NEVER,
        report_format=ReportFormat.ARF,
        agreement=None,
        replay=replay,
        unasked=found,
    )
