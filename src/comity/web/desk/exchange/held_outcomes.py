"""Outcomes of cases that a network was not told while its mail was held: a person has them told, or drops them.

Trust:      nothing leaves because a peer went live: each outcome that is told was chosen here, or all were when it went live.
Answers:    ``routes(door)``: GET, POST /outbox/outcomes; ``act`` is tell or drop, ``report`` which of them.
Limits:     two hundred on a page, oldest first; what was told or dropped meanwhile is passed over.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.rendering import link
from comity.web.desk.work import NUMBER, Visit
from comity.web.waiting import Refused

SHOWN: Final = 200


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        name, held = visit.asked("name", 255), door.work.dealings.held_answers()

        def look(records: Any) -> tuple[Any, bool]:
            return held.of(records, name, SHOWN, now=visit.now), held.is_live(records, name, visit.now)

        found, is_live = await door.seen(visit, look)
        title = visit.words.say("desk-held.title", name=name)
        return door.page(visit, "exchange/outcomes", title=title, name=name, found=found, is_live=is_live, most=SHOWN)

    async def act(visit: Visit) -> Response:
        name, word, named = visit.said("name", 255), visit.said("act", 10), list(visit.form.get("report", ()))[:SHOWN]
        if word not in ("tell", "drop") or not all(NUMBER.fullmatch(each) for each in named):
            raise Refused("form", 400)
        where = link("/outbox/outcomes", name=name)
        if not named:
            return door.away(where, "outcomes-none")
        numbers, held, store = [int(each) for each in named], door.work.dealings.held_answers(), door.work.store
        by = visit.signed.account
        if word == "tell":
            await door.inside(lambda: held.tell(store, name, numbers, now=visit.now))
            return door.away(where, "outcomes-told")
        await door.inside(lambda: held.drop(store, name, numbers, by=by, now=visit.now))
        return door.away(where, "outcomes-dropped")

    return [
        door.route("/outbox/outcomes", page, Permit.OUTBOX_SEE),
        door.route("/outbox/outcomes", act, Permit.CONSUMERS_ACT, method="POST"),
    ]
