"""What anybody may ask: whether somebody answers, what the API is, what a code means.

Trust:      nothing here says anything about this place, its people or its mail.
Answers:    ``routes(desk)``: GET /health, /ready, /v1/openapi.json, /v1/problems/{code}.
Limits:     "ready" means that the store can be read; what is wrong otherwise, ``comity doctor`` says.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from comity.model.outcomes import ComityError
from comity.store.records import Records
from comity.web.api import shapes
from comity.web.api.desk import ApiDesk, known_queries
from comity.web.api.operations import document, operation
from comity.web.api.problems import PROBLEMS, Problem, words_for


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router = APIRouter(tags=["about"])

    @router.get("/health", response_model=shapes.Health, **operation("health"))
    async def health(request: Request) -> dict[str, str]:
        """That somebody answers."""
        known_queries(request)
        return {"status": "ok"}

    @router.get("/ready", response_model=shapes.Health, **operation("ready", problems=("not-ready",)))
    async def ready(request: Request) -> dict[str, str]:
        """That requests can be worked on now."""
        known_queries(request)
        try:
            await desk.read(_look)
        except (ComityError, Problem):
            raise Problem("not-ready") from None
        return {"status": "ok"}

    @router.get("/v1/openapi.json", response_model=dict[str, Any], **operation("openapi"))
    async def show_document(request: Request) -> dict[str, Any]:
        """This document."""
        known_queries(request)
        return document(request.app)

    @router.get(
        "/v1/problems/{code}",
        response_model=shapes.ProblemMeaning,
        **operation("explainProblem", problems=("not-found",)),
    )
    async def explain_problem(
        request: Request,
        response: Response,
        code: Annotated[str, Path(pattern="^[a-z-]{2,40}$", examples=["too-large"])],
    ) -> dict[str, Any]:
        """What a code means, in English or Chinese."""
        known_queries(request)
        if code not in PROBLEMS:
            raise Problem("not-found")
        words = words_for(request.headers.getlist("accept-language"))
        response.headers["content-language"] = words.html_language
        return {
            "code": code,
            "status": PROBLEMS[code].value.http_status,
            "title": words.say(f"problem.{code}"),
            "detail": words.say(f"problem.{code}.detail"),
        }

    return router


def _look(records: Records) -> bool:
    return bool(records.tokens.find("") is None)
