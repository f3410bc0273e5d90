"""People teach the filter: what teaches when, and how it is taken back without a trace."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from comity.formats.spam_headers import without_marks
from comity.model.retention import KeptClass
from comity.services.judge.filtering import Filter
from comity.services.judge.learning.drawing import People
from comity.services.judge.learning.hearing import Heard
from comity.services.judge.learning.lineage import lesson_of
from comity.services.judge.learning.rows import Which
from comity.services.judge.teaching import Lesson
from comity.store.tables.intake import raw
from comity.verdict.model_file import pack, unpack

from ....retention import erase_class
from .school import DAY, HAM, NOON, SPAM, School, delivered

MINUTE = timedelta(minutes=1)


def sure(text: str, *, spam: bool) -> Lesson:
    """One of the operator's own examples: a mail that was delivered to somebody."""
    return Lesson(name="", data=without_marks(delivered(text, "sure@west.example", number=9)), spam=spam)


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def taught_by(school: School, *people: str, run: str = "lottery") -> School:
    """These complain about one run, one after the other, and it is learnt two days later."""
    for number, who in enumerate(people):
        school.complain(who, run, at=NOON + number * MINUTE)
    school.learn(NOON + 2 * DAY)
    return school


def lesson(who: str, number: int, run: str = "lottery") -> tuple[bytes, bool]:
    """What ``taught_by`` has one of them say."""
    return delivered(SPAM.format(run=run), f"{who}@west.example", at=NOON + number * MINUTE), True


def test_two_people_teach_after_a_day(school: School) -> None:
    """What two say about one run teaches when it has waited; the model is, to the bit, the one that learnt these mails."""
    assert school.complain("ann", "lottery") is Heard.WAITS
    school.complain("bob", "lottery", at=NOON + MINUTE)
    assert school.learn(NOON + timedelta(hours=23)).taught == 0
    assert school.learn(NOON + 2 * DAY).taught == 2
    assert school.model() == school.never_saw(lesson("ann", 0), lesson("bob", 1))


def test_marks_of_our_own_are_never_learnt(school: School) -> None:
    """What our hosts wrote into a mail says nothing about it; what they found out is a fact."""
    judge = Filter.of(unpack(taught_by(school, "ann", "bob").model()))
    weights = judge.judge(delivered(SPAM.format(run="lottery"), "carl@west.example"), reasons=True)
    assert not [each for each in weights.reasons if "X-Spam" in str(each.arguments) or "Comity" in str(each.arguments)]


def test_one_lesson_is_taken_out_and_leaves_nothing_behind(school: School, tmp_path: Path) -> None:
    """One mailbox of three: the model is to the bit that of a provider whose third customer never said anything."""
    taught_by(school, "ann", "eve", "bob")
    before = school.model()
    other = School(tmp_path / "other")
    other.complain("ann", "lottery")
    other.complain("bob", "lottery", at=NOON + 2 * MINUTE)
    other.learn(NOON + 2 * DAY)
    done = school.classroom.take_out(Which(reporter=school.drawing.reporter("eve@west.example")), NOON + 3 * DAY)
    assert done.taken_out == 1
    assert school.model() == other.model() != before
    assert school.counts() == {("trained", None): 2, ("retracted", "by-operator"): 1}


@pytest.mark.parametrize("what", ["sample", "campaign", "peer"])
def test_many_are_taken_out_at_once(school: School, what: str) -> None:
    """By number, by campaign, or all that people ever taught: then it is the starter again."""
    taught_by(school, "ann", "bob")
    with school.store.read() as rows:
        samples = list(rows.learning.members())
    campaign = school.drawing.draw(lesson("ann", 0)[0], "ann@west.example", spam=True).campaign
    which = {"sample": Which(samples=samples), "campaign": Which(campaign=campaign), "peer": Which(peer="own")}[what]
    assert school.classroom.take_out(which, NOON + 3 * DAY).taken_out == 2
    assert school.model() == school.never_saw()


