"""What all operations of the API share: who asks, threads that look and write, a body within bounds.

Trust:      whoever connects is a stranger until a token was checked, which comes before a byte of a body is read. A token counts
            in the Authorization header alone: one in an address would stand in logs.
Standards:  RFC 6750 section 2.1; DESIGN.md section 4 (reads on connections that cannot write, writes in short transactions).
Answers:    ``ApiWork`` is what the application is given, ``ApiDesk`` what its operations use, ``Caller`` who asks.
Limits:     eight threads; a hundred requests wait for one, more are told to come back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from comity.model.api_token import ApiToken, Scope
from comity.model.arrival import Arrival
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError
from comity.model.submission import Submission
from comity.services.integrate.tokens import ApiAct, checked
from comity.services.receive.answering import note_down
from comity.services.receive.sources.alarming import Watch
from comity.store.engine import Store
from comity.store.records import Records
from comity.web.api.pace import Pace
from comity.web.api.problems import Problem

THREADS: Final = 8
WAITING: Final = 100
_BEARER: Final = "bearer "
_T = TypeVar("_T")


class Room(Protocol):
    """How many bytes all requests together may hold."""

    def take(self, size: int) -> bool:
        """Take so many, or none and False."""

    def give(self, size: int) -> None:
        """Give so many back."""


class Waits(Protocol):
    """What was handed over and is not worked off."""

    def submitted(self, submission_id: str) -> tuple[Submission, datetime] | None:
        """What a program handed over under this id, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiWork:
    """All that the application needs."""

    store: Store
    waits: Waits
    put: Callable[[Arrival], Future[int]]
    now: Callable[[], datetime]
    chance: Callable[[int], bytes]
    log: LogEvent
    room: Room
    own_domains: frozenset[str] | None  # of whose mailboxes people complain; None where complaints are not taken
    person: Callable[..., Any]  # who works on cases in a transaction
    recourse: Callable[..., Any]  # who gives recourse in a transaction
    tell: Callable[..., Any] = note_down  # answers the reporters of a case
    enrolment: Callable[..., Any] | None = None  # who enrols others in a transaction; None before there is a domain
    applicants: Any = None  # who writes to them; None before there is a domain
    check_notice: Callable[..., Any] | None = None  # what is known of a reference; None where no notices are given out
    course: Callable[..., Any] | None = None  # where a case stands in its playbook
    watch: Watch = field(default_factory=Watch)  # how sources are looked at
    size: int = 10 << 20
    seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks."""

    token: ApiToken

    @property
    def actor(self) -> str:
        """How it is named beside what it did."""
        return f"api:{self.token.name}"


class ApiDesk:
    """What the operations share."""

    def __init__(self, work: ApiWork) -> None:
        self.work = work
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="api")
        self._room = asyncio.Semaphore(WAITING)
        self._pace = Pace(time.monotonic)
        self._marked: dict[str, str] = {}

    def allowed(self, *scopes: Scope) -> Callable[[Request], Awaitable[Caller]]:
        """What finds out who asks, and whether that is allowed: one of these scopes is enough."""

        async def find(request: Request) -> Caller:
            token = await self.inside(partial(self._token, request))
            request.state.token = token.token_id
            if (seconds := self._pace.wait(token.token_id, token.per_minute)) is not None:
                raise Problem("too-often", retry=seconds)
            if not token.scopes & set(scopes):
                raise Problem("scope-missing", scope=" ".join(each.value for each in scopes))
            known_queries(request)
            return Caller(token=token)

        return find

    def _token(self, request: Request) -> ApiToken:
        given = request.headers.getlist("authorization")
        if not given:
            raise Problem("token-missing")
        if len(given) > 1 or not given[0].lower().startswith(_BEARER):
            raise Problem("token-unknown")
        now = self.work.now()
        with self.work.store.read() as records:
            found = checked(records.tokens, given[0][len(_BEARER) :].strip(), now)
        if isinstance(found, str):
            raise Problem(found)
        self._mark(found, f"{now:%Y-%m-%d}")
        return found

    def _mark(self, token: ApiToken, day: str) -> None:
        """Note the day of its use; where the store is busy, the next request does."""
        if token.last_used == day or self._marked.get(token.token_id) == day:
            return
        self._marked[token.token_id] = day
        try:
            with self.work.store.write() as records:
                records.tokens.used(token.token_id, day)
        except ComityError:
            self._marked.pop(token.token_id, None)

    async def inside(self, function: Callable[[], _T]) -> _T:
        """Do something that may wait for the disk."""
        if self._room.locked():
            raise Problem("busy")
        async with self._room:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def read(self, function: Callable[[Records], _T]) -> _T:
        """Look at the store."""

        def look() -> _T:
            with self.work.store.read() as records:
                return function(records)

        return await self.inside(look)

    async def look(self, function: Callable[[Records], _T]) -> _T:
        """Look at the store where it may be a little old; what is not found there is looked for where it cannot be."""
        try:
            looked = await self.inside(lambda: self.work.store.look(function))
        except Problem as problem:
            if problem.code == "busy":
                raise
            return await self.read(function)
        return looked.found

    async def write(self, caller: Caller, act: "Act", function: Callable[[Records, datetime], _T]) -> _T:
        """Change the store in one transaction, with a note of who did; under a key, what was done before is not done again.

        ``function`` gives the answer; where it was done before, it is ``act.again`` that gives it, as things are now.
        """

        def change() -> _T:
            now = self.work.now()
            with self.work.store.write() as records:
                before = None if act.key is None else records.tokens.by_key(act.key)
                if before is not None:
                    if before.digest != act.digest:
                        raise Problem("key-reused")
                    again: _T = act.again(records, now)
                    return again
                done = function(records, now)
                note = ApiAct(
                    at=now,
                    token_id=caller.token.token_id,
                    name=caller.token.name,
                    act=act.name,
                    about=act.about,
                    key=act.key,
                    digest=act.digest,
                )
                records.tokens.note(note)
            self.work.store.wrote()
            return done

        return await self.inside(change)

    @asynccontextmanager
    async def body(self, request: Request, most: int) -> AsyncIterator[bytes]:
        """The body, held while the block runs."""
        said = request.headers.get("content-length")
        if said is not None and (not said.isascii() or not said.isdigit() or int(said[:20]) > most):
            raise Problem("too-large", most=most)
        kept, room = bytearray(), self.work.room
        try:
            try:
                async with asyncio.timeout(self.work.seconds):
                    async for part in request.stream():
                        if len(kept) + len(part) > most:
                            raise Problem("too-large", most=most)
                        if not room.take(len(part)):
                            raise Problem("no-room")
                        kept += part
            except (TimeoutError, ClientDisconnect):  # who has gone reads no answer, and it is no fault of ours
                raise Problem("too-slow") from None
            yield bytes(kept)
        finally:
            room.give(len(kept))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One change: its name, what it is about, and the key under which it is done once."""

    name: str
    about: str
    key: bytes | None
    digest: bytes | None
    again: Callable[[Records, datetime], Any]


def known_queries(request: Request) -> None:
    """A filter that is misspelt must not be passed over in silence."""
    route = request.scope.get("route")
    dependant = getattr(route, "dependant", None)
    known = {each.alias for each in dependant.query_params} if dependant is not None else set()
    given = [name for name, _ in request.query_params.multi_items()]
    if len(set(given)) < len(given) or not set(given) <= known:
        raise Problem("query-unfit", known=sorted(known))
