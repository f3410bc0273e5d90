"""The order of work: more people, more independent evidence, fresher, still going on come first."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from comity.cases.severity import is_going_on, level, score
from comity.model.case import EvidenceClass

ONE = {EvidenceClass.COMPLAINT}


def _total(now: datetime, **fields: Any) -> float:
    default: dict[str, Any] = {"complainers": 5, "classes": ONE, "last": now, "going_on": False}
    return score(**{**default, **fields}, now=now).total


def test_each_cause_makes_it_worse(now: datetime) -> None:
    """One at a time, everything else equal."""
    plain = _total(now)
    assert _total(now, complainers=6) > plain
    assert _total(now, classes=ONE | {EvidenceClass.FORWARD}) > plain
    assert _total(now, going_on=True) > plain
    assert _total(now, last=now - timedelta(days=7)) == plain / 2
    assert _total(now, classes={EvidenceClass.FRAUD}) > plain
    assert _total(now, classes={EvidenceClass.UNSUBSCRIBE}) == pytest.approx(plain / 4, abs=0.1)


def test_weak_evidence_adds_no_class(now: datetime) -> None:
    """A "not spam" beside complaints does not make them worse."""
    assert _total(now, classes=ONE | {EvidenceClass.NOT_SPAM, EvidenceClass.AUTH_FAILURE}) == _total(now)


def test_age_never_makes_it_vanish(now: datetime) -> None:
    """An old case keeps a tenth of its weight; an undated one counts half; a date ahead counts as now."""
    ancient = datetime(1970, 1, 1, tzinfo=now.tzinfo)
    assert _total(now, last=ancient) == pytest.approx(_total(now) / 10, abs=0.1)
    assert _total(now, last=None) == pytest.approx(_total(now) / 2, abs=0.1)
    assert _total(now, last=now + timedelta(hours=9)) == _total(now)


def test_two_classes_beat_twice_as_many_complainers(now: datetime) -> None:
    """Independent evidence is surer than more of the same."""
    assert _total(now, complainers=20, classes=ONE | {EvidenceClass.BOT}) > _total(now, complainers=40)


def test_going_on_needs_two_days_and_the_last_48_hours(now: datetime) -> None:
    """One burst is no habit, and what ended last week has ended."""
    hours = timedelta(hours=1)
    assert is_going_on(now - 47 * hours, 2, now)
    assert not is_going_on(now - 47 * hours, 1, now)
    assert not is_going_on(now - 49 * hours, 5, now)
    assert not is_going_on(None, 5, now)


def test_levels_follow_the_total(now: datetime) -> None:
    """The examples of the documentation."""
    twenty = score(complainers=20, classes=ONE, last=now, going_on=True, now=now)
    three = score(complainers=3, classes=ONE, last=now - timedelta(days=7), going_on=False, now=now)
    assert (level(twenty), round(twenty.total)) == ("high", 66)
    assert (level(three), three.total) == ("low", 10.0)
