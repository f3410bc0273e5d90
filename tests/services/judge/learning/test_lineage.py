"""One model after the other: crashes in between, going back, what the operator does meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from comity.model.learning import VersionKind
from comity.model.outcomes import ComityError
from comity.services.judge.filtering import Filter
from comity.services.judge.learning.rows import Which
from comity.verdict.model_file import pack, unpack

from .school import DAY, HAM, NOON, SPAM, School, delivered, starter

LATER = NOON + 2 * DAY


class CrashError(Exception):
    """The power is gone."""


@pytest.fixture
def school(tmp_path: Path) -> School:
    made = School(tmp_path)
    for number, who in enumerate(("ann", "bob")):
        made.complain(who, "lottery", at=NOON + timedelta(minutes=number))
    return made


def mails(run: str = "lottery", at: int = 0) -> list[tuple[bytes, bool]]:
    """What Ann and Bob say about one run."""
    return [
        (delivered(SPAM.format(run=run), f"{who}@west.example", at=NOON + at * DAY + timedelta(minutes=number)), True)
        for number, who in enumerate(("ann", "bob"))
    ]


def more(school: School, run: str, day: int) -> None:
    """They speak about another run, and it is learnt."""
    for number, who in enumerate(("ann", "bob")):
        school.complain(who, run, at=NOON + day * DAY + timedelta(minutes=number))
    school.learn(NOON + (day + 2) * DAY)


@pytest.mark.parametrize("step", ["before the file", "after the file", "after the store"])
def test_a_crash_at_any_step_costs_no_lesson_and_doubles_none(
    school: School, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts again comes to the very model that there would have been."""
    school.lineage.now_serving(NOON)

    def crash(_: object, *__: object, **___: object) -> None:
        raise CrashError

    def put(*arguments: object, **named: object) -> None:
        written(*arguments, **named)
        raise CrashError

    written: Callable[..., object] = school.shelf.put
    with monkeypatch.context() as patched:
        if step == "before the file":
            patched.setattr(school.shelf, "put", crash)
        elif step == "after the file":
            patched.setattr(school.shelf, "put", put)
        else:
            patched.setattr(school.shelf, "serve", crash)
        with pytest.raises(CrashError):
            school.learn(LATER)
    assert school.model() == school.never_saw()
    school.learn(LATER)
    school.learn(LATER)
    assert school.model() == school.never_saw(*mails())
    assert school.counts() == {("trained", None): 2}


def test_what_is_taken_back_while_it_is_learnt_is_taken_out_again(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between learning and publishing Bob says "not spam": his lesson does not stay."""
    school.lineage.now_serving(NOON)
    written: Callable[..., bytes] = school.shelf.put

    def put(*arguments: object, **named: object) -> bytes:
        monkeypatch.undo()
        school.say("bob@west.example", mails()[1][0], spam=False, at=LATER)
        return written(*arguments, **named)

    monkeypatch.setattr(school.shelf, "put", put)
    school.learn(LATER)
    school.learn(LATER)
    assert school.model() == school.never_saw(mails()[0])


def test_going_back_and_forth(school: School) -> None:
    """The model before the last change, to the bit; once more, and the change is there again; what is learnt then comes upon it."""
    school.learn(LATER)
    one = school.model()
    more(school, "parcel", 3)
    two = school.model()
    school.lineage.roll_back(NOON + 6 * DAY)
    assert school.model() == one
    school.lineage.roll_back(NOON + 6 * DAY)
    assert school.model() == two
    school.lineage.roll_back(NOON + 6 * DAY)
    more(school, "bonus", 7)
    assert school.model() == school.never_saw(*mails(), *mails("bonus", 7))


def test_going_back_does_not_bring_back_what_was_retracted(school: School) -> None:
    """The earlier model is built without it."""
    school.learn(LATER)
    more(school, "parcel", 3)
    school.classroom.take_out(Which(reporter=school.drawing.reporter("ann@west.example")), NOON + 6 * DAY)
    assert school.lineage.roll_back(NOON + 6 * DAY, 2) is not None
    assert school.model() == school.never_saw(mails()[1])


def test_what_the_operator_teaches_is_beneath_what_people_said(school: School) -> None:
    """It is learnt at once, and stays when a lesson of people is taken out."""
    school.learn(LATER)
    text = HAM.format(run="budget").encode()
    school.lineage.operator(lambda judge: judge.learn(text, False), NOON + 3 * DAY)
    assert Filter.of(unpack(school.model())).learner.legitimate == 61
    school.classroom.take_out(Which(peer="own"), NOON + 4 * DAY)
    judge = starter()
    judge.budget.share = 0.001
    judge.learn(text, False)
    assert school.model() == pack(judge.model())


def test_a_model_that_is_put_there_by_hand_is_taken_as_it_is(school: School) -> None:
    """As if it had been imported: what people taught the one before is no part of it."""
    school.learn(LATER)
    judge = starter()
    judge.learn(SPAM.format(run="mine").encode(), True)
    school.shelf.path.write_bytes(pack(judge.model()))
    assert school.lineage.now_serving(NOON + 3 * DAY).kind is VersionKind.IMPORTED
    assert Filter.of(unpack(school.model())).learner.spam == 61
    assert school.lineage.roll_back(NOON + 3 * DAY) is not None
    assert school.model() == school.never_saw(*mails())


@pytest.mark.parametrize("fault", ["damaged", "missing", "earlier"])
def test_a_file_that_is_not_what_serves_is_put_right(school: School, fault: str) -> None:
    """Damaged, gone, or the one before: the store knows which one serves."""
    before = school.never_saw()
    school.learn(LATER)
    whole = school.model()
    if fault == "missing":
        school.shelf.path.unlink()
    else:
        school.shelf.path.unlink()
        school.shelf.path.write_bytes(whole[:-9] if fault == "damaged" else before)
    school.lineage.now_serving(NOON + 3 * DAY)
    assert school.model() == whole


def test_without_its_versions_it_goes_on_or_says_what_is_missing(school: School) -> None:
    """Somebody deleted the folder: the model that serves stays, and what cannot be done has a name."""
    school.learn(LATER)
    for each in school.shelf.folder.iterdir():
        each.unlink()
    whole = school.model()
    with pytest.raises(ComityError, match="gone"):
        school.classroom.take_out(Which(peer="own"), NOON + 3 * DAY)
    assert school.model() == whole


def test_few_versions_are_kept(school: School) -> None:
    """The newest five, and one of each of seven days."""
    for number in range(12):
        school.lineage.operator(lambda judge: None, NOON + number * timedelta(hours=1))
    kept = school.shelf.kept()
    assert len(kept) <= 7
    assert max(kept) == 13
