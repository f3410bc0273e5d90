"""What is done to other networks, and their way back: what is owed by when, the history of each, and a person's answer.

Trust:      reasons and objections are people's words and pass ``visible``. Nothing on these pages names who complained.
Standards:  the life cycle in ``comity.accord.recourse``; after an escalation another person answers than before (P8).
Answers:    ``routes(door)``: GET /recourse, GET and POST /recourse/{reference}.
Limits:     two hundred, what is owed first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.accord.recourse import is_in_force
from comity.model.account import Permit
from comity.model.recourse import Consequence, Recourse, RecourseState
from comity.services.prove.recourse.acting import Why
from comity.services.prove.recourse.mail import why_lines
from comity.services.public.today import untold_of
from comity.web.desk.door import Door
from comity.web.desk.exchange.paging import reason_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

SHOWN: Final = 200
_OWED: Final = (RecourseState.ARGUED, RecourseState.ESCALATED)
_AFAR: Final = 1e18


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One consequence with its recourse."""

    made: Consequence
    recourse: Recourse
    is_in_force: bool
    is_late: bool
    untold: str | None = None  # "returned", "waits", "asked": somebody has to tell the other side

    @property
    def is_owed(self) -> bool:
        """Whether a person owes an answer."""
        return self.recourse.state in _OWED


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        lines = await door.seen(visit, lambda records: _lines(records, visit.now))
        return door.page(visit, "exchange/recourses", title=visit.words.say("desk-menu.recourse"), lines=lines)

    async def one(visit: Visit) -> Response:
        reference = str(visit.request.path_params["reference"])

        def look(records: Any) -> tuple[Why, Line]:
            why = _why(door, records, reference, visit=visit)
            untold = untold_of(records, [why.consequence], visit.now)
            return why, _line(why.consequence, why.recourse, visit.now, untold=untold)

        why, line = await door.seen(visit, look)
        wording = partial(door.work.dealings.warning, why.consequence, visit.now)
        text = None if line.untold is None else await door.inside(wording)
        lines = why_lines(why, visit.words.say)
        answered = why.recourse.answered_by == visit.signed.account
        is_second = why.recourse.state is RecourseState.ESCALATED and answered
        title = why.consequence.called
        return door.page(
            visit,
            "exchange/recourse",
            title=title,
            why=why,
            line=line,
            lines=lines,
            text=text,
            is_same_person=is_second,
        )

    async def answer(visit: Visit) -> Response:
        reference, word = str(visit.request.path_params["reference"]), visit.said("act", 20)
        if word not in ("grant", "refuse", "told"):
            raise Refused("form", 400)
        text, dealings = reason_of(visit, "text"), door.work.dealings
        if word == "told":
            await door.write(
                lambda records: dealings.told(records, reference, text, actor=visit.signed.account, now=visit.now)
            )
            return door.away(f"/recourse/{reference}", "done")
        posted = await door.write(
            lambda records: dealings.answer(
                records, reference, text, grants=word == "grant", actor=visit.signed.account, now=visit.now
            )
        )
        await door.inside(dealings.republish)
        if posted.not_mailed is not None:  # somebody has to hand it on: a page that holds the text
            title = visit.words.say("desk-recourse.hand-on")
            return door.page(visit, "exchange/hand-on", title=title, posted=posted, reference=reference)
        return door.away(f"/recourse/{reference}", "done")

    return [
        door.route("/recourse", page, Permit.LEDGER_SEE),
        door.route("/recourse/{reference}", one, Permit.LEDGER_SEE),
        door.route("/recourse/{reference}", answer, Permit.LEDGER_ACT, method="POST"),
    ]


def _line(made: Consequence, recourse: Recourse, now: datetime, *, untold: Mapping[str, str]) -> Line:
    is_late = recourse.was_overdue or (recourse.due is not None and recourse.due < now)
    return Line(
        made=made,
        recourse=recourse,
        is_in_force=is_in_force(made, now),
        is_late=is_late,
        untold=untold.get(made.reference),
    )


def _lines(records: Any, now: datetime) -> Sequence[Line]:
    everything = records.recourses.all()
    untold = untold_of(records, [made for made, _ in everything], now)
    found = [_line(made, recourse, now, untold=untold) for made, recourse in everything]
    return sorted(found, key=_place)[:SHOWN]


def _place(line: Line) -> tuple[bool, float, bool, bool, float]:
    due = line.recourse.due.timestamp() if line.recourse.due else _AFAR
    return (not line.is_owed, due, line.untold is None, not line.is_in_force, -line.made.imposed.timestamp())


def _why(door: Door, records: Any, reference: str, *, visit: Visit) -> Why:
    desk = door.work.dealings.recourse(records, actor=visit.signed.account, now=visit.now)
    return desk.why(*desk.find(reference))
