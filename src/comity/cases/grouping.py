"""Out of the facts of ten thousand mails: cases, worst first, and lists of all the rest with the reason for each.

Trust:      texts are strangers'; what is ours is decided in ``comity.cases.matching``.
Standards:  RFC 6449 section 4 (what a consumer of feedback does with it).
Answers:    ``group(facts, own, now)`` gives ``Triage``. Every item is in exactly one place of it.
Limits:     holds the facts of all items at once, about 2 kB each. A time more than a day ahead of ``now`` counts as no time.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from comity.cases.assembly import Gathered, make_case
from comity.cases.duplicates import Repeats
from comity.cases.matching import Subject, match, why_unmatched
from comity.cases.own_side import OwnSide
from comity.cases.threads import AHEAD, threads
from comity.model.case import Case, Entry, Evidence, Fold, ItemFacts, Listed, Thread, Triage, Unmatched
from comity.model.feedback import Kind
from comity.model.mailbox import Condition

# Feedback whose form promises reports: without one, something was lost.
_PROMISES: Final = frozenset({Kind.ARF, Kind.JMRP, Kind.XARF, Kind.FORWARD, Kind.INLINE_FORWARD})


@dataclass(slots=True, kw_only=True)
class _Work:
    """What has been sorted so far."""

    own: OwnSide
    now: datetime
    gathered: dict[Subject, Gathered] = field(default_factory=dict)
    unmatched: list[Unmatched] = field(default_factory=list)
    unmatched_items: int = 0
    prose: list[ItemFacts] = field(default_factory=list)
    unreadable: list[Listed] = field(default_factory=list)
    not_reports: list[Listed] = field(default_factory=list)
    folded: list[Fold] = field(default_factory=list)
    in_cases: int = 0
    reports: int = 0
    repeats: Repeats["_Place"] = field(default_factory=Repeats)
    folded_reports: Counter[str] = field(default_factory=Counter)
    digests: dict[str, ItemFacts] = field(default_factory=dict)
    carriers: dict[tuple[object, ...], ItemFacts] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where a report went, so that a repeat of it can be counted there."""

    item: ItemFacts
    gathered: Gathered | None = None
    index: int = 0


def group(facts: Iterable[ItemFacts], own: OwnSide, now: datetime, *, since: datetime | None = None) -> Triage:
    """Sort everything. ``since`` leaves out what is older; how much that was is counted."""
    work = _Work(own=own, now=now)
    count = older = 0
    for item in facts:
        count += 1
        if item.condition is Condition.OLDER or (since is not None and _is_older(item, since)):
            older += 1
        else:
            _sort_in(item, work)
    letters = threads(work.prose, own, now)
    cases = _cases(work, letters)
    return Triage(
        items=count,
        now=now,
        cases=cases,
        unmatched=tuple(work.unmatched),
        free_text=letters,
        unreadable=tuple(work.unreadable),
        not_reports=tuple(work.not_reports),
        folded=tuple(work.folded),
        older=older,
        in_cases=work.in_cases,
        unmatched_items=work.unmatched_items,
        reports=work.reports,
        repeats=dict(work.folded_reports),
    )


def _is_older(item: ItemFacts, since: datetime) -> bool:
    times = [time for time in (item.sent, *(each.seen for each in item.evidence)) if time is not None]
    return bool(times) and max(times) < since


def _sort_in(item: ItemFacts, work: _Work) -> None:
    repeated = _repeated_item(item, work)
    if repeated is not None:
        work.folded.append(repeated)
    elif item.condition is not Condition.WHOLE or item.kind is Kind.UNREADABLE:
        work.unreadable.append(Listed(item=item, reason=item.why))
    elif item.kind is Kind.PROSE:
        work.prose.append(item)
    elif not item.kind.is_feedback:
        work.not_reports.append(Listed(item=item, reason=item.why))
    elif not item.evidence and item.kind in _PROMISES:
        work.unreadable.append(Listed(item=item, reason="triage.why.nothing-found"))
    elif not item.evidence and item.kind is Kind.TABLE:
        work.not_reports.append(Listed(item=item, reason="triage.why.no-rows"))
    else:
        _sort_in_reports(item, work)