def test_what_came_after_a_lesson_is_learnt_again_without_it(school: School) -> None:
    """Lessons of three versions, the one in the middle is taken out."""
    for number, run in enumerate(("lottery", "parcel", "bonus")):
        at = NOON + number * 3 * DAY
        for who in ("ann", "bob"):
            school.complain(who, run, at=at)
        school.learn(at + 2 * DAY)
    campaign = school.drawing.draw(lesson("ann", 0, "parcel")[0], None, spam=True).campaign
    school.classroom.take_out(Which(campaign=campaign), NOON + 9 * DAY)
    kept = [
        (delivered(SPAM.format(run=run), f"{who}@west.example", at=NOON + number * 3 * DAY), True)
        for number, run in ((0, "lottery"), (2, "bonus"))
        for who in ("ann", "bob")
    ]
    assert school.model() == school.never_saw(*kept)


def test_not_spam_takes_back_what_waits(school: School) -> None:
    """Within the wait both are gone, and nothing teaches."""
    school.complain("ann", "lottery")
    assert school.complain("ann", "lottery", spam=False) is Heard.REPEATED  # not later than what it takes back
    mail = lesson("ann", 0)[0]
    assert school.say("ann@west.example", mail, spam=False, at=NOON + MINUTE) is Heard.TAKEN_BACK
    school.complain("bob", "lottery", at=NOON + MINUTE)
    assert school.learn(NOON + 2 * DAY).taught == 0
    assert school.counts() == {("retracted", "taken-back"): 1, ("refused", "lonely"): 1}


def test_not_spam_takes_out_what_taught(school: School) -> None:
    """After the wait the effect is undone by the next round, and what is said now waits in turn."""
    taught_by(school, "ann", "bob", "carl")
    assert school.say("bob@west.example", lesson("bob", 1)[0], spam=False, at=NOON + 3 * DAY) is Heard.WAITS
    assert school.classroom.is_due(NOON + 3 * DAY)
    assert school.learn(NOON + 3 * DAY).taken_out == 1
    assert school.model() == school.never_saw(lesson("ann", 0), lesson("carl", 2))


def test_forget_takes_out_whatever_was_said(school: School) -> None:
    """As ``spamc -L forget`` asks."""
    taught_by(school, "ann", "bob", "carl")
    assert school.say("bob@west.example", lesson("bob", 1)[0], at=NOON + 3 * DAY, forget=True) is Heard.FORGOTTEN
    school.learn(NOON + 3 * DAY)
    assert school.model() == school.never_saw(lesson("ann", 0), lesson("carl", 2))


def test_our_own_staff_is_learnt_at_once(tmp_path: Path) -> None:
    """Without waiting, whether or not the mail was delivered here."""
    school = School(tmp_path, people=People(operators={"desk@west.example"}))
    text = SPAM.format(run="lottery").encode()
    assert school.say("desk@west.example", text) is Heard.TEACHES
    assert school.classroom.is_due(NOON)
    assert school.learn(NOON).taught == 1
    judge = Filter.of(unpack(school.never_saw()))
    judge.learn(text, True)
    assert school.model() == pack(judge.model())


def test_a_lonely_voice_teaches_when_others_agree(school: School) -> None:
    """The first one is refused for now, and asked again when a second one's time has come."""
    school.complain("ann", "lottery")
    assert school.learn(NOON + 2 * DAY).refused == {"lonely": 1}
    school.complain("bob", "lottery", at=NOON + 2 * DAY)
    assert school.learn(NOON + 4 * DAY).taught == 2


