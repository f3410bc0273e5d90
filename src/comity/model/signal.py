"""What one network tells others about a network, a domain or a campaign: a signal, whether it was adopted, and by which rule.

Answers:    ``SignalKind``, ``Signal``, ``Withdrawal``, ``Adoption``, ``AdoptionRule``, ``Kept`` (a signal with all we know of it),
            ``Entry`` (one line of a published list).
Limits:     every signal and every adoption has an end. A signal blocks nobody: whoever adopts it lists, at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from comity.model.tlp import Tlp

# An address or network, a domain in ASCII, or a campaign by the SHA-256 of its mark, written ``campaign:HEX``.
Subject: TypeAlias = IPv4Network | IPv6Network | str


class SignalKind(StrEnum):
    """What is said."""

    LISTING = "listing"  # abuse comes from it
    GOOD_STANDING = "good-standing"  # it was watched, and behaves
    DYNAMIC_RANGE = "dynamic-range"  # lines of subscribers: no mail host should stand there
    BULK_SENDER = "bulk-sender"  # it sends to many, and says so

    @property
    def is_against(self) -> bool:
        """True where it stands on the list that may cost mail."""
        return self in (SignalKind.LISTING, SignalKind.DYNAMIC_RANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One proposal, as its issuer signed it. Times are whole seconds, UTC."""

    issuer: str  # its domain
    signal_id: str  # "S-" and sixteen signs, the issuer's own
    kind: SignalKind
    subject: str
    classes: Mapping[str, int]  # of evidence: how many of each
    first_seen: datetime
    last_seen: datetime
    tlp: Tlp
    is_severe: bool
    reason: Mapping[str, str]  # "en" and "zh"
    reference: str  # what the affected cites to ask the issuer why
    contact: str  # and the address to write to
    made: datetime
    begins: datetime  # after the warning
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The issuer takes a signal back."""

    issuer: str
    signal_id: str
    made: datetime
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Somebody, or a rule that somebody declared, put a peer's signal on our lists: who, why, until when."""

    issuer: str
    signal_id: str
    by: str
    why: str
    rule_id: int | None
    adopted: datetime
    begins: datetime
    until: datetime
    reference: str | None  # of our own consequence: what the affected cites to ask us why
    ended: datetime | None = None
    ended_why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionRule:
    """Signals of one peer that are adopted without a person, within bounds, until a day."""

    rule_id: int
    peer: str
    kinds: tuple[SignalKind, ...]
    classes: tuple[str, ...]  # one of them must be among the evidence; empty: whatever it rests on
    least_evidence: int
    widest_v4: int  # no network wider than this
    widest_v6: int
    days: int  # the longest adoption
    per_day: int
    by: str
    why: str
    made: datetime
    until: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A signal, the note that it came in, and what became of it here."""

    signal: Signal
    note: str
    taken: datetime
    is_ours: bool
    withdrawn: datetime | None = None
    withdrawn_reason: Mapping[str, str] | None = None
    withdrawal_note: str | None = None
    adoption: Adoption | None = None
    lifted: datetime | None = None  # when recourse against our consequence was granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list: its subject, the last number of its answer 127.0.0.N, and the text beside it."""

    subject: Subject
    code: int
    text: str
