"""How an operation is declared, so that the OpenAPI document says all that can be answered.

Answers:    ``operation(...)`` gives what a route is declared with; ``document(app)`` the OpenAPI document.
Limits:     every operation may be answered with the problems in ``ALWAYS``; one with a token also with those in ``WITH_TOKEN``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from comity import __version__
from comity.locale import catalogue
from comity.model.api_token import Scope
from comity.web.api import shapes
from comity.web.api.problems import MEDIA, PROBLEMS, Problem, body_of, headers_of

ALWAYS: Final = ("framing-unfit", "query-unfit", "fault")
WITH_TOKEN: Final = (
    "token-missing",
    "token-unknown",
    "token-expired",
    "token-revoked",
    "scope-missing",
    "too-often",
    "busy",
    "try-again",
)
WITH_BODY: Final = ("header-unfit", "body-unfit", "too-large", "too-slow", "no-room", "media-unfit")
_EXAMPLE: Final = "00000000-0000-4000-8000-000000000000"
_REF: Final = {"$ref": "#/components/schemas/Problem"}
KEY_HEADER: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "What is sent again under the same key is done once and answered as before; with another body it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}

ABOUT: Final = """\
Complaints and feedback come in, cases are looked at and worked on, what leaves and what stands in the ledger is shown.

A token goes into `Authorization: Bearer ...` and nowhere else; `comity token add` makes one, with the scopes it needs. \
Errors are `application/problem+json` (RFC 9457) with a stable `code`; `title` and `detail` are in English or Chinese \
(`Accept-Language`), and `type` is an address here where the code is explained. A 202 means: the bytes are on the disk.
"""


def operation(
    name: str,
    *scopes: Scope,
    problems: Sequence[str] = (),
    body: Mapping[str, Any] | None = None,
    headers: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What a route is declared with; ``body`` maps a media type to its schema, ``headers`` are those that it reads."""
    codes = [*ALWAYS, *(WITH_TOKEN if scopes else ()), *(WITH_BODY if body else ()), *problems]
    extra: dict[str, Any] = {}
    if scopes:
        extra["security"] = [{"token": []}]
        extra["x-scopes"] = [each.value for each in scopes]
    if body:
        extra["requestBody"] = {"required": True, "content": dict(body)}
    if headers:
        extra["parameters"] = [dict(each) for each in headers]
    return {"operation_id": name, "responses": responses(codes), "openapi_extra": extra}


def responses(codes: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    """What these problems look like, by status."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys(codes):
        problem = Problem(code)
        entry = found.setdefault(
            problem.status, {"description": "", "content": {MEDIA: {"schema": dict(_REF), "examples": {}}}}
        )
        words = catalogue("en")
        entry["content"][MEDIA]["examples"][code] = {"value": body_of(problem, words, _EXAMPLE)}
        entry["description"] = "; ".join(words.say(f"problem.{each}") for each in entry["content"][MEDIA]["examples"])
        for name in headers_of(problem):
            shown = "Retry-After" if name == "retry-after" else "WWW-Authenticate"
            schema = {"type": "integer", "minimum": 1} if name == "retry-after" else {"type": "string"}
            entry.setdefault("headers", {})[shown] = {"schema": schema}
    return found


def json_body(shape: Any, example: Any) -> dict[str, Any]:
    """A body in JSON."""
    return {"application/json": {"schema": shapes.schema_of(shape), "example": example}}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    found: dict[str, Any] = get_openapi(
        title="Comity", version=__version__, summary="The complaint feedback loop between mail networks",
        description=ABOUT, routes=app.routes, license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )  # fmt: skip
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = shapes.Problem.model_json_schema()
    schemas["Problem"]["properties"]["code"]["enum"] = sorted(PROBLEMS)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _lift(found["paths"], schemas)
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "comity_ID_SECRET",
            "description": "Made by `comity token add`; the scopes that an operation asks for stand in `x-scopes`.",
        }
    }
    app.openapi_schema = found
    return found


def _lift(value: Any, schemas: dict[str, Any]) -> None:
    """Definitions inside the schema of a body stand with all others."""
    if isinstance(value, dict):
        for name, inner in value.pop("$defs", {}).items():
            _lift(inner, schemas)
            schemas.setdefault(name, inner)
        for each in value.values():
            _lift(each, schemas)
    elif isinstance(value, list):
        for each in value:
            _lift(each, schemas)
