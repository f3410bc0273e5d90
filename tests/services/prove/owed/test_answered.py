"""What became of reports by the days of the agreement: closed by whoever answers, counted again by the other, stated by both."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from comity.ledger import day_close, note
from comity.ledger.leaf import LeafType
from comity.model.outcomes import ComityError
from comity.model.playbook import Calendar
from comity.services.prove.closing import Closed, Closing
from comity.services.prove.leaves.examining import examine_copies
from comity.services.prove.leaves.objecting import disputes
from comity.services.prove.owed import answered, working_days
from comity.services.prove.stating import making
from comity.services.prove.stating.checking import check
from comity.web.pages.statement_view import view_of

from .a_pair import CLOSE_TERMS, EAST, KEYS, MONDAY, PUBLIC, WEST, Pair, a_week, told


def test_in_time_late_open_overdue(pair: Pair) -> None:
    """Each report is in one place at the end of each day, and the other side counts the same from its own leaves."""
    closes = a_week(pair)
    assert [told(each) for each in closes] == [
        {"open/not-due": 10},
        {"answers/in-time": 4, "open/not-due": 9},
        {"open/not-due": 2, "open/overdue": 5},  # Monday's are due when Wednesday ends, less one that was taken back
        {"answers/late": 2, "open/overdue": 5},  # and now Tuesday's two
        {"open/overdue": 5},
    ]
    assert told(closes[-1], "month") == {"answers/in-time": 4, "answers/late": 2, "open/overdue": 5}
    assert [pair.found(each) for each in closes] == [[]] * 5
    assert closes[-1].said.answers is not None
    assert closes[-1].said.answers.terms == ((pair.digest, 1, 2),)


def test_holidays_and_saturdays_worked_move_the_day(pair: Pair) -> None:
    """By east's calendar Tuesday and Wednesday are holidays: what west would call late is in time, and west counts alike."""
    off = frozenset({MONDAY + timedelta(days=1), MONDAY + timedelta(days=2), date(2025, 1, 1)})
    pair.calendars[EAST] = Calendar(
        zone=ZoneInfo("Asia/Shanghai"), holidays=off, extra_days=frozenset({date(2026, 11, 28)})
    )
    closes = a_week(pair)
    assert [told(each).get("open/overdue", 0) for each in closes] == [0, 0, 0, 0, 5]
    assert told(closes[3]) == {"answers/in-time": 2, "open/not-due": 5}
    assert [pair.found(each) for each in closes] == [[]] * 5
    stated = closes[-1].said.answers
    assert stated is not None and stated.work_days.zone == "Asia/Shanghai"
    assert stated.work_days.holidays == tuple(sorted(off - {date(2025, 1, 1)}))  # only those that matter


def test_each_report_names_its_own_agreement(pair: Pair) -> None:
    """A report that names no agreement has no day for its answer; it is counted apart, and never overdue."""
    pair.at(0)
    pair.report(1)
    pair.report(2, 3, terms=None)
    pair.exchange()
    pair.answer(3)
    pair.exchange()
    pair.at(9, 0)
    pair.close(pair.west, 8)
    closed = pair.close(pair.east, 8)
    pair.exchange()
    assert told(closed) == {"open/overdue": 1, "open/undated": 1}
    assert told(closed, "quarter") == {"open/overdue": 1, "open/undated": 1, "answers/undated": 1}
    assert pair.found(closed) == []


def test_counting_begins_anywhere(pair: Pair) -> None:
    """A desk that closed days before it counted answers reads all leaves once; what was answered before is not counted anew."""
    pair.at(0)
    pair.report(*range(6))
    pair.exchange()
    pair.answer(0, 1)
    pair.at(1, 0)
    with pair.east.store.write() as rows:
        (first,) = Closing(pair.east.scribe, CLOSE_TERMS).close(rows, (EAST, WEST), MONDAY, now=pair.east.now)
    assert first.said.answers is None
    pair.at(1)
    pair.answer(2)
    pair.take_back(5)
    pair.exchange()
    pair.at(2, 0)
    pair.close(pair.west, 1)
    closed = pair.close(pair.east, 1)
    pair.exchange()
    assert told(closed, "month") == {"answers/in-time": 1, "open/not-due": 2}
    assert pair.found(closed) == []


