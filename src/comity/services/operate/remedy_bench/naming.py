"""Whom the program names, held against the truth.

Answers:    ``name_them(place, rows, infected)`` gives ``Named``: wrong people told, rows that named somebody else, what stayed
            unresolved, hours from the first sighting to the case.
Limits:     the feed comes every so many hours, three hours late, and its source is trusted: what waits is the feed. A line whose
            first sightings name nobody waits for one that does.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from comity.cases.own_side import OwnSide
from comity.formats import tables
from comity.formats.own_side import read_own
from comity.remediation.corroboration import Standing
from comity.services.operate.remedy_bench.town import BEGAN, DAYS, FEED_HEADING, Row, name_of
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.sightings.importing import Import, ImportOrder

LATE: Final = timedelta(hours=3)
_SOURCE: Final = "shadowserver"
_HOUR: Final = timedelta(hours=1)

Write = Callable[[], AbstractContextManager[Any]]


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
    hours: tuple[float, ...]  # of each line from its first sighting to its case
    own_hours: tuple[float, ...]  # of them, from the delivery of that sighting on: what was in our hands


def name_them(write: Write, rows: Sequence[Row], infected: Collection[int], *, every: int = 24) -> Named:
    """Take the feed in, part by part."""
    whose = Whose(OwnSide(read_own(b"10.0.0.0/8", "town").holdings))
    reasons: Counter[str] = Counter()
    shared = 0
    opened: dict[str, datetime] = {}
    stretch = timedelta(hours=every)
    for part, mine in groupby(rows, key=lambda each: (each.said - BEGAN) // stretch):
        now = BEGAN + stretch * (part + 1) + LATE
        order = ImportOrder(now=now, quiet=timedelta(days=3), release=True)
        take = Import(write, whose, standing=Standing(trusted={_SOURCE}), order=order).take
        parts = list(mine)
        for is_shared in (False, True):
            text = FEED_HEADING + "".join(each.text() for each in parts if each.is_shared is is_shared)
            taken = take("feed", tables.read(text.encode(), f"{now:%Y-%m-%d}-event4_sinkhole-town.csv"))
            reasons.update(taken.left)
            shared += sum(taken.left.values()) if is_shared else 0
            opened |= dict.fromkeys(taken.opened, now)
    return _held_against(write, rows, infected, opened=opened, reasons=reasons, shared=shared, every=every)


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
    truth = {name_of(each) for each in infected}
    first = _first(rows)
    own = [(opened[case_id] - _delivered(first[label], every)) / _HOUR for case_id, label in labels.items()]
    return Named(
        rows=len(rows),
        told=len(labels),
        wrong_told=sum(label not in truth for label in labels.values()),
        wrong_rows=sum(each.subject != f"subscriber:{each.said}" for each in seen),
        unresolved=dict(reasons),
        shared_rows=sum(each.is_shared for each in rows),
        shared_unresolved=shared,
        hours=tuple(sorted((opened[case_id] - first[label].happened) / _HOUR for case_id, label in labels.items())),
        own_hours=tuple(sorted(own)),
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
