"""Why somebody is told of a complaint, or is not: each question that was asked about it, its yes or no, and the reason.

Trust:      names of networks and domains are strangers' words; of an address a step keeps only the domain. Whose mail it was
            is shown to nobody who may not see people.
Answers:    ``routes(door)``: GET /outbox/why?id=COMPLAINT|REPORT, GET /outbox/untold: complaints that somebody is not told about.
            ``why_of(records, name)`` is what both show.
Limits:     the newest fifty; no steps are kept of what was decided before 0.10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.decisions import noes_in, step_shown, steps_in
from comity.model.outcomes import ComityError, Outcome
from comity.web.desk.door import Door
from comity.web.desk.work import Visit

SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """How one complaint was decided."""

    complaint_id: int
    state: str
    steps: Sequence[Mapping[str, Any]]
    noes: Sequence[Mapping[str, Any]]
    reports: Sequence[tuple[str, str, str | None]]  # to whom, in which state, what they did
    arrived: Any = None
    name: str | None = None


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def one(visit: Visit) -> Response:
        name = visit.asked("id")
        found = await door.seen(visit, lambda records: why_of(records, name))
        if found is None:
            raise ComityError("outbox-no-complaint", name, outcome=Outcome.UNKNOWN, details={"text": name[:80]})
        title = visit.words.say("desk-why.title", n=found.complaint_id)
        return door.page(visit, "exchange/why", title=title, whys=[found], is_one=True)

    async def untold(visit: Visit) -> Response:
        found = await door.seen(visit, _untold)
        title = visit.words.say("desk-why.untold")
        return door.page(visit, "exchange/why", title=title, whys=found, is_one=False)

    return [
        door.route("/outbox/why", one, Permit.OUTBOX_SEE),
        door.route("/outbox/untold", untold, Permit.OUTBOX_SEE),
    ]


def why_of(records: Any, name: str) -> Why | None:
    """The complaint with this number, or of which the report with this id was made; None where there is none."""
    number = records.submissions.complaint_of(name) if name else None
    found = records.submissions.complaints_now([] if number is None else [number])
    if not found:
        return None
    (each,) = found
    steps = [step_shown(step) for step in each.steps]
    return Why(complaint_id=each.complaint_id, state=each.state, steps=steps, noes=each.refusals, reports=each.reports)


def _untold(records: Any) -> list[Why]:
    """Those that somebody is not told about, the newest first."""
    return [
        Why(
            complaint_id=row.id,
            state=row.state,
            steps=[step_shown(step) for step in steps_in(row.refusals)],
            noes=noes_in(row.refusals),
            reports=(),
            arrived=row.arrived,
            name=row.name,
        )
        for row in reversed(records.sending.told_nobody(SHOWN))
    ]