def test_a_report_that_comes_after_its_day_was_closed(pair: Pair) -> None:
    """It is open from the close that first has seen it, and due by its own day; an answer that came before its leaf counts then."""
    pair.at(0)
    pair.report(1)
    pair.exchange()
    pair.report(2, 3)  # east knows them by mail alone
    pair.at(0, 14)
    pair.answer(2)
    pair.at(1, 0)
    first = pair.close(pair.east)
    assert told(first) == {"open/not-due": 1}
    pair.exchange()
    pair.at(2, 0)
    pair.close(pair.west, 1)
    second = pair.close(pair.east, 1)
    pair.exchange()
    assert told(second) == {"answers/in-time": 1, "open/not-due": 2}
    assert (pair.found(first), pair.found(second)) == ([], [])


def test_over_the_end_of_a_year(pair: Pair) -> None:
    """A report of one quarter is answered in the channel of the next, another is taken back in its own: both sides count alike."""
    pair.at(37)  # 30 December, a Wednesday
    pair.report(1, 2, 3)
    pair.exchange()
    pair.at(38, 0)
    pair.close(pair.west, 37)
    pair.close(pair.east, 37)
    pair.exchange()
    pair.at(40)
    facts = {"report": "cr1-1", "outcome": "stopped"}
    pair.east.write(
        pair.east.event(
            WEST, 1, leaf_type=LeafType.OUTCOME, event_id="cr1-1.outcome", facts=facts, payload=None, observed=None, quarter=None
        )
    )  # fmt: skip
    pair.take_back(2)
    pair.exchange()
    pair.at(41, 0)
    pair.close(pair.west, 40)
    closed = pair.close(pair.east, 40)
    pair.exchange()
    assert closed.channel.quarter == "2027q1"
    assert told(closed, "year") == {"answers/late": 1, "open/overdue": 1}
    with pair.west.store.read() as rows:
        span = (MONDAY, MONDAY + timedelta(days=40))
        assert [found for _, found in examine_copies(rows.closes, (EAST, WEST), span, terms=CLOSE_TERMS)] == []


def test_what_came_by_mail_alone_is_counted_when_its_leaves_come(pair: Pair) -> None:
    """While the other side's leaves are not here nothing is said of answers; what is answered from then on counts."""
    pair.at(0)
    pair.report(1, 2)
    pair.answer(1)  # by mail both know of it
    pair.at(1, 0)
    first = pair.close(pair.east)
    assert first.said.answers is None
    pair.exchange()
    pair.at(1)
    pair.answer(2)
    pair.at(2, 0)
    second = pair.close(pair.east, 1)
    pair.exchange()
    assert told(second) == {"answers/in-time": 1}
    assert pair.found(second) == []


def test_the_statement_says_it_and_proves_it(pair: Pair) -> None:
    """In the newest form: both sign, a stranger verifies, and people read days, version and holidays in both languages."""
    a_week(pair)
    for day in range(5, 8):
        pair.at(day + 1, 0)
        pair.close(pair.west, day)
        pair.close(pair.east, day)
        pair.exchange()
    data = pair.signed("2026-11")
    checked = check(data, PUBLIC)
    assert checked.faults == ()
    statement = json.loads(data)["statement"]
    assert statement["format"] == "comity statement 3"
    back = next(each for each in statement["directions"] if each["reporting"] == EAST)
    numbers = {each["key"]: set(each["values"].values()) for each in back["numbers"]}
    assert [numbers[f"answers/{name}"] for name in ("in-time", "late", "undated")] == [{4}, {2}, {0}]
    assert [numbers[f"open/{name}"] for name in ("not-due", "overdue", "undated")] == [{0}, {5}, {0}]
    assert "answered/in-time" not in numbers  # by hours: the earlier form
    assert all(each.by is not None for each in checked.proved if each.key.startswith(("answers/", "open/")))
    shares = {
        each["key"]: (each["part"], each["whole"])
        for each in statement["derived"][WEST]
        if each["direction"] == [WEST, EAST]
    }
    assert [shares[name] for name in ("answered-in-time", "answered-late", "overdue")] == [(4, 11), (2, 11), (5, 11)]
    view = view_of(statement, None, checked)
    english, chinese = (" ".join(each[at] for each in view.rules) for at in (0, 1))
    assert (
        f"east.example answers within 2 business days, by version 1 of the agreement ({pair.digest[:16]}…)." in english
    )
    assert f"east.example 在 2 个工作日内答复，依据协议第 1 版（{pair.digest[:16]}…）。" in chinese
    labels = [row.label[0] for row in view.tables[0].rows]
    assert "unanswered and overdue on the last day" in labels
    assert not any("without an agreed time" in each for each in labels)  # there are none


