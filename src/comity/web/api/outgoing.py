"""What leaves, or left, for whom and why; what was done to others, and their way back.

Trust:      the mails themselves are not shown: they are evidence, redacted for one party.
Answers:    ``routes(desk)``: GET /v1/outbox, /v1/outbox/counts, /v1/recourse, /v1/recourse/{reference}.
Limits:     a recourse is answered by a person, by name, with ``comity recourse answer``: no program does that (P8).
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query

from comity.accord.recourse import is_in_force, subject_of
from comity.model.api_token import Scope
from comity.model.sending import OutboxState
from comity.services.public.outbox import outbox_count, outbox_mail, sent_mail
from comity.services.public.recourse import consequence_form, why_form
from comity.store.records import Records
from comity.web.api import cursors, shapes
from comity.web.api.desk import ApiDesk
from comity.web.api.operations import operation
from comity.web.api.problems import Problem

Party = Annotated[str | None, Query(min_length=1, max_length=255, description="The name of a peer.")]
_MOST: Final = 200


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["outgoing"])
    _outbox(router, desk)
    _recourse(router, desk)
    return router


def _outbox(router: APIRouter, desk: ApiDesk) -> None:
    may_read = desk.allowed(Scope.OUTBOX_READ)

    @router.get(
        "/v1/outbox",
        response_model=shapes.OutboxPage,
        dependencies=[Depends(may_read)],
        **operation("listOutbox", Scope.OUTBOX_READ, problems=("cursor-unfit",)),
    )
    async def list_outbox(
        *,
        party: Party = None,
        state: OutboxState | None = None,
        cursor: cursors.Cursor = None,
        limit: cursors.Limit = 50,
    ) -> dict[str, Any]:
        """Mail in the outbox, party by party, oldest first; what left says what the other side did."""
        after = cursors.read(cursor, str, int)
        states = tuple(OutboxState) if state is None else (state,)
        found = await desk.look(lambda records: records.sending.listed(party, states, limit + 1, after=after))
        shown, last = cursors.page(found, limit)
        return {
            "mails": [sent_mail(row) if row.state == OutboxState.SENT.value else outbox_mail(row) for row in shown],
            "next": None if last is None else cursors.written(last.party, last.id),
        }

    @router.get(
        "/v1/outbox/counts",
        response_model=shapes.OutboxCounts,
        dependencies=[Depends(may_read)],
        **operation("countOutbox", Scope.OUTBOX_READ),
    )
    async def count_outbox() -> dict[str, Any]:
        """How much there is for each peer, in which state, and why."""

        def look(records: Records) -> dict[str, Any]:
            mails = [outbox_count(each) for each in records.sending.counts()]
            return {"complaints": records.sending.complaint_counts(), "mails": mails}

        return await desk.look(look)


def _recourse(router: APIRouter, desk: ApiDesk) -> None:
    may_read = desk.allowed(Scope.RECOURSE_READ)

    @router.get(
        "/v1/recourse",
        response_model=shapes.RecoursePage,
        dependencies=[Depends(may_read)],
        **operation("listRecourse", Scope.RECOURSE_READ),
    )
    async def list_recourse(
        subject: Annotated[str | None, Query(min_length=1, max_length=255)] = None, *, in_force: bool = False
    ) -> dict[str, Any]:
        """What was done to others and how their way back stands: the newest 200, or those about one subject."""
        now = desk.work.now()

        def look(records: Records) -> list[dict[str, object]]:
            rows = records.recourses
            if subject is None:
                found = rows.all(in_force_at=now if in_force else None)
            else:
                about = rows.about(str(subject_of(subject)))
                found = [pair for pair in about if not in_force or is_in_force(pair[0], now)]
            return [consequence_form(made, recourse, now) for made, recourse in found[:_MOST]]

        return {"consequences": await desk.look(look)}

    @router.get(
        "/v1/recourse/{reference}",
        response_model=shapes.Why,
        dependencies=[Depends(may_read)],
        **operation("showRecourse", Scope.RECOURSE_READ, problems=("recourse-unknown",)),
    )
    async def show_recourse(
        reference: Annotated[str, Path(pattern="^[A-Z0-9-]{1,40}$", examples=["R-ABCDEFGH23456777"])],
    ) -> dict[str, Any]:
        """Why: the evidence as the affected may see it, the arithmetic, and every step since."""
        now = desk.work.now()

        def look(records: Records) -> dict[str, object]:
            if records.recourses.find(reference) is None:
                raise Problem("recourse-unknown")
            person = desk.work.recourse(records, actor="", now=now)
            return why_form(person.why(*person.find(reference)), now)

        return await desk.read(look)
