"""What the program says of what helped, held against the truth.

Answers:    ``heal(write, lines, seed)`` gives ``Healed``: curves by channel beside the truth, how many lines are called clean that
            are not, what a comparison finds beside what there is, and how often sources see beside how often they do.
Limits:     generated: lines are cleaned by chance each day, by mail rarely and by the page often; two sources see each of them on
            a share of the days of its own, and deliver nothing on one day in thirty. The truth is that of the lines that were told.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import Any, Final

from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.notice import Certainty, NoticeKind
from comity.remediation.corroboration import Standing
from comity.remediation.effect.clean import judged
from comity.remediation.effect.comparison import Way, Wedge
from comity.remediation.effect.coverage import learned
from comity.remediation.effect.infestation import day_of
from comity.services.operate.remedy_bench.town import BEGAN, HEADING, name_of
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.effect.lines import alive, infestations
from comity.services.remedy.effect.measuring import HORIZON, Effect, MeasureTerms, measure
from comity.services.remedy.rows import GivenNotice
from comity.services.remedy.sightings.importing import Import, ImportOrder

DAYS: Final = 150
_ONSETS: Final = 90
_SOURCES: Final = {"sinkhole": ("infected/event4_sinkhole", 6, 4), "honeypot": ("attack/honeypot", 2.5, 7.5)}
_CLEANED: Final = {Way.USUAL: 0.02, Way.NEW: 0.12}  # of a hundred lines each day
_KINDS: Final = {Way.USUAL: NoticeKind.MAIL, Way.NEW: NoticeKind.PAGE}
_OUTAGE: Final = 1 / 30
_DAY: Final = timedelta(days=1)
_ADDRESSES: Final = int(IPv4Address("10.0.0.0"))

Write = Callable[[], AbstractContextManager[Any]]


@dataclass(slots=True, kw_only=True)
class _Line:
    number: int
    onset: int
    sees: dict[str, float]
    told: int | None = None
    way: Way = Way.USUAL
    cleaned: int | None = None  # the first day on which it is clean


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePoint:
    """One point of a curve beside the truth."""

    channel: str
    day: int
    truth: float
    found: float
    low: float | None
    high: float | None

    @property
    def is_inside(self) -> bool:
        """Whether the truth lies within the interval."""
        return self.low is not None and self.high is not None and self.low <= self.truth <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """All of it."""

    lines: int
    called_clean: int
    not_clean: int  # called clean while infected
    points: tuple[TruePoint, ...]
    difference: float  # the truth
    effect: Effect
    coverage: dict[str, tuple[float, float]]  # by source: the truth, and what was learned


def lease_rows(lines: int) -> list[str]:
    """A book in which every line keeps its address."""
    began, ended = BEGAN.isoformat(), (BEGAN + _DAY * (DAYS + 1)).isoformat()
    return [HEADING, *(f"{_address(at)},,{name_of(at)},{began},{ended}\n" for at in range(lines))]


def heal(write: Write, lines: int, seed: int, *, told: Callable[[], object]) -> Healed:
    """Let the days pass, then ask."""
    chance = random.Random(seed)  # noqa: S311
    wedge = Wedge(key=b"bench" * 4, began=day_of(BEGAN), step=_ONSETS // 5, groups=4)
    people = [
        _Line(
            number=at,
            onset=chance.randrange(_ONSETS),
            sees={source: chance.betavariate(more, less) for source, (_, more, less) in _SOURCES.items()},
        )
        for at in range(lines)
    ]
    for day in range(DAYS):
        _one_day(write, people, day, chance=chance, wedge=wedge)
        told()
    return _asked(write, people, wedge)


def _one_day(write: Write, people: Sequence[_Line], day: int, *, chance: random.Random, wedge: Wedge) -> None:
    now = BEGAN + _DAY * day + timedelta(hours=27)
    whose = Whose(OwnSide(read_own(b"10.0.0.0/8", "town").holdings))
    infected = [each for each in people if each.onset <= day and each.cleaned is None]
    by_subject = {f"subscriber:{name_of(each.number)}": each for each in people}
    for source in _SOURCES:
        if chance.random() < _OUTAGE:
            continue
        # An address of somebody else keeps the source alive on days on which it names nobody of ours.
        reports = [_report(source, "192.0.2.1", day)]
        reports += [
            _report(source, _address(each.number), day) for each in infected if chance.random() < each.sees[source]
        ]
        order = ImportOrder(now=now, quiet=_DAY * 3, release=True)
        take = Import(write, whose, standing=Standing(trusted=frozenset(_SOURCES)), order=order).take
        opened = take(source, Reading(kind=Kind.TABLE, why="why.table", reports=tuple(reports))).opened
        with write() as records:
            for case in records.cases.by_id(list(opened)).values():
                line = by_subject[case.key]
                line.told, line.way = day + 1, wedge.way_of(case.key, "mirai", day_of(now)) or Way.USUAL
                records.notices.add(_notice(line, case.case_id, now))
    for each in infected:
        if each.told is not None and chance.random() < _CLEANED[each.way]:
            each.cleaned = day + 1


def _asked(write: Write, people: Sequence[_Line], wedge: Wedge) -> Healed:
    now = BEGAN + _DAY * DAYS + timedelta(hours=4)
    with write() as records:
        effect = measure(records.effects, MeasureTerms(now=now, assumed=30, wedge=wedge))
        found = infestations(records.effects, now)
        coverages = learned(found, alive(records.effects))
        today = day_of(now)
        clean = {each.subject for each in found if judged(each, coverages, today=today, assumed=30).is_clean}
    names = {f"subscriber:{name_of(each.number)}": each for each in people}
    return Healed(
        lines=len(found),
        called_clean=len(clean),
        not_clean=sum(names[each].cleaned is None for each in clean),
        points=tuple(_points(effect, people)),
        difference=_healed(people, Way.NEW, HORIZON) - _healed(people, Way.USUAL, HORIZON),
        effect=effect,
        coverage={
            source: (
                sum(each.sees[source] for each in people) / len(people),
                coverages.known(source)[0] / max(1, coverages.known(source)[1]),
            )
            for source in _SOURCES
        },
    )


def _points(effect: Effect, people: Sequence[_Line]) -> list[TruePoint]:
    ways = {kind.value: way for way, kind in _KINDS.items()}
    return [
        TruePoint(
            channel=group.name,
            day=point.day,
            truth=1 - _healed(people, ways[group.name], point.day),
            found=point.infected,
            low=point.low,
            high=point.high,
        )
        for group in effect.channels
        if group.name in ways
        for point in group.points
        if point.day <= DAYS - _ONSETS - HORIZON
    ]


def _healed(people: Sequence[_Line], way: Way, days: int) -> float:
    """The truth: the share of those told in one way, long enough ago, that are clean after so many days."""
    mine = [each for each in people if each.told is not None and each.way is way and each.told + days < DAYS]
    clean = sum(each.cleaned is not None and each.cleaned - (each.told or 0) <= days for each in mine)
    return clean / max(1, len(mine))


def _report(source: str, address: str, day: int) -> FeedbackReport:
    seen, word = BEGAN + _DAY * day + timedelta(hours=12), _SOURCES[source][0]
    return FeedbackReport(
        source_ip=address,
        source_port=4455,
        arrival_date=seen,
        reported_class=word,
        reporter=source,
        extra={"family": "mirai"},
    )


def _notice(line: _Line, case_id: str, now: datetime) -> GivenNotice:
    return GivenNotice(
        reference=f"{line.number:012}",
        case_id=case_id,
        kind=_KINDS[line.way],
        language="en",
        certainty=Certainty.LIKELY,
        family="mirai",
        guide="router",
        seen_first=now,
        seen_last=now,
        deadline=None,
        given=now,
    )


def _address(number: int) -> str:
    return str(IPv4Address(_ADDRESSES + number))
