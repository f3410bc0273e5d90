"""Where peers reach us: leaves come in, questions are answered, over HTTPS.

Trust:      anybody can connect; who speaks is known by the signature inside. Bodies are bounded in size and time before they are
            read, and are worked on in threads. A place is taken by what has arrived whole: who drips keeps nobody out.
Standards:  HTTP (RFC 9110); bodies are those of ``comity.ledger.posting`` and ``document``, and joint statements.
Answers:    ``peers_app(work)`` gives the ASGI application: POST /comity/v1/leaves, question, documents, statements. What is for
            a network that a hub relays to (field ``Comity-To``) goes on to it as it came, and its answer comes back as it is.
Limits:     8 MiB and 30 s a request; eight are worked on at once, of one sender eight are read at once, of all together so many
            bytes are held as sixteen of them may have; more are told to come back (503). What a hub sent is not relayed again. Of
            what is to be relayed a sender gets half of the places and so many messages a minute (429, ``relay-quota``): a hub
            knows whoever sends by the address alone, for what is signed is looked at by its receiver.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from comity.ledger.posting import MOST_BYTES
from comity.model.byte_budget import Budget
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.web.api.pace import Pace, household

SECONDS: Final = 30.0
AT_ONCE: Final = 8
A_SENDER: Final = AT_ONCE // 2
HELD: Final = 2 * AT_ONCE * MOST_BYTES
TO, RELAYED = "comity-to", "comity-relayed"
_NOTHING: Final[Mapping[str, str]] = {}

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
    relay_per_minute: int = 120  # of each sender
    relayed: "Callable[[str, str, str | None], None]" = lambda bringer, to, refused: None  # who, to whom, why not
    clock: Callable[[], float] = time.monotonic


class _Room:
    """Who may come in: so many at once, and of what is to be relayed so much of each sender."""

    def __init__(self, work: PeersWork) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)
        self._pace, self._per_minute = Pace(work.clock), work.relay_per_minute
        self._inside: Counter[str] = Counter()
        self._reading: Counter[str] = Counter()
        self.held = Budget(HELD)

    def has_place_to_read(self, bringer: str) -> bool:
        """Whether one more message of this sender may begin to arrive."""
        return not self.places.locked() and self._reading[bringer] < AT_ONCE

    @contextmanager
    def reading(self, bringer: str) -> "Iterator[None]":
        """One more of this sender arrives."""
        with _counted(self._reading, bringer):
            yield

    def refused(self, bringer: str) -> tuple[int, int, str] | None:
        """Why a message of this sender is not relayed now: a status, after how many seconds it may be, and the word for it."""
        if self._inside[bringer] >= A_SENDER:
            return 503, 1, "busy"
        wait = self._pace.wait(bringer, self._per_minute)
        return None if wait is None else (429, wait, "relay-quota")

    @contextmanager
    def inside(self, bringer: str) -> "Iterator[None]":
        """One more of this sender is being worked on."""
        with _counted(self._inside, bringer):
            yield


@contextmanager
def _counted(counts: Counter[str], name: str) -> "Iterator[None]":
    """One more while the block runs."""
    counts[name] += 1
    try:
        yield
    finally:
        counts[name] -= 1
        if not counts[name]:
            del counts[name]


def peers_app(work: PeersWork) -> FastAPI:
    """The application."""
    app = FastAPI(title="Comity peers", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    room = _Room(work)

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
    request: Request, function: Callable[[bytes], Worked], room: _Room, work: PeersWork
) -> Response:
    bringer, to = household(request.client.host if request.client else ""), request.headers.get(TO, "")
    if not room.has_place_to_read(bringer):
        return _response(503, {"error": "busy"})
    if to not in work.relay or RELAYED in request.headers:
        return await _done(request, function, room, work)
    no = room.refused(bringer)
    work.relayed(bringer, to, no[2] if no else None)
    if no is not None:
        status, wait, error = no
        work.log("peer-request", path=request.url.path, status=status, error=error, octets=0, to=to)
        return _response(status, {"error": error}, {"retry-after": str(wait)})
    with room.inside(bringer):
        return await _done(request, partial(work.relay[to], request.url.path), room, work)


async def _done(  # noqa: PLR0917 - one request
    request: Request, function: Callable[[bytes], Worked], room: _Room, work: PeersWork
) -> Response:
    bringer, held = household(request.client.host if request.client else ""), bytearray()
    try:
        with room.reading(bringer):
            no = await _arrived(request, held, room, work)
        if no is not None:
            return _response(no[0], {"error": no[1]})
        async with room.places:
            status, said = await asyncio.to_thread(function, bytes(held))
    except ComityError as error:
        status, said = error.outcome.value.http_status, {"error": error.code}
    finally:
        room.held.give(len(held))
    path, to = request.url.path, request.headers.get(TO, "")
    work.log("peer-request", path=path, status=status, error=said.get("error"), octets=len(held), to=to)
    return _response(status, said)


async def _arrived(  # noqa: PLR0917 - one request
    request: Request, held: bytearray, room: _Room, work: PeersWork
) -> tuple[int, str] | None:
    """Hold the whole body, or say why not: what it says of its length is not believed, but saves the reading."""
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > MOST_BYTES:
        return 413, "message-too-large"
    try:
        async with asyncio.timeout(work.seconds):
            async for part in request.stream():
                if len(held) + len(part) > MOST_BYTES:
                    return 413, "message-too-large"
                if not room.held.take(len(part)):
                    return 503, "busy"
                held += part
    except (TimeoutError, ClientDisconnect):
        return 408, "too-slow"
    return None


def _response(status: int, said: Mapping[str, object], more: Mapping[str, str] = _NOTHING) -> Response:
    text = json.dumps(said, ensure_ascii=True)
    fields = {"cache-control": "no-store", **more}
    return Response(text, status_code=status, media_type="application/json", headers=fields)
