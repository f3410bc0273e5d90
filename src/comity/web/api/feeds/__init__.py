"""Sources of feedback, as programs look at them and decide on them: the same services, rules and words as ``comity source``.

Trust:      names of sources without proof are strangers' words. A source that proved nothing cannot be trusted, whoever asks.
Answers:    ``routes(desk)``: GET /v1/sources, POST /v1/sources/trust, GET /v1/feed-alarms, POST /v1/feed-alarms/{alarm}/end.
Limits:     pages go by a number; a source that grows busier between two pages may be seen twice.
"""

from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from pydantic import TypeAdapter, ValidationError

from comity.model.api_token import Scope
from comity.services.public.sources import alarm_object, source_object
from comity.services.receive.sources import deciding
from comity.store.records import Records
from comity.web.api import cursors
from comity.web.api import desk as desks
from comity.web.api.desk import ApiDesk, Caller
from comity.web.api.feeds import shapes
from comity.web.api.operations import KEY_HEADER, json_body, operation
from comity.web.api.requests import idempotency_key, media_of, unfit

_MOST: Final = 16 << 10
_TRUST: Final[TypeAdapter[shapes.SourceTrust]] = TypeAdapter(shapes.SourceTrust)
_END: Final[TypeAdapter[shapes.AlarmEnd]] = TypeAdapter(shapes.AlarmEnd)
AlarmNumber = Annotated[int, Path(ge=1, le=2**53, examples=[7])]


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["sources"])
    _look(router, desk)
    _decide(router, desk)
    return router


def _look(router: APIRouter, desk: ApiDesk) -> None:
    may_read = desk.allowed(Scope.SOURCES_READ)

    @router.get(
        "/v1/sources",
        response_model=shapes.SourcePage,
        dependencies=[Depends(may_read)],
        **operation("listSources", Scope.SOURCES_READ, problems=("cursor-unfit",)),
    )
    async def list_sources(cursor: cursors.Cursor = None, limit: cursors.Limit = 50) -> dict[str, Any]:
        """Who reports, how often that was right, and how far it is believed; the busiest first."""
        (start,) = cursors.read(cursor, int) or (0,)
        now = desk.work.now()

        def look(records: Records) -> list[dict[str, Any]]:
            rows = records.sources
            verdicts, chosen = rows.verdicts(), rows.all()[max(start, 0) :][: limit + 1]
            states = desk.work.watch.states(rows, now, chosen)
            return [source_object(each, verdicts.get(each.source.name, {})) for each in states]

        shown, last = cursors.page(await desk.look(look), limit)
        return {"sources": shown, "next": None if last is None else cursors.written(max(start, 0) + limit)}

    @router.get(
        "/v1/feed-alarms",
        response_model=shapes.FeedAlarms,
        dependencies=[Depends(may_read)],
        **operation("listFeedAlarms", Scope.SOURCES_READ),
    )
    async def list_feed_alarms() -> dict[str, Any]:
        """What about a feed needs somebody."""
        return {"alarms": await desk.look(lambda records: [alarm_object(each) for each in records.sources.alarms()])}


def _decide(router: APIRouter, desk: ApiDesk) -> None:
    may_act = desk.allowed(Scope.SOURCES_ACT)

    @router.post(
        "/v1/sources/trust",
        response_model=shapes.SourceTrusted,
        **operation(
            "trustSource",
            Scope.SOURCES_ACT,
            problems=("source-unknown", "source-unproven", "key-reused"),
            body=json_body(
                shapes.SourceTrust, {"source": "loop:jmrp", "trust": "trusted", "why": "60 of 60 were right"}
            ),
            headers=(KEY_HEADER,),
        ),
    )
    async def trust_source(request: Request, caller: Annotated[Caller, Depends(may_act)]) -> dict[str, Any]:
        """Say how far a source is believed from now on."""
        said, key = await _said(request, desk, _TRUST)

        def decide(records: Records, now: datetime) -> dict[str, Any]:
            decision = deciding.Decision(by=caller.actor, why=said.why, at=now)
            found = deciding.trust(records.sources, said.source, said.trust, decision=decision)
            return {"name": found.name, "trust": found.trust, "acts": found.acts}

        act = _act("trust", said.source, key, said, caller, again=decide)
        return await desk.write(caller, act, decide)

    @router.post(
        "/v1/feed-alarms/{alarm}/end",
        response_model=shapes.FeedAlarm,
        **operation(
            "endFeedAlarm",
            Scope.SOURCES_ACT,
            problems=("alarm-unknown", "key-reused"),
            body=json_body(shapes.AlarmEnd, {"why": "they report on all their customers"}),
            headers=(KEY_HEADER,),
        ),
    )
    async def end_feed_alarm(
        request: Request, alarm: AlarmNumber, caller: Annotated[Caller, Depends(may_act)]
    ) -> dict[str, Any]:
        """Say that an alarm is none: what it showed is the habit of its source from now on."""
        said, key = await _said(request, desk, _END)

        def decide(records: Records, now: datetime) -> dict[str, Any]:
            decision = deciding.Decision(by=caller.actor, why=said.why, at=now)
            return alarm_object(deciding.end(records.sources, alarm, decision))

        act = _act("end-alarm", str(alarm), key, said, caller, again=partial(_ended, alarm))
        return await desk.write(caller, act, decide)


async def _said(request: Request, desk: ApiDesk, form: TypeAdapter[Any]) -> tuple[Any, str | None]:
    media_of(request, ("application/json",))
    key = idempotency_key(request)
    async with desk.body(request, _MOST) as body:
        try:
            return form.validate_json(body), key
        except ValidationError as error:
            raise unfit(error) from None


def _act(  # noqa: PLR0917 - one act, in the order in which it is put together
    name: str, about: str, key: str | None, said: Any, caller: Caller, *, again: Any
) -> desks.Act:
    """What is done once under a key."""
    marked = f"{caller.token.token_id}\n{name}\n{key}".encode()
    stated = f"{about}\n{said.model_dump_json()}".encode()
    return desks.Act(
        name=name,
        about=about,
        key=None if key is None else sha256(marked).digest(),
        digest=None if key is None else sha256(stated).digest(),
        again=again,
    )


def _ended(alarm: int, records: Records, _: datetime) -> dict[str, Any]:
    """The alarm as it is now."""
    return next(alarm_object(each) for each in records.sources.alarms(is_open=False) if each.alarm_id == alarm)
