"""People teach the filter: who is heard, who is not, and how it is taken back."""

from datetime import timedelta
from pathlib import Path

import pytest

from comity.services.judge.learning.hearing import Heard
from comity.services.judge.learning.rows import Which

from .school import DAY, NOON, SPAM, School, delivered


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def mail(who: str, run: str, text: str = SPAM) -> bytes:
    return delivered(text.format(run=run), f"{who}@west.example")


def test_two_people_teach_after_a_day(school: School) -> None:
    """What two people say about one run teaches when it has waited; the model is the one that learnt these mails, to the bit."""
    assert school.complain("ann", "lottery") is Heard.WAITS
    school.complain("bob", "lottery", at=NOON + timedelta(minutes=1))
    assert school.learn(NOON + timedelta(hours=23)).taught == 0
    assert school.learn(NOON + 2 * DAY).taught == 2
    later = delivered(SPAM.format(run="lottery"), "bob@west.example", at=NOON + timedelta(minutes=1))
    assert school.model() == school.never_saw((mail("ann", "lottery"), True), (later, True))


def test_a_lesson_that_is_taken_out_leaves_nothing_behind(school: School) -> None:
    """One mailbox of three is taken out: the model is to the bit the one that never heard it."""
    for number, who in enumerate(("ann", "eve", "bob")):
        school.complain(who, "lottery", at=NOON + timedelta(minutes=number))
    school.learn(NOON + 2 * DAY)
    other = School(school.shelf.path.parent / "other")
    for number, who in enumerate(("ann", "eve", "bob")):
        if who != "eve":
            other.complain(who, "lottery", at=NOON + timedelta(minutes=number))
    other.learn(NOON + 2 * DAY)
    assert school.model() != other.model()
    done = school.classroom.take_out(Which(reporter=school.drawing.reporter("eve@west.example")), NOON + 3 * DAY)
    assert done.taken_out == 1
    assert school.model() == other.model()
