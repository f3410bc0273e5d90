"""Networks that enrol for feedback, over HTTP: apply, see how it stands, leave.

Trust:      a token that may write applies and leaves for others; it proves nothing, and accepts nobody: proof comes from the DNS, a
            mailbox or a peer, and a person accepts by name (P9).
Answers:    ``routes(desk)``: POST /v1/applications, GET /v1/consumers, GET /v1/consumers/{consumer},
            POST /v1/consumers/{consumer}/leave.
Limits:     records of the DNS are looked at by the running program, once an hour; it asks by mail when our operator allowed it.
"""

from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from pydantic import ValidationError

from comity.model.api_token import Scope
from comity.model.consumer import ConsumerAct, ConsumerState
from comity.model.outcomes import ComityError
from comity.services.complain.enrolment.acting import Application, EnrolmentDesk
from comity.services.public.consumers import consumer_form, full_form
from comity.store.records import Records
from comity.web.api import desk as desks
from comity.web.api.desk import ApiDesk, Caller
from comity.web.api.enrolment import shapes
from comity.web.api.operations import KEY_HEADER, json_body, operation
from comity.web.api.problems import Problem
from comity.web.api.requests import idempotency_key, media_of, unfit

_MOST: Final = 64 << 10
_NOES: Final = ("consumer-refused", "enrolment-not-possible", "key-reused")
ConsumerName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$", examples=["east"])]


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["enrolment"])
    _looking(router, desk)
    _acting(router, desk)
    return router


def _looking(router: APIRouter, desk: ApiDesk) -> None:
    may_read = desk.allowed(Scope.CONSUMERS_READ)

    @router.get(
        "/v1/consumers",
        response_model=shapes.ConsumerPage,
        dependencies=[Depends(may_read)],
        **operation("listConsumers", Scope.CONSUMERS_READ),
    )
    async def list_consumers(state: ConsumerState | None = None) -> dict[str, Any]:
        """Every consumer, or those in one state."""
        states = () if state is None else (state,)
        found = await desk.look(lambda records: records.consumers.all(states))
        return {"consumers": [consumer_form(each) for each in found]}

    @router.get(
        "/v1/consumers/{consumer}",
        response_model=shapes.WholeConsumer,
        dependencies=[Depends(may_read)],
        **operation("showConsumer", Scope.CONSUMERS_READ, problems=("consumer-unknown", "enrolment-not-possible")),
    )
    async def show_consumer(consumer: ConsumerName) -> dict[str, Any]:
        """One, with the records that prove its claims."""
        return await desk.read(lambda records: _whole(desk, records, consumer, actor=""))


def _acting(router: APIRouter, desk: ApiDesk) -> None:
    may_write = desk.allowed(Scope.CONSUMERS_WRITE)

    @router.post(
        "/v1/applications",
        status_code=201,
        response_model=shapes.WholeConsumer,
        **operation(
            "applyForFeedback",
            Scope.CONSUMERS_WRITE,
            problems=_NOES,
            body=json_body(
                shapes.Application, {"name": "east", "mailbox": "fbl@east.example", "domains": ["east.example"]}
            ),
            headers=(KEY_HEADER,),
        ),
    )
    async def apply_for_feedback(request: Request, caller: Annotated[Caller, Depends(may_write)]) -> dict[str, Any]:
        """Apply: a claim that may not be made refuses all of it, by name."""
        media_of(request, ("application/json",))
        key = idempotency_key(request)
        async with desk.body(request, _MOST) as body:
            try:
                said = shapes.Application.model_validate_json(body)
            except ValidationError as error:
                raise unfit(error) from None
            marked = f"{caller.token.token_id}\napply\n{key}".encode()
            act = desks.Act(
                name="apply",
                about=said.name,
                key=None if key is None else sha256(marked).digest(),
                digest=None if key is None else sha256(body).digest(),
                again=lambda records, _: _whole(desk, records, said.name, actor=caller.actor),
            )
        wanted = Application(
            name=said.name,
            address=said.mailbox,
            contact=said.contact,
            networks=tuple(said.networks),
            domains=tuple(said.domains),
            report_format=said.format,
        )

        def apply(records: Records) -> dict[str, Any]:
            _told(lambda: _desk(desk, records, caller.actor).apply(wanted))
            return _whole(desk, records, said.name, actor=caller.actor)

        return await desk.write(caller, act, lambda records, _: apply(records))

    @router.post(
        "/v1/consumers/{consumer}/leave",
        response_model=shapes.Consumer,
        **operation(
            "leaveFeedback",
            Scope.CONSUMERS_WRITE,
            problems=("consumer-unknown", "consumer-act-unfit", "enrolment-not-possible"),
        ),
    )
    async def leave_feedback(consumer: ConsumerName, caller: Annotated[Caller, Depends(may_write)]) -> dict[str, Any]:
        """End it in one step: nothing leaves any more."""
        act = desks.Act(name="leave", about=consumer, key=None, digest=None, again=lambda _, __: None)
        return await desk.write(caller, act, lambda records, _: _leave(desk, records, consumer, actor=caller.actor))


def _desk(desk: ApiDesk, records: Records, actor: str) -> EnrolmentDesk:
    if desk.work.enrolment is None:
        raise Problem("enrolment-not-possible")
    made: EnrolmentDesk = desk.work.enrolment(records, actor=actor, now=desk.work.now())
    return made


def _leave(desk: ApiDesk, records: Records, name: str, *, actor: str) -> dict[str, Any]:
    """It has left, and its mailbox is told, in case it was somebody else."""
    changed = _told(lambda: _desk(desk, records, actor).act(name, ConsumerAct.LEAVE))
    if desk.work.applicants is not None:
        desk.work.applicants.tell(records, changed, ConsumerAct.LEAVE, now=desk.work.now())
    return consumer_form(changed)


def _whole(desk: ApiDesk, records: Records, name: str, *, actor: str) -> dict[str, Any]:
    person = _desk(desk, records, actor)
    consumer = _told(lambda: person.find(name))
    return full_form(consumer, person.wanted(name), records.consumers.history(name), now=desk.work.now())


def _told(function: Any) -> Any:
    """What it gives; a no of the service becomes one of ours."""
    try:
        return function()
    except ComityError as error:
        reason = error.code.removeprefix("consumer-")
        if reason == "unknown":
            raise Problem("consumer-unknown") from None
        if reason == "act":
            raise Problem("consumer-act-unfit", state=error.details["state"]) from None
        if error.code.startswith("consumer-"):
            raise Problem("consumer-refused", reason=reason) from None
        raise
