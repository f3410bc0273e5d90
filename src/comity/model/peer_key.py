"""A public key of another network, and how far it is believed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyState(StrEnum):
    """How far a key is believed."""

    OFFERED = "offered"  # it was handed over, and nobody has read its fingerprint out yet
    PINNED = "pinned"  # two people compared it
    ROTATED = "rotated"  # a newer one has taken its place; what it signed before counts
    REVOKED = "revoked"  # called back by the key that is kept off-line: it signs nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerKey:
    """One key of one peer."""

    peer: str  # its domain, which is the name of the key
    public: bytes
    revocation: bytes  # the key that can call it back
    state: KeyState
    since: datetime  # when it came into this state
