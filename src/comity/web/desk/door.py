"""Who comes in: sessions, forms, threads that look and write, answers.

Trust:      whoever connects is a stranger until the session's token was found; a form is taken from our own pages alone: by where
            the browser says that it stands, and by a word that only a page of this session holds.
Standards:  RFC 9110, RFC 6265bis (cookies), Fetch metadata; POST, redirect, GET, so that a reload does nothing twice.
Answers:    ``Door(work)``: ``route(path, page, permit)`` and ``public(path, page)`` make routes; ``read`` and ``write`` open a
            transaction in a thread, ``seen`` looks at what may be a little old; ``page`` and ``away`` answer; ``saw`` writes down
            who saw whom, before it is shown.
Limits:     forms of 256 KiB within thirty seconds; eight threads; a hundred requests wait for one.
"""

import hmac
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from comity.locale import Catalogue, catalogue, speaks
from comity.model.account import Permit, Seen, Signed
from comity.model.outcomes import ComityError
from comity.services.operate.accounts.access import not_yet, stands
from comity.services.operate.accounts.signing_in import TOUCH
from comity.services.public.pages.actor_words import namesakes_in
from comity.store.records import Records
from comity.store.replica import BEHIND, Looked
from comity.web.aged import Aged
from comity.web.api.pace import Pace, household
from comity.web.arriving import address_of
from comity.web.desk.rendering import Rendering
from comity.web.desk.work import DeskWork, Visit
from comity.web.showing_again import kept, shown_again
from comity.web.visible import visible
from comity.web.waiting import Refused, Unfilled, Waiting, sent_form

FORM_BYTES: Final = 256 << 10
FORM_SECONDS: Final = 30.0
FIELDS: Final = 1000
LANGUAGE_COOKIE: Final = "comity-language"
POSITION_COOKIE: Final = "comity-written"
_POSITION: Final = 16
_HEX: Final = frozenset("0123456789abcdef")
SIGN_IN: Final = "/sign-in"
OWN: Final = "/account"
# What is done all day at a large desk, and changes hardly any figure of the other pages: these may stay as old as they are.
_EVERY_MINUTE: Final = frozenset({"cases", "views", "account", "sign-out"})
_T = TypeVar("_T")
Page = Callable[[Visit], Awaitable[Response]]
PublicPage = Callable[[Request], Awaitable[Response]]