def test_what_makes_it_worse_is_left_out_and_the_others_teach(tmp_path: Path) -> None:
    """Two liars among honest people: the lies are found by the operator's own examples, and have a name."""
    locked = [sure(HAM.format(run=f"topic{n}"), spam=False) for n in range(20)]
    school = School(tmp_path, locked=locked)
    for run in range(26):
        for liar in (f"liar{run}", f"friend{run}"):
            school.complain(liar, f"topic {chr(97 + run) * 3}", text=HAM)
    for who in ("ann", "bob"):
        school.complain(who, "lottery")
    rounds = [school.learn(NOON + 2 * DAY) for _ in range(3)]
    counts = school.counts()
    assert counts["refused", "worsens"] == sum(each.refused["worsens"] for each in rounds) > 10
    assert ("admitted", None) not in counts
    with school.store.read() as rows:
        versions = [each for each in rows.learning.versions(5) if each.serves and each.locked is not None]
        spam = [
            each.data for each in map(lesson_of, rows.learning.lessons(rows.learning.members())) if each is not None
        ]
    assert {(each.lost, each.missed) for each in versions} == {(0, 0)}
    assert len([each for each in spam if b"lottery" in each]) == 2
    unguarded = School(tmp_path / "other")
    for run in range(26):
        for liar in (f"liar{run}", f"friend{run}"):
            unguarded.complain(liar, f"topic {chr(97 + run) * 3}", text=HAM)
    unguarded.learn(NOON + 2 * DAY)
    judge = Filter.of(unpack(unguarded.model()))
    assert any(judge.judge(each.data).score > judge.budget.threshold for each in locked)


def test_old_samples_become_part_of_the_base_and_their_mail_goes(school: School) -> None:
    """After their time the model is the same, nobody is remembered, and the mails are dropped with the others."""
    taught_by(school, "ann", "bob")
    before = school.model()
    late = NOON + 40 * DAY
    assert school.learn(late).settled == 2
    assert school.model() == before
    with school.store.write() as rows:
        assert erase_class(rows, KeptClass.RAW, late) == 2
        assert rows.connection.scalar(select(func.count()).where(raw.c.data.is_not(None))) == 0
    assert school.counts() == {("settled", None): 2}
    assert school.classroom.take_out(Which(peer="own"), late).taken_out == 0
    for who in ("carl", "dora"):
        school.complain(who, "parcel", at=late)
    school.learn(late + 2 * DAY)
    school.classroom.take_out(Which(reporter=school.drawing.reporter("dora@west.example")), late + 3 * DAY)
    parcel = delivered(SPAM.format(run="parcel"), "carl@west.example", at=late), True
    assert school.model() == school.never_saw(lesson("ann", 0), lesson("bob", 1), parcel)
    assert ("settled", None) not in school.counts()


def test_a_mail_that_teaches_is_kept_until_it_can_be_taken_out_no_more(school: School) -> None:
    """However short the bytes of other mail are kept."""
    taught_by(school, "ann", "bob")
    with school.store.write() as rows:
        assert erase_class(rows, KeptClass.RAW, NOON + 400 * DAY) == 0


def test_what_a_mail_was_called_at_delivery_counts_against_the_promise_and_is_not_learnt(tmp_path: Path) -> None:
    """Two mails that were called spam, and that people took back out: two are lost, though the filter now knows such mail."""
    school = School(tmp_path)
    told = HAM.replace("{run}", "lottery")
    for number, who in enumerate(("ann", "bob")):
        mailbox = f"{who}@west.example"
        mail = delivered(told, mailbox, at=NOON + number * MINUTE, verdict="spam")
        school.say(mailbox, mail, spam=False, at=NOON + number * MINUTE)
    before = school.lineage.filter_of(school.lineage.now_serving(NOON)).budget
    assert school.learn(NOON + 2 * DAY).taught == 2
    after = Filter.of(unpack(school.model()))
    assert after.budget.lost - before.lost == 2
    with school.store.read() as rows:
        lessons = [lesson_of(each) for each in rows.learning.lessons(rows.learning.members())]
    assert [(each.facts, each.called) for each in lessons if each] == [({"spf": "pass"}, True)] * 2