def _repeated_item(item: ItemFacts, work: _Work) -> Fold | None:
    """The same bytes again, or the same mail delivered by another way (other Received lines, everything else equal)."""
    if item.digest:
        first = work.digests.setdefault(item.digest, item)
        if first is not item:
            return Fold(item=item, rule="same-bytes", first=first)
    if item.message_id and item.carried_from:
        key = (item.kind, item.message_id, item.carried_from, item.subject, item.evidence)
        first = work.carriers.setdefault(key, item)
        if first is not item:
            return Fold(item=item, rule="same-mail", first=first)
    return None


def _sort_in_reports(item: ItemFacts, work: _Work) -> None:
    """Put each report of an item into its case, or on the list of the unmatched; say once what became of the item."""
    work.reports += len(item.evidence)
    if not item.evidence:
        work.unmatched.append(Unmatched(reason="no-mark", evidence=None, item=item))
        work.unmatched_items += 1
        return
    matched = unmatched = False
    fold: Fold | None = None
    for evidence in item.evidence:
        when = _when(evidence, item, work.now)
        place, found = _Place(item=item), match(evidence, work.own)
        here = None if found is None else work.gathered.get(found[2])
        # What leads to a case repeats nothing that leads to another one, or nowhere: whoever says it first may want it so.
        repeated = work.repeats.first_of(
            evidence, when, place, fits=partial(_leads_here, here, is_placed=found is not None)
        )
        if repeated is not None:
            rule, earlier = repeated
            work.folded_reports[rule] += 1
            if earlier.gathered is not None:
                earlier.gathered.repeat(earlier.index)
            fold = fold or Fold(item=item, rule=rule, first=earlier.item)
            continue
        if found is None:
            unmatched = True
            work.unmatched.append(Unmatched(reason=why_unmatched(evidence), evidence=evidence, item=item))
            continue
        matched = True
        rule, holding, key = found
        gathered = work.gathered.setdefault(key, Gathered(kind=key[0], label=key[1]))
        place.gathered = gathered
        place.index = gathered.add(Entry(evidence=evidence, item=item, when=when, rule=rule), holding)
    if matched:
        work.in_cases += 1
    elif unmatched:
        work.unmatched_items += 1
    elif fold is not None:
        work.folded.append(fold)


def _leads_here(here: Gathered | None, place: _Place, *, is_placed: bool) -> bool:
    return not is_placed or (here is not None and place.gathered is here)


def _when(evidence: Evidence, item: ItemFacts, now: datetime) -> datetime | None:
    return next((time for time in (evidence.seen, item.sent) if time is not None and time <= now + AHEAD), None)


def _cases(work: _Work, letters: Sequence[Thread]) -> tuple[Case, ...]:
    """The finished cases, worst first, each told where its campaigns stand elsewhere and who wrote about it."""
    mentions: dict[str, list[ItemFacts]] = {}
    for thread in letters:
        for holding in thread.ours:
            mentions.setdefault(holding.place, []).extend(thread.items)
    cases = []
    for gathered in work.gathered.values():
        written = {item.position: item for holding in gathered.holdings() for item in mentions.get(holding.place, ())}
        cases.append(make_case(gathered, now=work.now, free_text=tuple(written.values())))
    spread = Counter((campaign.mark, campaign.value) for case in cases for campaign in case.campaigns)
    cases = [
        replace(
            case,
            campaigns=tuple(replace(each, elsewhere=spread[each.mark, each.value] - 1) for each in case.campaigns),
        )
        for case in cases
    ]
    return tuple(sorted(cases, key=lambda case: (-case.score.total, -case.reports, case.label)))
