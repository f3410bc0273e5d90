"""Anybody reports abuse out of our network in a form; it goes the way of mail to us, and a person reads it.

Trust:      a stranger's words, as mail is: they lie in the spool before "taken" is said, are read within bounds, and act on nothing
            by themselves. Nobody is written to because of them. One field is for programs that fill in everything.
Standards:  promise P1 (taken means on the disk); RFC 5322, RFC 2045.
Answers:    ``routes(door)``: GET and POST /complain.
Limits:     20,000 signs; twenty forms a household and hour, on top of the pace of all forms.
"""

import asyncio
import secrets
import time
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.arrival import Arrival
from comity.model.mailbox_kind import ApiPlace
from comity.services.complain.portal.complaint_mail import Complained, Sort, complaint_mail, reference_of
from comity.web.api.pace import Pace
from comity.web.portal.door import Door
from comity.web.portal.work import Visit
from comity.web.waiting import Refused, Unfilled

TEXT: Final = 20_000
PER_MINUTE: Final = 1  # a bucket of ten, and one more each minute
SECONDS: Final = 20.0


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    work, pace = door.work, Pace(time.monotonic)

    async def form(visit: Visit) -> Response:
        if work.put is None:
            raise Refused("closed", 404)
        return _form(door, visit)

    async def take(visit: Visit) -> Response:
        if work.put is None:
            raise Refused("closed", 404)
        if visit.said("website", 10):  # nobody sees this field
            raise Refused("form", 400)
        text, sort = visit.said("text", TEXT), visit.said("sort", 20)
        if not text or sort not in list(Sort):
            raise Unfilled("portal.complain.no.empty", "sort" if text else "text")
        if pace.wait(door.client(visit.request), PER_MINUTE) is not None:
            raise Refused("often", 429)
        said = Complained(
            sort=Sort(sort),
            about=visit.said("about", 200),
            text=text,
            mailbox=visit.said("mailbox", 320),
            language=visit.words.language,
        )
        reference = reference_of(secrets.token_bytes(10))
        domain = work.house.domain or "localhost"
        data = complaint_mail(said, reference, domain=domain, to=work.house.mailbox, at=visit.now)
        arrival = Arrival(
            gate="web",
            envelope_from="",
            recipients=(ApiPlace.FEEDBACK.value,),
            arrived=visit.now,
            name=f"{reference}.eml",
            data=data,
        )
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.wrap_future(work.put(arrival))
        except TimeoutError:
            raise Refused("often", 503) from None
        work.log("portal-complained", sort=sort, octets=len(data))
        title = visit.words.say("portal.complained.title")
        return door.page(visit, "complained", title=title, reference=reference)

    return [door.get("/complain", form), door.post("/complain", take)]


def _form(door: Door, visit: Visit) -> Response:
    sorts = [each.value for each in Sort]
    return door.page(visit, "complain", title=visit.words.say("portal.menu.complain"), sorts=sorts, most=TEXT)
