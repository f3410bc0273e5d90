"""Which complaints may teach the filter: decided so that a few who lie together gain little.

Trust:      whoever complains may lie, and may have friends who lie too; that the mail was delivered to that mailbox was verified
            before (``delivered``).
Answers:    ``admit(samples, terms, now)``: for each sample a place among the admitted, or a named no.
Standards:  FIELD.md: reports of people cannot be made safe by counting; so once per reporter and campaign, after a quarantine,
            capped, never heavier for "not spam" than for "spam", and retractable.
Limits:     pure; what was retracted is simply not handed in again, and whoever learns starts from the model before it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# Every no; counters and pages show the same word.
REFUSALS: Final = frozenset(
    {
        "not-delivered",  # nobody proved that the mail was in that mailbox
        "quarantined",  # its time has not come yet
        "said-before",  # the same reporter said it about the same campaign
        "reporter-cap",
        "cohort-cap",
        "peer-cap",
        "outweighed",  # more say that this campaign is spam than that it is not
        "lonely",  # too few different reporters say it about this campaign
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One complaint that could teach."""

    name: str
    reporter: str  # the token of a mailbox
    cohort: str  # those who came together: one sign-up day, one household, one company
    peer: str  # the network that handed it over; our own has a name as well
    campaign: str  # what mails of one run have in common
    spam: bool
    delivered: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How cautious we are."""

    quarantine: timedelta = timedelta(hours=24)
    window: timedelta = timedelta(days=30)  # caps count within it
    each_reporter: int = 20
    each_cohort: int = 60
    each_peer: int = 2000
    each_campaign: int = 5  # more of the same teach nothing new
    agreeing: int = 2  # different cohorts that must say the same of a campaign before it teaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What was decided about one sample; None: it teaches."""

    sample: Sample
    refusal: str | None


def admit(samples: Iterable[Sample], terms: Terms, now: datetime) -> tuple[Admission, ...]:
    """Decide on every sample, the oldest first."""
    ordered = sorted(samples, key=lambda each: (each.at, each.name))
    voices: dict[tuple[str, bool], set[str]] = {}
    for each in ordered:
        if each.delivered and now - each.at >= terms.quarantine:
            voices.setdefault((each.campaign, each.spam), set()).add(each.cohort)
    said: set[tuple[str, str, bool]] = set()
    counts: Counter[tuple[str, str]] = Counter()
    decided = []
    for each in ordered:
        refusal = _refusal(each, terms, now, said=said, counts=counts, voices=voices)
        if refusal is None:
            said.add((each.reporter, each.campaign, each.spam))
            if now - each.at <= terms.window:
                counts.update(_purses(each))
        decided.append(Admission(sample=each, refusal=refusal))
    return tuple(decided)


def _purses(each: Sample) -> tuple[tuple[str, str], ...]:
    """What one admitted sample takes from."""
    return (
        ("reporter", each.reporter),
        ("cohort", each.cohort),
        ("peer", each.peer),
        ("campaign", f"{each.campaign} {each.spam}"),
    )


def _refusal(
    each: Sample,
    terms: Terms,
    now: datetime,
    *,
    said: set[tuple[str, str, bool]],
    counts: Counter[tuple[str, str]],
    voices: dict[tuple[str, bool], set[str]],
) -> str | None:
    if not each.delivered:
        return "not-delivered"
    if now - each.at < terms.quarantine:
        return "quarantined"
    if (each.reporter, each.campaign, each.spam) in said:
        return "said-before"
    for_it, against = len(voices[each.campaign, each.spam]), len(voices.get((each.campaign, not each.spam), ()))
    if not each.spam and for_it <= against:
        return "outweighed"
    if for_it < terms.agreeing:
        return "lonely"
    limits = (terms.each_reporter, terms.each_cohort, terms.each_peer, terms.each_campaign)
    for (purse, owner), limit in zip(_purses(each), limits, strict=True):
        if counts[purse, owner] >= limit:
            return "said-before" if purse == "campaign" else f"{purse}-cap"
    return None
