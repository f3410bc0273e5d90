"""Lessons can be taken back, and none makes the filter worse on what is held sure."""

import pytest

from comity.services.judge.filtering import Filter
from comity.services.judge.teaching import Lesson, taught
from comity.services.operate.bench_poison import poison
from comity.verdict.model_file import Model, pack

SPAM = b"From: win@shop.example\nSubject: prize %d\n\nYou have won a prize of %d dollars, claim it now at once\n"
LEGITIMATE = b"From: desk@west.example\nSubject: minutes %d\n\nAttached are the minutes of meeting %d of our group\n"


def base() -> Model:
    """The model of a filter that knows both kinds."""
    judge = Filter.new()
    for number in range(60):
        judge.learn(SPAM % (number, number), True)
        judge.learn(LEGITIMATE % (number, number), False)
    return judge.model()


def lessons(pattern: bytes, spam: bool, count: int) -> list[Lesson]:
    """So many mails after one pattern."""
    return [Lesson(name=f"{spam} {n}", data=pattern % (n, n), spam=spam) for n in range(100, 100 + count)]


def test_a_retracted_lesson_leaves_nothing_behind() -> None:
    """Taught without it, the model is to the bit the one that never had it."""
    start, kept, wrong = base(), lessons(SPAM, True, 5), lessons(LEGITIMATE, True, 3)
    with_it = taught(start, [*kept, *wrong], []).model
    without = taught(start, kept, []).model
    assert pack(with_it) != pack(without) == pack(taught(base(), kept, []).model)


def test_a_model_that_is_worse_on_locked_examples_does_not_serve() -> None:
    """Two hundred lies about legitimate mail change nothing while the operator's own examples say otherwise."""
    start = base()
    result = taught(start, lessons(LEGITIMATE, True, 200), lessons(LEGITIMATE, False, 10))
    assert not result.is_new
    assert result.model is start
    assert result.wrong_after > result.wrong_before


def test_ten_colluders_reach_next_to_nothing() -> None:
    """What makes a plain Bayes filter lose every mail of the victim costs ours none."""
    row = poison(10, seed=2)
    assert row.bayes_victim_lost > 50
    assert row.ours_victim_lost <= 1
    assert row.ours_attack_missed <= 2


@pytest.mark.parametrize("colluders", [0, 10, 50])
def test_colluders_gain_nothing_where_one_honest_label_in_twenty_is_wrong(colluders: int) -> None:
    """Unsure labels are no door: the victim's mail is not lost, and the attack is called spam as it is without colluders."""
    row = poison(colluders, seed=2, wrong=0.05)
    assert row.ours_victim_lost <= 1
    assert row.ours_attack_missed <= 2
