"""Whether one more report about a campaign says anything new to the party: named noes that spare it what it knows.

Trust:      ``resolved`` is the party's own claim: it stops reports about mail that arrived before; what comes after is news.
Standards:  RFC 6449 section 4 (do not flood a consumer), RFC 6650 section 5.
Answers:    ``refusal(known, complaint, rules, now=now)`` gives None or the reason, ``seen`` what is remembered afterwards.
Limits:     ``period`` counts at T1 alone, where every report of a campaign looks alike; above it each complainer is news, because
            the consumer must stop mail to each.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from comity.model.case_outcome import CaseOutcome
from comity.model.tier import Tier

COMPLAINER = "complainer-told"
PERIOD = "campaign-told"
RESOLVED = "campaign-resolved"
# What the other side says when it is over; that one recipient gets no more mail is not.
RESOLVES = frozenset({CaseOutcome.STOPPED.value, CaseOutcome.CLEANED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceRules:
    """What the operator said."""

    period: timedelta = timedelta(hours=1)  # at T1 a campaign is told once in it
    quiet: timedelta = timedelta(days=3)  # a campaign about which nobody complains for so long is over; then it is new
    relapse: timedelta = timedelta(hours=1)  # mail that was on its way when it was resolved is no relapse


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCampaign:
    """What a party was told about one campaign."""

    first: datetime
    last: datetime  # when somebody complained last
    told: datetime  # when the party was told last
    complaints: int = 1
    resolved: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained:
    """One complaint as pacing sees it."""

    tier: Tier
    arrived: datetime | None
    is_repeated: bool  # the same complainer, about the same campaign, to the same party


def refusal(known: KnownCampaign | None, complaint: Complained, rules: PaceRules, *, now: datetime) -> str | None:
    """Why the party is not told; None where it is.

    >>> now = datetime(2026, 3, 1, 12)
    >>> known = KnownCampaign(first=now, last=now, told=now)
    >>> refusal(known, Complained(tier=Tier.T1, arrived=now, is_repeated=False), PaceRules(), now=now)
    'campaign-told'
    >>> refusal(known, Complained(tier=Tier.T2, arrived=now, is_repeated=False), PaceRules(), now=now) is None
    True
    """
    if known is None or is_over(known, rules, now):
        return None
    if known.resolved is not None:
        if complaint.arrived is None or complaint.arrived <= known.resolved + rules.relapse:
            return RESOLVED
        return None  # it is back: whoever complained before may say so again
    if complaint.is_repeated:
        return COMPLAINER
    if complaint.tier is Tier.T1 and now - known.told < rules.period:
        return PERIOD
    return None


def is_over(known: KnownCampaign, rules: PaceRules, now: datetime) -> bool:
    """Whether nobody complained for so long that it would be a new campaign."""
    return now - known.last >= rules.quiet


def seen(known: KnownCampaign | None, reason: str | None, rules: PaceRules, *, now: datetime) -> KnownCampaign:
    """What is remembered after one more complaint; ``reason`` is what ``refusal`` said."""
    if known is None or is_over(known, rules, now):
        return KnownCampaign(first=now, last=now, told=now)
    counted = replace(known, last=now, complaints=known.complaints + 1)
    return counted if reason is not None else replace(counted, told=now, resolved=None)
