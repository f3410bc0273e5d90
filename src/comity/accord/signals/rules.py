"""Which signals may be: subjects, guards, evidence, bounds of a rule, and what is in force.

Standards:  promise P8 (complaints alone never list); TLP 2.0; RFC 6890 and its registries for what is no network's; the Public
            Suffix List for domains that are nobody's.
Answers:    ``subject_of(text)``, ``refusal_of`` (why a signal may not be, by name), ``outside_rule`` (why a rule does not
            adopt it), ``standing`` (why it is on no list now, or None), ``may_see`` (TLP), ``code_of`` (127.0.0.N), ``lasts``.
Limits:     no network wider than /16 or /32. Documentation ranges count as public: samples and tests are written with them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from comity.accord.recourse import COMPLAINED
from comity.formats import header_text
from comity.formats.domains import organisation_of
from comity.model.agreement import Definition
from comity.model.case import EvidenceClass
from comity.model.signal import AdoptionRule, Kept, Signal, SignalKind, Subject
from comity.model.tlp import Tlp

CAMPAIGN: Final = "campaign:"
DECLARED: Final = "declared"
GRANTED: Final = "recourse-granted"  # why an adoption ended
WIDEST: Final[Mapping[int, int]] = {4: 16, 6: 32}
CLASSES: Final = frozenset({DECLARED, *(each.value for each in EvidenceClass), *(each.value for each in Definition)})
_DAY: Final = timedelta(days=1)
_LASTS: Final = {
    SignalKind.LISTING: 90 * _DAY,
    SignalKind.GOOD_STANDING: 90 * _DAY,
    SignalKind.DYNAMIC_RANGE: 90 * _DAY,
    SignalKind.BULK_SENDER: 365 * _DAY,
}
_CAMPAIGN_LASTS: Final = 7 * _DAY  # a campaign is over in hours
_FITS: Final[Mapping[SignalKind, frozenset[str]]] = {
    SignalKind.LISTING: frozenset({"network", "domain", "campaign"}),
    SignalKind.GOOD_STANDING: frozenset({"network", "domain"}),
    SignalKind.DYNAMIC_RANGE: frozenset({"network"}),
    SignalKind.BULK_SENDER: frozenset({"network", "domain"}),
}
# "This" network, private, shared, loopback, link-local, protocol assignments, benchmarking, multicast, reserved.
_NOBODYS: Final = tuple(
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2002::/16"),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")

# What a list answers, by what a signal rests on: the first class of these that is among its evidence.
GENERAL_CODE: Final = 2
CODES: Final[Mapping[str, int]] = {
    "bot": 4,
    "sinkhole": 4,
    "virus": 5,
    "fraud": 5,
    "trap": 3,
    "law": 7,
    "filter": 6,
    "auth-failure": 6,
    "notice": 8,
    "feed": 8,
}
_KIND_CODES: Final = {SignalKind.DYNAMIC_RANGE: 10, SignalKind.GOOD_STANDING: 11, SignalKind.BULK_SENDER: 12}


class Audience(StrEnum):
    """Who will see an export."""

    PUBLIC = "public"
    COMMUNITY = "community"
    CLIENTS = "clients"  # our organisation, and its clients who need to know
    ORGANISATION = "organisation"


_MAY_SEE: Final[Mapping[Audience, frozenset[Tlp]]] = {
    Audience.PUBLIC: frozenset({Tlp.CLEAR}),
    Audience.COMMUNITY: frozenset({Tlp.CLEAR, Tlp.GREEN}),
    Audience.CLIENTS: frozenset({Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER}),
    Audience.ORGANISATION: frozenset({Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Infrastructure:
    """What a network declared as its own."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    domains: tuple[str, ...] = ()

    def touches(self, subject: Subject) -> bool:
        """Whether any of it is meant by a subject, in part or whole."""
        if isinstance(subject, str):
            return any(_is_below(subject, each) or _is_below(each, subject) for each in self.domains)
        return any(_overlap(subject, each) for each in self.networks)

    def covers(self, subject: Subject) -> bool:
        """Whether all of a subject is its own."""
        if isinstance(subject, str):
            return any(_is_below(subject, each) for each in self.domains)
        return any(_overlap(subject, each) and each.prefixlen <= subject.prefixlen for each in self.networks)


def subject_of(text: str) -> Subject | None:
    """What a signal is about, None where the text is no address, network, domain or campaign.

    >>> subject_of("198.51.100.7"), subject_of("East.Example"), subject_of("campaign:00"), subject_of("198.51.100.7/24")
    (IPv4Network('198.51.100.7/32'), 'east.example', None, None)
    """
    text = text.strip()
    if text.startswith(CAMPAIGN):
        digest = text.removeprefix(CAMPAIGN)
        return text if len(digest) == 64 and all(sign in "0123456789abcdef" for sign in digest) else None
    if "%" in text or len(text) > 253:
        return None
    try:
        return ip_network(text)
    except ValueError:
        name = header_text.domain(text.lower().rstrip("."))
    return name if name is not None and "." in name and not name.rpartition(".")[2].isdigit() else None


