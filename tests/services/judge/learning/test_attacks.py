"""Stories of attack: what liars among the reporters reach."""

from datetime import timedelta
from pathlib import Path

import pytest

from comity.services.judge.filtering import Filter
from comity.services.judge.learning.drawing import People
from comity.services.judge.learning.hearing import Heard
from comity.services.judge.teaching import Lesson
from comity.verdict.model_file import unpack

from .school import DAY, NOON, SPAM, School, delivered

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
VICTIM = "From: news@shop.example\nSubject: our offers of {run}\n\nDear customer, the offers of {run} are on our page as always\n"


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def test_one_person_with_a_thousand_complaints(school: School) -> None:
    """Alone they teach nothing; with a friend who echoes them, five a day and no more."""
    for number in range(1000):
        school.complain("eve", f"victim{chr(97 + number % 26)}{chr(97 + number // 26)}", at=NOON, text=VICTIM)
    assert school.learn(NOON + 2 * DAY).taught == 0
    assert school.learn(NOON + 2 * DAY).taught == 0
    assert set(school.counts()) == {("refused", "lonely")}
    for number in range(100):
        school.complain("mallory", f"victim{chr(97 + number % 26)}{chr(97 + number // 26)}", at=NOON, text=VICTIM)
    taught = school.learn(NOON + 2 * DAY).taught
    assert taught == 10
    assert school.counts()["refused", "reporter-cap"] > 100


def test_the_same_complaint_many_times_is_one(school: School) -> None:
    """Said again, it is the same sample; about another mail of the run, it was said before."""
    mail = delivered(SPAM.format(run="lottery"), "eve@west.example")
    for number in range(50):
        school.say("eve@west.example", mail, at=NOON + number * MINUTE)
    again = delivered(SPAM.format(run="lottery"), "eve@west.example", number=2)
    school.say("eve@west.example", again, at=NOON + 1001 * MINUTE)
    school.complain("bob", "lottery", at=NOON + MINUTE)
    assert school.learn(NOON + 3 * DAY).taught == 2
    assert school.counts() == {("trained", None): 2, ("refused", "said-before"): 1}


def test_fifty_colluders_under_the_caps(tmp_path: Path) -> None:
    """Five days of fifty liars in five households: their victim's mail stays legitimate where the operator put some of it aside."""
    locked = [Lesson(name=str(n), data=VICTIM.format(run=f"spring{n}").encode(), spam=False) for n in range(10)]
    cohorts = {f"eve{n}@west.example": f"household {n // 10}" for n in range(50)}
    school = School(tmp_path, locked=locked, people=People(cohorts=cohorts))
    for day in range(5):
        for number in range(50):
            school.complain(f"eve{number}", f"week {'abcdefghijklmn'[day] * 3}", at=NOON + day * DAY, text=VICTIM)
        school.learn(NOON + (day + 2) * DAY)
    counts = school.counts()
    assert counts.get(("trained", None), 0) <= 5 * 5
    assert counts["refused", "said-before"] >= 5 * 45 - counts.get(("refused", "worsens"), 0)
    judge = Filter.of(unpack(school.model()))
    assert not [each for each in locked if judge.judge(each.data).score > judge.budget.threshold]


def test_a_mail_that_was_never_delivered_teaches_nothing(school: School) -> None:
    """No header of ours, however many say so."""
    for who in ("eve", "mallory", "trent"):
        bare = f"Delivered-To: {who}@west.example\n{SPAM.format(run='lottery')}".encode()
        assert school.say(f"{who}@west.example", bare) is Heard.REFUSED
    assert school.learn(NOON + 2 * DAY).taught == 0
    assert school.counts() == {("refused", "not-delivered"): 3}
    with school.store.write() as rows:
        assert rows.learning.drop_old(NOON + MINUTE) == 3  # and nobody remembers it for long


def test_a_header_proves_one_mailbox_and_one_mail(school: School) -> None:
    """Another's mail with its genuine header, and one's own header moved to another mail, prove nothing."""
    of_ann = delivered(SPAM.format(run="lottery"), "ann@west.example")
    assert school.say("eve@west.example", of_ann) is Heard.REFUSED
    claimed = b"Delivered-To: eve@west.example\n" + of_ann
    assert school.say("eve@west.example", claimed, at=NOON + MINUTE) is Heard.REPEATED  # and refused before
    own = delivered(SPAM.format(run="lottery"), "eve@west.example").split(b"\n")
    other = delivered(VICTIM.format(run="spring"), "eve@west.example", number=7).split(b"\n")
    end = next(number for number, line in enumerate(own) if line.startswith(b"X-Spam-Flag"))
    at = next(number for number, line in enumerate(other) if line.startswith(b"X-Spam-Flag"))
    moved = b"\n".join([*own[:end], *other[at:]])
    assert school.say("eve@west.example", moved, at=NOON + 2 * MINUTE) is Heard.REFUSED
    assert set(school.counts()) == {("refused", "not-delivered")}


