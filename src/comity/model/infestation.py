"""A bot at a subscriber: what is known of it over all that was seen; and how the subscriber can be told.

Trust:      families are the sources' own words, written as text; contacts are the operator's.
Standards:  RFC 6561 (remediation of bots in the networks of access providers).
Answers:    ``Infestation``, one for each case with sightings; ``SubscriberContact``.
Limits:     neither holds an address of the network: the line is the same when its address changes.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from comity.model.notice import Certainty
from comity.model.record import record


@record
class Infestation:
    """What is known of one, in the words of those who saw it; ``reason`` is why we are so sure."""

    case_id: str
    certainty: Certainty
    reason: str
    first: datetime
    last: datetime
    sightings: int
    sources: tuple[str, ...]
    said: Mapping[str, int] = field(default_factory=dict)  # families by how often they were named
    addresses: int = 1  # how many different ones it was seen at

    @property
    def family(self) -> str | None:
        """The word that was said most often.

        >>> moment = datetime(2026, 3, 1)
        >>> Infestation(case_id="c", certainty=Certainty.LIKELY, reason="trusted", first=moment, last=moment, sightings=3,
        ...             sources=("a",), said={"mirai": 2, "mozi": 1}).family
        'mirai'
        """
        return min(self.said, key=lambda word: (-self.said[word], word), default=None)


@record
class SubscriberContact:
    """How a subscriber is reached; what is not known is None."""

    subscriber: str
    language: str | None = None  # a BCP 47 tag
    mail: str | None = None
    phone: str | None = None
    is_hotspot: bool = False  # strangers use the line: who is told would be the wrong one
    taken: datetime
