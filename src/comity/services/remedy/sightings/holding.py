"""A feed that a command held because it names too many lines stands among the alarms until somebody released it, or ended that.

Trust:      the name of an item is what our own people gave to the command.
Answers:    ``tell_of(rows, taken, source, released=..., now=...)``.
Limits:     one open alarm a source, which names the item that was held last. An item that is taken in under another name than it
            was held under ends none: ``comity source end`` does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from comity.cases.sources.naming import HANDED
from comity.model.source import Alarm, AlarmKind
from comity.services.remedy.sightings.importing import Taken

SHOWN: Final = 80
_PROGRAM: Final = "comity"


class AlarmRows(Protocol):
    """What the desk is told about sources."""

    def alarms(self) -> Sequence[Alarm]:
        """Those that are open."""

    def raise_alarm(self, alarm: Alarm) -> None:
        """A new one; one of the same kind that is open gets the new numbers."""

    def end_alarm(self, alarm_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """It is over."""


def tell_of(rows: AlarmRows, taken: Taken, source: str | None, *, released: bool, now: datetime) -> None:
    """Raise an alarm about what was held; end the one about what was taken in now because a person released it."""
    name, item = source or HANDED, taken.name[:SHOWN]
    if taken.is_held:
        facts = {"item": item, "n": taken.lines}
        rows.raise_alarm(Alarm(source=name, kind=AlarmKind.TOO_MANY, since=now, facts=facts))
    elif released:
        for each in rows.alarms():
            if (each.source, each.kind, each.facts.get("item")) == (name, AlarmKind.TOO_MANY, item):
                rows.end_alarm(each.alarm_id, by=_PROGRAM, why=None, at=now)
