"""Figures for whoever watches over machines.

Trust:      asked with a token that allows it; no figure names a person, a peer or an address.
Standards:  the text format of Prometheus, version 0.0.4.
Answers:    ``routes(desk)``: GET /metrics.
Limits:     what ``comity.services.integrate.metrics`` counts.
"""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from comity.formats.exposition import MEDIA, text_of
from comity.model.api_token import Scope
from comity.services.integrate.metrics import figures, of_replica
from comity.web.api.desk import ApiDesk, known_queries
from comity.web.api.operations import operation


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["about"])
    may_read = desk.allowed(Scope.METRICS_READ)

    @router.get(
        "/metrics",
        response_class=PlainTextResponse,
        dependencies=[Depends(may_read)],
        **operation("metrics", Scope.METRICS_READ),
    )
    async def show_metrics(request: Request) -> PlainTextResponse:
        """Counts of what waits, what leaves and what was decided, as Prometheus reads them."""
        known_queries(request)
        now = desk.work.now()
        replica = desk.work.store.replica
        text = await desk.look(lambda records: text_of([*figures(records, now), *of_replica(replica)]))
        return PlainTextResponse(text, media_type=MEDIA)

    return router
