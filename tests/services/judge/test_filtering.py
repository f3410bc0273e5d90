"""The filter: judged from the first mail on, learning from each label."""

from comity.model.verdict import Verdict
from comity.services.judge.filtering import Filter

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
