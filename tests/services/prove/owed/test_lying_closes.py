"""What a peer may put into a close of a day, or beside it: each lie has a name, and none of them stops whoever counts again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from comity.services.prove import closing
from comity.services.prove.closing import Closing
from comity.services.prove.leaves.examining import Recounted, dispute
from comity.services.prove.owed import answered

from .a_pair import CLOSE_TERMS, EAST, MONDAY, WEEKDAYS, WEST, Pair
from .lies import Facts, begun, disputed, honest, lied, named


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-12-31", "2499-12-31"])
def test_no_day_is_closed_that_is_to_come(pair: Pair, day: str) -> None:
    """Whoever closes the rest of the quarter today counts its reports in the next one; and no calendar ends while we count."""
    begun(pair)
    honest(pair, 0)
    closed = lied(pair, 1, {"day": day})
    assert named(pair, closed) & {"day-to-come", "malformed"}
    assert disputed(pair)
    pair.at(2)
    pair.report(4)
    pair.exchange()  # goes on


@pytest.mark.parametrize("previous", [None, "east.example/to/west.example/2026q4#²", "x#" + "9" * 40, "nothing"])
def test_a_close_names_the_one_before(pair: Pair, previous: str | None) -> None:
    """One that begins anew, or names none that there is, would count all leaves once more."""
    begun(pair)
    honest(pair, 0)
    closed = lied(pair, 1, {"previous": previous})
    assert named(pair, closed) == {"previous-missing"}
    assert disputed(pair)


def test_a_close_that_skips_one_does_not_hold(pair: Pair) -> None:
    """By the one before the one before, what was counted yesterday would be missing from the month."""
    begun(pair)
    first = honest(pair, 0)
    honest(pair, 1)
    closed = lied(pair, 2, {"previous": first.name})
    assert named(pair, closed) == {"previous-missing"}


HUGE = 1 << 60


@pytest.mark.parametrize(
    "beside",
    [
        {"waiting": {"9999-12-31": {"": 1}}},
        {"waiting": {"0001-01-01": {"": 1}}},
        {"waiting": {"2026-11-23": {"a\0b": 1}}},
        {"waiting": {"2026-11-23": {"\ud800": 1}}},
        {"waiting": {"2026-11-23": {"": HUGE}}},
        {"waiting": {f"2026-{month:02}-23": {"": (1 << 53) - 1} for month in range(1, 12)}},
        {"waiting": None},
        {"answers": {}},
        {"cells": {each: {"\ud800": 1} for each in ("day", "month", "quarter", "year")}},
        {"cells": {each: {"report": float("inf")} for each in ("day", "month", "quarter", "year")}},
        {"cells": {each: {"report": HUGE} for each in ("day", "month", "quarter", "year")}},
        {"cells": {each: {"report": -1} for each in ("day", "month", "quarter", "year")}},
        {"cells": {each: {"report": (1 << 53) - 1} for each in ("day", "month", "quarter", "year")}},
    ],
    ids=repr,
)
def test_what_travels_beside_a_close_can_be_anything(pair: Pair, beside: Facts) -> None:
    """Days beyond the calendar, numbers that no leaf can say, text that is none: disputed, and the next close is counted again."""
    begun(pair)
    honest(pair, 0)
    closed = lied(pair, 1, {}, beside)
    assert pair.found(closed)
    before = len(disputed(pair))
    assert before == 1
    if "cells" not in beside:  # by its own broken cells east can count no further
        pair.found(honest(pair, 2))


def test_who_begins_again_and_again_costs_no_count_of_everything(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second close without answers, or without what travels beside them: all leaves are read for the first alone."""
    begun(pair)
    anew: list[int] = []
    scratch = answered._Counting._from_scratch
    monkeypatch.setattr(
        answered._Counting, "_from_scratch", lambda self: anew.append(self.asked.span[1]) or scratch(self)
    )
    honest(pair, 0)
    anew.clear()
    lied(pair, 1, {"answers": None})
    with pair.east.store.write() as rows:
        pair.at(3, 0)
        terms = replace(CLOSE_TERMS, calendar=WEEKDAYS)
        again = Closing(pair.east.scribe, terms).close(
            rows, (EAST, WEST), MONDAY + timedelta(days=2), now=pair.east.now
        )
    assert len(anew) == 1  # east itself
    pair.exchange()
    assert named(pair, again[-1]) == set()  # right again, and counted on from our own count of the day without
    assert len(anew) == 1
    assert len(disputed(pair)) == 1


@pytest.mark.parametrize("day", ["2026-11-24", "2026-10-01"], ids=["same", "long-ago"])
def test_who_closes_days_that_are_over_costs_no_count_of_everything(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    """One day again and again behind a close of which nothing stands, or days before the first, which none comes before."""
    begun(pair)
    first = honest(pair, 0)
    with pair.west.store.write() as rows:  # as an earlier version disputed it: nothing stands beside that
        event = dispute(first.name, Recounted(found=[("answers", 0, 1)]), ours=WEST, theirs=EAST)
        pair.west.scribe.write(rows.ledger, [event], pair.west.now)
    monkeypatch.setattr(closing, "disputing", lambda *_: None)  # east counts on, whatever it hears
    anew: list[int] = []
    scratch = answered._Counting._from_scratch
    monkeypatch.setattr(
        answered._Counting, "_from_scratch", lambda self: anew.append(self.asked.span[1]) or scratch(self)
    )
    is_same = day == "2026-11-24"
    for n in range(5):
        over = date.fromisoformat(day) + timedelta(days=0 if is_same else n)
        lied(pair, 2, {"day": over.isoformat(), "previous": first.name if is_same else None}, name=f".{n}")
    assert len(anew) <= 2  # once to see whether it holds, once for what the next one is counted from
    assert len(disputed(pair)) >= 5
