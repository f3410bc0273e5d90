"""What could not be worked off, and another try.

Standards:  DESIGN.md P5.
Answers:    ``routes(desk)``: GET /v1/shunt, POST /v1/shunt/{item}/retry.
Limits:     another try goes through the spool to the process that works off: it is there when 202 is said.
"""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path

from comity.model.api_token import Scope
from comity.model.arrival import Arrival
from comity.services.public.shunt import arrival_again, shunted_complaint, shunted_item
from comity.store.records import Records
from comity.web.api import cursors, shapes
from comity.web.api import desk as desks
from comity.web.api.desk import ApiDesk, Caller
from comity.web.api.operations import operation
from comity.web.api.problems import Problem

ItemName = Annotated[str, Path(pattern="^c?[0-9]{1,18}$", examples=["7"])]
_COMPLAINTS: Final = "c"


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["shunt"])
    may_read, may_retry = desk.allowed(Scope.SHUNT_READ), desk.allowed(Scope.SHUNT_RETRY)

    @router.get(
        "/v1/shunt",
        response_model=shapes.ShuntPage,
        dependencies=[Depends(may_read)],
        **operation("listShunt", Scope.SHUNT_READ, problems=("cursor-unfit",)),
    )
    async def list_shunt(cursor: cursors.Cursor = None, limit: cursors.Limit = 50) -> dict[str, Any]:
        """What could not be worked off, and why: items, then complaints of our own people, each oldest first."""
        after = cursors.read(cursor, str, int) or ("", 0)
        found = await desk.look(lambda records: _listed(records, after[0], after[1], most=limit + 1))
        shown, last = cursors.page(found, limit)
        return {"shunted": shown, "next": None if last is None else _place(str(last["id"]))}

    @router.post(
        "/v1/shunt/{item}/retry",
        status_code=202,
        response_model=shapes.Retried,
        **operation("retryShunted", Scope.SHUNT_RETRY, problems=("shunt-unknown", "no-room")),
    )
    async def retry_shunted(item: ItemName, caller: Annotated[Caller, Depends(may_retry)]) -> dict[str, Any]:
        """Try one again, because the reason is gone; the list says whether it came back."""
        act = desks.Act(name="retry", about=item, key=None, digest=None, again=lambda _, __: None)
        if item.startswith(_COMPLAINTS):
            number = int(item[1:])
            await desk.write(caller, act, lambda records, _: _wait_again(records, number))
        else:
            arrival = await desk.read(lambda records: _arrival(records, int(item)))
            await asyncio.wrap_future(desk.work.put(arrival))
            await desk.write(caller, act, lambda _, __: None)
        return {"id": item, "state": "waiting"}

    return router


def _place(name: str) -> str:
    is_complaint = name.startswith(_COMPLAINTS)
    return cursors.written(_COMPLAINTS if is_complaint else "", int(name.removeprefix(_COMPLAINTS)))


def _listed(records: Records, sort: str, after: int, *, most: int) -> list[dict[str, Any]]:
    items = [] if sort else [shunted_item(row) for row in records.intake.shunted(after=after, most=most)]
    number = after if sort else 0
    complaints = [shunted_complaint(each) for each in records.sending.shunted(after=number, most=most - len(items))]
    return [*items, *complaints]


def _wait_again(records: Records, number: int) -> None:
    if not records.sending.shunted([number]):
        raise Problem("shunt-unknown")
    records.sending.wait_again([number])


def _arrival(records: Records, number: int) -> Arrival:
    """The item as it came, to be taken in once more."""
    found = arrival_again(records, number)
    if found is None:
        raise Problem("shunt-unknown")
    return found
