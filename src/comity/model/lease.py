"""An address, or some ports of it, held by one subscriber of ours for some time.

Trust:      it comes out of our own servers' books; a name in them may still be any text.
Answers:    ``Lease``; ``Window``, the time in which something is said to have happened.
Limits:     a name is whatever the book knows the line by (login, circuit, hardware address): opaque to everything here.
"""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from comity.model.record import record

LAST_PORT: Final = 65535


@record
class Lease:
    """Who held what, from when until when.

    ``ended`` is None where no book says that it ended; ``known_until`` is then the last moment at which it surely had not.
    ``identity`` is equal in all lines about the same stretch (the session of an accounting server), so that a later line
    changes the lease instead of making another.
    """

    network: IPv4Network | IPv6Network  # one address, or the prefix that was handed to one line
    first_port: int = 0
    last_port: int = LAST_PORT
    began: datetime
    ended: datetime | None = None
    known_until: datetime
    subscriber: str
    is_shared: bool = False  # a hotspot, a hotel: the line is known, the person is not
    identity: bytes

    @property
    def is_split(self) -> bool:
        """Whether others hold the other ports of the same address at the same time."""
        return (self.first_port, self.last_port) != (0, LAST_PORT)


@record
class Asked:
    """Who held this address (and port) in this time?"""

    address: str
    port: int | None
    window: "Window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """It happened at some moment between these two, both included."""

    first: datetime
    last: datetime