class Door(Waiting[Records]):
    """What all pages share."""

    def __init__(self, work: DeskWork) -> None:
        super().__init__(work.store, "desk")
        self.work = work
        self.rendering = Rendering(work.house, work.zone, is_secure=work.is_secure, is_sample=work.is_sample)
        self._knows_namesakes = False
        self.pace = Pace(time.monotonic)
        self.aged = Aged(time.monotonic)

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a session's token."""
        return "__Host-comity" if self.work.is_secure else "comity"

    def route(self, path: str, page: Page, permit: Permit | None = None, *, method: str = "GET") -> Route:
        """A page for whoever is signed in, and may do that."""

        async def endpoint(request: Request) -> Response:
            if any("\0" in str(each) for each in request.path_params.values()):
                raise Refused("missing", 404)  # no database takes it
            signed = await self.signed(request)
            if signed is None:
                return self._to_sign_in(request)
            if signed.must_change and path not in (OWN, "/sign-out"):
                return self.away(OWN)
            if permit is not None and permit not in signed.permits:
                raise Refused("forbidden", 403)
            form: Mapping[str, Sequence[str]] = {}
            if method == "POST":
                form = await self.form(request)
                if not hmac.compare_digest(form.get("csrf", [""])[0].encode(), signed.csrf.encode()):
                    raise Refused("form", 403)
                kept(request, form)
            if method != "POST":
                return await page(self.visit(request, signed, form))
            try:
                response = await page(self.visit(request, signed, form))
            finally:
                written = await self.inside(self.work.store.wrote)
                if room_of(request.url.path) not in _EVERY_MINUTE:
                    self.aged.forget()
            if written:
                self._mark(response, written)
            return response

        return Route(path, endpoint, methods=[method])

    def public(self, path: str, page: PublicPage, *, method: str = "GET") -> Route:
        """A page for everybody."""

        async def endpoint(request: Request) -> Response:
            return await page(request)

        return Route(path, endpoint, methods=[method])

    def visit(self, request: Request, signed: Signed, form: Mapping[str, Sequence[str]]) -> Visit:
        """One request of somebody who is signed in."""
        words = catalogue(self.language(request, signed))
        after = position(request.cookies.get(POSITION_COOKIE, ""))
        return Visit(request=request, signed=signed, words=words, now=self.work.now(), after=after, form=form)

    async def signed(self, request: Request) -> Signed | None:
        """Who is signed in."""
        token = request.cookies.get(self.cookie, "")
        if not token or len(token) > 200:
            return None
        now = self.work.now()
        found = await self.read(lambda records: self.work.find(records, token, now))
        if found is not None and not self._knows_namesakes:  # once: no other account can come to be called so
            self.rendering.namesakes = await self.read(lambda records: namesakes_in(records.accounts))
            self._knows_namesakes = True
        if found is not None and now - found.seen > TOUCH:
            with suppress(ComityError):  # where the store is busy, the next request says so
                await self.write(lambda records: records.accounts.touch(found.session, now))
        return found

    def language(self, request: Request, signed: Signed | None = None) -> str:
        """The language that was chosen here, else the account's, else the browser's."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")[:20]
        if chosen:
            return chosen
        if signed is not None and signed.language:
            return signed.language
        for part in request.headers.get("accept-language", "")[:400].split(",")[:20]:
            tag = part.partition(";")[0]
            if speaks(tag):
                return tag
        return "en"

    def client(self, request: Request) -> str:
        """The household of whoever asks."""
        return household(address_of(request, is_behind_proxy=self.work.is_behind_proxy))

    async def form(self, request: Request) -> dict[str, list[str]]:
        """The fields of a form that one of our own pages sent."""
        text = await sent_form(request, most=FORM_BYTES, seconds=FORM_SECONDS)
        try:
            return parse_qs(text, keep_blank_values=True, max_num_fields=FIELDS)
        except ValueError:
            raise Refused("form", 400) from None

    async def seen(self, visit: Visit, function: Callable[[Records], _T]) -> _T:
        """Look at the store for a page that shows and decides nothing: it may be a little old, and then says how old."""
        looked = await self.look(function, after=visit.after)
        return self._as_old(visit, looked)

    async def counted(self, visit: Visit, key: tuple[Any, ...], function: Callable[[Records], _T]) -> tuple[_T, float]:
        """Figures of the store that take long where there is much, and how many seconds old they are: see ``Aged``."""
        looked, seconds = await self.aged.of(key, lambda: self.look(function, after=visit.after))
        return self._as_old(visit, looked), seconds + looked.age

    async def saw(self, visit: Visit, what: str, about: object) -> None:
        """Write down that personal data is seen; where that cannot be written, it is not shown."""
        seen = Seen(at=visit.now, account=visit.signed.account, what=what, about=str(about))
        if not await self.read(lambda records: stands(records.accounts, seen)):
            await self.write(lambda records: records.accounts.saw(seen))

    async def saw_each(self, visit: Visit, what: str, about: Iterable[object]) -> None:
        """The same for each of several, in one transaction."""
        every = [
            Seen(at=visit.now, account=visit.signed.account, what=what, about=str(each))
            for each in dict.fromkeys(about)
        ]
        if not every:
            return
        new = await self.read(lambda records: not_yet(records.accounts, every))

        def write_down(records: Records) -> None:
            for each in new:
                records.accounts.saw(each)

        if new:
            await self.write(write_down)

    def page(self, visit: Visit, template: str, *, title: str, status: int = 200, **more: Any) -> HTMLResponse:
        """A page for whoever is signed in; ``title`` is already in words."""
        text = self.rendering.page(visit, template, title=title, more=more)
        return self.answer(text, status=status)

    def answer(self, text: str, *, status: int = 200) -> HTMLResponse:
        """A page, with all that its answer carries."""
        return HTMLResponse(text, status, self.rendering.headers)

    def away(self, path: str, said: str = "") -> RedirectResponse:
        """On to another page of ours; ``said`` names the sentence that it begins with."""
        path, _, place = path.partition("#")
        mark = "&" if "?" in path else "?"
        where = f"{path}{mark}said={quote(said)}" if said else path
        return RedirectResponse(f"{where}#{place}" if place else where, 303, {"cache-control": "no-store"})

    async def told(self, request: Request, error: Exception) -> Response:
        """A page that says what went wrong."""
        cause, detail, remedy = "", "", ""
        if isinstance(error, Refused):
            name, status = error.name, error.status
        elif isinstance(error, ComityError):
            name, status = "error", error.outcome.value.http_status
        else:
            status = getattr(error, "status_code", 500)
            name = "missing" if status in (404, 405) else "fault"
        signed = None
        with suppress(ComityError):  # where the store is what is wrong, the page says so without a menu
            signed = await self.signed(request)
        words = catalogue(self.language(request, signed))
        if isinstance(error, ComityError):
            cause = words.say(f"error.{error.code}", **error.details)
            remedy = words.say(f"remedy.{error.code}", **error.details) if f"remedy.{error.code}" in words else ""
            is_trusted = signed is not None and signed.may(Permit.SETTINGS_SEE)
            detail = (error.place or "") if is_trusted else ""  # a path of this machine is nobody else's
        if name == "fault":
            self.work.log("desk-fault", kind=type(error).__name__, path=request.url.path)
        else:
            reason = _reason(words, error, name=name, cause=cause, remedy=remedy)
            with suppress(ComityError):
                again = await shown_again(request, error, reason=reason, status=status)
                if again is not None:
                    return again
        text = self.rendering.message(
            words, signed, request=request, name=name, cause=cause, detail=detail, remedy=remedy
        )
        return self.answer(text, status=status)

    @staticmethod
    def _as_old(visit: Visit, looked: Looked[_T]) -> _T:
        visit.request.state.age = max(looked.age, getattr(visit.request.state, "age", 0.0))
        return looked.found

    def _mark(self, response: Response, written: int) -> None:
        """Whoever did something sees it on the next page, also where another machine answers."""
        response.set_cookie(
            POSITION_COOKIE,
            f"{written:x}",
            max_age=int(BEHIND),
            secure=self.work.is_secure,
            httponly=True,
            samesite="lax",
        )

    def _to_sign_in(self, request: Request) -> Response:
        if request.method != "GET":
            return self.away(SIGN_IN)
        query = f"?{request.url.query}" if request.url.query else ""
        where = quote(request.url.path + query, safe="")
        return RedirectResponse(f"{SIGN_IN}?next={where}", 303, {"cache-control": "no-store"})


def _reason(words: Catalogue, error: Exception, *, name: str, cause: str, remedy: str) -> Markup:
    """Why a form was refused, as it stands beside its field."""
    if isinstance(error, Unfilled):
        return visible(words.say(error.said, **error.arguments))
    if not cause:
        return visible(words.say(f"desk-no.{name}-text"))
    return Markup("{}. {}").format(visible(cause), visible(remedy)) if remedy else visible(cause)


def position(text: str) -> int:
    """Up to where somebody has written, as his browser brings it back; whoever makes it up asks the primary, which anybody may.

    >>> position("1f"), position("x"), position("")
    (31, 0, 0)
    """
    return int(text, 16) if len(text) <= _POSITION and text and set(text) <= _HEX else 0


def room_of(path: str) -> str:
    """The first piece of a path: pages below it show the same figures.

    >>> room_of("/filter/waiting"), room_of("/")
    ('filter', '')
    """
    return path.split("/", 2)[1]


def own_path(text: str) -> str:
    """A path on this site, for going on after something; anything else leads to the first page.

    >>> own_path("/cases?state=new"), own_path("//east.example/"), own_path("https://east.example/"), own_path("/\\\\x")
    ('/cases?state=new', '/', '/', '/')
    """
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return "/"
    return text
