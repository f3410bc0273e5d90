"""Who complains about whom: what was drawn stays until something is counted, and no longer."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from comity.web.desk.pictures.bands import bands
from comity.web.desk.pictures.plane import Axis, Drawn, narrow_plane, share_axis

if TYPE_CHECKING:
    from .conftest import DeskScene


def _count(desk: "DeskScene", net: str, n: int) -> None:
    with desk.store.write() as records:
        records.intake.count_up({(0, "2026-03-19", "complaint", net): n})


def test_what_is_counted_is_shown_a_minute_later_at_most(desk: "DeskScene") -> None:
    """And what was taken back is shown no more, though as much came as went."""
    _count(desk, "192.0.2.0/24", 3)
    assert "192.0.2.0/24" in desk.client.get("/flows").text
    _count(desk, "192.0.2.0/24", -3)
    _count(desk, "198.51.100.0/24", 3)
    desk.clock[0] += timedelta(seconds=61)
    shown = desk.client.get("/flows").text
    assert "198.51.100.0/24" in shown
    assert "192.0.2.0/24" not in shown


def test_each_language_has_its_own_words(desk: "DeskScene") -> None:
    """What was drawn for one reader is not shown to another who reads otherwise."""
    _count(desk, "192.0.2.0/24", 3)
    english = desk.client.get("/flows").text
    desk.client.get("/language/zh-Hans")
    assert desk.client.get("/flows").text != english
    assert 'lang="zh-Hans"' in desk.client.get("/flows").text


def test_days_outside_are_not_counted(desk: "DeskScene") -> None:
    """Another stretch is another picture."""
    _count(desk, "192.0.2.0/24", 3)
    assert "192.0.2.0/24" in desk.client.get("/flows?from=2026-03-18&until=2026-03-19").text
    assert "192.0.2.0/24" not in desk.client.get("/flows?from=2026-03-01&until=2026-03-18").text


def test_a_phone_has_a_drawing_of_its_own(desk: "DeskScene") -> None:
    """Each picture stands twice, one of them as wide as a phone; a file to take away has the broad one alone."""
    _count(desk, "192.0.2.0/24", 3)
    page = desk.client.get("/flows").text
    assert (page.count('class="pic broad"'), page.count('class="pic narrow"')) == (2, 2)
    assert page.count('viewBox="0 0 340 ') == 2
    assert desk.client.get("/flows/flows.svg").text.count("<svg") == 1


@pytest.mark.parametrize("is_left", [True, False])
def test_names_on_a_phone_never_lie_on_each_other(is_left: bool) -> None:
    """They stand above what they name, inside of the drawing, and below the heads."""
    names = [f"198.51.{net}.0/24" for net in range(12)]
    flows = {((name, "one") if is_left else ("one", name)): 5 for name in names}
    flows[("others", "one") if is_left else ("one", "others")] = 940_000
    drawn, high = bands(flows, ("who", "whom"), is_narrow=True)
    edge = "0" if is_left else "340"
    at = sorted(
        float(y) for x, y in re.findall(r'<text(?: class="soft")? x="([\d.]+)" y="([\d.]+)"', str(drawn)) if x == edge
    )
    assert len(at) == 14
    assert min(below - above for above, below in pairwise(at)) >= 17
    assert (at[0], at[-1] <= high) == (16, True)


def test_names_never_lie_on_each_other() -> None:
    """Also where one place has nearly all: what is small keeps the room that its name needs."""
    flows = {("one", f"198.51.{net}.0/24"): 5 for net in range(12)} | {("one", "others"): 940_000}
    drawn, high = bands(flows, ("who", "whom"))
    right = [float(y) for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)">', str(drawn)) if float(x) > 500]
    assert len(right) == 13
    assert min(below - above for above, below in pairwise(sorted(right))) >= 13
    assert max(right) <= high


def test_curves_have_a_drawing_for_a_phone() -> None:
    """Names of lines stand below each other, scale and curves below them, all inside of the drawing."""
    lines = [
        Drawn(name=f"line {n} of a group with a long name", points=[(0.0, 1.0), (30.0, 0.2)], style=n) for n in range(4)
    ]
    days = Axis(words="days", begins=0, ends=30, marks=[(0.0, "0"), (30.0, "30")])
    drawn, high = narrow_plane(lines, days, share_axis("share"))
    texts = {
        text: (float(x), float(y))
        for x, y, text in re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)', drawn)
    }
    names = [texts[each.name] for each in lines]
    assert [y for _, y in names] == [16, 34, 52, 70]
    assert {x for x, _ in names} == {34}
    assert texts["share"][1] > 70 + 13
    assert texts["100 %"][1] > texts["share"][1] + 8
    assert all(0 <= x <= 340 and y <= high for x, y in texts.values())
    corners = [float(each) for each in re.findall(r"[MHL](\d+\.?\d*)", drawn)]
    assert max(corners) <= 340
