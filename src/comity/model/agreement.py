"""The standing terms with another network, and what our own side is called when it reports.

Trust:      written by our own operator, or agreed with the peer; never taken from mail.
Standards:  RFC 6449 section 3 (what a loop is agreed on: networks or DKIM domains, a feedback mailbox), RFC 6590 (redaction).
Limits:     an agreement on a domain covers the names below it; networks are the ones that the peer announced to us.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from comity.model.tier import Tier
from comity.model.tlp import Tlp

Network: TypeAlias = IPv4Network | IPv6Network


class BodyPolicy(StrEnum):
    """Whether the body of a reported message goes along. Attachments and pictures never do."""

    NEVER = "never"
    BULK = "bulk"  # where the message says of itself that it went to many
    ALWAYS = "always"


class ReportFormat(StrEnum):
    """The format that the other side asked for."""

    ARF = "arf"
    XARF = "xarf"


class Definition(StrEnum):
    """On which idea of spam a report rests: the ideas collide between countries, so every report says."""

    COMPLAINT = "complaint"  # an end user pressed the button
    TRAP = "trap"
    FILTER = "filter"
    LAW = "law"  # a legal rule was broken
    SINKHOLE = "sinkhole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was agreed with one peer: for whom, where to, how much is shown."""

    peer: str  # short name: lower-case letters, digits, dot, hyphen
    address: str  # its feedback mailbox
    networks: tuple[Network, ...] = ()
    dkim_domains: tuple[str, ...] = ()
    tier: Tier
    body: BodyPolicy = BodyPolicy.NEVER
    report_format: ReportFormat = ReportFormat.ARF
    definitions: tuple[Definition, ...] = (Definition.COMPLAINT,)
    not_spam: bool = False  # wants to hear the opposite too (RFC 6430)
    replays: bool = False  # wants to hear of mail of its own that somebody else sent again
    version: int = 1
    contacts: tuple[str, ...] = ()  # escalation, for people
    languages: tuple[str, ...] = ("en",)
    tlp: Tlp = Tlp.AMBER
    quota: int | None = None  # the most reports a day
    reports_from: tuple[
        str, ...
    ] = ()  # the mailboxes that its reports are from, in small letters; none: any under its domain
    complaints: bool = True  # wants to hear of complaints at all
    terms: str | None = None  # SHA-256 of the document that both signed; None: it stands in the settings alone
    stopped: str | None = None  # why nothing leaves under it at this moment: a word of ``decisions.REASONS``


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackProvider:
    """Our own side when it reports: how it signs, what is its own, whom it believes."""

    domain: str  # d= of the reports' signature, domain of the feedback address
    address: str  # RFC5322.From of every report; answers and "stop" arrive here
    organisation: str
    reporting_mta: str
    own_domains: tuple[str, ...] = ()  # mailboxes of our own people; ``domain`` counts too
    own_networks: tuple[Network, ...] = ()
    trusted_hosts: tuple[str, ...] = ()  # authserv-ids and by-hosts of our own border
    trusted_networks: tuple[Network, ...] = ()
    forwarders: tuple[str, ...] = ()  # hosts that relay for our people, by name or network
    traps: tuple[str, ...] = ()  # addresses or @domains without a person: nothing about them leaves
