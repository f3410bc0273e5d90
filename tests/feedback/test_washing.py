"""A consumer that takes complainers off its list while its spam goes on is told from one that does what complaints are for."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from comity.feedback.washing import WINDOW, Bounds, Complained, Verdict, measured

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEGIN, MIDDLE = NOW - 2 * WINDOW, NOW - WINDOW
DAYS = {(NOW - timedelta(days=n)).date(): 1000 for n in range(1, 85)}


def world(*, before: int, after: int, returning: float, shown: bool = True, seed: int = 1) -> list[Complained]:
    """People who complain for the first time in each window; some of the earlier ones do again."""
    chance = Random(seed)  # noqa: S311
    span = WINDOW.total_seconds()
    said: list[Complained] = []
    for window, start, n in (("a", BEGIN, before), ("b", MIDDLE, after)):
        for number in range(n):
            at = start + timedelta(seconds=chance.random() * (span - 1))
            said.append(Complained(who=f"{window}{number}", at=at, shown=shown))
            if window == "a" and chance.random() < returning:
                again = MIDDLE + timedelta(days=4, seconds=chance.random() * (span - 400_000))
                said.append(Complained(who=f"a{number}", at=again, shown=shown))
    return said


def test_the_washer_is_found() -> None:
    """Of 120 who were told of none complains again, 125 others do, at 0.45 % of the mail delivered."""
    found = measured(world(before=120, after=125, returning=0.0), DAYS, NOW)
    assert (found.told, found.returned, found.new_before, found.new_after) == (120, 0, 120, 125)
    assert (found.delivered_after, found.verdict) == (28_000, Verdict.WASHES)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"returning": 0.4}, Verdict.COME_BACK),
        ({"after": 20}, Verdict.DECLINED),
        ({"after": 0}, Verdict.DECLINED),
        ({"before": 20, "after": 20}, Verdict.TOO_FEW),
        ({"shown": False}, Verdict.TOO_FEW),
    ],
)
def test_whoever_is_none_is_told_apart(changed: dict[str, float], verdict: Verdict) -> None:
    """Complainers who come back, spam that ends, small numbers, and reports that named nobody are no washing."""
    given = {"before": 120, "after": 125, "returning": 0.0} | changed
    assert measured(world(**given), DAYS, NOW).verdict is verdict  # type: ignore[arg-type]


def test_a_good_sender_may_take_complainers_off() -> None:
    """The same people among a hundred times the mail: 0.0045 % is what good mail has."""
    many = {day: n * 100 for day, n in DAYS.items()}
    assert measured(world(before=120, after=125, returning=0.0), many, NOW).verdict is Verdict.GOOD_RATE


def test_without_the_mails_delivered_nothing_follows() -> None:
    """A day that was not counted is not nought."""
    holes = {day: n for day, n in DAYS.items() if day.day != 20}
    for delivered in ({}, holes):
        assert measured(world(before=120, after=125, returning=0.0), delivered, NOW).verdict is Verdict.NOT_WEIGHED


def test_more_mail_is_weighed() -> None:
    """Twice the mail with as many complainers is half the rate: it declined."""
    grown = {day: n * (2 if day >= MIDDLE.date() else 1) for day, n in DAYS.items()}
    assert measured(world(before=120, after=125, returning=0.0), grown, NOW).verdict is Verdict.DECLINED


def test_chance_accuses_few_and_spares_few() -> None:
    """Of 200 honest consumers whose spam halves, at most 2 are accused; of 200 washers, at least 180 are found."""
    chance, honest, washers = Random(7), 0, 0  # noqa: S311
    for play in range(200):
        halves = sum(chance.random() < 0.5 for _ in range(120))
        honest += measured(world(before=120, after=halves, returning=0, seed=play), DAYS, NOW).verdict is Verdict.WASHES
        goes_on = round(chance.gauss(125, 11))
        washers += (
            measured(world(before=120, after=goes_on, returning=0.01, seed=play), DAYS, NOW).verdict is Verdict.WASHES
        )
    assert honest <= 2
    assert washers >= 180


def test_bounds_are_the_operators() -> None:
    """Who wants to see more people first says so."""
    said = world(before=120, after=125, returning=0.0)
    assert measured(said, DAYS, NOW, bounds=Bounds(fewest=200)).verdict is Verdict.TOO_FEW
