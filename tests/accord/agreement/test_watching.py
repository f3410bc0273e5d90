"""What of an agreement needs somebody soon is named with its day, and not before it is near."""

from datetime import datetime, timedelta

from comity.accord.agreement.document import digest, written
from comity.accord.agreement.making import document_of
from comity.accord.agreement.watching import soon
from comity.model.agreement_document import AgreementAct, AgreementEvent, AgreementPaper

from .terms_record import DAY, EAST, NOW, WEST, record

SECOND = int(NOW.timestamp())


def paper(*, accepted: bool = True, **changes: object) -> AgreementPaper:
    made = record(**changes)
    events = (AgreementEvent(act=AgreementAct.ACCEPT, at=NOW, by=EAST),) if accepted else ()
    return AgreementPaper(
        digest=digest(written(made)), peer=EAST, document=document_of(made), note="", events=events
    )  # fmt: skip


def codes(one: AgreementPaper, at: datetime, subjects: int = 0) -> list[str]:
    return [each.code for each in soon([one], WEST, at, subjects=subjects)]


def test_an_end_is_named_a_month_before() -> None:
    """With its day; not sooner."""
    one = paper(ends=SECOND + 60 * DAY)
    assert codes(one, NOW + timedelta(days=29)) == ["subjects"]
    (found, _) = soon([one], WEST, NOW + timedelta(days=30), subjects=0)
    assert (found.code, found.day, found.version) == ("end", NOW + timedelta(days=60), 1)


def test_the_end_of_a_trial_is_named_a_week_before() -> None:
    """And no more when it is over: then it is not near, it is so."""
    one = paper(directions__west__trial={"until": SECOND + 20 * DAY, "reports": 100, "tier": "T1"})
    assert codes(one, NOW + timedelta(days=12)) == ["subjects"]
    assert codes(one, NOW + timedelta(days=14)) == ["trial", "subjects"]
    assert codes(one, NOW + timedelta(days=21)) == ["subjects"]


def test_people_are_counted_and_eighty_of_a_hundred_are_near() -> None:
    """Always shown, where there is a number at which it stops."""
    one = paper()
    assert codes(one, NOW, subjects=79) == ["subjects"]
    (found,) = soon([one], WEST, NOW, subjects=80)
    assert (found.code, found.count, found.most) == ("subjects-near", 80, 100)


def test_a_proposal_that_waits_is_named_three_days_before_its_last() -> None:
    """Whoever owes the answer; when its time is over it is none any more."""
    one = paper(accepted=False)
    last = datetime.fromtimestamp(one.document.answer_by, NOW.tzinfo)
    assert codes(one, last - timedelta(days=4)) == []
    assert codes(one, last - timedelta(days=3)) == ["answer"]
    assert codes(one, last + timedelta(seconds=1)) == []
