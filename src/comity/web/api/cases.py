"""Cases, as programs look at them and work on them: the same services, rules and words as ``comity case``.

Trust:      each case is asked for by its whole id, and every token with the scope sees every case: there is one desk. Who is in it
            sees ``cases:read`` alone; ``cases:audit`` sees what the auditor's role sees on the pages.
Standards:  the life cycle in ``comity.cases.lifecycle``; an act that does not fit is refused and changes nothing.
Answers:    ``routes(desk)``: GET /v1/cases, GET /v1/cases/{case}, POST /v1/cases/{case}/acts.
Limits:     pages go by the time at which a case was opened, newest first, so that what is opened meanwhile moves nothing.
"""

from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import TypeAdapter, ValidationError

from comity.cases.weighing import weigh
from comity.model.api_token import Scope
from comity.model.case import SubjectKind
from comity.model.case_outcome import CaseOutcome
from comity.model.desk import Act, CaseState, DeskCase
from comity.services.public import cases as forms
from comity.store.cases import CaseFilter
from comity.store.records import Records
from comity.store.types import microseconds, moment_of
from comity.web.api import cursors, shapes
from comity.web.api import desk as desks
from comity.web.api.desk import ApiDesk, Caller
from comity.web.api.operations import KEY_HEADER, json_body, operation
from comity.web.api.problems import Problem
from comity.web.api.requests import idempotency_key, media_of, unfit

_MOST: Final = 64 << 10
_SHOWN: Final = 20
_ACT: Final[TypeAdapter[Any]] = TypeAdapter(shapes.CaseAct)
CaseName = Annotated[str, Path(pattern="^[A-Za-z0-9]{1,64}$", examples=["3f2a9c41d07be865"])]
Since = Annotated[
    str | None,
    Query(
        max_length=40,
        description="A moment with its offset from UTC (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    ),
]


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["cases"])
    _look(router, desk)
    _work(router, desk)
    return router


def _look(router: APIRouter, desk: ApiDesk) -> None:
    scopes = (Scope.CASES_READ, Scope.CASES_AUDIT)
    may_read = desk.allowed(*scopes)

    @router.get(
        "/v1/cases",
        response_model=shapes.CasePage,
        **operation("listCases", *scopes, problems=("cursor-unfit",)),
    )
    async def list_cases(  # noqa: PLR0917 - the filters of a list
        caller: Annotated[Caller, Depends(may_read)],
        state: CaseState | None = None,
        about: SubjectKind | None = None,
        opened_since: Since = None,
        seen_since: Since = None,
        cursor: cursors.Cursor = None,
        limit: cursors.Limit = 50,
    ) -> dict[str, Any]:
        """Cases, newest first."""
        after = cursors.read(cursor, int, str)
        place = None if after is None else (moment_of(after[0]), after[1])
        wanted = CaseFilter(
            state=state, about=about, opened_since=_utc(opened_since), seen_since=_utc(seen_since), after=place
        )
        found = await desk.look(lambda records: records.cases.page(wanted, limit + 1))
        shown, last = cursors.page(found, limit)
        now = desk.work.now()
        return {
            "cases": [_as_seen(caller, forms.listed(each, weigh(each, now))) for each in shown],
            "next": None if last is None else cursors.written(microseconds(last.opened), last.case_id),
        }

    @router.get(
        "/v1/cases/{case}",
        response_model=shapes.WholeCase,
        **operation("showCase", *scopes, problems=("case-unknown",)),
    )
    async def show_case(case: CaseName, caller: Annotated[Caller, Depends(may_read)]) -> dict[str, Any]:
        """One case: numbers, what was done, the newest reports, its way through a playbook."""
        now = desk.work.now()

        def look(records: Records) -> dict[str, Any]:
            found = _found(records, case)
            course = None if desk.work.course is None else desk.work.course(records, found)
            whole = forms.whole(records, found, _SHOWN, now=now, course=course)
            return _as_seen(caller, forms.whole_object(whole))

        return await desk.look(look)


def _work(router: APIRouter, desk: ApiDesk) -> None:
    may_act = desk.allowed(Scope.CASES_ACT)
    noes = ("case-unknown", "case-act-unfit", "case-target", "case-itself", "key-reused")

    @router.post(
        "/v1/cases/{case}/acts",
        response_model=shapes.ActedCase,
        **operation(
            "actOnCase",
            Scope.CASES_ACT,
            problems=noes,
            body=json_body(shapes.CaseAct, {"act": "note", "note": "called the customer"}),
            headers=(KEY_HEADER,),
        ),
    )
    async def act_on_case(
        request: Request, case: CaseName, caller: Annotated[Caller, Depends(may_act)]
    ) -> dict[str, Any]:
        """Take a case on, wait, write a note, say whose it is, merge, close and tell its reporters, open it again."""
        media_of(request, ("application/json",))
        key = idempotency_key(request)
        async with desk.body(request, _MOST) as body:
            said = _said(body)
        marked = f"{caller.token.token_id}\nact\n{key}".encode()
        act = desks.Act(
            name=said.act,
            about=case,
            key=None if key is None else sha256(marked).digest(),
            digest=None if key is None else sha256(case.encode() + b"\n" + body).digest(),
            again=lambda records, now: _as_seen(caller, _acted(_found(records, case), now)),
        )
        return await desk.write(caller, act, partial(_done, desk, caller, case, said))


def _said(body: bytes) -> Any:
    try:
        return _ACT.validate_json(body)
    except ValidationError as error:
        raise unfit(error) from None


def _done(  # noqa: PLR0917 - one act, in the order in which it is put together
    desk: ApiDesk, caller: Caller, case: str, said: Any, records: Records, now: datetime
) -> dict[str, Any]:
    """Do one thing in the caller's transaction."""
    person = desk.work.person(records, actor=caller.actor, now=now)
    found = _found(records, case)
    after = _act(person, found, said, records=records)
    answer = _as_seen(caller, _acted(_found(records, after.case_id), now))
    outcome: CaseOutcome | None = getattr(said, "outcome", None)
    if outcome is not None:
        told = desk.work.tell(records, forms.family(records, after), outcome, now=now)
        answer |= {"told": told.told, "not_told": dict(told.not_told)}
    return answer


def _act(person: Any, case: DeskCase, said: Any, *, records: Records) -> DeskCase:
    """What was asked for, in the words of the desk."""
    after: DeskCase
    if isinstance(said, shapes.AssignAct):
        after = person.assign(case, said.customer, note=said.note)
    elif isinstance(said, shapes.MergeAct):
        after = person.merge(case, _found(records, said.into), note=said.note)
    else:
        after = person.act(case, Act(said.act), note=said.note, due=_day(getattr(said, "until", None)))
    return after


def _found(records: Records, case: str) -> DeskCase:
    found = records.cases.by_id([case]).get(case)
    if found is None:
        raise Problem("case-unknown")
    return found


def _acted(case: DeskCase, now: datetime) -> dict[str, Any]:
    return forms.listed(case, weigh(case, now))


def _as_seen(caller: Caller, said: dict[str, Any]) -> dict[str, Any]:
    """A case as the token may see it: what an auditor's sees names nobody."""
    scopes = caller.token.scopes
    return forms.impersonal(said) if Scope.CASES_AUDIT in scopes and Scope.CASES_READ not in scopes else said


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Problem("body-unfit", members=["until"]) from None


def _utc(text: str | None) -> datetime | None:
    """A moment without an offset is nobody's: it is refused, and so is a bare number."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        if "T" in text.upper() and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Problem("query-unfit")
