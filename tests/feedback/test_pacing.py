"""When one more report about a campaign is news to the party, and when it is not."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.feedback.pacing import Complained, KnownCampaign, PaceRules, refusal, seen
from comity.model.decisions import REASONS
from comity.model.tier import Tier

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = PaceRules()


def _known(told: float = 0, *, resolved: float | None = None, last: float | None = None) -> KnownCampaign:
    """Told so many minutes ago."""
    when = NOW - timedelta(minutes=told)
    return KnownCampaign(
        first=when,
        last=when if last is None else NOW - timedelta(minutes=last),
        told=when,
        resolved=None if resolved is None else NOW - timedelta(minutes=resolved),
    )


def _complaint(tier: Tier = Tier.T2, arrived: float = 0, *, repeated: bool = False) -> Complained:
    return Complained(tier=tier, arrived=NOW - timedelta(minutes=arrived), is_repeated=repeated)


@pytest.mark.parametrize(
    ("known", "complaint", "reason"),
    [
        (None, _complaint(), None),
        (_known(), _complaint(), None),
        (_known(), _complaint(repeated=True), "complainer-told"),
        (_known(30), _complaint(Tier.T1), "campaign-told"),
        (_known(60), _complaint(Tier.T1), None),
        (_known(300, resolved=100), _complaint(arrived=120), "campaign-resolved"),
        (_known(300, resolved=100), _complaint(arrived=45), "campaign-resolved"),
        (_known(300, resolved=100), _complaint(arrived=39), None),
        (_known(300, resolved=100), _complaint(arrived=10, repeated=True), None),
        (_known(72 * 60), _complaint(repeated=True), None),
        (_known(71 * 60), _complaint(repeated=True), "complainer-told"),
    ],
    ids=[
        "never told",
        "somebody else complains",
        "the same person again",
        "within the period, and nothing differs",
        "after the period",
        "arrived before it was resolved",
        "was on its way when it was resolved",
        "it is back",
        "it is back for who complained before",
        "quiet so long that it is new",
        "not quiet long enough",
    ],
)
def test_when_a_party_is_told(known: KnownCampaign | None, complaint: Complained, reason: str | None) -> None:
    """Each case of the table is told, or is a no by its name."""
    assert refusal(known, complaint, RULES, now=NOW) == reason
    assert reason is None or reason in REASONS


def test_a_relapse_ends_what_was_resolved() -> None:
    """When it is told again, it is unresolved again; a no leaves it resolved, and counts the complaint."""
    known = _known(300, resolved=100)
    assert seen(known, None, RULES, now=NOW).resolved is None
    quiet = seen(known, "campaign-resolved", RULES, now=NOW)
    assert (quiet.resolved, quiet.complaints, quiet.last, quiet.told) == (known.resolved, 2, NOW, known.told)


def test_complaints_that_were_not_told_do_not_put_the_period_off() -> None:
    """The period runs from the report, so that a steady stream is told once in each of them."""
    known, told = _known(0), 0
    for minute in range(1, 181):
        now = NOW + timedelta(minutes=minute)
        reason = refusal(known, Complained(tier=Tier.T1, arrived=now, is_repeated=False), RULES, now=now)
        known = seen(known, reason, RULES, now=now)
        told += reason is None
    assert told == 3
