"""One observation of a bot, and what is concluded from several of them.

Trust:      what a sighting says is its source's word; whose line it was is ours.
Standards:  RFC 6561 (remediation of bots in the networks of access providers).
Answers:    ``Sighting`` with its ``SightingClass``; ``SeenBy``, many of one source summed up; ``Assessed``: how sure we are of one
            subscriber, or the named reason why nobody is told; ``Outcomes``: what came of earlier words of a source.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from comity.model.notice import Certainty
from comity.model.record import record


class SightingClass(StrEnum):
    """How it was noticed: two classes that do not depend on each other are surer than twice as much of one."""

    SINKHOLE = "sinkhole"  # a device asked a server that only its bot asks
    HONEYPOT = "honeypot"  # a device attacked a machine that nobody has a reason to reach
    COMPROMISED = "compromised"  # a scan found what an intruder left
    COMPLAINT = "complaint"  # a person got spam from it
    TRAP = "trap"  # an address without a person behind it got mail from it
    PEER = "peer"  # another network says so
    OWN_LOG = "own-log"  # counters of our own mail hosts


@record
class Sighting:
    """Some source saw something at an address of somebody."""

    sighting_class: SightingClass
    source: str
    address: str
    port: int | None = None
    seen: datetime
    said: str | None = None  # the family, in the source's own word
    kind: str | None = None  # the type of the report, in the source's own word


@record
class SeenBy:
    """What one source saw of one line at one address in one way, summed up."""

    sighting_class: SightingClass
    source: str
    address: str
    said: str | None = None
    first: datetime
    last: datetime
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What came of the words of a source: a device was found infected, or there was none."""

    right: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """How sure we are; ``certainty`` is None where nobody is told, and ``reason`` then says why."""

    certainty: Certainty | None
    reason: (
        str  # ``two-classes``, ``trusted``, ``trusted-and-another``; else ``one-class``, ``one-source``, ``nothing``
    )
    first: datetime | None = None
    last: datetime | None = None
    said: str | None = None  # the family that was said most often
    classes: tuple[SightingClass, ...] = ()
