"""The filter: judged from the first mail on, learning from each label."""

from random import Random

import pytest

from comity.model.verdict import Verdict
from comity.services.judge.filtering import Filter
from comity.verdict.doubt import Said
from comity.verdict.model_file import Model, pack
from comity.verdict.passages import passages

SPAM = b"From: win@shop.example\nSubject: prize %d\n\nYou have won a prize of %d dollars, claim it now at once\n"
LEGITIMATE = (
    b"From: desk@west.example\nSubject: minutes %d\n\nAttached are the minutes of the meeting number %d of our group\n"
)


def taught() -> Filter:
    """A filter that has seen forty mails of each kind."""
    judge = Filter.new()
    for number in range(40):
        judge.learn(SPAM % (number, number), True)
        judge.learn(LEGITIMATE % (number, number), False)
    return judge


def test_what_was_learnt_is_recognised() -> None:
    """A mail like those that were called spam is spam, one like the others is legitimate."""
    judge = taught()
    assert judge.judge(SPAM % (99, 99)).verdict is Verdict.SPAM
    assert judge.judge(LEGITIMATE % (99, 99)).verdict is Verdict.LEGITIMATE


def test_a_filter_that_learnt_nothing_says_so() -> None:
    """Nobody is accused by a filter that knows nothing."""
    said = Filter.new().judge(SPAM % (1, 1))
    assert (said.verdict, said.why) == (Verdict.UNSURE, "not-learnt")


def test_a_kept_filter_goes_on_as_it_was() -> None:
    """A filter that was kept and read again gives the same score to the bit."""
    judge = taught()
    assert Filter.of(judge.model()).judge(SPAM % (7, 8)) == judge.judge(SPAM % (7, 8))


def test_reasons_may_be_left_out_for_legitimate_mail_alone() -> None:
    """One question gives the verdict, and the reasons where somebody will ask for them."""
    judge = taught()
    spam, legitimate = (
        judge.judge(mail % (99, 99), reasons=True, unless_legitimate=True) for mail in (SPAM, LEGITIMATE)
    )
    assert spam == judge.judge(SPAM % (99, 99), reasons=True)
    assert spam.reasons
    assert legitimate == judge.judge(LEGITIMATE % (99, 99))


def test_what_was_held_before_is_that_of_the_mail_that_is_learnt() -> None:
    """Judged in whatever order before, a mail is learnt as it is when it comes alone."""
    asked, alone = taught(), taught()
    for mail in (LEGITIMATE % (1, 1), b"Subject: Re: other\n\n> yes\n", SPAM % (2, 2)):
        asked.judge(mail)
        asked.judge(LEGITIMATE % (3, 3))
        for judge in (asked, alone):
            judge.learn(mail, False)
    assert asked.judge(SPAM % (7, 8)) == alone.judge(SPAM % (7, 8))


WORDS = {
    True: (
        "prize",
        "casino",
        "pills",
        "loan",
        "winner",
        "lottery",
        "cheap",
        "miracle",
        "bonus",
        "refund",
        "jackpot",
        "debt",
    ),
    False: (
        "invoice",
        "meeting",
        "delivery",
        "minutes",
        "schedule",
        "review",
        "order",
        "travel",
        "budget",
        "draft",
        "room",
    ),
}
FILL = ("please", "attached", "thanks", "today", "week", "team", "office", "note", "send", "look", "page", "list")


def mail(rng: Random, spam: bool, author: str = "desk@west.example") -> bytes:
    """One with words of its kind, and many that stand in both."""
    words = rng.choices(WORDS[spam], k=6) + rng.choices(FILL, k=24)
    rng.shuffle(words)
    return f"From: {author}\nSubject: {' '.join(rng.choices(FILL, k=3))}\n\n{' '.join(words)}\n".encode()


def after(labels: int, wrong: float, seed: int, *, sure: bool = False) -> Filter:
    """A filter that heard so many labels, of which so large a share says the opposite."""
    rng, judge = Random(seed), Filter.new()  # noqa: S311 - mail, no secrets
    for number in range(labels):
        spam = number % 2 == 0
        judge.learn(mail(rng, spam), spam != (rng.random() < wrong), sure=sure)
    return judge


def called_spam(judge: Filter, spam: bool, seed: int = 99) -> int:
    """How many of 200 such mails are."""
    rng = Random(seed)  # noqa: S311 - mail, no secrets
    return sum(judge.judge(mail(rng, spam)).verdict is Verdict.SPAM for _ in range(200))


