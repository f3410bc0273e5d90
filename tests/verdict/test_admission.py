"""Which complaints teach: a few who lie together gain little."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.verdict.admission import REFUSALS, Sample, Terms, admit

NOW = datetime(2026, 2, 1, tzinfo=UTC)


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
    assert refusals(*many).count("reporter-cap") == 40
    assert refusals(*many, terms=Terms(each_reporter=99, each_cohort=30)).count("cohort-cap") == 20
    assert refusals(*many, terms=Terms(each_reporter=99, each_peer=50)).count("peer-cap") == 30
