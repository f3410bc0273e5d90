"""The first page: what needs me today, what changed, is everything well.

Answers:    ``routes(door)``: GET /.
Limits:     what is looked at for the last question takes seconds, so that it is looked at beside, and the page says how long ago.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock, Thread
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.bootstrap.checking.check import Check, Condition
from comity.model.account import Permit
from comity.model.outcomes import ComityError
from comity.model.teamwork import Mention
from comity.services.public.today import Need, changes, course_of_days, needs
from comity.web.desk.door import Door
from comity.web.desk.drawings import days_bars
from comity.web.desk.together import calls_of
from comity.web.desk.work import Visit

_OLD: Final = timedelta(minutes=1)
# Where each thing that waits is seen, and what one must be allowed to see for it.
_WHERE: Final = {
    "urgent": ("/urgent", Permit.CASES_SEE),
    "recourse": ("/recourse", Permit.LEDGER_SEE),
    "unwarned": ("/recourse", Permit.LEDGER_SEE),
    "overdue": ("/cases?state=waiting", Permit.CASES_SEE),
    "lost": ("/cases?state=open", Permit.CASES_SEE),
    "due": ("/cases?state=waiting", Permit.CASES_SEE),
    "raised": ("/cases?state=raised", Permit.CASES_SEE),
    "undecided": ("/cases?state=undecided", Permit.CASES_SEE),
    "left": ("/cases?whose=*", Permit.CASES_SEE),
    "new": ("/cases?state=new", Permit.CASES_SEE),
    "shunt": ("/shunt", Permit.MAIL_SEE),
    "arrived": ("/unmatched?reason=letters", Permit.PERSONAL_SEE),
    "applicants": ("/consumers", Permit.CONSUMERS_SEE),
    "outcomes": ("/outbox", Permit.OUTBOX_SEE),
    "alarms": ("/sources", Permit.SOURCES_SEE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How everything was found."""

    at: datetime | None
    checks: Sequence[Check] = ()

    @property
    def troubles(self) -> list[Check]:
        """What is not as it should be, the worst first."""
        found = [each for each in self.checks if each.condition is not Condition.RIGHT]
        return sorted(found, key=lambda each: each.condition is not Condition.WRONG)


class Watching:
    """Looks at everything in a thread of its own, at most once a minute."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._lock, self._is_looking = Lock(), False
        self._health = Health(at=None)

    def health(self, now: datetime) -> Health:
        """How everything was found last; what is old is looked at again, for the next one who asks."""
        with self._lock:
            found, is_old = self._health, self._health.at is None or now - self._health.at > _OLD
            if is_old and not self._is_looking:
                self._is_looking = True
                Thread(target=self._look, args=(now,), name="desk-health", daemon=True).start()
        return found

    def _look(self, now: datetime) -> None:
        try:
            found = Health(at=now, checks=tuple(self._door.work.checks()))
            with self._lock:
                self._health = found
        finally:
            with self._lock:
                self._is_looking = False


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    watching = Watching(door)

    async def page(visit: Visit) -> Response:
        seen, steps = await door.seen(
            visit,
            lambda records: (
                _look(door, records, visit),
                door.work.steps(records) if visit.may(Permit.SETTINGS_SEE) else [],
            ),
        )
        if visit.may(Permit.PERSONAL_SEE):
            await door.saw_each(visit, "case", [each.case_id for each in seen.calls if each.note])
        health = watching.health(visit.now) if visit.may(Permit.SETTINGS_SEE) else None
        title = visit.words.say("desk-menu.today")
        return door.page(
            visit, "today", title=title, view=seen, health=health, steps=steps, bars=days_bars(visit.words, seen.days)
        )

    return [door.route("/", page)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What the page shows of the store."""

    needs: Sequence[tuple[Need, str]]
    changes: Sequence[Any]
    days: Sequence[tuple[date, int]]
    calls: Sequence[Mention] = ()


def _to_tell(door: Door, records: Any, visit: Visit) -> int:
    """How many held outcomes an agreement lets somebody tell: the page behind the count is made of agreements."""
    if not visit.may(Permit.OUTBOX_SEE):
        return 0
    with suppress(ComityError):  # what cannot be read is said elsewhere, and keeps nobody from this page
        return door.work.dealings.held_answers().waiting(records, visit.now)
    return 0


def _look(door: Door, records: Any, visit: Visit) -> Today:
    if not visit.may(Permit.CASES_SEE):
        return Today(needs=(), changes=(), days=())
    waiting = needs(records, visit.now, outcomes=lambda rows: _to_tell(door, rows, visit))
    found = [(each, *_WHERE[each.name]) for each in waiting]
    return Today(
        needs=[(each, path) for each, path, permit in found if visit.may(permit)],
        changes=changes(records, visit.now),
        days=course_of_days(records, visit.now),
        calls=calls_of(records, visit),
    )
