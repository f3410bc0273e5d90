"""Somebody proves in the DNS that an address, network or domain is his, and is told what is held against it.

Trust:      whether something is held against a subject is told after the proof alone: before it every subject gets the same page.
Standards:  RFC 8552 (names with underscores); ``comity.accord.recourse.dns_names``.
Answers:    ``routes(door)``: GET and POST /recourse/prove.
Limits:     a subject of eight reverse zones at most, wider ones write to us; the first record that is missing ends a look.
"""

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.accord import recourse as rules
from comity.model.outcomes import ComityError
from comity.model.recourse import Consequence, Recourse
from comity.web.portal.door import Door
from comity.web.portal.recourse import desk_of
from comity.web.portal.work import Visit

MOST_NAMES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the page of a proof says of one subject."""

    subject: str
    names: tuple[str, ...] = ()
    value: str = ""
    no: str = ""  # "subject", "wide"
    is_checked: bool = False
    about: tuple[tuple[Consequence, Recourse], ...] | None = None  # None: not proved


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    work = door.work

    async def proof_form(visit: Visit) -> Response:
        return _proof_page(door, visit, Proof(subject=""))

    async def prove(visit: Visit) -> Response:
        proof = _proof(door, visit.said("subject", 320))
        if visit.said("act", 20) != "check" or proof.no:
            return _proof_page(door, visit, proof)
        is_proved = await door.slowly(lambda: work.is_proved(proof.subject))
        work.log("portal-proved", proved=is_proved)
        about = await door.write(lambda rows: _about(door, rows, visit, proof.subject)) if is_proved else None
        proof = Proof(subject=proof.subject, names=proof.names, value=proof.value, is_checked=True, about=about)
        return _proof_page(door, visit, proof)

    return [door.get("/recourse/prove", proof_form), door.post("/recourse/prove", prove)]


def _proof(door: Door, text: str) -> Proof:
    found = rules.subject_of(text)
    if found is None:
        return Proof(subject=text, no="subject" if text else "")
    if len(rules.dns_names(found)) > MOST_NAMES:
        return Proof(subject=str(found), no="wide")
    try:
        names, value = door.work.proof_of(str(found))
    except ComityError:
        return Proof(subject=text, no="subject")
    return Proof(subject=str(found), names=tuple(names), value=value)


def _about(  # noqa: PLR0917 - one look
    door: Door, rows: Any, visit: Visit, subject: str
) -> tuple[tuple[Consequence, Recourse], ...]:
    """What is held against a subject, told to whoever proved that it is his: so it is asked for."""
    desk, references = desk_of(door, rows, visit), [made.reference for made, _ in rows.recourses.about(subject)]
    for each in references:
        desk.ask(each, how="dns")
    return tuple(rows.recourses.about(subject))


def _proof_page(door: Door, visit: Visit, proof: Proof) -> Response:
    status = 422 if proof.no else 200
    title = visit.words.say("portal.prove.title")
    return door.page(visit, "prove", title=title, status=status, proof=proof, most=MOST_NAMES)
