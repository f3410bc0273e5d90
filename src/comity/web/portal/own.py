"""The pages of one network: its feedback as counts and by id, precision, quota, report card, what is agreed, pausing and leaving.

Trust:      whoever opened the link in a mail to the proven mailbox. What is shown is what left for that mailbox anyway, as counts
            and ids: no subject, no address, nobody who complained. Every form holds the word of the session.
Standards:  RFC 6449 section 3 (let consumers leave); OWASP ASVS 4.0 section 3.
Answers:    ``routes(door)``: GET and POST /sign-in, GET and POST /in/{secret}, GET and POST /own.
Limits:     thirty days of counts, the last thirty reports, a card over seven days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.feedback.enrolment import IN_FORCE, PAUSED, next_state
from comity.model import utc_day
from comity.model.consumer import ConsumerAct, ConsumerState
from comity.model.outcomes import ComityError
from comity.model.portal import KeyKind
from comity.services.complain.portal.rows import OwnReport
from comity.services.complain.portal.signing_in import Own, SigningIn
from comity.services.public.cards import card_lines
from comity.web.portal.door import Door
from comity.web.portal.work import PortalWork, Visit
from comity.web.waiting import Refused

DAYS: Final = 30
REPORTS: Final = 30
CARD_DAYS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a network sees of its own."""

    wanted: Sequence[Any]
    classes: Sequence[str]
    days: Sequence[tuple[date, Mapping[str, int], int]]
    reports: Sequence[OwnReport]
    outcomes: Mapping[str, int]
    sent_today: int
    precision: Any | None


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def form(visit: Visit) -> Response:
        _signing_in(door.work)
        return door.page(visit, "sign-in", title=visit.words.say("portal.sign-in.title"), is_sent=False)

    async def send(visit: Visit) -> Response:
        signing_in, typed = _signing_in(door.work), visit.said("mailbox", 320)
        home, now = door.client(visit.request), visit.now
        # After the answer: its time must not say whether there was somebody to write to.
        door.later(lambda records: signing_in.send(records, typed, household=home, now=now))
        return door.page(visit, "sign-in", title=visit.words.say("portal.sign-in.title"), is_sent=True)

    async def link(visit: Visit) -> Response:
        signing_in, secret = _signing_in(door.work), visit.part("secret")
        if not await door.read(lambda records: signing_in.is_link(records, secret, now=visit.now)):
            door.guessed(visit.request)
            raise Refused("gone", 404)
        return door.page(visit, "link", title=visit.words.say("portal.link.title"), secret=secret)

    async def enter(visit: Visit) -> Response:
        signing_in, secret = _signing_in(door.work), visit.part("secret")
        token = await door.write(lambda records: signing_in.enter(records, secret, now=visit.now))
        if token is None:
            door.guessed(visit.request)
            raise Refused("gone", 404)
        door.work.log("portal-signed-in")
        response = door.away(visit.words, "/own")
        response.set_cookie(door.cookie, token, secure=door.work.is_secure, httponly=True, samesite="lax", path="/")
        return response

    async def own(visit: Visit) -> Response:
        return await _page(door, visit)

    async def act(visit: Visit) -> Response:
        return await _act(door, visit)

    return [
        door.get("/sign-in", form),
        door.post("/sign-in", send),
        door.get("/in/{secret}", link),
        door.post("/in/{secret}", enter),
        door.own("/own", own),
        door.own("/own", act, method="POST"),
    ]


def _signing_in(work: PortalWork) -> SigningIn:
    if work.signing_in is None:
        raise Refused("closed", 404)
    return work.signing_in


def _signed(visit: Visit) -> Own:
    if visit.own is None:
        raise Refused("gone", 404)
    return visit.own


async def _page(door: Door, visit: Visit) -> Response:
    own = _signed(visit)
    consumer = own.consumer
    figures = (await door.look(lambda records: _figures(door, records, visit, own))).found
    card: Sequence[str] = ()
    if consumer.state in IN_FORCE:
        until = utc_day.midnight(visit.now)
        since = until - timedelta(days=CARD_DAYS)
        try:
            party = await door.read(lambda records: door.work.party(records, consumer, now=visit.now))
            made = await door.inside(lambda: door.work.card(door.work.store, party, since=since, until=until))
        except ComityError:  # its proof ran out a moment ago: there are no terms to make one by
            made = None
        card = () if made is None else card_lines(made, visit.words.say)
    looked = await door.look(lambda records: door.work.papers(records, consumer, words=visit.words, now=visit.now))
    return door.page(
        visit,
        "own",
        title=consumer.address.rpartition("@")[2],
        consumer=consumer,
        figures=figures,
        card=card,
        papers=looked.found,
        is_paused=_is_paused(own),
        may_pause=consumer.state in IN_FORCE,
        is_over=next_state(consumer.state, ConsumerAct.LEAVE) is None,
    )


def _figures(door: Door, records: Any, visit: Visit, own: Own) -> Figures:  # noqa: PLR0917 - one look
    name, now = own.consumer.name, visit.now
    party = door.work.party(records, own.consumer, now=now)
    today = utc_day.midnight(now)
    counts = records.portal.own_counts(party, today - timedelta(days=DAYS - 1))
    classes = sorted({sort for _, sort in counts})
    days = [(today - timedelta(days=back)).date() for back in range(DAYS)]
    lines = [(each, {sort: counts.get((each, sort), 0) for sort in classes}) for each in days]
    applying = door.work.applying
    return Figures(
        wanted=() if applying is None else applying.open(records, name, now=now).wanted,
        classes=classes,
        days=[(each, row, sum(row.values())) for each, row in lines if any(row.values())],
        reports=records.portal.own_reports(party, REPORTS),
        outcomes=records.portal.own_outcomes(party),
        sent_today=records.sending.released_since(party, today),
        precision=door.work.precision(records, own.consumer, now=now),
    )


def _is_paused(own: Own) -> bool:
    return own.consumer.state is ConsumerState.SUSPENDED and own.consumer.reason == PAUSED


async def _act(door: Door, visit: Visit) -> Response:
    own, word = _signed(visit), visit.said("act", 20)
    signing_in, applying = _signing_in(door.work), door.work.applying
    secret = visit.request.cookies.get(door.cookie, "")
    if word == "sign-out":
        await door.write(lambda records: signing_in.leave(records, secret, now=visit.now))
        response = door.away(visit.words, "/sign-in", "signed-out")
        response.delete_cookie(door.cookie, path="/", secure=door.work.is_secure, httponly=True, samesite="lax")
        return response
    acts = {"pause": ConsumerAct.SUSPEND, "leave": ConsumerAct.LEAVE}
    if _is_paused(own):
        acts["resume"] = ConsumerAct.RESUME  # what our people stopped, our people let go on
    if word not in acts or applying is None:
        raise Refused("form", 400)
    reason = PAUSED if word == "pause" else None

    def change(records: Any) -> None:
        applying.own_act(records, own.consumer.name, acts[word], reason=reason, now=visit.now)
        if word == "leave":
            records.portal.end(own.consumer.name, KeyKind.SESSION)
            records.portal.end(own.consumer.name, KeyKind.LINK)

    await door.write(change)
    door.work.log("portal-own-act", act=word)
    return door.away(visit.words, "/sign-in" if word == "leave" else "/own", f"own-{word}")
