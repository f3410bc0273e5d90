"""A customer is restricted on a rate only where it is sure: P8."""

from datetime import date, timedelta

import pytest

from comity.cases.playbook.conditions import rate_of
from comity.model.playbook import Facts

from .making import NOW, Story, facts, report, states

RULE = (
    'event = "report", rate = "0.3 %", rate_least = 1000, rate_days = 7, verified = 1, do = [{ action = "throttle" }]; '
    'event = "time", quiet = "9 days", to = "closed"'
)


def _with(sent: dict[date, int], complained: int) -> Facts:
    return Facts(case=facts().case, sent=sent, complained={NOW.date(): complained})


@pytest.mark.parametrize(
    ("sent", "complained", "restricted"),
    [
        (1000, 9, True),  # lower bound 0.53 %
        (1000, 4, False),  # 0.5 %, and it could be chance: the lower bound is 0.2 %
        (999, 300, False),  # too few mails, however bad
        (100_000, 330, False),
        (100_000, 400, True),
        (0, 50, False),
    ],
)
def test_a_rate_counts_by_its_lower_bound(sent: int, complained: int, restricted: bool) -> None:
    """More than the threshold is not enough: it must be more than chance, on enough mails."""
    story = Story(states(f"watched: {RULE}"), _with({NOW.date(): sent} if sent else {}, complained))
    assert bool(story.reports(report(verified=True))) is restricted


def test_days_without_a_known_number_of_mails_do_not_count() -> None:
    """Complaints of a day whose mails nobody counted would make any rate look bad."""
    yesterday = NOW.date() - timedelta(days=1)
    both = Facts(case=facts().case, sent={NOW.date(): 1000}, complained={NOW.date(): 3, yesterday: 500})
    found = rate_of(both, 7, NOW)
    assert found is not None
    assert (found.complaints, found.sent) == (3, 1000)


def test_without_a_verified_source_nobody_is_throttled() -> None:
    """Forged feedback restricts nobody."""
    story = Story(states(f"watched: {RULE}"), _with({NOW.date(): 1000}, 500))
    assert story.reports(report()) == []
