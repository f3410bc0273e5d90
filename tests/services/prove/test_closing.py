"""Each day is closed with what its leaves add up to, and a close that says otherwise is found, cell by cell."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from comity.ledger import day_close, leaf
from comity.ledger.leaf import LeafType
from comity.model.counted import ANSWERS
from comity.model.period import Horizon
from comity.services.prove.closing import Closed
from comity.services.prove.leaves.examining import Recounted, dispute, examine
from comity.services.prove.writing import quarter_of
from comity.store.tables import ledger as tables

from .closing_scene import EAST, PLACES, WEST, Scene, answer, at, event

MONDAY = date(2026, 11, 23)


def test_a_day_adds_up() -> None:
    """Classes, networks and countries, by registrant and by location apart, are what the leaves of the day say."""
    scene = Scene()
    scene.reports(3, MONDAY)
    scene.reports(2, MONDAY, ip="203.0.113.9", sort="bot")
    scene.write([event("r1.retract", LeafType.RETRACT, facts={"report": "r1"})], MONDAY)
    (closed,) = scene.close(MONDAY)
    assert closed.cells is not None
    shown = {key: n for key, n in closed.cells["day"].items() if n}
    assert shown == {
        "leaves": 6,
        "report": 5,
        "retract": 1,
        "report/class/complaint": 3,
        "report/class/bot": 2,
        "report/network/198.51.100.0/24 CN SG": 3,
        "report/network/203.0.113.0/24 US US": 2,
        "report/registrant/CN": 3,
        "report/registrant/US": 2,
        "report/location/SG": 3,
        "report/location/US": 2,
        "report/networks": 2,
    }


def test_a_quiet_day_is_closed_too() -> None:
    """A gap is a hiding place: every day since the first has its close, in both directions, and each names the one before."""
    scene = Scene()
    scene.reports(1, MONDAY)
    closed = scene.close(MONDAY + timedelta(days=3))
    assert [each.said.day for each in closed] == [MONDAY + timedelta(days=n) for n in range(4)]
    assert [each.said.previous for each in closed[1:]] == [each.name for each in closed[:-1]]
    silent = scene.close(MONDAY, (EAST, WEST))
    assert [(each.said.day, each.cells and each.cells["day"]["report"]) for each in silent] == [(MONDAY, 0)]


def test_closing_again_closes_nothing() -> None:
    """A day that is closed stays as it is."""
    scene = Scene()
    scene.reports(1, MONDAY)
    scene.close(MONDAY)
    assert scene.close(MONDAY) == []


def test_what_comes_late_is_named() -> None:
    """A leaf of a day that was closed is counted on the next one, which says of which day it is."""
    scene = Scene()
    scene.reports(1, MONDAY)
    scene.close(MONDAY, now=at(MONDAY, 13))
    scene.reports(2, MONDAY)
    (closed,) = scene.close(MONDAY + timedelta(days=1))
    assert closed.cells is not None
    assert (closed.cells["day"]["report"], closed.said.late) == (2, {"2026-11-23": 2})


def test_a_year_goes_on_over_its_quarters() -> None:
    """Month, quarter and year hold what came since they began, also where the channel is another one."""
    scene = Scene()
    eve = date(2026, 9, 30)
    scene.reports(3, eve)
    scene.reports(4, eve + timedelta(days=1))
    closed = scene.close(eve + timedelta(days=1))
    assert [each.channel.quarter for each in closed] == ["2026q3", "2026q4"]
    assert closed[-1].cells is not None
    assert [closed[-1].cells[each]["report"] for each in ("day", "month", "quarter", "year")] == [4, 4, 4, 7]


def test_what_is_taken_back_after_its_quarter_is_counted() -> None:
    """A retraction stands in the channel of its report; the old channel gets a close of its own on that day."""
    scene = Scene()
    eve = date(2026, 9, 30)
    scene.reports(1, eve)
    scene.reports(1, eve + timedelta(days=1))
    scene.close(eve)
    back = event("r0.retract", LeafType.RETRACT, facts={"report": "r0"})
    scene.write([replace(back, quarter="2026q3")], eve + timedelta(days=1))
    closed = scene.close(eve + timedelta(days=1))
    assert [each.channel.quarter for each in closed] == ["2026q3", "2026q4"]
    assert closed[-1].cells is not None
    assert (closed[-1].cells["day"]["retract"], closed[-1].cells["day"]["report"]) == (1, 1)


def test_an_answer_is_in_time_or_late() -> None:
    """An answer within the hours that the close names is in time."""
    scene = Scene()
    quick, slow = scene.reports(2, MONDAY)
    scene.write([answer(quick)], MONDAY + timedelta(days=1))
    scene.write([answer(slow)], MONDAY + timedelta(days=4))
    scene.write([answer("unheard-of")], MONDAY + timedelta(days=4))
    closed = scene.close(MONDAY + timedelta(days=4), (EAST, WEST))[-1]
    assert closed.cells is not None
    month = closed.cells["month"]
    assert (month["answered/in-time"], month["answered/late"], month["outcome/stopped"]) == (1, 2, 3)


def test_the_last_second_is_in_time_and_the_next_one_is_late() -> None:
    """Of 72 hours that both agreed on; an answer to nothing that is known, or one without its second, is no answer in time."""
    begun = {"first": 1_790_000_000, "second": 1_790_000_000}.get
    last = 1_790_000_000 + 72 * 3600
    for record, told in (
        ({"report": "first", "submitted": last}, "answered/in-time"),
        ({"report": "second", "submitted": last + 1}, "answered/late"),
        ({"report": "third", "submitted": last}, "answered/late"), ({"report": "first"}, "answered/late"),
    ):  # fmt: skip
        folded = day_close.fold([{"type": "outcome", "outcome": "stopped", **record}], PLACES, begun, within_hours=72)
        assert [key for key in folded if key.startswith("answered/")] == [told]


@pytest.mark.parametrize("count", [-1, True, 1.0, 1 << 53, None, "3"])
def test_counts_that_no_leaf_could_say_are_damage(count: object) -> None:
    """They are not carried into the next day, where nobody could dispute them."""
    cells = {horizon.value: {"report": 3} for horizon in Horizon}
    assert day_close.read_payload(day_close.payload(b"seed", cells)) == (b"seed", cells)
    said = json.loads(day_close.payload(b"seed", cells))
    said["cells"]["month"]["report"] = count
    assert day_close.read_payload(json.dumps(said).encode()) is None


def test_a_horizon_that_is_missing_or_made_up_is_damage() -> None:
    """Day, month, quarter and year, and nothing else."""
    cells = {horizon.value: {"report": 3} for horizon in Horizon}
    assert day_close.read_payload(day_close.payload(b"seed", cells | {"decade": {}})) is None
    del cells["year"]
    assert day_close.read_payload(day_close.payload(b"seed", cells)) is None


def test_answers_are_whole_or_not_there() -> None:
    """Every kind of answer in every horizon, and what waits by days that are days and agreements that are called as such."""
    cells = {horizon.value: dict.fromkeys(ANSWERS, 1) for horizon in Horizon}
    waiting = {"2026-11-23": {"": 2, "0a" * 32: 1}}
    written = day_close.payload(b"seed", {}, answers=cells, waiting=waiting)
    assert day_close.read_answers(written) == (cells, waiting)
    assert day_close.read_answers(day_close.payload(b"seed", {}, answers=cells)) == (cells, {})
    assert day_close.read_answers(day_close.payload(b"seed", {})) is None
    short = cells | {"year": dict.fromkeys(ANSWERS[1:], 1)}
    none = [
        {"yesterday": {}},
        {"1989-12-31": {}},
        {"2026-11-23": {"0A" * 32: 1}},
        {"2026-11-23": {"0a": 1}},
        {"2026-11-23": {"": -1}},
    ]
    for damaged in [(short, waiting), *((cells, each) for each in none)]:
        assert day_close.read_answers(day_close.payload(b"seed", {}, answers=damaged[0], waiting=damaged[1])) is None


def test_a_sound_close_holds() -> None:
    """Whoever has the leaves folds them again and finds nothing."""
    scene = Scene()
    scene.reports(3, MONDAY)
    for closed in scene.close(MONDAY + timedelta(days=2)):
        assert found(scene, closed) == []


def test_a_close_that_lies_is_found_and_disputed() -> None:
    """One report hidden from the count: each differing cell is named, and the dispute cites them."""
    scene = Scene()
    scene.reports(3, MONDAY)
    (closed,) = scene.close(MONDAY)
    assert closed.cells is not None
    assert closed.seed is not None
    lied = {horizon: dict(cells) for horizon, cells in closed.cells.items()}
    lied["day"]["report"] -= 1
    rewrite(scene, closed, lied, closed.seed)
    differing = found(scene, closed)
    assert ("day/report", 2, 3) in differing
    said = dispute(closed.name, Recounted(found=differing), ours=EAST, theirs=WEST)
    scene.write([said], MONDAY + timedelta(days=1))
    assert said.facts["close"] == "west.example/to/east.example/2026q4#3"
    assert ["day/report", 2, 3] in said.facts["cells"]


def test_a_close_that_commits_to_something_else_is_found() -> None:
    """The root must be that of the cells that travel beside the leaf."""
    scene = Scene()
    scene.reports(3, MONDAY)
    (closed,) = scene.close(MONDAY)
    assert closed.cells is not None
    rewrite(scene, closed, closed.cells, b"another seed".ljust(32))
    assert [each[0] for each in found(scene, closed)] == ["root"]


def test_erasing_payloads_keeps_what_closes_need() -> None:
    """Retention drops what came with reports; the counts of closes stay, and the next day can be closed."""
    scene = Scene()
    scene.reports(3, MONDAY)
    scene.close(MONDAY)
    with scene.store.write() as rows:
        rows.ledger.erase(1, at(MONDAY + timedelta(days=30), 0))
    (closed,) = scene.close(MONDAY + timedelta(days=1))
    assert closed.cells is not None
    assert closed.cells["month"]["report"] == 3


def test_a_cell_opens_alone() -> None:
    """One opened cell proves itself; with another count, salt or place it does not."""
    root, openings = day_close.sealed({"day": {"report": 12, "retract": 3, "dispute": 0}}, b"seed")
    opening = openings["day", "report"]
    assert day_close.is_opened(opening, root, 3)
    assert not day_close.is_opened(replace(opening, cell=("day", "report", 13)), root, 3)
    assert not day_close.is_opened(replace(opening, salt=bytes(16)), root, 3)
    assert not day_close.is_opened(replace(opening, position=(opening.position + 1) % 3), root, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"start": -1},
        {"end": 0, "start": 1},
        {"cells_root": "00"},
        {"day": "yesterday"},
        {"rules": 9},
        {"late": []},
        {"previous": 3},
    ],
)
def test_a_malformed_close_is_none(change: dict[str, object]) -> None:
    """What is not in the form of a close is not read as one."""
    scene = Scene()
    scene.reports(1, MONDAY)
    (closed,) = scene.close(MONDAY)
    record = {"type": "day-close", **closed.said.facts()}
    assert day_close.read(record) == closed.said
    assert day_close.read(record | change) is None


def found(scene: Scene, closed: Closed) -> list[tuple[str, int, int]]:
    with scene.store.read() as rows:
        return examine(rows.closes, closed.channel, closed.position, terms=scene.terms)


def rewrite(scene: Scene, closed: Closed, cells: dict[str, dict[str, int]], seed: bytes) -> None:
    """A liar's close: its leaf commits to these cells."""
    root, openings = day_close.sealed(cells, seed if cells is not closed.cells else closed.seed or b"")
    with scene.store.write() as rows:
        where = (tables.leaf.c.channel_id == closed.channel.channel_id) & (tables.leaf.c.position == closed.position)
        data = rows.connection.execute(select(tables.leaf.c.data).where(where)).scalar_one()
        record = leaf.read(bytes(data)) or {}
        record |= {"cells_root": root.hex(), "cells": len(openings)}
        rows.connection.execute(update(tables.leaf).where(where).values(data=leaf.canonical(record)))
        beside = (tables.payload.c.channel_id == closed.channel.channel_id) & (
            tables.payload.c.position == closed.position
        )
        rows.connection.execute(update(tables.payload).where(beside).values(data=day_close.payload(seed, cells)))


def test_a_leaf_stands_in_the_quarter_of_its_month() -> None:
    """Three months each: what is written on the first of January stands in no channel of a year that was."""
    quarters = [quarter_of(datetime(2027, month, 1, tzinfo=UTC)) for month in range(1, 13)]
    assert quarters == [f"2027q{number}" for number in (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4)]
