"""Is a subscriber told, and in which words: what several sightings of one line come to.

Trust:      sightings are strangers' words; which sources are trusted, and what each is worth, is ours.
Standards:  DESIGN.md section 3: two independent classes, or one trusted source.
Answers:    ``assess(seen, standing)`` gives ``Assessed``; ``unfit(sighting, now=...)`` names why one does not count at all;
            ``is_alarming(named, customers)`` whether a feed names so many that a person must look first, ``enough(named)`` from
            how many customers on it does not.
Limits:     two classes out of one source are one word: whoever owns the source could have made up both.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from math import prod
from typing import Final

from comity.model.notice import Certainty
from comity.model.sighting import Assessed, Outcomes, SeenBy, Sighting, SightingClass
from comity.remediation.weights import lower_bound

AHEAD: Final = timedelta(minutes=10)
OLD: Final = timedelta(days=30)
ALARM_SHARE: Final = 0.05
ALARM_LEAST: Final = 20
_LIKELY: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far sources are believed."""

    trusted: Collection[str] = frozenset()
    outcomes: Mapping[str, Outcomes] = field(default_factory=dict)
    researchers: tuple[IPv4Network | IPv6Network, ...] = ()  # who looks at sinkholes for a living


def unfit(sighting: Sighting, *, now: datetime, standing: Standing) -> str | None:
    """Why a sighting does not count: ``from-the-future``, ``too-old``, ``researcher``; None where it does."""
    if sighting.seen > now + AHEAD:
        return "from-the-future"
    if sighting.seen < now - OLD:
        return "too-old"
    if standing.researchers:
        address = ip_address(sighting.address)
        if any(address in each for each in standing.researchers):
            return "researcher"
    return None


def is_alarming(named: int, customers: int) -> bool:
    """Whether one feed names too many at once: a mistake of the feed tells half a town that it is infected.

    >>> is_alarming(19, 30), is_alarming(20, 30), is_alarming(400, 10_000), is_alarming(600, 10_000)
    (False, True, False, True)
    """
    return named >= ALARM_LEAST and named > customers * ALARM_SHARE


def enough(named: int) -> int:
    """With so many customers, so many named ones are no alarm: whoever counts may stop there. Nothing where few are named.

    >>> enough(19), enough(20), is_alarming(20, enough(20)), is_alarming(20, enough(20) - 1)
    (0, 400, False, True)
    """
    return 0 if named < ALARM_LEAST else round(named / ALARM_SHARE)


def assess(seen: Sequence[SeenBy], standing: Standing) -> Assessed:
    """What the sightings of one line come to."""
    if not seen:
        return Assessed(certainty=None, reason="nothing")
    sources: dict[SightingClass, set[str]] = {}
    for each in seen:
        sources.setdefault(each.sighting_class, set()).add(each.source)
    certainty, reason = _judged(sources, standing)
    said: Counter[str] = Counter()
    for each in seen:
        if each.said:
            said[each.said] += each.times
    return Assessed(
        certainty=certainty,
        reason=reason,
        first=min(each.first for each in seen),
        last=max(each.last for each in seen),
        said=min(said, key=lambda word: (-said[word], word)) if said else None,
        classes=tuple(sorted(sources)),
    )


def _judged(sources: Mapping[SightingClass, set[str]], standing: Standing) -> tuple[Certainty | None, str]:
    everybody = set[str]().union(*sources.values())
    is_independent = len(sources) > 1 and len(everybody) > 1
    if any(source in standing.trusted for source in everybody):
        return (Certainty.CONFIRMED, "trusted-and-another") if is_independent else (Certainty.LIKELY, "trusted")
    if len(sources) == 1:
        return None, "one-class"
    if len(everybody) == 1:
        return None, "one-source"
    weights = [lower_bound(standing.outcomes.get(source, Outcomes())) for source in everybody]
    is_likely = 1 - prod(1 - weight for weight in weights) >= _LIKELY
    return (Certainty.LIKELY if is_likely else Certainty.SUSPECTED), "two-classes"
