"""Who comes in: forms within bounds, sessions of networks, threads that look and write, answers.

Trust:      whoever connects is a stranger until the secret of a session was found. A form is taken from our own pages alone: by
            where the browser says that it stands, and where somebody is signed in by a word that only his pages hold. What host a
            request names is never believed: no address of ours is made of it.
Standards:  RFC 9110, RFC 6265bis (cookies), RFC 6585 (429), Fetch metadata; POST, redirect, GET.
Answers:    ``Door(work)``: ``get`` and ``post`` make routes, ``own`` those for whoever is signed in; ``read``, ``write``,
            ``slowly`` and ``later`` do something in a thread; ``page`` and ``away`` answer.
Limits:     forms of 64 KiB within ten seconds, with a file 8 MiB within a minute, six at once, two of one household; eight
            threads, two for what takes long, with twenty who wait for them.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from comity.locale import LANGUAGES, Catalogue, catalogue, speaks
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.portal.signing_in import Own
from comity.web.api.pace import Pace, household
from comity.web.arriving import address_of
from comity.web.portal.rendering import Rendering
from comity.web.portal.work import PortalWork, Visit
from comity.web.showing_again import kept, shown_again
from comity.web.visible import visible
from comity.web.waiting import IN_LINE, Refused, Unfilled, Waiting, sent_file, sent_form

FORM_BYTES: Final = 64 << 10
FORM_SECONDS: Final = 10.0
UPLOAD_BYTES: Final = 8 << 20
UPLOAD_SECONDS: Final = 60.0
UPLOADS: Final = 6  # at once, each in memory until it is answered
UPLOADS_EACH: Final = 2  # of one household
FIELDS: Final = 60
_SAID: Final = ("portal-", "recourse-", "consumer-")  # errors whose words are for strangers, too
Page = Callable[[Visit], Awaitable[Response]]


class Door(Waiting[Any]):
    """What all pages share."""

    def __init__(self, work: PortalWork) -> None:
        super().__init__(work.store, "portal")
        self.work = work
        self.rendering = Rendering(work)
        self._pace, self._guesses = Pace(time.monotonic), Pace(time.monotonic)
        self._behind: set[asyncio.Future[Any]] = set()
        self._uploading: list[str] = []  # households

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a session's secret."""
        return "__Host-comity-network" if self.work.is_secure else "comity-network"

    # -- routes

    def get(self, path: str, page: Page) -> Route:
        """A page for everybody, in the language that its address names."""

        async def endpoint(request: Request) -> Response:
            return await page(await self._visit(request))

        return Route(f"/{{language}}{path}", endpoint, methods=["GET"])

    def post(self, path: str, page: Page) -> Route:
        """A form for everybody: one of ours, and not too often."""

        async def endpoint(request: Request) -> Response:
            self.words(request)
            self.asks(request)
            form = await self.form(request)
            kept(request, {name: [value] for name, value in form.items()})
            return await page(await self._visit(request, form=form))

        return Route(f"/{{language}}{path}", endpoint, methods=["POST"])

    def upload(self, path: str, page: Page) -> Route:
        """A form with a file for everybody: one of ours, and not too often."""

        async def endpoint(request: Request) -> Response:
            self.words(request)
            self.asks(request)
            home = self.client(request)
            if len(self._uploading) >= UPLOADS or self._uploading.count(home) >= UPLOADS_EACH:
                raise Refused("often", 429)
            self._uploading.append(home)
            try:
                form, file = await sent_file(request, most=UPLOAD_BYTES, seconds=UPLOAD_SECONDS)
                kept(request, {name: [value] for name, value in form.items()})
                return await page(replace(await self._visit(request, form=form), sent_file=file))
            finally:
                self._uploading.remove(home)

        return Route(f"/{{language}}{path}", endpoint, methods=["POST"])

    def own(self, path: str, page: Page, *, method: str = "GET") -> Route:
        """A page for whoever is signed in; a form of it holds the word of the session."""

        async def endpoint(request: Request) -> Response:
            words = self.words(request)
            own = await self.signed(request)
            if own is None:
                return self.away(words, "/sign-in")
            form: dict[str, str] = {}
            if method == "POST":
                self.asks(request)
                form = await self.form(request)
                if not hmac.compare_digest(form.get("csrf", "").encode(), self.work.csrf(own.key.digest).encode()):
                    raise Refused("form", 403)
                kept(request, {name: [value] for name, value in form.items()})
            response = await page(Visit(request=request, words=words, now=self.work.now(), form=form, own=own))
            if method == "POST":
                await self.inside(self.work.store.wrote)
            return response

        return Route(f"/{{language}}{path}", endpoint, methods=[method])

    async def _visit(self, request: Request, *, form: dict[str, str] | None = None) -> Visit:
        own = await self.signed(request) if self.cookie in request.cookies else None
        return Visit(request=request, words=self.words(request), now=self.work.now(), form=form or {}, own=own)

    # -- who and how often

    def words(self, request: Request) -> Catalogue:
        """The language in the address; one that there is not is no page. No part of an address holds what no database takes."""
        language = str(request.path_params.get("language"))
        if language not in LANGUAGES or any("\0" in str(each) for each in request.path_params.values()):
            raise Refused("missing", 404)
        return catalogue(language)

    def accepted(self, request: Request) -> Catalogue:
        """The language that the reader's browser asks for first and that we have."""
        for part in request.headers.get("accept-language", "")[:400].split(",")[:20]:
            tag = part.partition(";")[0].strip()
            if speaks(tag):
                return catalogue(tag)
        return catalogue("en")

    def client(self, request: Request) -> str:
        """The household of whoever asks."""
        return household(address_of(request, is_behind_proxy=self.work.is_behind_proxy))

    def asks(self, request: Request) -> None:
        """Count a form of this household; one too many is refused."""
        if self._pace.wait(self.client(request), self.work.per_minute) is not None:
            raise Refused("often", 429)

    def guessed(self, request: Request) -> None:
        """Count a secret or reference of this household that there is not; one too many is refused."""
        if self._guesses.wait(self.client(request), max(self.work.per_minute // 10, 1)) is not None:
            raise Refused("often", 429)

    async def signed(self, request: Request) -> Own | None:
        """Who is signed in."""
        signing_in, secret = self.work.signing_in, request.cookies.get(self.cookie, "")
        if signing_in is None or not secret:
            return None
        now = self.work.now()
        own = await self.read(lambda records: signing_in.who(records, secret, now=now))
        if own is None:
            return None
        if signing_in.is_stale(own, now):
            with suppress(ComityError):  # where the store is busy, the next request says so
                await self.write(lambda records: signing_in.touched(records, own, now))
        return own

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form that one of our own pages sent."""
        text = await sent_form(request, most=FORM_BYTES, seconds=FORM_SECONDS)
        try:
            fields = parse_qsl(text, max_num_fields=FIELDS)
        except ValueError:
            raise Refused("form", 400) from None
        return dict(reversed(fields))  # of a name that comes twice, the first counts

    # -- threads

    def later(self, function: Callable[[Any], object]) -> None:
        """Change the store after the answer, so that its time says nothing; one too many is left out."""
        if len(self._behind) >= IN_LINE * 5:
            return

        def change() -> None:
            with suppress(ComityError):
                self.changed(function)

        task = asyncio.get_running_loop().run_in_executor(self._threads, change)
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    # -- answers

    def page(self, visit: Visit, template: str, *, title: str, status: int = 200, **more: Any) -> HTMLResponse:
        """A page; ``title`` is already in words."""
        text = self.rendering.page(visit, template, title=title, more=more)
        return HTMLResponse(text, status, self.rendering.headers)

    def away(self, words: Catalogue, path: str, said: str = "") -> RedirectResponse:
        """On to another page of ours, in the same language; ``said`` names the sentence that it begins with."""
        path, _, place = path.partition("#")
        where = f"/{words.language}{path}{f'?said={quote(said)}' if said else ''}{f'#{place}' if place else ''}"
        return RedirectResponse(where, 303, {"cache-control": "no-store"})

    async def told(self, request: Request, error: Exception) -> Response:
        """A page that says what went wrong."""
        code = ""
        if isinstance(error, Refused):
            name, status = error.name, error.status
        elif isinstance(error, ComityError):
            status, code = error.outcome.value.http_status, error.code
            name = "error" if code.startswith(_SAID) else "often" if error.outcome is Outcome.TRY_AGAIN else "fault"
            status = 429 if name == "error" and error.outcome is Outcome.TRY_AGAIN else status
        else:
            status = error.status_code if isinstance(error, HTTPException) else 500
            name = "missing" if status in (404, 405) else "fault"
        if status >= 500:
            self.work.log("portal-fault", kind=type(error).__name__, status=status)
        named = request.url.path.split("/")[1]  # also where there is no such page
        words = catalogue(named) if named in LANGUAGES else self.accepted(request)
        visit = Visit(request=request, words=words, now=self.work.now())
        details = error.details if isinstance(error, ComityError) else {}
        if name != "fault":
            reason = _reason(words, error, name=name, said=words.say(f"error.{code}", **details))
            with suppress(ComityError):
                again = await shown_again(request, error, reason=reason, status=status)
                if again is not None:
                    return again
        return self.page(visit, "message", title=words.say(f"portal.no.{name}"), status=status, name=name,
                         cause=words.say(f"error.{code}", **details) if name == "error" else "")  # fmt: skip


def _reason(words: Catalogue, error: Exception, *, name: str, said: str) -> Markup:
    """Why a form was refused, as it stands beside its field; a claim that may not be made has a short name, too."""
    if isinstance(error, Unfilled):
        text, code = visible(words.say(error.said, **error.arguments)), error.arguments.get("code")
        return Markup('{} <span class="code">{}</span>').format(text, code) if code else text
    return visible(said if name == "error" else words.say(f"portal.no.{name}.text"))