def changed(data: bytes, change: Callable[[dict[str, Any]], None]) -> set[str]:
    """What is found where both sign a change."""
    statement = json.loads(data)["statement"]
    change(statement)
    statement["derived"] = making.derived_of(statement)
    text = making.text_to_sign(statement)
    lines = [note.sign(text, name, KEYS[name]).rpartition("\n\n")[2] for name in (WEST, EAST)]
    return {fault.code for fault in check(making.write(statement, f"{text}\n{''.join(lines)}"), PUBLIC).faults}


def test_a_padded_number_in_the_file_is_not_proved(pair: Pair) -> None:
    """Two more in time, with or without the opening changed; longer days; a holiday less: each is a fault by name."""
    a_week(pair)
    data = pair.signed("2026-11-26")

    def pad(statement: dict[str, Any]) -> None:
        for direction in statement["directions"]:
            for row in direction["numbers"]:
                if direction["reporting"] == EAST and row["key"] == "answers/in-time":
                    row["values"] = {side: n + 2 for side, n in row["values"].items()}

    def pad_the_opening(statement: dict[str, Any]) -> None:
        pad(statement)
        for evidence in statement["evidence"].values():
            for each in evidence["directions"][0]["openings"]:
                if each["key"] == "answers/in-time":
                    each["count"] += 2

    def longer(statement: dict[str, Any]) -> None:
        statement["rules"]["answers"][0]["terms"][0]["days"] = 30

    def by_hours(statement: dict[str, Any]) -> None:
        statement["format"] = "comity statement 2"

    assert changed(data, lambda statement: None) == set()
    assert changed(data, pad) == {"number-differs"}
    assert changed(data, pad_the_opening) == {"number-not-proved"}
    assert changed(data, longer) == {"rules-differ"}
    assert changed(data, by_hours) & {"rules-differ", "number-missing"}


def test_a_period_that_was_closed_in_part_by_hours_is_stated_by_hours(pair: Pair) -> None:
    """What an earlier version closed holds as it was signed: the statement has the earlier form, and verifies."""
    pair.at(0)
    pair.report(*range(3))
    pair.exchange()
    pair.at(1, 0)
    for side, other in ((pair.west, EAST), (pair.east, WEST)):
        with side.store.write() as rows:
            Closing(side.scribe, CLOSE_TERMS).close(rows, (side.name, other), MONDAY, now=side.now)
    pair.exchange()
    for day in range(1, 8):
        pair.at(day + 1, 0)
        pair.close(pair.west, day)
        pair.close(pair.east, day)
        pair.exchange()
    data = pair.signed("2026-11")
    assert json.loads(data)["statement"]["format"] == "comity statement 2"
    assert check(data, PUBLIC).faults == ()
    view = view_of(json.loads(data)["statement"], None, None)
    assert any("within 72 hours" in each[0] for each in view.rules)


Lie = Callable[[pytest.MonkeyPatch], None]


def pads(patch: pytest.MonkeyPatch) -> None:
    honest = answered.count

    def count(*given: Any, **more: Any) -> answered.Counted:
        found = honest(*given, **more)
        moved = Counter(found.given) + Counter({"answers/in-time": 2})
        moved["answers/late"] -= 2
        return replace(found, given=moved)

    patch.setattr(answered, "count", count)


