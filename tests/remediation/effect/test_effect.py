"""Whether it helped: known truth goes in, and comes out within the bounds that are stated."""

import random
from math import exp, log, sqrt

import pytest

from comity.model.sighting import Outcomes
from comity.remediation.effect.comparison import Compared, Difference, Way, difference
from comity.remediation.effect.silence import DOUBT, days_needed, still_infected
from comity.remediation.effect.survival import Watched, curve, infected_after
from comity.remediation.weights import lower_bound


def test_the_curve_finds_the_truth() -> None:
    """Of lines that are cleaned by chance each day, some watched shorter, the true share lies within its 95 % bounds mostly."""
    hits = 0
    for seed in range(100):
        chance = random.Random(seed)  # noqa: S311
        watched = []
        for _ in range(300):
            clean = next(day for day in range(1, 1000) if chance.random() < 0.1)
            end = chance.randint(5, 40)
            watched.append(Watched(days=min(clean, end), is_clean=clean <= end))
        step = [each for each in curve(watched) if each.day <= 10][-1]
        assert step.low is not None
        assert step.high is not None
        hits += step.low <= 0.9**step.day <= step.high
    assert hits >= 88


def test_nobody_watched_is_clean_by_silence() -> None:
    """Lines that are still seen make no step: everybody is infected as far as anybody knows."""
    assert curve([Watched(days=14, is_clean=False)] * 5) == ()
    assert infected_after((), 14) == 1.0


def test_silence_is_long_enough() -> None:
    """So many silent days leave less doubt than is allowed, and one day less leaves more."""
    for coverage in (0.1, 0.2, 0.3, 0.5):
        days = days_needed([coverage])
        assert days is not None
        assert still_infected([coverage], days) <= DOUBT < still_infected([coverage], days - 1)


def test_a_blind_source_proves_nothing() -> None:
    """Where no source sees anything, no silence closes a case."""
    assert days_needed([]) is None
    assert days_needed([0.0, 0.0]) is None


def test_weights_learn() -> None:
    """Right words raise what a source is worth, wrong ones lower it, and a long record can be counted."""
    assert lower_bound(Outcomes(right=3)) > lower_bound(Outcomes()) > lower_bound(Outcomes(wrong=3))
    assert 0.94 < lower_bound(Outcomes(right=95_000, wrong=5_000)) < 0.95


def test_a_curve_that_reaches_zero_has_an_upper_bound() -> None:
    """Ten of ten lines clean is no certainty: of none in ten the exact bound is 31 %, of none in the two that were left 84 %."""
    (all_clean,) = curve([Watched(days=3, is_clean=True)] * 10)
    assert (all_clean.infected, all_clean.low) == (0.0, 0.0)
    assert all_clean.high == pytest.approx(1 - 0.025 ** (1 / 10))
    watched = [Watched(days=2, is_clean=True)] * 7 + [Watched(days=3, is_clean=False)]
    *_, last = curve([*watched, *[Watched(days=5, is_clean=True)] * 2])
    assert (last.infected, last.low) == (0.0, 0.0)
    assert last.high == pytest.approx(1 - 0.025 ** (1 / 2))


def test_the_bound_at_zero_holds() -> None:
    """Of few lines, some watched shorter, all those that are left are clean: the true share is seldom above the bound."""
    past = reached = 0
    for seed in range(1000):
        chance = random.Random(seed)  # noqa: S311
        watched = []
        for _ in range(chance.randint(4, 15)):
            clean = next(day for day in range(1, 1000) if chance.random() < 0.25)
            end = chance.randint(5, 40)
            watched.append(Watched(days=min(clean, end), is_clean=clean <= end))
        for step in curve(watched)[-1:]:
            if step.infected == 0:
                assert step.high is not None
                reached += 1
                past += 0.75**step.day > step.high
    assert reached > 500
    assert past <= 0.05 * reached


@pytest.mark.parametrize(
    ("steps", "usual", "new", "shares"),
    [
        (1, 2, 200, (0.6, 0.6)),
        (1, 200, 2, (0.6, 0.6)),
        (4, 1, 30, (0.5, 0.5)),
        (6, 2, 2, (0.5, 0.8)),
    ],
)
def test_the_interval_of_a_comparison_holds(steps: int, usual: int, new: int, shares: tuple[float, float]) -> None:
    """However few lines a group has, and however uneven the groups are: of 250 comparisons 225 and more hold the truth."""
    chance = random.Random(7)  # noqa: S311
    hits = 0
    for _ in range(250):
        found = difference(
            Compared(step=step, way=way, is_clean=chance.random() < share)
            for step in range(steps)
            for way, size, share in zip(Way, (usual, new), shares, strict=True)
            for _ in range(size)
        )
        assert found.share is not None
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= found.share <= found.high <= 1
        hits += found.low <= shares[1] - shares[0] <= found.high
    assert hits >= 225


def test_a_comparison_without_one_of_its_groups_says_nothing() -> None:
    """Neither nobody nor one way alone gives a number; a step in which all are told alike is left out."""
    assert difference([]).share is None
    alone = [Compared(step=1, way=Way.NEW, is_clean=True)] * 50
    assert difference(alone) == Difference(usual=0, new=50)
    both = [Compared(step=2, way=way, is_clean=way is Way.NEW) for way in Way for _ in range(20)]
    one, other = difference(both), difference([*both, *alone])
    assert (one.share, one.low, one.high) == (other.share, other.low, other.high)
    assert one.low is not None
    assert one.low < 0.8  # all and none of twenty are no certainty
    assert one.high == 1.0


def test_the_curve_is_that_of_kaplan_and_meier() -> None:
    """Worked out by their definition, day by day, with ties, censoring on the same day, and bounds on the log-log scale."""
    chance = random.Random(5)  # noqa: S311
    for _ in range(300):
        lines = [(chance.randint(0, 12), chance.random() < 0.6) for _ in range(chance.randint(1, 30))]
        left, spread, wanted = 1.0, 0.0, []
        for day in sorted({day for day, is_clean in lines if is_clean}):
            at_risk, events = sum(until >= day for until, _ in lines), lines.count((day, True))
            left *= 1 - events / at_risk
            spread += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
            wanted.append((day, left, at_risk, spread))
        steps = curve(Watched(days=day, is_clean=is_clean) for day, is_clean in lines)
        assert [(each.day, pytest.approx(each.infected), each.at_risk) for each in steps] == [
            each[:3] for each in wanted
        ]
        for step, (_, share, _, variance) in zip(steps, wanted, strict=True):
            if share > 0:
                width = 1.96 * sqrt(variance) / -log(share)
                assert (step.low, step.high) == (
                    pytest.approx(share ** exp(width)),
                    pytest.approx(share ** exp(-width)),
                )