def test_nobody_takes_back_what_another_said(school: School) -> None:
    """Eve knows the mail and names Ann's mailbox in its trace: what Ann said stays."""
    school.complain("ann", "lottery")
    forged = delivered(SPAM.format(run="lottery"), "ann@west.example")
    school.say("eve@west.example", forged, spam=False, at=NOON + MINUTE)
    school.say("eve@west.example", forged, forget=True, at=NOON + 2 * MINUTE)
    assert school.counts()["waiting", None] == 1


def test_plus_addresses_are_one_person(school: School) -> None:
    """A mailbox with a hundred details is one voice."""
    for number in range(100):
        mailbox = f"eve+{number}@west.example"
        school.say(mailbox, delivered(SPAM.format(run="lottery"), mailbox), at=NOON + number * MINUTE)
    assert school.learn(NOON + 3 * DAY).taught == 0


def test_not_spam_never_weighs_more_than_spam(school: School) -> None:
    """Botnets vote for their own mail: as many against as for, and only "spam" teaches."""
    for who in ("eve", "mallory"):
        school.complain(who, "lottery", spam=False)
    for who in ("ann", "bob"):
        school.complain(who, "lottery")
    school.learn(NOON + 2 * DAY)
    assert school.counts() == {("trained", None): 2, ("refused", "outweighed"): 2}


# -- the fast lane


def vetted(tmp_path: Path, **cohorts: str) -> School:
    """Ann, Bob, Carl and Dora are vouched for."""
    people = [f"{each}@west.example" for each in ("ann", "bob", "carl", "dora")]
    together = {f"{name}@west.example": cohort for name, cohort in cohorts.items()}
    return School(tmp_path, people=People(vetted=people, cohorts=together))


def junked(school: School, at: timedelta) -> int:
    """How many campaigns are junked then."""
    with school.store.read() as rows:
        return len(rows.learning.junked(NOON + at))


def test_three_vetted_people_within_the_hour_junk_a_campaign(tmp_path: Path) -> None:
    """For six hours; weights have learnt nothing meanwhile."""
    school = vetted(tmp_path)
    for number, who in enumerate(("ann", "bob", "carl")):
        assert junked(school, HOUR) == 0
        school.complain(who, "lottery", at=NOON + number * MINUTE)
    assert junked(school, HOUR) == 1
    assert junked(school, 5 * HOUR) == 1
    assert junked(school, 7 * HOUR) == 0
    assert school.learn(NOON + HOUR).taught == 0


@pytest.mark.parametrize("why", ["unvetted", "one cohort", "an hour later", "not delivered", "different campaigns"])
def test_anything_less_junks_nothing(tmp_path: Path, why: str) -> None:
    """Fifty strangers, one household, late ones, mail that was not delivered, and other mail do not."""
    school = vetted(tmp_path, ann="one", bob="one", carl="one") if why == "one cohort" else vetted(tmp_path)
    people = [f"eve{number}" for number in range(50)] if why == "unvetted" else ["ann", "bob", "carl"]
    for number, who in enumerate(people):
        at = NOON + number * (45 * MINUTE if why == "an hour later" else MINUTE)
        if why == "not delivered":
            school.say(f"{who}@west.example", SPAM.format(run="lottery").encode(), at=at)
        else:
            run = f"lottery{'abc'[number]}" if why == "different campaigns" else "lottery"
            school.complain(who, run, at=at)
    assert junked(school, 2 * HOUR) == 0


def test_as_many_who_say_not_spam_end_it(tmp_path: Path) -> None:
    """It is reversible by people, and by the operator."""
    school = vetted(tmp_path)
    for who in ("ann", "bob", "carl"):
        school.complain(who, "lottery")
    for number, who in enumerate(("ann", "bob", "carl")):
        assert junked(school, HOUR) == 1
        other = delivered(SPAM.format(run="lottery"), f"{who}@west.example", number=9)
        school.say(f"{who}@west.example", other, spam=False, at=NOON + (number + 1) * MINUTE)
    assert junked(school, HOUR) == 0


def test_who_was_right_before_becomes_vetted_and_who_lied_does_not(school: School) -> None:
    """Three campaigns that taught make a person vetted; one that the operator had to take out ends it."""
    people = ("ann", "bob", "carl")
    for number, run in enumerate(("lottery", "parcel", "bonus")):
        for who in people:
            school.complain(who, run, at=NOON + number * DAY)
    school.learn(NOON + 5 * DAY)
    for who in people:
        school.complain(who, "casino", at=NOON + 6 * DAY)
    assert junked(school, 6 * DAY + HOUR) == 1
    from comity.services.judge.learning.rows import Which

    with school.store.read() as rows:
        one = rows.learning.members()[0]
    school.classroom.take_out(Which(samples=[one]), NOON + 7 * DAY)
    for who in people:
        school.complain(who, "pills", at=NOON + 8 * DAY)
    assert junked(school, 8 * DAY + HOUR) == 0
