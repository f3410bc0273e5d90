"""The page on which a form stood that was refused, made anew, with what was typed and why not.

Trust:      which page it was is said by the browser and believed as far as a path of this site goes; the page asks anew who looks.
Standards:  RFC 9110; ``comity.web.refilling``.
Answers:    ``kept(request, form)`` remembers what was sent; ``shown_again(request, error, ...)`` gives the page with the status of
            the refusal, or None where it is no page with this form: then a page of its own says what went wrong.
Limits:     one page more is made; pages change nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from comity.model.outcomes import ComityError
from comity.web.refilling import Sent, refilled
from comity.web.waiting import Refused

# What an error is about, where neither its details nor what was typed tell.
_ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "account-name": ("name",),
    "account-own": ("name",),
    "account-there": ("name",),
    "account-first": ("role",),
    "account-code": ("code",),
    "password-short": ("new",),
    "password-long": ("new",),
    "password-common": ("new",),
    "password-given": ("new",),
    "password-differs": ("again",),
    "view-name": ("name",),
    "period-malformed": ("period",),
    "portal-not-agreed": ("agreed",),
}
_LOST: Final = frozenset({b"content-length", b"content-type", b"transfer-encoding", b"origin", b"sec-fetch-dest"})
_MOST: Final = 2000


def kept(request: Request, form: Mapping[str, Sequence[str]]) -> None:
    """Remember what was sent, once it is known that a page of whoever is signed in sent it."""
    request.state.form = form


async def shown_again(request: Request, error: Exception, *, reason: Markup, status: int) -> Response | None:
    """The page with the form, and the reason beside the field."""
    form: Mapping[str, Sequence[str]] | None = getattr(request.state, "form", None)
    if form is None:
        return None
    sent = Sent(path=request.url.path, fields=form, reason=reason, about=_about(error, form))
    for path, query in dict.fromkeys((_place(request), (request.url.path, request.url.query))):
        page = None if path is None else await _page(request, path, query)
        text = None if page is None else refilled(bytes(page.body).decode("utf-8"), sent, path=str(path))
        if page is not None and text is not None:
            kept_headers = {name: value for name, value in page.headers.items() if name != "content-length"}
            return Response(text, status, kept_headers)
    return None


def _place(request: Request) -> tuple[str | None, str]:
    """Where the form stood, as its browser says."""
    try:
        said = urlsplit(request.headers.get("referer", "")[:_MOST])
    except ValueError:
        return None, ""
    if said.netloc != request.headers.get("host", "") or not said.path.startswith("/"):
        return None, ""
    return said.path, said.query


async def _page(request: Request, path: str, query: str) -> Response | None:
    """A page of this site, as it would be given to whoever sent the form."""
    asked = [each for each in query.split("&") if each and not each.startswith("said=")]
    scope: dict[str, Any] = {
        name: value
        for name, value in request.scope.items()
        if name not in ("endpoint", "path_params", "state", "route")
    }
    scope |= {
        "method": "GET",
        "path": path,
        "raw_path": path.encode("utf-8"),
        "query_string": "&".join(asked).encode("utf-8"),
        "headers": [each for each in request.scope["headers"] if each[0] not in _LOST],
        "state": {},
    }
    status, headers, body = 0, list[tuple[bytes, bytes]](), bytearray()

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def take(message: Any) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            body.extend(message.get("body", b""))

    try:
        await request.app.router(scope, nothing, take)
    except (Refused, HTTPException, ComityError):
        return None
    known = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if status != 200 or not known.get("content-type", "").startswith("text/html"):
        return None
    return Response(bytes(body), status, known)


def _about(error: Exception, form: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The fields that the error may be about: its own word, what its details name, what was typed as they say."""
    named = getattr(error, "field", "")
    if not isinstance(error, ComityError):
        return (named,) if named else ()
    details = {str(each) for each in (*error.details.values(), error.place or "", error.message) if each}
    same = (name for name, values in form.items() if values and values[0].strip() in details and values[0].strip())
    return (*_ABOUT.get(error.code, ()), *error.details, *same)
