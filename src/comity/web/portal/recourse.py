"""Recourse in a browser: why something is done to a network, the evidence and the arithmetic, an objection, a dated answer.

Trust:      whoever has the reference sees the reasons and our answers; an objection is shown to nobody here, because a reference
            stands in every mail that was turned away. Nothing names who complained.
Standards:  promise P8; the life cycle in ``comity.accord.recourse``: one escalation, and another person after it.
Answers:    ``routes(door)``: GET and POST /recourse, GET and POST /recourse/{reference}.
Limits:     texts of 4,000 signs.
"""

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.accord import recourse as rules
from comity.model.recourse import RecourseAct, RecourseState
from comity.services.prove.recourse.acting import RecourseDesk, Why
from comity.services.prove.recourse.mail import REFERENCE
from comity.web.portal.door import Door
from comity.web.portal.work import Visit
from comity.web.waiting import Refused, Unfilled

ACTOR: Final = "web"
TEXT: Final = 4000
# Steps whose words are ours, and may be read by whoever has the reference.
_OURS: Final = frozenset({"impose", RecourseAct.GRANT.value, RecourseAct.REFUSE.value, RecourseAct.UPHOLD.value})
# Where more can be said until somebody answers.
_HEARD: Final = (RecourseState.OPEN, RecourseState.ASKED, RecourseState.ARGUED, RecourseState.ESCALATED)
_NAMED: Final = _OURS - {"impose"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the history, as the affected may see it."""

    at: Any
    act: str
    by: str | None
    text: str | None


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    work = door.work

    async def form(visit: Visit) -> Response:
        return door.page(visit, "recourse", title=visit.words.say("portal.recourse.title"))

    async def ask(visit: Visit) -> Response:
        typed = visit.said("reference", 60).upper()
        reference = REFERENCE.fullmatch(typed)

        def change(rows: Any) -> bool:
            if reference is None or rows.recourses.find(typed) is None:
                return False
            desk_of(door, rows, visit).ask(typed, how="web")
            return True

        if not await door.write(change):
            door.guessed(visit.request)
            raise Unfilled("portal.recourse.unknown", "reference", status=404)
        return door.away(visit.words, f"/recourse/{typed}")

    async def one(visit: Visit) -> Response:
        reference = _reference(door, visit)
        found = await door.read(lambda rows: _why(door, rows, visit, reference))
        if found is None:
            door.guessed(visit.request)
            raise Refused("gone", 404)
        return _page(door, visit, found[0], is_full=found[1])

    async def act(visit: Visit) -> Response:
        reference, word, text = _reference(door, visit), visit.said("act", 20), visit.said("text", TEXT)
        if word not in ("argue", "escalate"):
            raise Refused("form", 400)
        if not text:
            raise Unfilled("portal.said.objection-empty", "text")

        def change(rows: Any) -> bool:
            found = rows.recourses.find(reference)
            if found is None:
                return False
            desk, was = desk_of(door, rows, visit), found[1]
            desk.argue(reference, text) if word == "argue" else desk.escalate(reference, text)
            work.objected(rows, reference, was=was, now=visit.now)
            return True

        if not await door.write(change):
            door.guessed(visit.request)
            raise Refused("gone", 404)
        work.log("portal-objected", act=word)
        return door.away(visit.words, f"/recourse/{reference}", "objected" if word == "argue" else "escalated")

    return [
        door.get("/recourse", form),
        door.post("/recourse", ask),
        door.get("/recourse/{reference}", one),
        door.post("/recourse/{reference}", act),
    ]


def desk_of(door: Door, rows: Any, visit: Visit) -> RecourseDesk:
    """Who gives recourse, in a transaction."""
    return door.work.recourse(rows, actor=ACTOR, now=visit.now)


def _reference(door: Door, visit: Visit) -> str:
    """The reference in the address; what is none is none of ours."""
    typed = visit.part("reference")[:60].upper()
    if REFERENCE.fullmatch(typed) is None:
        door.guessed(visit.request)
        raise Refused("gone", 404)
    return typed


def _why(door: Door, rows: Any, visit: Visit, reference: str) -> tuple[Why, bool] | None:  # noqa: PLR0917 - one look
    found = rows.recourses.find(reference)
    if found is None:
        return None
    desk = desk_of(door, rows, visit)
    return desk.why(*found), desk.is_full(found[1])


def _page(door: Door, visit: Visit, why: Why, *, is_full: bool) -> Response:
    made, recourse = why.consequence, why.recourse
    is_late = recourse.was_overdue or (recourse.due is not None and recourse.due < visit.now)
    steps = [
        Step(
            at=each.at,
            act=each.act,
            by=each.actor if each.act in _NAMED else None,
            text=each.note if each.act in _OURS else None,
        )
        for each in why.history
    ]
    return door.page(
        visit,
        "consequence",
        title=visit.words.say("portal.consequence.title"),
        why=why,
        steps=steps,
        answer=next((each for each in reversed(steps) if each.act in _NAMED), None),
        in_force=rules.is_in_force(made, visit.now),
        is_late=is_late,
        is_owed=recourse.state in (RecourseState.ARGUED, RecourseState.ESCALATED),
        may_argue=recourse.state in _HEARD and not is_full,
        may_escalate=rules.next_state(recourse.state, RecourseAct.ESCALATE) is not None,
        most=TEXT,
    )
