"""The promise: no more legitimate mail is called spam than was said."""

import math
import random

import pytest

from comity.verdict import budget as budget_module
from comity.verdict.budget import Budget, labels_to_show, upper_bound
from comity.verdict.doubt import SURE, Said


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.001, 0.01])
def test_the_promise_is_held_where_scores_drift(seed: int, share: float) -> None:
    """Over ten thousand legitimate mails whose scores rise and fall, no more are lost than was promised."""
    rng, budget = random.Random(seed), Budget(share)  # noqa: S311 - scores, no secrets
    for number in range(10_000):
        budget.saw(rng.expovariate(1.0) - 6 + number / 10_000)
    assert budget.lost <= share * 10_000 + 2 * (share * 10_000) ** 0.5


def test_the_threshold_comes_down_where_legitimate_mail_stays_far_below() -> None:
    """A promise is no excuse for missing spam: where no legitimate mail scores high, the threshold is low."""
    rng, budget = random.Random(1), Budget(0.01)  # noqa: S311 - scores, no secrets
    for _ in range(5000):
        budget.saw(rng.gauss(-8, 1))
    assert budget.threshold < -3


def test_a_budget_that_was_kept_goes_on() -> None:
    """Kept and read, it moves to the same threshold."""
    rng, one = random.Random(2), Budget()  # noqa: S311 - scores, no secrets
    for _ in range(500):
        one.saw(rng.gauss(-3, 1))
    other = Budget.of(one.kept(), one.about())
    for budget in (one, other):
        budget.saw(2.5)
    assert (one.threshold, one.lost, one.bound()) == (other.threshold, other.lost, other.bound())


def test_one_that_came_from_elsewhere_begins_at_its_threshold() -> None:
    """The first label at a new place does not throw the threshold about."""
    elsewhere = Budget()
    elsewhere.threshold = 5.0
    budget = Budget.of({}, elsewhere.about())
    budget.saw(-4.0)
    assert budget.threshold == pytest.approx(5.0)
    assert budget.seen == 1


def test_the_bound_is_that_of_the_binomial() -> None:
    """Nothing lost among 2,995 is below 0.1 % with 95 % confidence; all lost is all."""
    assert upper_bound(0, 2995) == pytest.approx(0.001, rel=0.01)
    assert upper_bound(6, 6) == 1.0
    assert upper_bound(6, 6450) > 6 / 6450


@pytest.mark.parametrize("count", [60, 150, 270])
def test_the_promise_is_held_with_few_labels(count: int) -> None:
    """Of what a few dozen or hundred labels put above the threshold, no more than was promised is legitimate, on average."""
    lost = 0.0
    for seed in range(200):
        rng, budget = random.Random(seed), Budget(0.001)  # noqa: S311 - scores, no secrets
        for _ in range(count):
            budget.saw(rng.expovariate(1.0) - 2)
        lost += math.exp(-(budget.threshold + 2)) / 200  # the share of such scores above it
    assert lost <= 0.001


def test_with_more_labels_the_threshold_comes_nearer() -> None:
    """Caution is for few labels: each tenfold lets it come down."""
    found = []
    for count in (40, 400, 4000):
        thresholds = []
        for seed in range(20):
            rng, budget = random.Random(seed), Budget(0.001)  # noqa: S311 - scores, no secrets
            for _ in range(count):
                budget.saw(rng.expovariate(1.0) - 4)
            thresholds.append(budget.threshold)
        found.append(sum(thresholds) / len(thresholds))
    assert found == sorted(found, reverse=True)


def test_nothing_is_called_spam_on_next_to_no_labels() -> None:
    """Before any scores are known, only what nearly all views call spam is."""
    assert Budget().threshold > 8


def _told(count: int = 400) -> Budget:
    rng, budget = random.Random(7), Budget(0.001)  # noqa: S311 - scores, no secrets
    for _ in range(count):
        budget.saw(rng.expovariate(1.0) - 4)
    return budget


def test_labels_grow_old_while_mail_goes_by() -> None:
    """The more goes by, the higher the threshold, up to where nearly all views say spam; one label brings it back."""
    budget = _told()
    settled, found = budget.threshold, []
    assert budget.current == settled
    for passing in (10, 100, 1000, 1_000_000):
        for _ in range(passing):
            budget.passed()
        found.append(budget.current)
    assert settled < found[0] < found[1] < found[2] <= found[3] == 9.0
    assert budget.threshold == settled
    budget.saw(-4.0)
    assert budget.current == budget.threshold


