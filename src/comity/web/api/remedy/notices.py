"""The check of a notice, for the program that the help line works with.

Trust:      the caller of the help line is a stranger: the answer says which word may be told, and is for our own staff.
Answers:    ``routes(desk)``: GET /v1/notices/{reference}.
Limits:     a number with a wrong digit, and one that was never given out, are both no notice.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from comity.model.api_token import Scope
from comity.store.records import Records
from comity.web.api import shapes
from comity.web.api.desk import ApiDesk
from comity.web.api.operations import operation
from comity.web.api.problems import Problem


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["notices"])
    may_read = desk.allowed(Scope.NOTICES_READ)

    @router.get(
        "/v1/notices/{reference}",
        response_model=shapes.CheckedNotice,
        dependencies=[Depends(may_read)],
        **operation("checkNotice", Scope.NOTICES_READ, problems=("notice-unknown",)),
    )
    async def check_notice(
        reference: Annotated[str, Path(pattern="^[0-9]{12}$", examples=["482719305562"])],
    ) -> dict[str, Any]:
        """Whether a notice to a subscriber is ours, the words that belong to it, and the case that it is about."""

        def look(records: Records) -> dict[str, Any]:
            found: dict[str, Any] | None = (
                None if desk.work.check_notice is None else desk.work.check_notice(records, reference)
            )
            if found is None:
                raise Problem("notice-unknown")
            return found

        return await desk.read(look)

    return router