@pytest.mark.parametrize("seed", range(3))
def test_one_label_in_twenty_may_be_wrong(seed: int) -> None:
    """Spam is still called so, and no legitimate mail is."""
    judge = after(800, 0.05, seed)
    assert judge.doubt.unsure
    assert called_spam(judge, True) >= 150
    assert called_spam(judge, False) == 0


def test_with_true_labels_nothing_is_doubted() -> None:
    """Then the filter is to the bit what it is when the operator says all of it."""
    people, operator = after(400, 0.0, 5), after(400, 0.0, 5, sure=True)
    assert not people.doubt.unsure
    assert people.learner.shares == operator.learner.shares
    for spam in (True, False):
        one = mail(Random(6), spam)  # noqa: S311 - mail, no secrets
        assert people.judge(one) == operator.judge(one)


def test_a_filter_that_doubts_goes_on_as_it_was_when_kept() -> None:
    """Kept and read again, it learns the next labels, wrong ones among them, to the bit."""
    one = after(600, 0.05, 1)
    other = Filter.of(one.model())
    for judge in (one, other):
        rng = Random(7)  # noqa: S311 - mail, no secrets
        for number in range(60):
            spam = number % 2 == 0
            judge.learn(mail(rng, spam), spam != (number % 10 == 0))
    assert pack(one.model()) == pack(other.model())


def test_what_the_operator_says_is_not_doubted() -> None:
    """However unsure the labels of people are: what the operator calls legitimate is learnt in full."""
    doubted, sure = after(600, 0.05, 1), after(600, 0.05, 1)
    one = mail(Random(8), True)  # noqa: S311 - mail, no secrets
    before = doubted.judge(one).score
    doubted.learn(one, False)
    sure.learn(one, False, sure=True)
    assert before > 3
    assert sure.judge(one).score < doubted.judge(one).score - 1 < before


def test_what_the_operator_says_does_not_bring_back_what_was_left_out() -> None:
    """While labels are unsure, one sure mail leaves the threshold where it was."""
    judge = after(800, 0.05, 1)
    before = judge.budget.threshold
    judge.learn(mail(Random(8), False), False, sure=True)  # noqa: S311 - mail, no secrets
    assert before < 7
    assert judge.budget.threshold == pytest.approx(before, abs=0.2)


def test_a_lie_that_was_learnt_is_corrected_by_a_handful_though_labels_are_unsure() -> None:
    """Liars taught that a newsletter is spam, before labels were unsure: five readers who disagree are believed."""
    rng, judge = Random(3), Filter.new()  # noqa: S311 - mail, no secrets
    news = "news@shop.example"
    for number in range(200):
        judge.learn(mail(rng, number % 2 == 0), number % 2 == 0, sure=True)
    for _ in range(20):
        judge.learn(mail(rng, True, news), True, sure=True)
    for number in range(200):
        spam = number % 2 == 0
        judge.learn(mail(rng, spam), spam != (number % 10 == 0))
    letter = mail(rng, True, news)
    before = judge.judge(letter).score
    assert judge.doubt.unsure
    for _ in range(5):
        judge.learn(letter, False)
    assert before > 3
    assert judge.judge(letter).score < before / 2
    assert judge.judge(letter).verdict is not Verdict.SPAM


DOUBTED = Said(contradicts=True, unsure=True, doubted=True)


def test_one_lie_moves_a_model_from_elsewhere_less_than_one_that_knows_nothing_yet() -> None:
    """A starter has learnt from many labels: the first one that it hears here does not count as if it were the first of all."""
    model = taught().portable()
    moved = []
    for spam, legitimate in ((2000, 2000), (0, 0)):
        judge = Filter.of(Model(tables=model.tables, about=model.about | {"spam": spam, "legitimate": legitimate}))
        places = judge.learner.places([passages(LEGITIMATE % (7, 8))])[0]
        before = [float(view.weights.sum()) for view in judge.learner.views]
        judge.learner.learn(places, True, DOUBTED)  # one step, nothing learnt again
        moved.append([float(view.weights.sum()) - at for view, at in zip(judge.learner.views, before, strict=True)])
    assert all(0 < known < 0.5 * new for known, new in zip(*moved, strict=True))


@pytest.mark.parametrize(("spam", "legitimate"), [(10**30, 1), (1, 1 << 62), (-20, 0), (0, -1)])
def test_a_model_from_elsewhere_that_cannot_have_heard_so_many_is_refused(spam: int, legitimate: int) -> None:
    """It would be taken, judge and learn, and could never be kept; or divide by nothing."""
    model = Filter.new().portable()
    with pytest.raises(ValueError, match="labels"):
        Filter.of(Model(tables=model.tables, about=model.about | {"spam": spam, "legitimate": legitimate}))