def test_mail_alike_that_goes_by_is_not_lost_at_one_stroke() -> None:
    """Twenty mails without a label: the share above the threshold is half of what it was, in a tail as it is followed."""
    budget = _told(4000)
    before = budget.current
    for _ in range(20):
        budget.passed()
    slope = (budget.current - before) / math.log(2)
    assert 0.8 <= slope <= 1.5  # the tail of these scores has the slope 1, and caution is added to it


def test_a_new_version_without_new_labels_is_as_old_as_the_one_before() -> None:
    """Kept and read again, nothing went by; taking the place of one that had heard the same labels, its mail counts on."""
    old = _told()
    for _ in range(500):
        old.passed()
    fresh = Budget.of(old.kept(), old.about())
    assert fresh.current == fresh.threshold
    fresh.follows(old)
    assert fresh.current == old.current
    fresh.saw(-4.0)
    another = Budget.of(fresh.kept(), fresh.about())
    another.follows(old)
    assert another.current == another.threshold


def test_a_threshold_from_elsewhere_grows_old_until_labels_from_here_settle_one() -> None:
    """It says nothing of our mail: what goes by raises it, and a few labels that settle nothing do not bring it back."""
    budget = Budget(0.001, first=4.0)
    assert budget.current == 4.0
    for _ in range(1000):
        budget.passed()
    old = budget.current
    assert 7.0 < old < 9.0
    for number in range(19):
        budget.saw(-4.0 - number / 10)
    assert budget.current == old
    fresh = Budget.of(budget.kept(), budget.about())
    fresh.follows(budget)
    assert fresh.current == old
    budget.saw(-6.0)
    assert budget.current == budget.threshold < old


@pytest.mark.parametrize("count", [40, 100, 400])
def test_own_mail_that_scores_high_outvotes_a_threshold_from_elsewhere(count: int) -> None:
    """However little of it was heard: a low threshold that came along pulls nothing down."""
    rng, elsewhere, ours = random.Random(3), Budget(0.001, first=3.0), Budget(0.001)  # noqa: S311 - scores, no secrets
    scores = [rng.expovariate(0.7) - 3 for _ in range(count)]
    for score in [*[-9.0] * 10, *scores]:
        ours.saw(score)
    for score in scores:
        elsewhere.saw(score)
    assert elsewhere.threshold >= ours.threshold - 0.1 > 5.0


def test_the_promise_is_held_where_a_threshold_from_elsewhere_is_too_low_for_our_mail() -> None:
    """Where it would lose six of a thousand legitimate mails, and two in a hundred get a label, no more are lost than promised."""
    lost = 0
    for seed in range(50):
        rng, budget = random.Random(seed), Budget(0.001, first=3.0)  # noqa: S311 - scores, no secrets
        for _ in range(4000):
            score = rng.expovariate(1.0) - 2.1
            called = score > budget.current
            lost += called
            budget.passed()
            if rng.random() < 0.02:
                budget.saw(score, called=called)
    assert lost <= 0.001 * 50 * 4000


UNSURE = Said(contradicts=False, unsure=True, doubted=False)
DOUBTED = Said(contradicts=True, unsure=True, doubted=True)


def _labelled(wrong: float, seed: int, *, unsure: bool, spam_from: float = 6.0) -> Budget:
    """1,500 labels, half of them spam, of which so large a share is called legitimate."""
    rng, budget = random.Random(seed), Budget(0.001)  # noqa: S311 - scores, no secrets
    for number in range(1500):
        if number % 2:
            budget.saw(rng.expovariate(1.0) - 6, UNSURE if unsure else SURE)
            continue
        score = spam_from + 3 * rng.random()
        if rng.random() >= wrong:
            budget.saw_spam(score)
        else:
            budget.saw(score, DOUBTED if unsure else SURE)
    return budget


@pytest.mark.parametrize("seed", range(5))
def test_spam_that_is_called_legitimate_does_not_raise_the_threshold(seed: int) -> None:
    """One in twenty wrong: where labels are unsure the threshold is below the spam, else above nearly all of it."""
    true, wrong = _labelled(0.0, seed, unsure=False), _labelled(0.05, seed, unsure=True)
    assert true.threshold - 0.5 < wrong.threshold < 4.0
    assert _labelled(0.05, seed, unsure=False).threshold == 9.0
    assert wrong.lost - wrong.doubted == true.lost
    assert wrong.doubted > 0


