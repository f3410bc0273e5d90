"""The life of a version: a table, and moments that both sides compute alike."""

from datetime import datetime, timedelta

from comity.accord.agreement import life
from comity.accord.agreement.document import digest, written
from comity.accord.agreement.making import document_of
from comity.model.agreement_document import AgreementAct, AgreementEvent, AgreementPaper, AgreementState

from .terms_record import EAST, NOW, WEST, record

DAY = timedelta(days=1)


def paper(
    *events: tuple[AgreementAct, datetime], effective: datetime | None = None, **changes: object
) -> AgreementPaper:
    made = record(**changes)
    return AgreementPaper(
        digest=digest(written(made)), peer=EAST, document=document_of(made), note="",
        events=tuple(AgreementEvent(act=act, at=at, by=WEST, effective=effective) for act, at in events),
    )  # fmt: skip


def state(one: AgreementPaper, at: datetime, *others: AgreementPaper) -> AgreementState:
    return life.standing(one, [one, *others], at)


def test_every_state_is_a_key_and_every_state_can_end() -> None:
    """No state is forgotten, and none is a trap."""
    assert set(life.LIFE) == set(AgreementState)
    ends = {each for each, acts in life.LIFE.items() if not acts}
    for start in life.LIFE:
        seen, waiting = set[AgreementState](), [start]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting += life.LIFE[at].values()
        assert seen & ends, start


def test_a_proposal_nobody_signs_expires_and_a_later_signature_that_was_in_time_counts() -> None:
    """What counts is when it was signed, not when it arrived."""
    proposed = paper()
    assert state(proposed, NOW + 29 * DAY) is AgreementState.PROPOSED
    assert state(proposed, NOW + 31 * DAY) is AgreementState.EXPIRED
    signed = paper((AgreementAct.ACCEPT, NOW + DAY))
    assert state(signed, NOW + 31 * DAY) is AgreementState.IN_FORCE


def test_it_begins_on_its_day_and_ends_on_its_day() -> None:
    """Accepted before it begins, over when it ends."""
    begins, ends = NOW + 5 * DAY, NOW + 10 * DAY
    one = paper((AgreementAct.ACCEPT, NOW), begins=int(begins.timestamp()), ends=int(ends.timestamp()))
    found = [state(one, at) for at in (NOW, begins, ends - DAY / 2, ends)]
    assert found == [
        AgreementState.ACCEPTED, AgreementState.IN_FORCE, AgreementState.IN_FORCE, AgreementState.ENDED,
    ]  # fmt: skip


def test_notice_lets_it_run_until_its_day() -> None:
    """Given before it begins, notice takes effect no sooner than it begins."""
    acts = ((AgreementAct.ACCEPT, NOW), (AgreementAct.END, NOW + DAY))
    one = paper(*acts, effective=NOW + 31 * DAY)
    assert state(one, NOW + 2 * DAY) is AgreementState.ENDING
    assert state(one, NOW + 31 * DAY) is AgreementState.ENDED
    early = paper(*acts, effective=NOW + 3 * DAY, begins=int((NOW + 9 * DAY).timestamp()))
    assert [state(early, NOW + n * DAY) for n in (4, 9)] == [AgreementState.ACCEPTED, AgreementState.ENDED]


def test_the_next_version_takes_its_place_when_it_begins() -> None:
    """Of any moment exactly one version holds."""
    one = paper((AgreementAct.ACCEPT, NOW))
    later = NOW + 3 * DAY
    two = paper(
        (AgreementAct.ACCEPT, NOW + DAY), version=2, previous=one.digest, begins=int(later.timestamp())
    )  # fmt: skip
    both = [one, two]
    held = [life.in_force(both, NOW + n * DAY) for n in (0, 2, 3, 9)]
    assert [each and each.document.version for each in held] == [1, 1, 2, 2]
    assert state(one, later, two) is AgreementState.AMENDED


def test_what_does_not_fit_changes_nothing() -> None:
    """A rejection after both signed is no rejection; a signature after a rejection is none."""
    one = paper((AgreementAct.ACCEPT, NOW), (AgreementAct.REJECT, NOW + DAY))
    assert state(one, NOW + 2 * DAY) is AgreementState.IN_FORCE
    two = paper((AgreementAct.REJECT, NOW), (AgreementAct.ACCEPT, NOW + DAY))
    assert state(two, NOW + 2 * DAY) is AgreementState.REJECTED
