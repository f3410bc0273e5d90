"""A source of feedback: who says it, how that was proved, and how far it is believed.

Trust:      the name of a source without proof is what a stranger wrote of himself; it is shown as such, and never acts by itself.
Answers:    ``Proof``, ``Trust``, ``SeenSource`` of one item, ``Source`` as it is kept, ``Hour`` what came of it in one hour,
            ``Alarm``, ``JoinedLoop`` of the register of loops that we joined elsewhere.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from comity.model.record import record


class Proof(StrEnum):
    """How a source showed who it is."""

    PEER = "peer"  # signed by a network that we have an agreement with
    LOOP = "loop"  # signed, in line with From:, by a provider whose loop we joined
    TOKEN = "token"  # noqa: S105 - a program with a token of ours
    NONE = "unverified"


class Trust(StrEnum):
    """How far a source is believed."""

    TRIAL = "trial"  # what it says is kept and shown; nothing is done on it alone
    TRUSTED = "trusted"
    BARRED = "barred"  # as on trial, and a person said so


@record
class SeenSource:
    """The source of one item."""

    name: str  # "peer:west.example", "loop:jmrp", "token:4a1f", "mail:news.example"
    proof: Proof
    selector: str | None = None  # of the signature that proved it


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source as it is kept."""

    name: str
    proof: Proof
    trust: Trust
    first: datetime
    last: datetime
    items: int = 0
    reports: int = 0
    unmatched: int = 0
    unread: int = 0
    selectors: tuple[str, ...] = ()  # of the signatures that proved it, the newest last
    changed: datetime | None = None
    changed_by: str | None = None
    why: str | None = None

    @property
    def acts(self) -> bool:
        """Whether a playbook may act on what it says."""
        return self.trust is Trust.TRUSTED and self.proof is not Proof.NONE


@record
class Hour:
    """What came from a source in one hour; ``at`` is its beginning."""

    at: datetime
    items: int = 0
    reports: int = 0
    unmatched: int = 0
    unread: int = 0  # promised reports, and none could be read


class AlarmKind(StrEnum):
    """What is the matter with a source."""

    UNMATCHED = "unmatched"  # it is read, and matches nobody, or cannot be read any more
    SILENT = "silent"  # longer than ever
    NOT_JOINED = "not-joined"  # reports of a loop that is not in the register
    EXPIRES = "expires"  # a loop that was joined must be joined again
    OTHER_KEY = "other-key"  # signed with a selector that is not in the register
    TOO_MANY = "too-many"  # one item names so many lines of ours at once that a person must look; nothing else ends it
    OTHER_RANGE = "other-range"  # it reports on addresses that it was not joined with


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm; ``facts`` are the numbers of its sentence."""

    source: str
    kind: AlarmKind
    since: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    alarm_id: int = 0
    told: datetime | None = None  # when a mail about it was put into the outbox
    ended: datetime | None = None
    ended_by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedLoop:
    """A loop that we joined elsewhere, as the operator wrote it down."""

    name: str
    domains: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    ranges: tuple[IPv4Network | IPv6Network, ...] = ()
    mailbox: str | None = None
    expires: date | None = None
    reports_from: tuple[
        str, ...
    ] = ()  # the mailboxes that its reports are from, in small letters; none: any under its domains
