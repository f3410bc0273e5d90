"""A statement over channels of more than one quarter: a year, and periods in which an old channel is still written to."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from comity.ledger.leaf import LeafType
from comity.model import period as periods
from comity.services.prove.stating import making
from comity.services.prove.stating.agreeing import Ours, Stating
from comity.services.prove.stating.checking import Checked, check

from ...engines import ONLY_SQLITE
from .closing_scene import EAST, KEYS, PUBLIC, WEST, Scene, answer, at, event

pytestmark = ONLY_SQLITE  # two ledgers serve all tests of this file, and lie in one database each
BOTH = [PUBLIC[WEST], PUBLIC[EAST]]
BEGIN = date(2026, 5, 20)
EVE = date(2026, 6, 30)
LAST = date(2026, 12, 31)
NOW = at(date(2027, 1, 2), 9)


def side(of: str, *, shared: bool) -> Scene:
    """From May to December, day by day as days go by: each quarter has its channel; reports of June are taken back in July and
    November, after theirs was done with, and answered in July.
    """
    scene = Scene(of, shared=shared)
    told: list[str] = []
    back = {date(2026, 7, 3): 4, date(2026, 11, 5): 2}
    day = BEGIN
    while day <= LAST:
        if day.day in (20, 30):
            told += scene.reports(15, day)
        if day in back:
            gone = [told.pop(0) for _ in range(back[day])]
            events = [event(f"{name}.retract", LeafType.RETRACT, facts={"report": name}) for name in gone]
            scene.write([replace(each, quarter="2026q2") for each in events], day)
        if day == date(2026, 7, 2):
            scene.write([answer(name) for name in told[-12:]], day)
        for direction in ((WEST, EAST), (EAST, WEST)):
            scene.close(day, direction)
        day += timedelta(days=1)
    return scene


def signed(scenes: Mapping[str, Scene], period: str) -> bytes:
    """West begins, east adds its part where it has one, both sign."""
    found = periods.read(period)
    assert found is not None
    desks = {of: Stating(Ours(domain=of, key=KEYS[of]), Scene(of).scribe, Scene(of).terms) for of in scenes}
    with scenes[WEST].store.write() as rows:
        data = desks[WEST].make(rows, EAST, found, now=NOW)
    for of in (EAST, WEST):
        with suppress(UndoneError), scenes[of].store.write() as rows:
            data = desks[of].sign(rows, data, BOTH, now=NOW).data
            raise UndoneError  # periods of other tests share days with this one
    return data


class UndoneError(Exception):
    """Nothing of this is to stay in the ledger."""


@pytest.fixture(params=[False, True], ids=["by mail", "exchanged"], scope="module")
def scenes(request: pytest.FixtureRequest) -> dict[str, Scene]:
    return {of: side(of, shared=request.param) for of in (WEST, EAST)}


def numbers(checked: Checked) -> dict[tuple[str, str], int | None]:
    return {(each.reporting, each.key): each.value for each in checked.proved if each.side == WEST}


def test_a_quarter_counts_what_was_taken_back_in_an_older_channel(scenes: dict[str, Scene]) -> None:
    """In the third quarter two channels are written to, one of them that of the second: both are proved, all days are there."""
    data = signed(scenes, "2026q3")
    checked = check(data, BOTH)
    assert checked.faults == ()
    assert checked.signers == (EAST, WEST)
    found = numbers(checked)
    assert (found[WEST, "report"], found[WEST, "retract"], found[EAST, "outcome"]) == (90, 4, 12)
    read = making.read(data)
    assert read is not None
    channels = read[0]["evidence"][WEST]["directions"][1]["channels"]
    assert {each["origin"].split("/")[3]: len(each["closes"]) for each in channels} == {"2026q2": 1, "2026q3": 92}


def test_a_year_counts_all_of_its_quarters(scenes: dict[str, Scene]) -> None:
    """Three channels of west's reports, from the first day on which anything was exchanged to the last of the year."""
    checked = check(signed(scenes, "2026"), BOTH)
    assert checked.faults == ()
    found = numbers(checked)
    reports = 15 * (2 * 7 + 2)
    assert (found[WEST, "report"], found[WEST, "retract"], found[WEST, "report/class/complaint"]) == (
        reports,
        6,
        reports,
    )


@pytest.mark.parametrize("period", ["2026", "2026q3"])
def test_leaving_the_older_channel_out_fails(scenes: dict[str, Scene], period: str) -> None:
    """A liar who does not show what was taken back in an older channel is found: a close does not follow the one before."""
    read = making.read(signed(scenes, period))
    assert read is not None
    statement: dict[str, Any] = read[0]
    channels = statement["evidence"][WEST]["directions"][1]["channels"]
    del channels[[each["origin"].split("/")[3] for each in channels].index("2026q2")]
    faults = {each.code for each in check(making.write(statement, None), BOTH, signed=False).faults}
    assert faults >= ({"chain-broken"} if period == "2026q3" else {"day-missing"})