@pytest.mark.parametrize("seed", range(5))
def test_with_true_labels_unsure_ones_elsewhere_change_nothing(seed: int) -> None:
    """Where no legitimate mail scores as spam does, none is left out: to the bit."""
    assert _labelled(0.0, seed, unsure=True).threshold == _labelled(0.0, seed, unsure=False).threshold


def test_high_scores_unlike_those_of_spam_stay_legitimate_mail() -> None:
    """A victim whose mail scores 4, where spam scores 8 and more: however doubted its readers are, the threshold rises above it."""
    budget = _labelled(0.05, 1, unsure=True, spam_from=8.0)
    before = budget.threshold
    for number in range(80):
        budget.saw(4 + number / 80, DOUBTED)
    assert before < 4.0
    assert budget.threshold > 4.5


def test_what_several_believed_is_not_left_out() -> None:
    """Mail that scores as spam does, and that three people call legitimate, raises the threshold as ever."""
    budget = _labelled(0.05, 1, unsure=True)
    before = budget.threshold
    for _ in range(20):
        budget.saw(7.0, UNSURE)
    assert budget.threshold > max(before, 7.0)


def test_a_budget_that_left_scores_out_goes_on_when_kept() -> None:
    """Kept and read, it follows the same scores and gets to the same threshold."""
    one = _labelled(0.05, 2, unsure=True)
    other = Budget.of(one.kept(), one.about())
    assert one.believed() == other.believed()
    assert len(one.believed()) < len(one.kept()["budget.recent"])
    for budget in (one, other):
        for _ in range(50):
            budget.passed()
    assert one.current == other.current
    for budget in (one, other):
        budget.saw(7.0, DOUBTED)
    assert (one.threshold, one.lost, one.believed()) == (other.threshold, other.lost, other.believed())


def test_what_is_doubted_is_counted_as_lost_and_in_the_bound() -> None:
    """Of forty labels that contradict the filter some may be right: people see all of them, and what remains without them."""
    budget = _labelled(0.05, 1, unsure=True)
    assert budget.bound() == upper_bound(budget.lost, budget.seen) > budget.bound_undoubted() > 0
    assert budget.bound() > budget.lost / budget.seen
    again = Budget.of(budget.kept(), budget.about())
    assert (again.lost, again.doubted, again.bound_undoubted()) == (
        budget.lost, budget.doubted, budget.bound_undoubted(),
    )  # fmt: skip


def test_a_budget_from_before_doubted_nothing() -> None:
    """The file of an earlier version, which did not say how many were doubted, is read."""
    budget = _labelled(0.05, 1, unsure=False)
    about = budget.about()
    del about["budget"]["doubted"]
    assert Budget.of(budget.kept(), about).doubted == 0


@pytest.mark.parametrize("called", [True, False])
def test_what_a_mail_was_called_when_it_came_is_what_counts(called: bool) -> None:
    """A mail that was called spam is lost, though by now the filter knows better; and one that was let through is not."""
    budget = _labelled(0.0, 1, unsure=False)
    before = budget.lost
    budget.saw(-9.0 if called else 12.0, called=called)
    assert budget.lost - before == called


def test_the_bound_is_true_where_one_label_in_fifty_comes() -> None:
    """Legitimate mail is lost in runs, and few labels come: in 95 of 100 streams no more is lost than the bound says."""
    broken = 0
    for seed in range(200):
        rng, budget, lost, count = random.Random(seed), Budget(0.001), 0, 4000  # noqa: S311 - scores, no secrets
        run = 0
        for _ in range(count):
            run = run - 1 if run else 12 * (rng.random() < 0.001)
            score = 13.0 if run else rng.expovariate(1.0) - 6
            called = score > budget.current
            lost += called
            budget.passed()
            if rng.random() < 0.02:
                budget.saw(score, called=called)
        broken += lost / count > budget.bound()
    assert broken <= 14  # of 200, where 10 may be: more are seen less than once in ten times


def test_how_many_labels_would_show_that_a_promise_is_kept() -> None:
    """One fewer does not."""
    for lost in (0, 1, 7):
        enough = labels_to_show(lost, 0.001)
        assert upper_bound(lost, enough) <= 0.001 < upper_bound(lost, enough - 1)


def test_how_many_labels_it_takes_is_told_while_a_page_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where thousands are doubted it is worked out by a few sums of them, not by thousands of such sums."""
    asked = list[int]()
    chance = budget_module._at_most

    def at_most(hits: int, count: int, share: float) -> float:
        asked.append(count)
        return chance(hits, count, share)

    monkeypatch.setattr(budget_module, "_at_most", at_most)
    assert labels_to_show(300, 0.001) == 330080
    assert len(asked) < 50
