"""What helped, in numbers with their uncertainty.

Standards:  comity.remediation.effect: coverage, silence, survival curves, comparison; shares with Wilson's or Clopper and Pearson's
            interval (``comity.formats.intervals``).
Answers:    ``measure(rows, terms)`` gives ``Effect``: found and clean, sources, curves by channel and by family, relapses, the
            comparison where one is set up.
Limits:     a line that was told is followed from its first notice on, another from the day its case was opened; what was silent
            before that is in no curve. Notices sent are never counted as effect.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comity.formats.intervals import Share, share
from comity.model.sighting import Outcomes
from comity.remediation.effect.clean import Basis, Silence, judged, watched
from comity.remediation.effect.comparison import Compared, Difference, Wedge, difference
from comity.remediation.effect.coverage import Coverages, learned
from comity.remediation.effect.infestation import Infestation, day_of
from comity.remediation.effect.silence import coverage, days_needed
from comity.remediation.effect.survival import Step, Watched, curve
from comity.remediation.weights import lower_bound
from comity.services.remedy.effect.lines import alive, infestations
from comity.services.remedy.effect.rows import EffectRows

POINTS: Final = (7, 14, 30, 60)
RELAPSE_DAYS: Final = 150
HORIZON: Final = 14
UNTOLD: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """One source: how often it sees an infected line, and what came of its words."""

    source: str
    seen: int
    days: int
    needed: int | None  # silent days of this source alone
    outcomes: Outcomes
    weight: float
    wrong: Share | None
    # Days since it delivered anything, and its longest pause before, where this one is longer.
    pause: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How many are still infected after so many days."""

    day: int
    infected: float
    low: float | None
    high: float | None
    at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The lines of one channel or family."""

    name: str
    lines: int
    points: tuple[Point, ...]
    steps: tuple[Step, ...] = ()  # the whole curve, as far as anything could be known of anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """All of it."""

    found: int
    clean: int
    waiting: int  # too early to say
    blind: int  # silence proves nothing
    share: Share | None
    sources: tuple[SourceFigures, ...]
    channels: tuple[Group, ...]
    families: tuple[Group, ...]
    relapses: int
    relapse_of: int  # clean lines that were followed for as long
    relapse: Share | None
    comparison: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureTerms:
    """How it is measured; ``first`` and ``last`` are the days on which a case was opened, where not all count."""

    now: datetime
    assumed: int
    first: int | None = None
    last: int | None = None
    wedge: Wedge | None = None


def measure(rows: EffectRows, terms: MeasureTerms) -> Effect:
    """Measure."""
    everything = infestations(rows, terms.now)
    coverages, today = learned(everything, alive(rows)), day_of(terms.now)
    judgements = [(each, judged(each, coverages, today=today, assumed=terms.assumed)) for each in everything]
    mine = [(each, silence) for each, silence in judgements if _counts(each, terms)]
    clean = sum(silence.is_clean for _, silence in mine)
    blind = sum(silence.basis is Basis.BLIND for _, silence in mine)
    came_back, followed = _relapses(mine, today)
    return Effect(
        found=len(mine),
        clean=clean,
        waiting=len(mine) - clean - blind,
        blind=blind,
        share=share(clean, len(mine)),
        sources=tuple(_sources(coverages, rows.outcomes(), today)),
        channels=_groups(mine, lambda each: each.channel or UNTOLD, today),
        families=_groups(mine, lambda each: each.family, today),
        relapses=came_back,
        relapse_of=followed,
        relapse=share(came_back, followed),
        comparison=None if terms.wedge is None else difference(_compared(mine, terms.wedge, today)),
    )


def _counts(line: Infestation, terms: MeasureTerms) -> bool:
    return (terms.first is None or line.opened >= terms.first) and (terms.last is None or line.opened <= terms.last)


def _sources(coverages: Coverages, outcomes: Mapping[str, Outcomes], today: int) -> Iterable[SourceFigures]:
    names = {source for source, family in coverages.days if family is None} | outcomes.keys()
    for source in sorted(names):
        seen, days = coverages.known(source)
        came = outcomes.get(source, Outcomes())
        yield SourceFigures(
            source=source,
            seen=seen,
            days=days,
            needed=days_needed([coverage(seen, days)]),
            outcomes=came,
            weight=lower_bound(came),
            wrong=share(came.wrong, came.right + came.wrong),
            pause=coverages.alive.silent(source, today),
        )


def _groups(
    lines: Sequence[tuple[Infestation, Silence]], name_of: Callable[[Infestation], str], today: int
) -> tuple[Group, ...]:
    groups: dict[str, list[Watched]] = defaultdict(list)
    ends: Counter[str] = Counter()
    for each, silence in lines:
        found = watched(each, silence, today=today)
        if found is not None:
            name, began = name_of(each), each.opened if each.told is None else each.told
            groups[name].append(found)
            ends[name] = max(ends[name], each.looked_at(today) - (silence.needed or 0) - 1 - began)
    return tuple(
        _group(name, group, ends[name])
        for name, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def _group(name: str, group: Sequence[Watched], end: int) -> Group:
    steps = curve(group)
    known = tuple(each for each in steps if each.day <= end)
    return Group(name=name, lines=len(group), points=_points(steps, group, end), steps=known)


def _points(steps: Sequence[Step], group: Sequence[Watched], end: int) -> tuple[Point, ...]:
    """The curve at some days, as far as anything could be known of anybody."""
    found = []
    for day in (each for each in POINTS if each <= end):
        step = next((each for each in reversed(steps) if each.day <= day), None)
        at_risk = sum(each.days >= day for each in group)
        found.append(
            Point(
                day=day,
                infected=1.0 if step is None else step.infected,
                low=None if step is None else step.low,
                high=None if step is None else step.high,
                at_risk=at_risk,
            )
        )
    return tuple(found)


def _relapses(lines: Sequence[tuple[Infestation, Silence]], today: int) -> tuple[int, int]:
    """How many of those that were clean so long ago came back within ``RELAPSE_DAYS``, and how many they were."""
    back: Counter[str] = Counter()
    began = {each.case_id: each.first for each, _ in lines}
    ended = {each.case_id: each.last for each, silence in lines if silence.is_clean}
    for each, _ in lines:
        if each.relapse_of in ended and began[each.case_id] - ended[each.relapse_of] <= RELAPSE_DAYS:
            back[each.relapse_of] += 1
    followed = {case_id for case_id, last in ended.items() if today - last >= RELAPSE_DAYS}
    return len(followed & back.keys()), len(followed)


def _compared(lines: Sequence[tuple[Infestation, Silence]], wedge: Wedge, today: int) -> Iterable[Compared]:
    """Those that were opened long enough ago to know what became of them."""
    for each, silence in lines:
        way, step = wedge.way_of(each.subject, each.family, each.opened), wedge.step_of(each.opened)
        if way is None or step is None or silence.needed is None:
            continue
        if today - each.opened > HORIZON + silence.needed + 1:
            yield Compared(step=step, way=way, is_clean=each.last - each.opened + round(silence.lag) <= HORIZON)
