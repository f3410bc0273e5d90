"""What people teach, as plain values: what waits, what was refused and why, what the serving model learnt from.

Answers:    ``shown(rows, now)`` gives ``Shown``; ``version_row(version)`` the public row of a model.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from comity.model.learning import SampleState
from comity.services.judge.learning.rows import JunkedRow, Transaction, VersionRow

VERSIONS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All of it."""

    states: Counter[str]  # samples in each state
    next_eligible: datetime | None
    refused: Counter[str]  # by reason
    retracted: Counter[str]
    junked: tuple[JunkedRow, ...]
    serving: VersionRow | None
    mailboxes: int  # whose samples the serving model holds
    campaigns: int
    versions: tuple[VersionRow, ...] = field(default=())

    @property
    def last_refused(self) -> VersionRow | None:
        """A model that was not published, if the newest one was not."""
        newest = next(iter(self.versions), None)
        return None if newest is None or newest.serves else newest

    def row(self) -> dict[str, Any]:
        """The public row."""
        return {
            "waiting": self.states[SampleState.WAITING],
            "next_eligible": _time(self.next_eligible),
            "admitted": self.states[SampleState.ADMITTED],
            "trained": self.states[SampleState.TRAINED],
            "settled": self.states[SampleState.SETTLED],
            "refused": dict(self.refused),
            "retracted": dict(self.retracted),
            "junked": [
                {
                    "campaign": each.campaign,
                    "people": each.people,
                    "since": _time(each.since),
                    "until": _time(each.until),
                }
                for each in self.junked
            ],
            "serving": None if self.serving is None else version_row(self.serving),
            "mailboxes": self.mailboxes,
            "campaigns": self.campaigns,
            "last_refused": None if self.last_refused is None else version_row(self.last_refused),
        }


def shown(rows: Transaction, now: datetime) -> Shown:
    """Look at it."""
    learning = rows.learning
    states, refused, retracted = Counter[str](), Counter[str](), Counter[str]()
    for (state, reason), count in learning.counts().items():
        states[state] += count
        if state == SampleState.REFUSED:
            refused[reason or ""] += count
        elif state == SampleState.RETRACTED:
            retracted[reason or ""] += count
    mailboxes, campaigns = learning.sources()
    return Shown(
        states=states,
        next_eligible=learning.next_eligible(),
        refused=refused,
        retracted=retracted,
        junked=tuple(learning.junked(now)),
        serving=learning.current(),
        mailboxes=mailboxes,
        campaigns=campaigns,
        versions=tuple(learning.versions(VERSIONS)),
    )


def version_row(version: VersionRow) -> dict[str, Any]:
    """The public row of one model."""
    return {
        "version": version.version,
        "kind": version.kind.value,
        "at": _time(version.at),
        "serves": version.serves,
        "samples_spam": version.spam,
        "samples_legitimate": version.legitimate,
        "added": version.added,
        "removed": version.removed,
        "left_out": version.left_out,
        "locked_lost": version.lost,
        "locked_missed": version.missed,
        "reason": version.reason,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
