"""Where peers reach us: leaves come in, questions are answered, over HTTPS.

Trust:      anybody can connect; who speaks is known by the signature inside. Bodies are bounded in size and time before they are
            read, and are worked on in threads.
Standards:  HTTP (RFC 9110); bodies are those of ``comity.ledger.posting`` and ``document``, and joint statements.
Answers:    ``peers_app(work)`` gives the ASGI application: POST /comity/v1/leaves, question, documents, statements. What is for
            a network that a hub relays to (field ``Comity-To``) goes on to it as it came, and its answer comes back as it is.
Limits:     8 MiB and 30 s a request, eight at once; more are told to come back (503). What a hub sent is not relayed again.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from comity.ledger.posting import MOST_BYTES
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError

SECONDS: Final = 30.0
AT_ONCE: Final = 8
TO, RELAYED = "comity-to", "comity-relayed"

Worked = tuple[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeersWork:
    """What is done with a body: each gives a status and what is said."""

    take: Callable[[bytes], Worked]
    answer: Callable[[bytes], Worked]
    documents: Callable[[bytes], Worked]
    statements: Callable[[bytes], Worked]
    log: LogEvent
    seconds: float = SECONDS
    relay: "Mapping[str, Callable[[str, bytes], Worked]]" = field(default_factory=dict)  # by domain: path and body


def peers_app(work: PeersWork) -> FastAPI:
    """The application."""
    app = FastAPI(title="Comity peers", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    room = asyncio.Semaphore(AT_ONCE)

    @app.post("/comity/v1/leaves")
    async def leaves(request: Request) -> Response:
        return await _worked(request, work.take, room, work)

    @app.post("/comity/v1/question")
    async def question(request: Request) -> Response:
        return await _worked(request, work.answer, room, work)

    @app.post("/comity/v1/documents")
    async def documents(request: Request) -> Response:
        return await _worked(request, work.documents, room, work)

    @app.post("/comity/v1/statements")
    async def statements(request: Request) -> Response:
        return await _worked(request, work.statements, room, work)

    return app


async def _worked(  # noqa: PLR0917 - one request
    request: Request, function: Callable[[bytes], Worked], room: asyncio.Semaphore, work: PeersWork
) -> Response:
    if room.locked():
        return _response(503, {"error": "busy"})
    to = request.headers.get(TO, "")
    if to in work.relay and RELAYED not in request.headers:
        function = partial(work.relay[to], request.url.path)
    async with room:
        try:
            async with asyncio.timeout(work.seconds):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return _response(408, {"error": "too-slow"})
        if body is None:
            return _response(413, {"error": "message-too-large"})
        try:
            status, said = await asyncio.to_thread(function, body)
        except ComityError as error:
            status, said = error.outcome.value.http_status, {"error": error.code}
        work.log("peer-request", path=request.url.path, status=status, error=said.get("error"), octets=len(body), to=to)
        return _response(status, said)


async def _body(request: Request) -> bytes | None:
    """The body, None where it is too large: what it says of its length is not believed, but saves the reading."""
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > MOST_BYTES:
        return None
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST_BYTES:
            return None
    return bytes(found)


def _response(status: int, said: Mapping[str, object]) -> Response:
    text = json.dumps(said, ensure_ascii=True)
    return Response(text, status_code=status, media_type="application/json", headers={"cache-control": "no-store"})