def forgets(patch: pytest.MonkeyPatch) -> None:
    honest = answered.count

    def count(*given: Any, **more: Any) -> answered.Counted:
        found = honest(*given, **more)
        waiting = {day: dict.fromkeys(numbers, 1) for day, numbers in found.waiting.items()}
        return replace(found, still_open={"open/overdue": len(waiting)}, waiting=waiting)

    patch.setattr(answered, "count", count)


def takes_its_time(patch: pytest.MonkeyPatch) -> None:
    honest = answered._Counting._agreed
    patch.setattr(answered._Counting, "_agreed", lambda self, digest: (honest(self, digest) and 1, 30))


def has_not_seen(patch: pytest.MonkeyPatch) -> None:
    honest = answered.seen_now

    def seen(*given: Any) -> Mapping[str, int]:
        return {origin: max(size - 8, 0) for origin, size in honest(*given).items()}

    patch.setattr(answered, "seen_now", seen)


@pytest.mark.parametrize(
    ("lie", "numbers"),
    [
        (pads, {("day/answers/in-time", 2, 0), ("day/answers/late", 0, 2), ("month/answers/in-time", 6, 4)}),
        (forgets, {("day/open/overdue", 2, 5), ("answers/waiting", 2, 5)}),
        (takes_its_time, {("day/answers/in-time", 2, 0), ("day/answers/late", 0, 2), ("day/open/overdue", 0, 5)}),
    ],
)
def test_who_pads_is_caught_by_number(pair: Pair, lie: Lie, numbers: set[tuple[str, int, int]]) -> None:
    """East closes Thursday with better numbers than its leaves give: west names each of them, disputes it, and states nothing."""
    with closing_with(pair, lie) as closed:
        assert numbers <= set(pair.found(closed))
    with pair.west.store.read() as rows:
        said = [each for each in disputes(rows.closes, [(WEST, EAST)]) if "close" in str(each)]
    assert said
    with pytest.raises(ComityError) as refused:
        pair.made("2026-11-26")
    assert refused.value.code == "close-disputed"
    cells = str(refused.value.details["cells"])
    assert any(f"{name}: east.example {theirs}, west.example {ours}" in cells for name, theirs, ours in numbers)


@contextmanager
def closing_with(pair: Pair, lie: Lie) -> Iterator[Closed]:
    """The week up to Thursday, which east closes as a liar."""
    pair.at(0)
    pair.report(*range(10))
    pair.exchange()
    for day in range(4):
        pair.at(day, 13)
        if day == 1:
            pair.report(10, 11, 12)
            pair.exchange()
            pair.answer(0, 1, 2, 3)
        if day == 2:
            pair.take_back(9, 12)
        if day == 3:
            pair.answer(4, 5)
        pair.exchange()
        pair.at(day + 1, 0)
        pair.close(pair.west, day)
        if day < 3:
            pair.close(pair.east, day)
            pair.exchange()
    with pytest.MonkeyPatch.context() as patch:
        lie(patch)
        closed = pair.close(pair.east, 3)
    pair.exchange()
    yield closed


def test_who_hides_reports_that_it_confirmed_is_caught(pair: Pair) -> None:
    """East gave a receipt for thirteen reports and closes as if it had seen fewer: its own receipt says otherwise."""
    with closing_with(pair, has_not_seen) as closed:
        found = {name.split()[0]: (said, known) for name, said, known in pair.found(closed)}
    said, known = found["answers/seen"]
    assert known > said


def test_who_has_a_holiday_every_day_is_caught(pair: Pair) -> None:
    """Free days move the day of an answer; more of them than any country has are a fault."""
    every = frozenset(MONDAY + timedelta(days=n) for n in range(-300, 300))
    pair.calendars[EAST] = Calendar(zone=timezone(timedelta(hours=8)), holidays=every)
    closes = a_week(pair)
    found = {name: (said, most) for name, said, most in pair.found(closes[-1])}
    assert found["answers/holidays"][0] > found["answers/holidays"][1] == working_days.most_holidays(2)


