"""Enrolment step by step: a form, the records that prove each claim, a check on the spot, and how it stands.

Trust:      an applicant is a stranger, his words pass ``visible``. The page of an application opens by its secret alone, which
            nobody guesses; whoever tries is slowed down. Nothing on it tells of anybody else.
Standards:  RFC 6449 section 3; promise P9: a person accepts.
Answers:    ``routes(door)``: GET and POST /enrol, GET and POST /enrol/{secret}.
Limits:     the DNS is asked outside of any transaction, for ten names and fifteen seconds at most.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.feedback.enrolment import ENDED
from comity.locale import LANGUAGES
from comity.model.agreement import ReportFormat
from comity.model.outcomes import ComityError, Outcome
from comity.model.portal import KeyKind
from comity.services.complain.portal.applying import MOST_CLAIMS, Applied, Form, checked_names
from comity.web.portal.door import Door
from comity.web.portal.work import PortalWork, Visit
from comity.web.waiting import Refused, Unfilled

DNS_SECONDS: Final = 15.0
_FIELDS: Final = ("mailbox", "contact", "domains", "networks")
_REFUSED: Final = (Outcome.BAD_INPUT, Outcome.USAGE)


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    work = door.work

    async def form(visit: Visit) -> Response:
        _applying(work)
        return _form(door, visit)

    async def apply(visit: Visit) -> Response:
        applying, home = _applying(work), door.client(visit.request)
        try:
            wanted = _wanted(visit)
            secret = await door.write(lambda rows: applying.apply(rows, wanted, household=home, now=visit.now))
        except ComityError as error:
            if error.outcome not in _REFUSED:
                raise
            work.log("portal-applied", outcome=error.code)
            raise _unfilled(visit, error) from None
        work.log("portal-applied", outcome="applied")
        return door.away(visit.words, f"/enrol/{secret}")

    async def one(visit: Visit) -> Response:
        applied = await _open(door, visit)
        return _page(door, visit, applied, found={})

    async def act(visit: Visit) -> Response:
        applying, applied, word = _applying(work), await _open(door, visit), visit.said("act", 20)
        name, path = applied.consumer.name, f"/enrol/{visit.part('secret')}"
        if word == "check":
            return await _check(door, visit, applied)
        if word == "code":
            is_right = await door.write(lambda rows: applying.typed(rows, name, visit.said("code", 60), now=visit.now))
            if not is_right:
                door.guessed(visit.request)
                raise Unfilled("portal.said.code-wrong", "code")
            return door.away(visit.words, path, "code-right")
        if word == "mail":
            subject = visit.said("subject", 320)
            asked = await door.write(lambda rows: applying.mail(rows, name, subject, now=visit.now))
            return door.away(visit.words, path, "mailed" if asked else "not-mailed")
        if word == "leave":
            await door.write(lambda rows: applying.withdraw(rows, name, now=visit.now))
            return door.away(visit.words, path, "withdrawn")
        raise Refused("form", 400)

    return [
        door.get("/enrol", form),
        door.post("/enrol", apply),
        door.get("/enrol/{secret}", one),
        door.post("/enrol/{secret}", act),
    ]


def _applying(work: PortalWork) -> Any:
    if work.applying is None:
        raise Refused("closed", 404)
    return work.applying


def _wanted(visit: Visit) -> Form:
    """What was written, as far as its shape goes; what it claims is judged by the service."""
    if visit.said("agreed", 3) != "yes":
        raise ComityError("portal-not-agreed", "the rules were not agreed to", outcome=Outcome.BAD_INPUT)
    chosen, language = visit.said("format", 10), visit.said("language", 10)
    return Form(
        mailbox=visit.said("mailbox", 320),
        contact=visit.said("contact", 320),
        domains=visit.lines("domains", MOST_CLAIMS),
        networks=visit.lines("networks", MOST_CLAIMS),
        report_format=ReportFormat(chosen) if chosen in list(ReportFormat) else ReportFormat.ARF,
        languages=(language.partition("_")[0] if language in LANGUAGES else "en",),
    )


def _form(door: Door, visit: Visit) -> Response:
    title, formats = visit.words.say("portal.enrol.title"), [each.value for each in ReportFormat]
    return door.page(visit, "enrol", title=title, formats=formats, most=MOST_CLAIMS)


def _unfilled(visit: Visit, error: ComityError) -> Unfilled:
    """Why an application was refused, and at which field: the one that holds what the error names."""
    code, place = error.code.removeprefix("consumer-"), str(error.details.get("place", ""))
    own = f"portal.refused.{code}"
    said = own if own in visit.words else f"error.{error.code}"
    named = next((each for each in _FIELDS if place and place in visit.said(each, 8000)), "domains")
    arguments = {"most": MOST_CLAIMS, **error.details, "place": place[:120], "holder": "", "code": code}
    return Unfilled(said, "agreed" if code == "portal-not-agreed" else named, arguments=arguments)


async def _open(door: Door, visit: Visit) -> Applied:
    applying, secret = _applying(door.work), visit.part("secret")

    def look(rows: Any) -> Applied | None:
        key = applying.keys.opens(rows.portal, KeyKind.APPLICATION, secret, now=visit.now)
        return None if key is None else applying.open(rows, key.consumer, now=visit.now)

    found: Applied | None = await door.read(look)
    if found is None:
        door.guessed(visit.request)
        raise Refused("gone", 404)
    return found


def _page(door: Door, visit: Visit, applied: Applied, *, found: Mapping[str, str]) -> Response:
    state = applied.consumer.state
    return door.page(
        visit,
        "application",
        title=visit.words.say("portal.application.title"),
        applied=applied,
        found=found,
        is_over=state in ENDED,
        secret=visit.part("secret"),
        wait=0 if applied.wait is None else max(int(applied.wait.total_seconds()), 1),
    )


async def _check(door: Door, visit: Visit, applied: Applied) -> Response:
    applying = _applying(door.work)
    if applied.wait is not None or applied.consumer.state in ENDED:
        return _page(door, visit, applied, found={})
    names = checked_names(applied, visit.now)
    records = await door.slowly(lambda: look_within(door.work, names))
    name = applied.consumer.name

    def change(rows: Any) -> tuple[dict[str, str], Applied]:
        words = applying.look(rows, name, records, asked=names, now=visit.now)
        return words, applying.open(rows, name, now=visit.now)

    words, after = await door.write(change)
    door.work.log("portal-checked", names=len(names), proved=sum(each == "proved" for each in words.values()))
    return _page(door, visit, after, found=words)


def look_within(work: PortalWork, names: list[str], *, clock: Any = time.monotonic) -> dict[str, str | None]:
    """What stands in the DNS under these names, one after the other; what takes too long is left out."""
    ends, found = clock() + DNS_SECONDS, dict[str, str | None]()
    for each in names:
        if clock() >= ends:
            break
        found.update(work.look_up([each]))
    return found
