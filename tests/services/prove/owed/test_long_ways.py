"""What happens to the counts when things go on for long, or go wrong: an amendment in the middle, silence, a clock, an erasure."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.services.prove.closing import Closed
from comity.services.prove.stating.checking import check

from ..agreement.two_desks import desk, propose, record, take
from .a_pair import EAST, MONDAY, PUBLIC, WEST, Pair, a_week, told
from .lies import disputed, honest


def amended(pair: Pair, days: int) -> str:
    """Version 2, with other days for an answer, signed by both now."""
    paper = propose(
        pair.west,
        record(
            number=2, previous=pair.digest, directions__west__answer_days=days, directions__west__acknowledge_days=1
        ),
        EAST,
    )
    assert take(pair.east, paper.note).refused is None
    with desk(pair.east) as (_, acting):
        signed = acting.accept(WEST, ())
    assert take(pair.west, signed.note).refused is None
    return signed.digest


@pytest.mark.parametrize(("days", "overdue"), [(1, 3), (5, 2)])
def test_an_amendment_in_the_middle_of_a_period_moves_no_day_that_ran(pair: Pair, days: int, overdue: int) -> None:
    """Each report keeps the days of the version that it was sent under, whichever of the two gives more; both count alike."""
    pair.at(0)
    pair.report(1, 2)
    pair.exchange()
    honest(pair, 0)
    pair.at(1)
    second = amended(pair, days)
    pair.exchange()
    pair.report(3, agreement=2, terms=second)
    pair.exchange()
    honest(pair, 1)
    honest(pair, 2)
    closed = honest(pair, 3)
    assert told(closed)["open/overdue"] == overdue
    assert closed.said.answers is not None
    assert sorted(n for _, _, n in closed.said.answers.terms) == sorted([2, days])
    assert disputed(pair) == []
    assert pair.found(closed) == []


def test_who_names_the_shorter_version_that_is_over_is_refused(pair: Pair) -> None:
    """West would make east late by sending under two days when five were agreed on since: that leaf counts nowhere."""
    pair.at(1)
    amended(pair, 5)
    pair.exchange()
    pair.at(1, 14)
    pair.report(4)  # version 1
    steps = [step.reason for step in _given(pair)]
    assert "agreement-version" in steps


def _given(pair: Pair) -> list[object]:
    from ..two_sides import give

    return list(give(pair.west, pair.east))


def test_a_peer_that_was_gone_for_forty_days_and_is_back(pair: Pair) -> None:
    """Both closed their days meanwhile; when it is back everything is taken, nothing is disputed, and what was reported is overdue
    or answered by the day on which it was."""
    pair.at(0)
    pair.report(1, 2, 3)
    pair.exchange()
    closes: list[Closed] = []
    for day in range(40):
        pair.at(day, 14)
        if day in {2, 30}:
            pair.answer(1 if day == 2 else 2)
        if day in {10, 38}:
            pair.report(100 + day)
        pair.at(day + 1, 0)
        pair.close(pair.west, day)
        closes.append(pair.close(pair.east, day))
    pair.at(41)
    pair.exchange()
    pair.exchange()
    assert disputed(pair) == []
    for each in (closes[0], closes[-1]):
        assert pair.found(each) == []
    after = honest(pair, 41)
    assert pair.found(after) == []
    in_december = told(closes[37], "quarter")  # the year ends on the day after
    assert (in_december["answers/in-time"], in_december["answers/late"]) == (1, 1)
    assert told(after)["open/overdue"] == 2  # the one that nobody answered, and one that came with the backlog
    assert told(after)["open/not-due"] == 1  # the other, of New Year's Eve
    assert disputed(pair) == []


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_off_by_a_day_costs_nothing_but_the_wait(pair: Pair, days: int) -> None:
    """East's clock is a day off for a day: what it signs ahead is refused by name, what it signs behind is dated back and refused;
    once the clock is right both go on, and count alike."""
    pair.at(0)
    pair.report(1, 2)
    pair.exchange()
    honest(pair, 0)
    pair.at(1)
    pair.east.now += timedelta(days=days)
    pair.answer(1)
    from ..two_sides import give

    reasons = {step.reason for step in give(pair.east, pair.west)}
    assert reasons <= (
        {"clock-ahead"} if days > 0 else {None, "clock-ahead", "time-goes-back", "submitted-not-in-time"}
    )
    pair.at(3)
    pair.exchange()
    closed = honest(pair, 3)
    assert pair.found(closed) == []
    assert disputed(pair) == []


def test_whoever_is_erased_before_the_statement_leaves_its_numbers(pair: Pair) -> None:
    """All that travelled beside the leaves of a period is erased on both sides before anything is stated: the statement stands, is
    proved number by number, and holds nothing of whom was erased."""
    a_week(pair)
    end = datetime.combine(MONDAY + timedelta(days=30), datetime.min.time(), UTC)
    gone = []
    for side in (pair.west, pair.east):
        with side.store.write() as rows:
            gone.append(sum(rows.ledger.erase(each.channel_id, end) for each in rows.ledger.channels()))
    assert all(each >= 13 for each in gone)
    data = pair.signed("2026-11-26")
    found = check(data, PUBLIC)
    assert found.faults == ()
    assert found.proved
    assert b"redacted" not in data


def test_whoever_is_erased_between_a_proposal_and_the_signatures(pair: Pair) -> None:
    """The file that was proposed before the erasure is signed after it: its bytes are counts and hashes."""
    a_week(pair)
    data = pair.made("2026-11-26")
    end = datetime.combine(MONDAY + timedelta(days=30), datetime.min.time(), UTC)
    for side in (pair.east, pair.west):
        with side.store.write() as rows:
            for each in rows.ledger.channels():
                rows.ledger.erase(each.channel_id, end)
        with side.store.write() as rows:
            data = pair.stating(side).sign(rows, data, PUBLIC, now=side.now).data
    assert check(data, PUBLIC).faults == ()
