"""The switch between the desk and the sample desk beside it.

Trust:      a browser says with a cookie which of the two it means; each desk takes forms of its own pages alone, so that what is
            done on a page of the one is never done at the other.
Answers:    ``SampleSwitch(app, sample, opened)`` is an ASGI application that hands each request to one of two; ``routes(door)``:
            POST /sample/load, /sample/remove, /sample/enter at the desk, /sample/leave at the sample desk.
Limits:     signing in, one's account, accounts, languages and first steps are the real desk's, whatever the cookie says. Where
            the sample desk that a browser means is gone, or cannot be opened, it is led back, and nothing is done.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comity.bootstrap.pages.sampling import Loaded
from comity.model.account import Permit
from comity.model.outcomes import ComityError
from comity.web.desk.door import Door
from comity.web.desk.work import DeskWork, Visit
from comity.web.waiting import Refused

STEPS: Final = "/first-steps"
_OWN: Final = frozenset({"sign-in", "sign-out", "account", "accounts", "language", "static", "first-steps"})
_MANAGED: Final = frozenset({"/sample/load", "/sample/remove", "/sample/enter"})

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


class App(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""


class Opened(Protocol):
    """Makes the sample desk: its application, and what it is given."""

    def __call__(self) -> tuple[App, DeskWork]:
        """Open it."""


class SampleSwitch:
    """Two desks at one place."""

    def __init__(self, app: App, work: DeskWork, opened: Opened) -> None:
        self._app, self._work, self._open = app, work, opened
        self._lock = Lock()
        self._is_open: tuple[str, App, DeskWork] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a request to the desk that is meant."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]  # that of the URL hangs on what the Host field says
        meant = Request(scope).cookies.get(cookie_of(self._work), "")[:40]
        if path in _MANAGED:
            await self._app(scope, receive, send)
            # One that was removed is let go of, and its room on the disk with it.
            await asyncio.to_thread(self._sample, "")
            return
        if not meant or path.removeprefix("/").partition("/")[0] in _OWN:
            await self._app(scope, receive, send)
            return
        try:
            app = await asyncio.to_thread(self._sample, meant)
        except (ComityError, OSError) as error:
            # Half of it is gone, or of another version: nobody is kept out of his own desk.
            self._work.log("desk-fault", kind=type(error).__name__, path=path)
            app = None
        if app is None:
            response = RedirectResponse(f"{STEPS}?said=sample-over", 303, {"cache-control": "no-store"})
            forget(self._work, response)
            await response(scope, receive, send)
            return
        await app(scope, receive, send)

    def _sample(self, meant: str) -> App | None:
        sample = self._work.sample
        loaded = None if sample is None else sample.loaded()
        with self._lock:
            if self._is_open is not None and (loaded is None or loaded.name != self._is_open[0]):
                self._is_open[2].store.close()
                self._is_open = None
            if loaded is None or loaded.name != meant:
                return None
            if self._is_open is None:
                self._is_open = (loaded.name, *self._open())
            return self._is_open[1]


def cookie_of(work: DeskWork) -> str:
    """The name of the cookie that says which desk is meant."""
    return "__Host-comity-desk" if work.is_secure else "comity-desk"


def forget(work: DeskWork, response: Response) -> None:
    """From here on the real desk is meant."""
    response.delete_cookie(cookie_of(work), path="/", secure=work.is_secure, httponly=True, samesite="strict")


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def leave(visit: Visit) -> Response:
        response = door.away(STEPS if visit.may(Permit.SETTINGS_SEE) else "/")
        forget(door.work, response)
        return response

    if door.work.is_sample:
        return [door.route("/sample/leave", leave, method="POST")]
    sample = door.work.sample
    if sample is None:
        return []

    async def load(visit: Visit) -> Response:
        await door.inside(sample.start)
        door.work.log("desk-sample-begun", account=visit.signed.account)
        return door.away(f"{STEPS}#sample", "sample-begun")

    async def remove(visit: Visit) -> Response:
        await door.inside(sample.remove)
        door.work.log("desk-sample-removed", account=visit.signed.account)
        response = door.away(f"{STEPS}#sample", "sample-removed")
        forget(door.work, response)
        return response

    async def enter(visit: Visit) -> Response:
        loaded: Loaded | None = await door.inside(sample.loaded)
        if loaded is None:
            raise Refused("gone", 409)
        signed = visit.signed
        await door.inside(lambda: sample.admit(signed.account, signed.role, visit.now))
        response = door.away("/")
        response.set_cookie(
            cookie_of(door.work), loaded.name, path="/", secure=door.work.is_secure, httponly=True, samesite="strict"
        )
        return response

    return [
        door.route("/sample/load", load, Permit.ACCOUNTS_ACT, method="POST"),
        door.route("/sample/remove", remove, Permit.ACCOUNTS_ACT, method="POST"),
        door.route("/sample/enter", enter, Permit.SETTINGS_SEE, method="POST"),
    ]
