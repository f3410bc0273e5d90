"""What a report rests on, how exact its time is, and where in the network it points: the words of the roll-ups.

Standards:  definitions of spam collide between countries, so that every report says on which it rests (FIELD.md section 1).
Answers:    ``definition_of(evidence)``, ``precision_of(moment)``, ``source_net(address)``.
Limits:     the precision is the least that the time can have: midnight may be a moment or a day, and is taken for a day.
"""

from datetime import datetime, time
from functools import lru_cache
from ipaddress import IPv6Network, ip_address
from typing import Final

from comity.model.agreement import Definition
from comity.model.case import Evidence, EvidenceClass

NO_NET: Final = ""

_DEFINITIONS: Final = {
    EvidenceClass.COMPLAINT: Definition.COMPLAINT,
    EvidenceClass.FORWARD: Definition.COMPLAINT,
    EvidenceClass.UNSUBSCRIBE: Definition.COMPLAINT,
    EvidenceClass.NOT_SPAM: Definition.COMPLAINT,
    EvidenceClass.VIRUS: Definition.FILTER,
    EvidenceClass.AUTH_FAILURE: Definition.FILTER,
    EvidenceClass.BOT: Definition.SINKHOLE,
}


def definition_of(evidence: Evidence) -> Definition | None:
    """On which idea of spam a report rests; None where it does not say."""
    return _DEFINITIONS.get(evidence.evidence_class)


def precision_of(moment: datetime | None) -> str | None:
    """How exact a time is at least.

    >>> from datetime import UTC
    >>> precision_of(datetime(2026, 3, 1, tzinfo=UTC)), precision_of(datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC))
    ('day', 'second')
    """
    if moment is None:
        return None
    if moment.time() == time(0):
        return "day"
    return "second" if moment.second or moment.microsecond else "minute"


@lru_cache(maxsize=65536)
def source_net(address: str | None) -> str:
    """The network that counts are kept by: /24 or /48; empty where there is no address.

    >>> source_net("198.51.100.7"), source_net("2001:db8:1:2::3")
    ('198.51.100.0/24', '2001:db8:1::/48')
    """
    if address is None:
        return NO_NET
    try:
        found = ip_address(address)
    except ValueError:
        return NO_NET
    if found.version == 4:
        return f"{address.rpartition('.')[0]}.0/24"
    return str(IPv6Network((int(found) >> 80 << 80, 48)))
