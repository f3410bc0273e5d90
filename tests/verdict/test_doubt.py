"""Doubt about labels: only where surely more contradict than true ones do, and never of what several say alike."""

import random

import numpy as np
import pytest

from comity.verdict.doubt import Doubt, Sketch, lower_bound


def alone(number: int) -> Sketch:
    """A mail like no other."""
    return np.arange(64 * number, 64 * number + 64, dtype=np.uint32)


def heard(doubt: Doubt, count: int, share: float, seed: int = 0) -> int:
    """So many labels, of which so large a share contradict; gives how many were doubted."""
    rng, doubted = random.Random(seed), 0  # noqa: S311 - labels, no secrets
    for number in range(count):
        against = 6.0 if rng.random() < share else -6.0
        doubted += doubt.heard(against, bool(number % 2), alone(number)).doubted
    return doubted


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_contradict_now_and_then_are_believed(seed: int) -> None:
    """Of 5,000 labels as true as those of real mail (two of a thousand contradict) none is doubted."""
    assert heard(Doubt(), 5000, 0.002, seed) == 0


def test_fifteen_of_a_thousand_in_one_run_are_believed() -> None:
    """So many were seen among true labels, one after the other."""
    doubt = Doubt()
    heard(doubt, 985, 0.0)
    assert not any(doubt.heard(6.0, True, alone(2000 + number)).doubted for number in range(15))


@pytest.mark.parametrize("seed", range(5))
def test_where_one_in_twenty_contradicts_nearly_all_of_them_are_doubted(seed: int) -> None:
    """After the first dozen or so, each label against what the filter surely knows is."""
    doubted = heard(Doubt(), 1000, 0.05, seed)
    assert doubted >= 25


def test_when_labels_are_true_again_nothing_is_doubted_any_more() -> None:
    """A thousand labels later what was wrong is forgotten."""
    doubt = Doubt()
    heard(doubt, 500, 0.1)
    assert doubt.unsure
    heard(doubt, 1000, 0.0)
    assert not doubt.unsure
    assert not doubt.heard(6.0, True, alone(9999)).doubted


def test_the_third_who_says_the_same_of_mail_alike_is_believed() -> None:
    """However unsure labels are, a filter that is wrong about one kind of mail is told so by three people."""
    doubt, mail = Doubt(), alone(7000)
    heard(doubt, 500, 0.1)
    said = [doubt.heard(8.0, False, mail) for _ in range(4)]
    assert [each.doubted for each in said] == [True, True, False, False]
    assert not said[2].contradicts


def test_one_against_many_who_spoke_of_the_same_mail_is_doubted() -> None:
    """Where the last ones said that it is spam, one who says the opposite stays alone."""
    doubt, mail = Doubt(), alone(7000)
    heard(doubt, 500, 0.1)
    for number in range(30):
        is_wrong = number % 10 == 9
        assert doubt.heard(8.0 if is_wrong else -8.0, not is_wrong, mail).doubted == is_wrong


def test_mails_without_text_are_not_alike() -> None:
    """Nothing in common is no agreement."""
    doubt, none = Doubt(), np.zeros(0, dtype=np.uint32)
    heard(doubt, 500, 0.1)
    assert all(doubt.heard(8.0, False, none).doubted for _ in range(6))


def test_doubt_that_was_kept_goes_on() -> None:
    """Kept and read, it thinks the same of each label."""
    one, other = Doubt(), Doubt()
    heard(one, 1200, 0.03)
    other.take(one.kept())
    assert other.contradicting == one.contradicting
    for number in range(300):
        against = 6.0 if number % 7 == 0 else -6.0
        sketch = alone(1000 + number)  # the first ones were told before
        assert one.heard(against, True, sketch) == other.heard(against, True, sketch)


@pytest.mark.parametrize("name", ["doubt.labels", "doubt.lengths", "doubt.sketches", "doubt.recent"])
def test_tables_that_do_not_fit_are_refused(name: str) -> None:
    """A damaged model is no model."""
    doubt = Doubt()
    heard(doubt, 1200, 0.03)
    tables = doubt.kept()
    tables[name] = np.concatenate([tables[name], tables[name]])
    with pytest.raises(ValueError, match="doubt"):
        Doubt().take(tables)


def test_a_negative_length_is_refused() -> None:
    """Lengths that cancel each other out are no lengths."""
    doubt = Doubt()
    heard(doubt, 3, 0.0)
    tables = doubt.kept()
    tables["doubt.lengths"][:2] = (-64, 192)
    with pytest.raises(ValueError, match="doubt"):
        Doubt().take(tables)


def test_the_lower_bound_is_wilsons() -> None:
    """Five of a hundred are at least 2.5 of a hundred; none of any number are none."""
    assert lower_bound(5, 100) == pytest.approx(0.0245, abs=0.0002)
    assert lower_bound(0, 100) == 0.0
