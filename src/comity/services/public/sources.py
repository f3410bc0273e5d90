"""Sources of feedback and their alarms as programs see them.

Answers:    ``source_object(state, verdicts)``, ``alarm_object(alarm)``: the same keys for the command line and the API;
            ``by_month(verdicts)`` how often a source was right as time went by.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from comity.cases.sources.precision import CONFIRMS, REJECTS, Precision, precision
from comity.model.source import Alarm
from comity.services.public.times import instant
from comity.services.receive.sources.alarming import State

YEAR: Final = timedelta(days=365)  # so far back months are shown


def precision_of(verdicts: Mapping[str, int]) -> Precision:
    """How often it was right, out of decided cases by outcome."""
    confirmed = sum(n for outcome, n in verdicts.items() if outcome in CONFIRMS)
    return precision(confirmed, sum(n for outcome, n in verdicts.items() if outcome in REJECTS))


def by_month(verdicts: Mapping[date, Mapping[str, int]]) -> list[tuple[date, Precision]]:
    """How often it was right in each month in which somebody found out, the oldest first."""
    found = ((month, precision_of(verdicts[month])) for month in sorted(verdicts))
    return [(month, each) for month, each in found if each.decided]


def months_object(verdicts: Mapping[date, Mapping[str, int]]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{"month": f"{month:%Y-%m}", **_right(each)} for month, each in by_month(verdicts)]


def _right(right: Precision) -> dict[str, Any]:
    return {
        "confirmed": right.confirmed,
        "rejected": right.rejected,
        "share": right.share,
        "low": right.low,
        "high": right.high,
    }


def source_object(state: State, verdicts: Mapping[str, int]) -> dict[str, Any]:
    """One source."""
    source, right = state.source, precision_of(verdicts)
    return {
        "name": source.name,
        "proof": source.proof.value,
        "trust": source.trust.value,
        "acts": source.acts,
        "first": instant(source.first),
        "last": instant(source.last),
        "items": source.items,
        "reports": source.reports,
        "unmatched": source.unmatched,
        "unread": source.unread,
        "precision": _right(right),
        "recent": {
            "bad": state.unmatched.bad,
            "reports": state.unmatched.whole,
            "low": state.unmatched.low,
            "line": state.unmatched.line,
        },
        "silence": {
            "state": state.silence.state,
            "hours": state.silence.silent_for / timedelta(hours=1),
            "longest_hours": state.silence.longest / timedelta(hours=1),
            "pauses": state.silence.pauses,
        },
        "changed": instant(source.changed),
        "changed_by": source.changed_by,
        "why": source.why,
    }


def alarm_object(alarm: Alarm) -> dict[str, Any]:
    """One alarm."""
    return {
        "id": alarm.alarm_id,
        "source": alarm.source,
        "kind": alarm.kind.value,
        "since": instant(alarm.since),
        "facts": alarm.facts,
        "ended": instant(alarm.ended),
        "ended_by": alarm.ended_by,
        "why": alarm.why,
    }
