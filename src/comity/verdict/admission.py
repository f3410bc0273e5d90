"""Which complaints may teach the filter: decided so that a few who lie together gain little.

Trust:      whoever complains may lie, and may have friends who lie too; that the mail was delivered to that mailbox was verified
            before (``delivered``).
Answers:    ``admit(samples, terms, now)``: for each sample a place among the admitted, or a named no.
Standards:  FIELD.md: reports of people cannot be made safe by counting; so once per reporter and campaign, after a quarantine,
            capped, never heavier for "not spam" than for "spam", and retractable.
Limits:     pure; what was retracted is simply not handed in again, and whoever learns starts from the model before it. A day is
            one in UTC, that on which it was said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
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
    teaches: bool = False  # it was admitted before: it counts, and nothing is decided about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How cautious we are."""

    quarantine: timedelta = timedelta(hours=24)
    window: timedelta = timedelta(days=30)  # the caps that are of no day count within it
    each_reporter: int = 20
    each_cohort: int = 60
    each_peer: int = 2000
    each_campaign: int = 5  # more of the same teach nothing new
    reporter_a_day: int = 5
    cohort_a_day: int = 15
    peer_a_day: int = 500
    agreeing: int = 2  # different cohorts that must say the same of a campaign before it teaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What was decided about one sample; None: it teaches."""

    sample: Sample
    refusal: str | None


Voices = Mapping[tuple[str, bool], int]


def admit(
    samples: Iterable[Sample], terms: Terms, now: datetime, *, heard: Voices | None = None
) -> tuple[Admission, ...]:
    """Decide on every sample that does not teach yet, the oldest first.

    ``heard``: how many cohorts say it about each campaign, spam or not, where not all who do are among ``samples``.
    """
    ordered = sorted(samples, key=lambda each: (each.at, each.name))
    voices = _voices(ordered, terms, now) if heard is None else heard
    said: set[tuple[str, str, bool]] = set()
    counts: Counter[tuple[str, str]] = Counter()
    for each in ordered:
        if each.teaches:
            _note(each, terms, now, said=said, counts=counts)
    decided = []
    for each in ordered:
        if each.teaches:
            continue
        refusal = _refusal(each, terms, now, said=said, counts=counts, voices=voices)
        if refusal is None:
            _note(each, terms, now, said=said, counts=counts)
        decided.append(Admission(sample=each, refusal=refusal))
    return tuple(decided)


def _voices(samples: Iterable[Sample], terms: Terms, now: datetime) -> Voices:
    found: dict[tuple[str, bool], set[str]] = {}
    for each in samples:
        if each.delivered and now - each.at >= terms.quarantine:
            found.setdefault((each.campaign, each.spam), set()).add(each.cohort)
    return {key: len(cohorts) for key, cohorts in found.items()}


def _note(
    each: Sample,
    terms: Terms,
    now: datetime,
    *,
    said: set[tuple[str, str, bool]],
    counts: Counter[tuple[str, str]],
) -> None:
    """One that teaches: what it takes away from those to come."""
    said.add((each.reporter, each.campaign, each.spam))
    if now - each.at <= terms.window:
        counts.update((purse, owner) for purse, owner, _ in _purses(each, terms))


def _purses(each: Sample, terms: Terms) -> tuple[tuple[str, str, int], ...]:
    """What one admitted sample takes from, and how much there is in it."""
    day = each.at.date().isoformat()
    return (
        ("reporter", each.reporter, terms.each_reporter),
        ("cohort", each.cohort, terms.each_cohort),
        ("peer", each.peer, terms.each_peer),
        ("reporter", f"{day} {each.reporter}", terms.reporter_a_day),
        ("cohort", f"{day} {each.cohort}", terms.cohort_a_day),
        ("peer", f"{day} {each.peer}", terms.peer_a_day),
        ("campaign", f"{each.campaign} {each.spam}", terms.each_campaign),
    )


def _refusal(
    each: Sample,
    terms: Terms,
    now: datetime,
    *,
    said: set[tuple[str, str, bool]],
    counts: Counter[tuple[str, str]],
    voices: Voices,
) -> str | None:
    if not each.delivered:
        return "not-delivered"
    if now - each.at < terms.quarantine:
        return "quarantined"
    if (each.reporter, each.campaign, each.spam) in said:
        return "said-before"
    for_it, against = voices.get((each.campaign, each.spam), 0), voices.get((each.campaign, not each.spam), 0)
    if not each.spam and for_it <= against:
        return "outweighed"
    if for_it < terms.agreeing:
        return "lonely"
    for purse, owner, limit in _purses(each, terms):
        if counts[purse, owner] >= limit:
            return "said-before" if purse == "campaign" else f"{purse}-cap"
    return None
