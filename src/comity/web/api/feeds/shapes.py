"""The shapes of sources of feedback and their alarms.

Standards:  as ``comity.web.api.shapes``.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from comity.model.source import AlarmKind, Proof, Trust
from comity.web.api.shapes import Instant, Line, Shape

Share = Annotated[float, Field(ge=0, le=1)]


class SourcePrecision(Shape):
    """How often it was right in decided cases, with the 95 % interval; null: nobody decided on any."""

    confirmed: int
    rejected: int
    share: Share | None
    low: Share
    high: Share


class SourceRecent(Shape):
    """Of its last reports so many match nobody or cannot be read; an alarm is raised where `low` lies above `line`."""

    bad: int
    reports: int
    low: Share
    line: Share


class SourceSilence(Shape):
    """How long nothing came, beside its longest pause; `too-young` where too few pauses are known to say anything."""

    state: Literal["usual", "silent", "too-young"]
    hours: float
    longest_hours: float
    pauses: int


class FeedbackSource(Shape):
    """Who reports to us. `acts`: whether a playbook may act on its word."""

    name: str
    proof: Proof
    trust: Trust
    acts: bool
    first: Instant
    last: Instant
    items: int
    reports: int
    unmatched: int
    unread: int
    precision: SourcePrecision
    recent: SourceRecent
    silence: SourceSilence
    changed: Instant | None
    changed_by: str | None
    why: str | None


class SourcePage(Shape):
    """Sources, the busiest first."""

    sources: list[FeedbackSource]
    next: str | None


class FeedAlarm(Shape):
    """What about a feed needs somebody; `facts` are the numbers of the kind."""

    id: int
    source: str
    kind: AlarmKind
    since: Instant
    facts: dict[str, Any]
    ended: Instant | None
    ended_by: str | None
    why: str | None


class FeedAlarms(Shape):
    """Alarms that are open, newest first."""

    alarms: list[FeedAlarm]


class SourceTrust(Shape):
    """How far a source is to be believed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source: Line
    trust: Literal["trial", "trusted", "barred"]
    why: Line | None = None


class SourceTrusted(Shape):
    """How far it is believed now."""

    name: str
    trust: Trust
    acts: bool


class AlarmEnd(Shape):
    """That is how it is: what the alarm showed is the habit of its source."""

    model_config = ConfigDict(extra="forbid", strict=True)

    why: Line | None = None
