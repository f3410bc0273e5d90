"""What needs a person today, and what changed: the first page of a desk, and what a pager would ask.

Answers:    ``needs(records, now)`` gives each thing that waits for a person, the most urgent first, with how many there are and
            since when the oldest waits; ``changes(records, now)`` what happened in the last day; ``course_of_days`` reports by day.
Limits:     counts only; what each of them is stands on a page of its own.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from comity.accord.recourse import hurts
from comity.model.consumer import ConsumerState
from comity.model.desk import CaseState
from comity.model.recourse import Consequence
from comity.model.sending import OURS, PeerState
from comity.services.public.times import earliest
from comity.services.receive.grave.urgent import standing

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that waits for a person."""

    name: str
    n: int
    oldest: datetime | None = None
    is_grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened in the last day."""

    name: str
    n: int


def needs(records: Any, now: datetime, *, outcomes: Callable[[Any], int] | None = None) -> list[Need]:
    """All that waits for a person; what there is none of is left out. ``outcomes`` counts those that were held, where somebody
    knows who may be told; without it those of each network that mail leaves for are counted.
    """
    return [each for each in _needs(records, now, outcomes or _untold_outcomes) if each.n]


def _needs(records: Any, now: datetime, outcomes: Callable[[Any], int]) -> Iterator[Need]:
    urgent = standing(records.urgent)
    yield Need(name="urgent", n=len(urgent), oldest=earliest(each.entered for each in urgent), is_grave=True)
    owed = records.recourses.owed(now + DAY)
    yield Need(name="recourse", n=len(owed), oldest=earliest(begun.due for _, begun in owed))
    open_ = [made for made, _ in records.recourses.all(ends_after=now)]
    untold = untold_of(records, open_, now)
    oldest = earliest(made.imposed for made in open_ if made.reference in untold)
    yield Need(name="unwarned", n=len(untold), oldest=oldest)
    overdue, oldest = records.case_letters.count_overdue(now)
    yield Need(name="overdue", n=overdue, oldest=oldest)
    yield Need(name="lost", n=records.case_letters.count_lost())
    due, oldest = records.places.waiting_until(now + DAY)
    yield Need(name="due", n=due, oldest=oldest)
    raised, oldest = records.places.raised()
    yield Need(name="raised", n=raised, oldest=oldest)
    counts = records.places.counts()
    yield Need(name="undecided", n=counts.get(CaseState.UNDECIDED, 0))
    yield Need(name="left", n=records.places.left_behind())
    yield Need(name="new", n=counts.get(CaseState.NEW, 0))
    shunted, oldest = records.intake.waiting_shunt()
    yield Need(name="shunt", n=shunted + records.sending.count_shunted(), oldest=oldest)
    letters, oldest = records.arrived.in_all()
    yield Need(name="arrived", n=letters, oldest=oldest)
    applicants = records.consumers.all([ConsumerState.PROVED])
    yield Need(name="applicants", n=len(applicants), oldest=earliest(each.since for each in applicants))
    alarms = records.sources.alarms()
    yield Need(name="alarms", n=len(alarms), oldest=earliest(each.since for each in alarms))
    yield Need(name="outcomes", n=outcomes(records))


def _untold_outcomes(records: Any) -> int:
    """How many outcomes of cases were held, and could be told now, because mail for the peer leaves."""
    counts = records.held_outcomes.counts()
    peers = records.peers.all() if counts else ()
    live = {
        each.address.rpartition("@")[2].lower()
        for each in peers
        if each.state is PeerState.LIVE and each.name not in OURS
    }
    return sum(n for domain, n in counts.items() if domain in live)


def untold_of(records: Any, found: Collection[Consequence], now: datetime) -> dict[str, str]:
    """What of these a person has to tell, by reference: what was warned of by a mail that did not arrive ("returned"), what
    waits for a warning ("waits"), and what somebody asked about by mail that no mail of ours may answer ("asked").

    A mail that has not left after a day warned nobody either: its peer may be held or suspended, and refuses nothing then.
    """
    warned, returned = records.recourses.warned(since=now - DAY), records.recourses.unwarned()
    asked = records.recourses.unanswered()
    unheard = {
        made.reference: "asked" for made in found if made.reference in asked and made.lifted is None and now < made.ends
    }
    return unheard | {
        made.reference: "returned" if made.reference in returned else "waits"
        for made in found
        if hurts(made, now) and (made.reference in returned or (made.waits and made.reference not in warned))
    }


def changes(records: Any, now: datetime) -> Sequence[Change]:
    """What happened in the last day."""
    since = now - DAY
    acts = records.queue.changed_since(since)
    return (
        Change(name="opened", n=records.queue.opened_since(since)),
        Change(name="taken", n=acts.get("take", 0)),
        Change(name="closed", n=acts.get("close", 0)),
        Change(name="again", n=acts.get("return", 0) + acts.get("reopen", 0)),
    )


def course_of_days(records: Any, now: datetime, days: int = 30) -> list[tuple[date, int]]:
    """Reports that came or left on each of the last days, the oldest first, today among them."""
    first = now.date() - timedelta(days=days - 1)
    counts = records.queue.reports_by_day(first)
    return [(day, counts.get(day.isoformat(), 0)) for day in (first + timedelta(days=n) for n in range(days))]
