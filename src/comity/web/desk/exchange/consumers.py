"""Feedback consumers: who applied for reports without an agreement, what proves it, and a person's yes or no.

Trust:      names, mailboxes and claims are applicants' words. Codes that were mailed are not shown: whoever saw one here could
            answer for a mailbox that he does not read.
Standards:  RFC 6449 section 3; the life cycle in ``comity.feedback.enrolment``; promise P9: a person accepts.
Answers:    ``routes(door)``: GET /consumers, GET and POST /consumers/{name}.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.feedback.enrolment import BY_ITSELF, IN_FORCE, LIFE, NOES, OTHER, because
from comity.model import utc_day
from comity.model.account import Permit
from comity.model.consumer import Consumer, ConsumerAct, ConsumerEvent, ConsumerState
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.enrolment.acting import WantedProof
from comity.services.public.cards import card_lines
from comity.web.desk.door import Door
from comity.web.desk.exchange.paging import leaf_of, reason_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

_DAYS: Final = 7
SHOWN: Final = 100
_WAITS: Final = (ConsumerState.PROVED, ConsumerState.SUSPENDED, ConsumerState.LAPSED, ConsumerState.APPLIED)
REASONED: Final = (ConsumerAct.REFUSE, ConsumerAct.SUSPEND)  # acts that somebody is told a reason for


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page of one shows."""

    consumer: Consumer
    wanted: Sequence[WantedProof]
    history: Sequence[ConsumerEvent]
    acts: Sequence[ConsumerAct]
    card: Sequence[str]
    sent_today: int


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        found = await door.seen(visit, lambda records: records.consumers.all())
        found = sorted(found, key=lambda each: (_place(each.state), each.name))
        leaf, title = leaf_of(visit, len(found), SHOWN), visit.words.say("desk-menu.consumers")
        shown = found[leaf.start : leaf.start + SHOWN]
        return door.page(visit, "exchange/consumers", title=title, consumers=shown, leaf=leaf)

    async def one(visit: Visit) -> Response:
        name = str(visit.request.path_params["name"])
        view = await door.seen(visit, lambda records: _look(door, records, name, visit=visit))
        if view.consumer.state in IN_FORCE:
            view = await door.inside(lambda: _with_card(door, view, visit))
        return door.page(visit, "exchange/consumer", title=view.consumer.name, view=view, reasoned=REASONED, noes=NOES)

    async def act(visit: Visit) -> Response:
        name, word = str(visit.request.path_params["name"]), visit.said("act", 20)
        if word == "look":
            await _prove(door, visit, name)
        elif word in list(ConsumerAct) and word not in (*BY_ITSELF, ConsumerAct.APPLY):
            reason = _no(visit) if word in REASONED else None
            actor, wanted = visit.signed.account, ConsumerAct(word)
            await door.write(
                lambda records: door.work.dealings.consumer_act(
                    records, name, wanted, reason=reason, actor=actor, now=visit.now
                )
            )
        else:
            raise Refused("form", 400)
        return door.away(f"/consumers/{name}", "done")

    return [
        door.route("/consumers", page, Permit.CONSUMERS_SEE),
        door.route("/consumers/{name}", one, Permit.CONSUMERS_SEE),
        door.route("/consumers/{name}", act, Permit.CONSUMERS_ACT, method="POST"),
    ]


def _no(visit: Visit) -> str:
    """Why somebody says no: a name, and words; a form of before gives words alone."""
    code = visit.said("no", 40) or OTHER
    if code not in NOES:
        raise Refused("form", 400)
    return because(code, reason_of(visit))


def _place(state: ConsumerState) -> int:
    return _WAITS.index(state) if state in _WAITS else len(_WAITS) + list(ConsumerState).index(state)


def _look(door: Door, records: Any, name: str, *, visit: Visit) -> Shown:
    if records.consumers.find(name) is None:
        raise ComityError("consumer-unknown", name, outcome=Outcome.UNKNOWN, place=name, details={"place": name})
    desk = door.work.dealings.enrolment(records, actor=visit.signed.account, now=visit.now)
    consumer = desk.find(name)
    today = utc_day.midnight(visit.now)
    able = [each for each in LIFE[consumer.state] if each not in BY_ITSELF and each is not ConsumerAct.APPLY]
    return Shown(
        consumer=consumer,
        wanted=desk.wanted(name),
        history=list(reversed(records.consumers.history(name))),
        acts=able,
        card=(),
        sent_today=records.sending.released_since(name, today),
    )


def _with_card(door: Door, view: Shown, visit: Visit) -> Shown:
    """Its report card of the last days, where it can be made."""
    until = utc_day.midnight(visit.now)
    since = until - timedelta(days=_DAYS)
    made = door.work.dealings.card(door.work.store, view.consumer.name, since=since, until=until)
    return Shown(
        consumer=view.consumer,
        wanted=view.wanted,
        history=view.history,
        acts=view.acts,
        card=card_lines(made, visit.words.say),
        sent_today=view.sent_today,
    )


async def _prove(door: Door, visit: Visit, name: str) -> None:
    """Look for the records in the DNS, outside of any transaction."""
    dealings, actor = door.work.dealings, visit.signed.account
    view = await door.read(lambda records: _look(door, records, name, visit=visit))
    found = await door.inside(lambda: dealings.look_up([each.dns_name for each in view.wanted if each.dns_name]))
    await door.write(lambda records: dealings.enrolment(records, actor=actor, now=visit.now).look(name, found))
