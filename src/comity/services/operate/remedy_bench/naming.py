"""Whom the program names, held against the truth.

Answers:    ``name_them(place, rows, infected)`` gives ``Named``: wrong people told, rows that named somebody else, what stayed
            unresolved, and the hours of each line from its first sighting to its notice, in three parts: until the feed brought
            that sighting (the feed's), until it brought one that names the line (no port, or an address that just changed
            hands), until the notice was given out (ours).
Limits:     the feed comes every so many hours, three hours late, and its source is trusted. ``Telling`` is what the program does
            with a case; without it nobody is told, and the case counts as the notice.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, Protocol

from comity.cases.own_side import OwnSide
from comity.formats import tables
from comity.formats.own_side import read_own
from comity.remediation.corroboration import Standing
from comity.services.operate.remedy_bench.town import BEGAN, DAYS, FEED_HEADING, Row, name_of
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.infestations import FollowsSights
from comity.services.remedy.sightings.importing import Import, ImportOrder

LATE: Final = timedelta(hours=3)
_SOURCE: Final = "shadowserver"
_HOUR: Final = timedelta(hours=1)

_POLL: Final = timedelta(seconds=1)  # how often the program looks what is due

Write = Callable[[], AbstractContextManager[Any]]


class Telling(Protocol):
    """What follows cases, and tells subscribers."""

    @property
    def following(self) -> FollowsSights:
        """Hears of each case."""

    def turn(self, now: datetime) -> bool:
        """Do what is due; whether there was anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What came of it."""

    rows: int
    told: int
    wrong_told: int
    wrong_rows: int
    unresolved: dict[str, int]  # rows that name nobody, by reason
    shared_rows: int
    shared_unresolved: int
    hours: tuple[float, ...]  # of each line that was told, from its first sighting to its notice
    case_hours: tuple[float, ...]  # to its case
    feed_hours: tuple[float, ...]  # of them, until the feed brought that sighting
    unnamed_hours: tuple[float, ...]  # then until it brought one that names the line
    own_hours: tuple[float, ...]  # then until the notice: what was in our hands


def name_them(
    write: Write, rows: Sequence[Row], infected: Collection[int], *, every: int = 24, telling: Telling | None = None
) -> Named:
    """Take the feed in, part by part."""
    whose = Whose(OwnSide(read_own(b"10.0.0.0/8", "town").holdings))
    reasons: Counter[str] = Counter()
    shared = 0
    opened: dict[str, datetime] = {}
    stretch, following = timedelta(hours=every), None if telling is None else telling.following
    for part, mine in groupby(rows, key=lambda each: (each.said - BEGAN) // stretch):
        now = BEGAN + stretch * (part + 1) + LATE
        order = ImportOrder(now=now, quiet=timedelta(days=3), release=True)
        take = Import(write, whose, standing=Standing(trusted={_SOURCE}), order=order, following=following).take
        parts = list(mine)
        for is_shared in (False, True):
            text = FEED_HEADING + "".join(each.text() for each in parts if each.is_shared is is_shared)
            taken = take("feed", tables.read(text.encode(), f"{now:%Y-%m-%d}-event4_sinkhole-town.csv"))
            reasons.update(taken.left)
            shared += sum(taken.left.values()) if is_shared else 0
            opened |= dict.fromkeys(taken.opened, now)
        if telling is not None:
            _tell(telling, now, until=now + stretch)
    return _held_against(write, rows, infected, opened=opened, reasons=reasons, shared=shared, every=every)


def _tell(telling: Telling, now: datetime, *, until: datetime) -> None:
    """What is due is done: second by second while there is something, else hour by hour."""
    moment = now + _POLL
    while moment < until:
        moment += _POLL if telling.turn(moment) else _HOUR


def _held_against(
    write: Write,
    rows: Sequence[Row],
    infected: Collection[int],
    *,
    opened: dict[str, datetime],
    reasons: Counter[str],
    shared: int,
    every: int,
) -> Named:
    with write() as records:
        labels = {case_id: each.label for case_id, each in records.cases.by_id(list(opened)).items()}
        seen = list(records.effects.seen(BEGAN, BEGAN + timedelta(days=DAYS + 9)))
        notices = {case_id: each.given for case_id, each in records.effects.first_notices().items()} or opened
    truth, first = {name_of(each) for each in infected}, _first(rows)
    ways = [
        (first[label].happened, _delivered(first[label], every), opened[case_id], notices[case_id])
        for case_id, label in labels.items()
        if case_id in notices
    ]
    return Named(
        rows=len(rows),
        told=len(labels),
        wrong_told=sum(label not in truth for label in labels.values()),
        wrong_rows=sum(each.subject != f"subscriber:{each.said}" for each in seen),
        unresolved=dict(reasons),
        shared_rows=sum(each.is_shared for each in rows),
        shared_unresolved=shared,
        hours=tuple(sorted((told - happened) / _HOUR for happened, _, _, told in ways)),
        case_hours=tuple(sorted((named - happened) / _HOUR for happened, _, named, _ in ways)),
        feed_hours=tuple(sorted((came - happened) / _HOUR for happened, came, _, _ in ways)),
        unnamed_hours=tuple(sorted((named - came) / _HOUR for _, came, named, _ in ways)),
        own_hours=tuple(sorted((told - named) / _HOUR for _, _, named, told in ways)),
    )


def _first(rows: Iterable[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for each in rows:
        known = found.setdefault(name_of(each.line), each)
        if each.happened < known.happened:
            found[name_of(each.line)] = each
    return found


def _delivered(row: Row, every: int) -> datetime:
    """When the feed brought it."""
    stretch = timedelta(hours=every)
    return BEGAN + stretch * ((row.said - BEGAN) // stretch + 1) + LATE
