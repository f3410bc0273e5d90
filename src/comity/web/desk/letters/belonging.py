"""A letter that stands in no case is put into one, from its own page.

Trust:      a person says where it belongs; anybody can write the number of a case.
Answers:    ``routes(door)``: POST /items/{item}/case: ``act`` is attach (``case``) or open (``about``, ``label``); with ``then``
            the page follows on which it is answered.
Limits:     where somebody was quicker, it stays there.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.case import SubjectKind
from comity.model.outcomes import ComityError
from comity.services.receive.conversation.joining import KINDS, Joining
from comity.web.desk.door import Door
from comity.web.desk.work import NUMBER, Visit
from comity.web.waiting import Refused, Unfilled

_OF_LABEL: Final = frozenset({"letter-customer", "letter-not-ours", "letter-about"})


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def put(visit: Visit) -> Response:
        number = str(visit.request.path_params["item"])
        if not NUMBER.fullmatch(number) or not visit.may(Permit.PERSONAL_SEE):
            raise Refused("missing", 404)
        case_id = await door.write(lambda records: _put(door, records, visit, item=int(number)))
        if visit.said("then", 10) == "answer":
            return door.away(f"/cases/{case_id}/write?item={number}", "letter-joined")
        return door.away(f"/cases/{case_id}#letters", "letter-joined")

    return [door.route("/items/{item}/case", put, Permit.CASES_ACT, method="POST")]


def _put(door: Door, records: Any, visit: Visit, *, item: int) -> str:
    letters = door.work.letters
    joining = Joining(
        records,
        letters.following() if letters is not None else None,
        ours=letters.ours if letters is not None else list,
        actor=visit.signed.account,
        now=visit.now,
    )
    word = visit.said("act", 10)
    if word == "attach":
        return joining.attach(item, _meant(door, records, visit)).case_id
    about = visit.said("about", 20)
    if word != "open" or about not in KINDS:
        raise Refused("form", 400)
    kind, label = SubjectKind(about), visit.said("label", 200)
    if kind is not SubjectKind.LETTER and not label:
        raise Unfilled("desk-belongs.no-label", "label")
    try:
        return joining.open(item, kind, label).case_id
    except ComityError as error:
        if error.code not in _OF_LABEL:
            raise
        raise Unfilled(f"error.{error.code}", "label", arguments=error.details) from None


def _meant(door: Door, records: Any, visit: Visit) -> Any:
    said = visit.said("case", 80)
    if not said:
        raise Unfilled("desk-belongs.no-case", "case")
    try:
        return door.work.person(records, actor=visit.signed.account, now=visit.now).find(said)
    except ComityError as error:
        raise Unfilled(f"error.{error.code}", "case", arguments=error.details) from None
