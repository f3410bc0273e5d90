"""A report card: complaints for each mail that reached an inbox, how sure that is, and where it stands against what is usual.

Trust:      counters are our operator's; complaints are our people's. Nothing on a card differs from one complainer to the next:
            whoever sends one person five mails does not learn from it that this one complained, nor to the minute when.
Standards:  what large providers go by: below 0.1 % good, from 0.3 % on bad; E. B. Wilson 1927 for the interval.
Answers:    ``card(rows, party, ...)`` for one consumer, ``own_card(rows, ...)`` for our own postmaster.
Limits:     complaints of a time over mails delivered in the same time: who complains late counts in the next. Only mail that
            reached the inbox is below the line. Without counters there is no rate. What fewer than 5 people (``FEWEST``) complained
            about is not told to a consumer as a number, and complaints of whom nobody knows count as one person's.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_network
from typing import Final

from comity.feedback.pacing import COMPLAINER, PERIOD, RESOLVED
from comity.feedback.parties import inside
from comity.formats.inbox_counters import INBOX, UNKNOWN
from comity.formats.intervals import clopper_pearson, wilson
from comity.model.agreement import Agreement
from comity.services.complain.cards.rows import FEWEST, CampaignFigure, CardRows

GOOD: Final = 0.001
BAD: Final = 0.003
TOP: Final = 10
_SAID_BEFORE: Final = frozenset({COMPLAINER, PERIOD, RESOLVED})
_WILSON_FROM: Final = 40


class Mark(StrEnum):
    """Where the rate stands: the whole interval must lie on one side."""

    GOOD = "good"  # below 0.1 %
    BAD = "bad"  # 0.3 % or more
    BETWEEN = "between"  # neither, as far as the numbers go
    UNKNOWN = "unknown"  # no counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card. Rates are shares of one."""

    party: str | None  # None: everybody, for ourselves
    since: datetime
    until: datetime
    complaints: int | None  # None: too few to be told
    inbox: int
    junk: int
    rate: float | None
    low: float | None
    high: float | None
    mark: Mark
    signed: int | None  # complaints about mail with a signature that held
    campaigns: tuple[CampaignFigure, ...]
    refused: Mapping[str, int]


def card(rows: CardRows, agreement: Agreement, *, since: datetime, until: datetime) -> Card:
    """The card of one consumer."""
    party, complaints, signed, people = agreement.peer, 0, 0, set[str | None]()
    refused: Counter[str] = Counter()
    spared = defaultdict[str, set[str | None]](set)
    for each in rows.complained(since, until):
        for campaign in (campaign for who, campaign in each.spared if who == party):
            spared[campaign].add(each.who)
        noes = [why for who, why in each.refused if who == party]
        if party in each.told or any(why in _SAID_BEFORE for why in noes):
            complaints += 1
            people.add(each.who)
            signed += each.told.get(party, False)
        refused.update(noes)
    mails: Counter[str] = Counter()
    for (domain, source, folder), number in rows.delivered(since, until).items():
        if _covers(agreement, domain, source):
            mails[folder] += number
    few = complaints > 0 and len(people) < FEWEST
    rate, low, high, mark = rated(complaints, mails[INBOX])
    return Card(
        party=party,
        since=since,
        until=until,
        complaints=None if few else complaints,
        inbox=mails[INBOX],
        junk=mails["junk"],
        rate=None if few else rate,
        low=None if few else low,
        high=None if few else high,
        mark=mark,
        signed=None if few else signed,
        campaigns=tuple(
            _to_the_hour(each)
            for each in rows.campaigns(party, since, TOP)
            if len(each.people | spared[each.campaign]) >= FEWEST
        ),
        refused={} if few else refused,
    )


def _to_the_hour(figure: CampaignFigure) -> CampaignFigure:
    first, last = (each.replace(minute=0, second=0, microsecond=0) for each in (figure.first, figure.last))
    return replace(figure, first=first, last=last)


def own_card(rows: CardRows, *, since: datetime, until: datetime) -> Card:
    """All of it, for our own postmaster."""
    complaints, signed = 0, 0
    refused: Counter[str] = Counter()
    for each in rows.complained(since, until):
        complaints += 1
        signed += any(each.told.values())
        refused.update(why for _, why in each.refused)
    mails: Counter[str] = Counter()
    for (_, _, folder), number in rows.delivered(since, until).items():
        mails[folder] += number
    rate, low, high, mark = rated(complaints, mails[INBOX])
    return Card(
        party=None,
        since=since,
        until=until,
        complaints=complaints,
        inbox=mails[INBOX],
        junk=mails["junk"],
        rate=rate,
        low=low,
        high=high,
        mark=mark,
        signed=signed,
        campaigns=tuple(rows.campaigns(None, since, TOP)),
        refused=refused,
    )


def rated(complaints: int, inbox: int) -> tuple[float | None, float | None, float | None, Mark]:
    """The rate, the bounds of its interval (95 %), and where it stands.

    >>> rated(2, 100_000)[3], rated(50, 10_000)[3], rated(2, 1000)[3], rated(3, 0)[3]
    (<Mark.GOOD: 'good'>, <Mark.BAD: 'bad'>, <Mark.BETWEEN: 'between'>, <Mark.UNKNOWN: 'unknown'>)
    """
    if inbox <= 0 or complaints > inbox:
        return None, None, None, Mark.UNKNOWN
    bounds = wilson if inbox >= _WILSON_FROM else clopper_pearson
    low, high = bounds(complaints, inbox)
    mark = Mark.GOOD if high < GOOD else Mark.BAD if low >= BAD else Mark.BETWEEN
    return complaints / inbox, low, high, mark


def _covers(agreement: Agreement, domain: str, source: str) -> bool:
    """Whether mail of this domain, or out of this network, is the consumer's."""
    if inside(domain, agreement.dkim_domains):
        return True
    if source == UNKNOWN:
        return False
    network = ip_network(source)
    # mypy: subnet_of wants one version
    return any(network.version == each.version and network.subnet_of(each) for each in agreement.networks)  # type: ignore[arg-type]
