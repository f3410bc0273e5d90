"""What a rule asks for: each thing alone, at its bound and just below it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from comity.cases.playbook.conditions import holds
from comity.model.case import EvidenceClass
from comity.model.notice import Certainty
from comity.model.playbook import Condition, Facts, Rate

from .making import NOW, facts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEAK, BOT, FRAUD = EvidenceClass.OTHER, EvidenceClass.BOT, EvidenceClass.FRAUD
TODAY = NOW.date()
FROM = {"first_seen": NOW, "last_seen": NOW}


def of(*, also: dict[str, Any] | None = None, **told: Any) -> Facts:
    return replace(facts(**told), **(also or {}))


def fresh(complainers: int, *classes: EvidenceClass) -> Facts:
    return of(complainers=complainers, classes=dict.fromkeys(classes, 1), **FROM)


def heard(when: datetime) -> Facts:
    return of(opened=NOW - 2 * DAY, also={"heard": when})


def sure(certainty: Certainty) -> Facts:
    return of(also={"certainty": certainty})


def rated(sent: int, complained: int, *, days: int = 0) -> Facts:
    day = TODAY - timedelta(days=days)
    return of(also={"sent": {day: sent}, "complained": {day: complained}})


RATE = Rate(over=0.01, least=1000, days=7)


@pytest.mark.parametrize(
    ("condition", "enough", "short"),
    [
        (Condition(reports=3), of(reports=3), of(reports=2)),
        (Condition(complainers=3), of(complainers=3), of(complainers=2)),
        (Condition(verified=1), of(also={"verified": 1}), of()),
        (Condition(relapses=1), of(number=2), of(number=1)),
        (Condition(any_class=frozenset({BOT, FRAUD})), of(classes={BOT: 1}), of(classes={WEAK: 9, BOT: 0})),
        (Condition(independent=2), of(classes={BOT: 1, FRAUD: 1}), of(classes={BOT: 9, WEAK: 9, FRAUD: 0})),
        (Condition(open_for=DAY), of(opened=NOW - DAY), of(opened=NOW - DAY + timedelta(seconds=1))),
        (Condition(quiet=DAY), heard(NOW - DAY), heard(NOW - HOUR)),
        (Condition(quiet=DAY), of(opened=NOW - DAY), of(opened=NOW - DAY, also={"is_silent": False})),
        (Condition(quiet=DAY), of(opened=NOW - 2 * DAY), of(opened=NOW - 2 * DAY, also={"deaf_until": NOW - HOUR})),
        (Condition(certainty=Certainty.LIKELY), sure(Certainty.CONFIRMED), sure(Certainty.SUSPECTED)),
        (Condition(certainty=Certainty.SUSPECTED), sure(Certainty.SUSPECTED), of()),
        (Condition(severity="high"), fresh(1000, BOT, FRAUD), fresh(2, BOT)),
        (Condition(severity="middle"), fresh(1000, BOT, FRAUD), fresh(1, WEAK)),
        (Condition(rate=RATE), rated(2000, 60), rated(2000, 20)),
        (Condition(rate=RATE), rated(1000, 100), rated(999, 100)),
        (Condition(rate=RATE), rated(2000, 60, days=6), rated(2000, 60, days=7)),
        (Condition(rate=RATE), rated(2000, 60), of(also={"complained": {TODAY: 60}})),
    ],
)  # fmt: skip
def test_what_is_asked_for_holds_at_its_bound_and_not_below_it(
    condition: Condition, enough: Facts, short: Facts
) -> None:
    """Whoever is confined, written to or left alone by it is so by what was found, and not by one report less."""
    assert holds(condition, enough, NOW)
    assert not holds(condition, short, NOW)


def test_all_of_it_must_hold() -> None:
    """One thing that does not is enough to leave it; what asks nothing holds of every case."""
    every = Condition(reports=1, open_for=HOUR, certainty=Certainty.LIKELY)
    good = of(reports=1, opened=NOW - HOUR, also={"certainty": Certainty.LIKELY})
    assert holds(every, good, NOW)
    assert holds(Condition(), of(), NOW)
    for bad in (
        of(opened=NOW - HOUR, also={"certainty": Certainty.LIKELY}),
        of(reports=1, also={"certainty": Certainty.LIKELY}),
    ):
        assert not holds(every, bad, NOW)
    assert not holds(every, replace(good, certainty=None), NOW)