def sort_of(subject: Subject) -> str:
    """``network``, ``domain`` or ``campaign``."""
    if not isinstance(subject, str):
        return "network"
    return "campaign" if subject.startswith(CAMPAIGN) else "domain"


def lasts(kind: SignalKind, subject: Subject) -> timedelta:
    """The longest that such a signal may last."""
    return _CAMPAIGN_LASTS if sort_of(subject) == "campaign" else _LASTS[kind]


def misplaced(kind: SignalKind, subject: Subject) -> str | None:
    """Why nobody may say this of that subject, by name; None where it may be said."""
    if sort_of(subject) not in _FITS[kind]:
        return "kind-does-not-fit"
    if isinstance(subject, str):
        is_name = sort_of(subject) == "domain"
        return "public-suffix" if is_name and organisation_of(subject) is None else None
    if any(_overlap(subject, each) for each in _NOBODYS) or (
        isinstance(subject, IPv6Network) and not subject.subnet_of(_GLOBAL_V6)
    ):
        return "reserved-space"
    return "network-too-wide" if subject.prefixlen < WIDEST[subject.version] else None


def refusal_of(
    signal: Signal, subject: Subject, *, issuer: Infrastructure, readers: Iterable[Infrastructure] = ()
) -> str | None:
    """Why this signal may not be, by name; ``issuer`` and ``readers`` are what the two sides declared as their own.

    A listing needs evidence, and of a second kind than complaints; it never means what either side declared as its own. Nobody
    praises himself; and only who holds a range or a bulk sender declares it.
    """
    where = misplaced(signal.kind, subject)
    if where is not None:
        return where
    if signal.ends <= signal.begins or signal.begins < signal.made or signal.first_seen > signal.last_seen:
        return "times-out-of-order"
    if signal.ends - signal.begins > lasts(signal.kind, subject):
        return "end-far"
    if signal.kind is SignalKind.GOOD_STANDING:
        return "self-praise" if issuer.touches(subject) else None
    if signal.kind is not SignalKind.LISTING:
        return None if issuer.covers(subject) else "not-issuers-own"
    found = {name for name, number in signal.classes.items() if number} - {DECLARED}
    if not found:
        return "no-evidence"
    if found <= COMPLAINED:
        return "complaints-alone"
    if issuer.touches(subject):
        return "issuers-own"
    return "readers-own" if any(each.touches(subject) for each in readers) else None


def outside_rule(rule: AdoptionRule, signal: Signal, *, adopted_today: int, now: datetime) -> str | None:
    """Why a rule does not adopt a signal, by name; None where it does."""
    subject = subject_of(signal.subject)
    if rule.ended is not None or now >= rule.until:
        return "rule-over"
    if subject is None or signal.issuer != rule.peer or signal.kind not in rule.kinds:
        return "rule-other-kind"
    if not isinstance(subject, str):
        widest = rule.widest_v4 if subject.version == 4 else rule.widest_v6
        if subject.prefixlen < widest:
            return "rule-too-wide"
    if rule.classes and not set(rule.classes) & {name for name, number in signal.classes.items() if number}:
        return "rule-other-evidence"
    if sum(signal.classes.values()) < rule.least_evidence:
        return "rule-too-little"
    return "rule-full" if adopted_today >= rule.per_day else None


def standing(kept: Kept, now: datetime) -> str | None:
    """Why a signal is on no list of ours now, by name; None where it is on one."""
    signal, adoption = kept.signal, kept.adoption
    if kept.withdrawn is not None:
        return "withdrawn"
    if now >= signal.ends:
        return "expired"
    if adoption is not None and adoption.ended is not None:
        return "lifted" if adoption.ended_why == GRANTED else "dropped"
    if kept.lifted is not None:
        return "lifted"
    if not kept.is_ours and adoption is None:
        return "not-adopted"
    if adoption is not None and now >= adoption.until:
        return "adoption-over"
    if adoption is not None and adoption.begins >= adoption.until:
        return "unwarned"
    begins = signal.begins if adoption is None else max(signal.begins, adoption.begins)
    return "not-begun" if now < begins else None


def may_see(audience: Audience, tlp: Tlp) -> bool:
    """Whether whoever reads an export may see an item of this label; what is RED stands in none.

    >>> may_see(Audience.PUBLIC, Tlp.CLEAR), may_see(Audience.PUBLIC, Tlp.GREEN), may_see(Audience.ORGANISATION, Tlp.RED)
    (True, False, False)
    """
    return tlp in _MAY_SEE[audience]


def code_of(signal: Signal) -> int:
    """The last number of the answer 127.0.0.N."""
    if signal.kind in _KIND_CODES:
        return _KIND_CODES[signal.kind]
    return next((code for name, code in CODES.items() if signal.classes.get(name)), GENERAL_CODE)


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _is_below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")
