"""Where programs reach us: complaints and feedback come in, cases are looked at and worked on, over HTTP with tokens.

Trust:      nobody but the holder of a token that was made here; nothing answers without one but health, the document and the
            meaning of codes, which say nothing about this place.
Standards:  OpenAPI 3.1, RFC 9457 (errors), RFC 6750 (tokens).
Answers:    ``api_app(work)`` gives the ASGI application.
Limits:     see ``desk`` and ``edge``. It keeps no session and sets no cookie; pages of other origins cannot read it.
"""

from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from comity.model.outcomes import ComityError
from comity.web.api import about, cases, enrolment, feeds, handing_over, ledger, outgoing, shunt, watching
from comity.web.api.desk import ApiDesk, ApiWork
from comity.web.api.edge import App, Edge
from comity.web.api.operations import document
from comity.web.api.problems import MEDIA, Problem, body_of, headers_of, of_error, words_for
from comity.web.api.remedy import notices

__all__ = ["ApiWork", "api_app", "openapi"]

_ROOMS = (about, handing_over, cases, feeds, shunt, outgoing, enrolment, ledger, notices, watching)


def api_app(work: ApiWork) -> App:
    """The application."""
    return Edge(_application(ApiDesk(work)), work.log)


def openapi() -> dict[str, Any]:
    """The document, for the page that is made of it."""
    return document(_application(ApiDesk(None)))  # type: ignore[arg-type]  # nobody is served


def _application(desk: ApiDesk) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.openapi = partial(document, app)  # type: ignore[method-assign]  # as its makers say
    for each in _ROOMS:
        app.include_router(each.routes(desk))
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(ComityError, _told)
    app.add_exception_handler(RequestValidationError, _told)
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(Exception, _told)  # the framework raises it again, for the edge to log
    return app


async def _told(request: Request, error: Exception) -> Response:
    problem = _problem(error)
    request.state.problem = problem.code
    words = words_for(request.headers.getlist("accept-language"))
    headers = {"content-language": words.html_language, **headers_of(problem)}
    if isinstance(error, HTTPException) and error.headers:
        headers |= {name.lower(): value for name, value in error.headers.items() if name.lower() == "allow"}
    return JSONResponse(body_of(problem, words, request.state.request_id), problem.status, headers, MEDIA)


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, ComityError):
        return of_error(error)
    if isinstance(error, RequestValidationError):
        places = {str(each["loc"][0]) for each in error.errors()}
        return Problem("not-found" if "path" in places else "query-unfit")
    if isinstance(error, HTTPException):
        return Problem("no-method" if error.status_code == Problem("no-method").status else "not-found")
    return Problem("fault")
