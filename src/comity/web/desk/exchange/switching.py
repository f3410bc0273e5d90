"""Whether mail for one party leaves: asked for twice, with what was held, and what it was not told, in sight.

Trust:      nothing leaves because of one click (P9); what was held, and outcomes that were, leave where that was ticked alone.
Answers:    ``routes(door)``: GET, POST /outbox/peer.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.sending import OWN_PROGRAMS
from comity.web.desk.door import Door
from comity.web.desk.exchange.outbox import one_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def ask(visit: Visit) -> Response:
        name, word = visit.asked("name"), visit.asked("act", 20)
        if word not in ("live", "observe"):
            raise Refused("missing", 404)
        party, stopped, outcomes = await door.read(
            lambda records: (
                one_of(records, name),
                door.work.dealings.stopped(records, visit.now).get(name),
                door.work.dealings.held_answers().counts(records, visit.now).get(name, 0),
            )
        )
        what = f"programs-{word}" if name == OWN_PROGRAMS else word
        title = visit.words.say("desk-switch.stopped" if word == "live" and stopped else f"desk-switch.{what}")
        return door.page(
            visit, "exchange/switch", title=title, party=party, word=word, stopped=stopped, outcomes=outcomes
        )

    async def switch(visit: Visit) -> Response:
        name, word = visit.said("name", 255), visit.said("act", 20)
        if word not in ("live", "observe"):
            raise Refused("form", 400)
        dealings, store, with_held = door.work.dealings, door.work.store, visit.said("with_held") == "yes"
        if word == "live":
            await door.inside(lambda: dealings.live(store, name, now=visit.now, with_held=with_held))
            if visit.said("outcomes") == "tell":
                await door.inside(lambda: dealings.held_answers().tell(store, name, now=visit.now))
        else:
            await door.inside(lambda: dealings.observe(store, name, now=visit.now))
        door.work.log("desk-peer-switched", account=visit.signed.account, peer=name, act=word)
        return door.away("/outbox", "done")

    return [
        door.route("/outbox/peer", ask, Permit.CONSUMERS_ACT),
        door.route("/outbox/peer", switch, Permit.CONSUMERS_ACT, method="POST"),
    ]