def test_who_stops_saying_it_is_caught(pair: Pair) -> None:
    """Whoever has begun to count by the agreement does not go back to hours that it names itself."""
    a_week(pair)
    pair.at(6, 0)
    with pair.east.store.write() as rows:
        closed = Closing(pair.east.scribe, CLOSE_TERMS).close(
            rows, (EAST, WEST), MONDAY + timedelta(days=5), now=pair.east.now
        )[-1]
    pair.exchange()
    assert pair.found(closed) == [("answers", 0, 1)]


def test_a_second_answer_is_no_second_answer(pair: Pair) -> None:
    """Under whatever other name a report is answered again, it is answered once; an answer to nothing is none."""
    pair.at(0)
    pair.report(1, 2)
    pair.exchange()
    pair.answer(1)
    pair.answer(1, name="again-{n}.outcome")
    pair.at(0, 13)
    pair.answer(1, name="once-more-{n}")
    pair.exchange()
    pair.at(1, 0)
    pair.close(pair.west)
    closed = pair.close(pair.east)
    pair.exchange()
    assert told(closed) == {"answers/in-time": 1, "open/not-due": 1}
    assert pair.found(closed) == []


def test_how_long_whoever_objected_waited(pair: Pair) -> None:
    """From the first objection to the answer, and again from the demand for a second person; the other side counts alike."""
    pair.at(0)
    pair.report(1)
    pair.exchange()

    def step(number: int, word: str, name: str = "f00d") -> None:
        event = pair.east.event(
            WEST, number, leaf_type=LeafType.RECOURSE, event_id=f"{name}.{number}.recourse", facts={"step": word}, payload=None
        )  # fmt: skip
        pair.east.write(replace(event, observed=None))

    for day, hour, number, word in (
        (0, 13, 2, "asked"), (0, 14, 3, "argued"), (0, 20, 5, "argued"),
        (1, 20, 6, "refused"), (2, 1, 7, "escalated"), (2, 6, 8, "granted"),
    ):  # fmt: skip
        pair.at(day, hour)
        step(number, word)
    step(2, "asked", "cafe")  # this one is not answered yet
    step(9, "granted", "feed")  # and this one was never asked
    pair.exchange()
    pair.at(3, 0)
    pair.close(pair.west, 2)
    closed = pair.close(pair.east, 2)
    pair.exchange()
    assert {key: n for key, n in told(closed, "month").items() if key.startswith("recourse/")} == {
        "recourse/answered": 2,
        "recourse/hours": 30 + 5,
    }
    assert pair.found(closed) == []


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "../../etc/passwd"}, {"zone": "Nowhere/At-All"}, {"zone": "99999999"}, {"work_days": []}, {"work_days": [9]},
        {"holidays": ["2026-13-40"]}, {"work_days": [0, 0, 0, 0, 0]},
    ],
)  # fmt: skip
def test_a_calendar_that_is_none_is_a_fault(change: dict[str, Any]) -> None:
    """What a stranger states of its days is a finding, never an exception."""
    said: dict[str, Any] = {"zone": "UTC", "work_days": [0, 1, 2, 3, 4], "holidays": [], "extra_days": []}
    facts = {"seen": {}, "terms": [], "calendar": said | change, "cells": 1, "cells_root": "00" * 32}
    close = {
        "type": "day-close", "rules": 1, "day": "2026-11-23", "start": 0, "end": 0, "previous": None, "late": {},
        "within_hours": 72, "countries": None, "cells": 1, "cells_root": "00" * 32, "answers": facts,
    }  # fmt: skip
    found = day_close.read(close)
    if found is not None:
        assert found.answers is not None
        stated = found.answers.work_days
        assert working_days.calendar_of(stated) is None or len(set(stated.work_days)) < working_days.WEEK


def test_a_close_without_answers_is_read_as_before() -> None:
    """The form of the leaf is the earlier one with one field more."""
    close = day_close.DayClose(
        day=MONDAY, start=0, end=0, previous=None, late={}, within_hours=72, countries=None, cells=1, root=b"0" * 32
    )
    assert "answers" not in close.facts()
    assert day_close.read({"type": "day-close"} | close.facts()) == close
