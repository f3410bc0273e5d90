"""Reports that are in no case, by the reason why.

Trust:      what they name is strangers'. Who looks is written down before.
Answers:    ``routes(door)``: GET /unmatched.
Limits:     fifty on a page, the newest first; a page begins where the one before ended, so that the last is as quick as the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.work import Visit

_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """What the page shows."""

    counts: Mapping[str, int]
    reason: str | None
    rows: Sequence[Any]
    before: int | None  # where this page begins; None: at the newest
    after: int | None  # where the next one begins


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        await door.saw(visit, "list", "unmatched")
        view = await door.seen(visit, lambda records: _look(records, visit))
        return door.page(visit, "unmatched", title=visit.words.say("desk-menu.unmatched"), view=view)

    return [door.route("/unmatched", page, Permit.PERSONAL_SEE)]


def _look(records: Any, visit: Visit) -> Unmatched:
    counts = dict(sorted(records.intake.unmatched().items(), key=lambda each: -each[1]))
    asked, begin = visit.asked("reason", 40), visit.asked("before", 18)
    reason = asked if asked in counts else next(iter(counts), None)
    before = int(begin) if begin.isascii() and begin.isdigit() else None
    rows = [] if reason is None else records.intake.without_case(reason, before, _SHOWN + 1)
    return Unmatched(
        counts=counts,
        reason=reason,
        rows=rows[:_SHOWN],
        before=before,
        after=rows[_SHOWN - 1].id if len(rows) > _SHOWN else None,
    )
