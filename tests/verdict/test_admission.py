"""Which complaints teach: a few who lie together gain little."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.verdict.admission import REFUSALS, Sample, Terms, admit

NOW = datetime(2026, 2, 1, tzinfo=UTC)
NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)


def said(name: str, **changed: object) -> Sample:
    """A complaint of two days ago by somebody about something of their own."""
    values: dict[str, object] = {
        "name": name,
        "reporter": f"reporter {name}",
        "cohort": f"cohort {name}",
        "peer": "own",
        "campaign": "run",
        "spam": True,
        "delivered": True,
        "at": NOW - timedelta(days=2),
    }
    return Sample(**(values | changed))  # type: ignore[arg-type]


def refusals(*samples: Sample, terms: Terms | None = None) -> list[str | None]:
    """What became of each, in the order of their names."""
    decided = {each.sample.name: each.refusal for each in admit(samples, terms or Terms(), NOW)}
    assert set(filter(None, decided.values())) <= REFUSALS
    return [decided[each.name] for each in samples]


def test_two_who_do_not_know_each_other_teach() -> None:
    """Complaints of different people about one run are admitted."""
    assert refusals(said("a"), said("b")) == [None, None]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"delivered": False}, "not-delivered"),
        ({"at": NOW - timedelta(hours=23)}, "quarantined"),
        ({"campaign": "alone"}, "lonely"),
        ({"reporter": "reporter b"}, "said-before"),
    ],
)
def test_what_may_not_teach_has_a_name(changed: dict[str, object], refusal: str) -> None:
    """Not delivered, too fresh, alone, or said before: each is refused for what it is."""
    assert refusals(said("a"), said("b"), said("c", **changed))[2] == refusal


def test_one_household_is_one_voice() -> None:
    """Ten mailboxes of one cohort agree with nobody but themselves."""
    assert set(refusals(*(said(str(number), cohort="one") for number in range(10)))) == {"lonely"}


def test_not_spam_never_outweighs_spam() -> None:
    """As many for as against: what says "spam" teaches, what says "not spam" does not."""
    against = [said(f"n{number}", spam=False) for number in range(2)]
    assert refusals(said("a"), said("b"), *against) == [None, None, "outweighed", "outweighed"]


def test_caps_hold_for_a_reporter_a_cohort_and_a_peer() -> None:
    """Nobody teaches without end, whatever the number of their complaints."""
    many = [
        said(f"{kind}{number}", campaign=f"run {number}", cohort=f"{kind}", reporter=f"one {kind}", peer="p")
        for number in range(40)
        for kind in ("a", "b")
    ]
    days = {"reporter_a_day": 99, "cohort_a_day": 99, "peer_a_day": 99}
    assert refusals(*many, terms=Terms(**days)).count("reporter-cap") == 40
    assert refusals(*many, terms=Terms(each_reporter=99, each_cohort=30, **days)).count("cohort-cap") == 20
    assert refusals(*many, terms=Terms(each_reporter=99, each_peer=50, **days)).count("peer-cap") == 30


def test_caps_hold_for_each_day() -> None:
    """What is left of a day does not go over to the next one, and tomorrow there is as much again."""
    many = [
        said(
            f"{day} {number} {kind}",
            campaign=f"run {day} {number}",
            cohort=kind,
            reporter=kind,
            at=NOON - timedelta(days=day),
        )
        for day in range(2, 5)
        for number in range(9)
        for kind in ("a", "b")
    ]
    assert refusals(*many, terms=Terms(reporter_a_day=4)).count(None) == 3 * 2 * 4
    assert refusals(*many, terms=Terms(reporter_a_day=99, cohort_a_day=3)).count(None) == 3 * 2 * 3
    assert refusals(*many, terms=Terms(reporter_a_day=99, peer_a_day=5)).count(None) == 3 * 5


def test_what_teaches_already_counts_and_is_not_decided_again() -> None:
    """A reporter's earlier lessons take from the same purse, and stay."""
    earlier = [
        said(f"e{number}", reporter="one", campaign=f"old {number}", teaches=True, at=NOON) for number in range(4)
    ]
    late = [said(f"l{number}", reporter="one", campaign=f"new {number}", at=NOON) for number in range(3)]
    friends = [said(f"f{number}", campaign=f"new {number}", at=NOON) for number in range(3)]
    decided = {each.sample.name: each.refusal for each in admit((*earlier, *late, *friends), Terms(), NOW)}
    assert [decided[each.name] for each in late] == [None, "reporter-cap", "reporter-cap"]
    assert not {each.name for each in earlier} & set(decided)
