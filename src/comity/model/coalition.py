"""Members of a coalition of networks, as each describes itself; and what a digest says of the work with one of them.

Answers:    ``Contact``, ``Member``, ``KeptMember``, ``PeerDigest``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from comity.model.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to write to: for what, in which languages, when somebody is there."""

    role: str  # "abuse", "noc", "escalation", "policy", "translator"
    address: str
    languages: tuple[str, ...]
    hours: str  # "Mon-Fri 09:00-18:00 +08:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One network's own entry in the directory; a later version takes the place of an earlier one."""

    issuer: str  # its domain
    version: int
    organisation: Mapping[str, str]  # "en" and "zh"
    contacts: tuple[Contact, ...]  # escalation in this order
    made: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMember:
    """An entry with the note that its network signed."""

    said: Member
    note: str
    taken: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDigest:
    """What changed with one peer, what waits for us, and what waits for the peer."""

    peer: str
    changed: tuple[Message, ...]
    for_us: tuple[Message, ...]
    for_them: tuple[Message, ...]
