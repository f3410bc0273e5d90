"""The infestations of our lines, out of cases, sightings and notices.

Answers:    ``infestations(rows, now)``: one for each case on a line that sightings opened or joined; ``alive(rows)`` the days on
            which sources delivered.
Limits:     a sighting belongs to the case that was the newest when it was made; a merged case is counted where it went. The family
            is the one that the notice named, else the word that sources used most.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Final

from comity.model.case import EvidenceClass
from comity.model.desk import CaseState, DeskCase
from comity.remediation.effect.infestation import UNKNOWN, Alive, Infestation, day_of
from comity.services.remedy.effect.rows import EffectRows, FirstNotice, SeenOnDay

LOOKED_BACK: Final = timedelta(days=396)
_WORD: Final = 40


def alive(rows: EffectRows) -> Alive:
    """The days on which each source delivered anything."""
    return Alive.of(rows.days())


def infestations(rows: EffectRows, now: datetime) -> list[Infestation]:
    """Those of which anything was seen in the time that sightings are kept, as it was known at a moment."""
    cases: dict[str, list[DeskCase]] = defaultdict(list)
    for case in rows.cases():
        if case.state is not CaseState.MERGED and case.classes.get(EvidenceClass.BOT):
            cases[case.key.rpartition("#")[0] if case.number > 1 else case.key].append(case)
    notices = rows.first_notices()
    found: list[Infestation] = []
    for subject, seen in groupby(rows.seen(now - LOOKED_BACK, now), key=lambda each: each.subject):
        parts = _by_case(cases.get(subject, ()), list(seen), now)
        mine = [_infestation(case, part, notices.get(case.case_id), subject=subject) for case, part in parts]
        found += [replace(each, until=after.first) for each, after in pairwise(mine)] + mine[-1:]
    return found


def _by_case(
    cases: Sequence[DeskCase], seen: Sequence[SeenOnDay], now: datetime
) -> Iterator[tuple[DeskCase, list[SeenOnDay]]]:
    after: datetime | None = None
    for case in cases:
        until = case.state_since if case.state is CaseState.CLOSED and case.state_since <= now else None
        part = [each for each in seen if (after is None or each.seen > after) and (until is None or each.seen <= until)]
        if part:
            yield case, part
        after = until


def _infestation(case: DeskCase, seen: Sequence[SeenOnDay], notice: FirstNotice | None, *, subject: str) -> Infestation:
    days: dict[str, set[int]] = defaultdict(set)
    for each in seen:
        days[each.source].add(day_of(each.seen))
    return Infestation(
        case_id=case.case_id,
        subject=subject,
        days={source: frozenset(each) for source, each in days.items()},
        family=_family(seen, notice),
        opened=day_of(case.opened),
        told=None if notice is None else day_of(notice.given),
        channel=None if notice is None else notice.kind,
        relapse_of=case.reopened_from,
    )


def _family(seen: Sequence[SeenOnDay], notice: FirstNotice | None) -> str:
    if notice is not None and notice.family != UNKNOWN:
        return notice.family
    said = Counter(each.said for each in seen if each.said)
    return min(said, key=lambda word: (-said[word], word))[:_WORD] if said else UNKNOWN
