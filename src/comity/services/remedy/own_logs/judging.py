"""Close hours that are over: what is unlike the line's own past becomes a sighting, as a feed's would.

Trust:      counters of our own hosts. One witness alone tells nobody (``comity.remediation.corroboration``); what it is worth is
            learned from what came of it, under the name ``own-log``, as of any other source.
Standards:  DESIGN.md section 3 (corroborate).
Answers:    ``close(write, takes, now)`` gives ``Closed``.
Limits:     an hour is closed ``AFTER`` its end: a log that comes later is not counted. The past is the last ``PAST`` days of the
            line, the hours in which it sent anything.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity.model.sighting import Sighting, SightingClass
from comity.remediation.own_log import Hour, Sketch, unusual
from comity.services.remedy.own_logs.rows import OpenHour, OwnLogPlace
from comity.services.remedy.sightings.importing import Taken

SOURCE: Final = "own-log"
AFTER: Final = timedelta(minutes=10)
PAST: Final = timedelta(days=28)
QUEUE: Final = timedelta(hours=6)
LOT: Final = 2000


class Takes(Protocol):
    """Who takes sightings in."""

    def take_in(self, name: str, found: Sequence[Sighting], *, spoke: Mapping[str, Collection[int]]) -> Taken:
        """Take the sightings of one item in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """How many hours of lines were closed, how many were unusual, and what came of these."""

    hours: int = 0
    unusual: int = 0
    opened: int = 0


def close(write: Callable[[], AbstractContextManager[OwnLogPlace]], takes: Takes, *, now: datetime) -> Closed:
    """Close what is over."""
    over = (now - AFTER).replace(minute=0, second=0, microsecond=0)
    done = Closed()
    while True:
        with write() as rows:
            due = rows.own_logs.due(over, LOT)
            hours = [each for each in due if each.hour == due[0].hour]
            found = _unusual(rows, hours)
        opened = 0
        if found:  # before the hours are closed: what breaks here is done again, and counted once
            spoke = {SOURCE: {each.seen.toordinal() for each in found}}
            opened = len(takes.take_in(SOURCE, found, spoke=spoke).opened)
        with write() as rows:
            for each in hours:
                counted = _counted(each)
                rows.own_logs.close(each, recipients=counted.recipients, helos=counted.helos)
            if not hours:
                rows.own_logs.forget(hours=now - PAST, queue=now - QUEUE, salts=over)
                return done
        done = Closed(hours=done.hours + len(hours), unusual=done.unusual + len(found), opened=done.opened + opened)


def _counted(each: OpenHour) -> Hour:
    return Hour(
        mails=each.mails,
        recipients=Sketch(each.recipient_bits).count(),
        helos=Sketch(each.helo_bits).count(),
        failures=each.failures,
        refused=each.refused,
    )


def _unusual(rows: OwnLogPlace, hours: Sequence[OpenHour]) -> list[Sighting]:
    if not hours:
        return []
    found = []
    past: Mapping[str, Sequence[Any]] = rows.own_logs.past(
        sorted({each.subject for each in hours}), hours[0].hour - PAST
    )
    for each in hours:
        named = unusual(_counted(each), [_hour(row) for row in past.get(each.subject, ()) if row.hour < each.hour])
        if named:
            found.append(
                Sighting(
                    sighting_class=SightingClass.OWN_LOG,
                    source=SOURCE,
                    address=each.address,
                    port=each.port,
                    seen=each.last,
                    kind=f"own-log/{'+'.join(named)}",
                )
            )
    return found


def _hour(row: Any) -> Hour:
    return Hour(mails=row.mails, recipients=row.recipients, helos=row.helos, failures=row.failures, refused=row.refused)
