"""Which case new evidence goes to."""

from datetime import UTC, datetime, timedelta

from comity.cases.matching import Claim
from comity.cases.opening import Extend, OpenCase, Return, case_id_of, case_key, letter, place, subject_of
from comity.model.case import ItemFacts, SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.model.feedback import Kind

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
QUIET = timedelta(days=3)
SHOP = Claim(kind=SubjectKind.CUSTOMER, label="East Shop", contact="noc@east.example", rule="source-ip")


def _case(state: CaseState, *, since: datetime = NOW, number: int = 1) -> DeskCase:
    return DeskCase(
        case_id="a1", key="customer:East Shop", subject_kind=SubjectKind.CUSTOMER, label="East Shop", number=number,
        state=state, state_since=since, opened=since,
    )  # fmt: skip


def _placed(current: DeskCase | None, when: datetime, claim: Claim = SHOP) -> OpenCase | Extend | Return:
    return place(claim, current, when, now=NOW, quiet=QUIET)


def test_the_first_evidence_opens_a_case() -> None:
    """It is new, and says whom it is about and how to reach them."""
    placing = _placed(None, NOW)
    assert isinstance(placing, OpenCase)
    assert (placing.case.state, placing.case.key, placing.case.contact) == (
        CaseState.NEW, "customer:East Shop", "noc@east.example",
    )  # fmt: skip


def test_more_evidence_goes_to_the_case_there_is() -> None:
    """One queue of cases instead of ten thousand mails, whatever state they are in."""
    for state in (CaseState.NEW, CaseState.OPEN, CaseState.WAITING, CaseState.UNDECIDED):
        current = _case(state)
        assert _placed(current, NOW) == Extend(case=current)


def test_late_news_does_not_reopen() -> None:
    """What happened before the case was closed says nothing about the repair."""
    current = _case(CaseState.CLOSED, since=NOW - timedelta(days=1))
    assert _placed(current, NOW - timedelta(days=2)) == Extend(case=current)


def test_what_goes_on_soon_after_brings_the_case_back() -> None:
    """It was closed too early."""
    current = _case(CaseState.CLOSED, since=NOW - timedelta(days=2))
    assert _placed(current, NOW - timedelta(hours=1)) == Return(case=current)


def test_a_relapse_is_a_new_case_with_a_link() -> None:
    """It happened again: its own numbers, its own time, and where it came from."""
    placing = _placed(_case(CaseState.CLOSED, since=NOW - timedelta(days=20), number=2), NOW)
    assert isinstance(placing, OpenCase)
    assert (placing.case.reopened_from, placing.case.number, placing.case.key) == ("a1", 3, "customer:East Shop#3")


def test_two_customers_with_one_claim_are_a_question() -> None:
    """Ambiguity is a state that wants a decision, never an exception."""
    placing = _placed(None, NOW, Claim(kind=SubjectKind.ADDRESS, label="192.0.2.7", candidates=("West", "East")))
    assert isinstance(placing, OpenCase)
    assert placing.case.state is CaseState.UNDECIDED
    assert placing.case.question is not None
    assert placing.case.question.candidates == ("West", "East")


def test_names_of_cases_that_strangers_word_are_longer() -> None:
    """Nobody can write a letter whose case takes the name of a customer's."""
    assert len(case_id_of(SubjectKind.CUSTOMER, "customer:East Shop")) == 12
    assert len(case_id_of(SubjectKind.LETTER, "letter:East Shop")) == 20


def test_letters_of_one_person_about_one_thing_are_one_case() -> None:
    """A reply goes to what it answers."""

    def wrote(subject: str | None, writer: str | None = "ann@west.example") -> str:
        facts = ItemFacts(
            name="1", position="1", size=1, digest="d" * 64, kind=Kind.PROSE, why="why.prose", subject=subject,
            carried_from=writer,
        )  # fmt: skip
        return subject_of(letter(facts))

    assert wrote("Spam from your network") == wrote("Re: spam from your NETWORK")
    assert wrote("Spam from your network") != wrote("Spam from your network", "bob@west.example")
    assert wrote(None, None) == "letter:" + "d" * 16
    assert wrote("a\ud800b\0c d") == "letter:ann@west.example: a b c d"


def test_a_number_in_a_label_is_no_number_of_a_case() -> None:
    """A customer may be called "East #2"."""
    assert case_key(SubjectKind.CUSTOMER, "East #2") == "customer:East #2"
