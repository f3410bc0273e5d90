"""What the pages for subscribers share: who asks and how often, a form within bounds, threads that look and write, answers.

Trust:      whoever connects is a stranger; an address behind a proxy is believed where the settings say that the proxy is ours.
Standards:  RFC 9110, RFC 6585 (429); RFC 7239 is not spoken by most proxies, so X-Forwarded-For is read, its last entry alone.
Answers:    ``HelpWork`` is what the application is given; ``HelpDesk`` what its routes use.
Limits:     forms of 4 KiB within ten seconds; eight threads.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse

from comity.model.log_events import LogEvent
from comity.remediation.guides.pack import LanguagePack, Packs
from comity.services.remedy.checking import Checking
from comity.services.remedy.notices import House, Notices
from comity.services.remedy.self_service import Confined, PageTokens, SelfService
from comity.web.api.pace import Pace, household
from comity.web.arriving import BodyError, address_of, body_of
from comity.web.help.pages import HelpPages
from comity.web.help.tries import Tries
from comity.web.waiting import Refused, Waiting

FORM_BYTES: Final = 4096
FORM_SECONDS: Final = 10.0
WRONG_WORDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpWork:
    """All that the application needs."""

    store: Any  # ``read()`` and ``write()`` open transactions
    packs: Packs
    house: House
    checking: Checking
    tokens: PageTokens
    self_service: SelfService
    notices: Notices
    garden: Callable[[Any, tuple[str, int], datetime], Confined | None]  # of the line of an address and port
    now: Callable[[], datetime]
    log: LogEvent
    page_life: timedelta = timedelta(hours=24)
    per_minute: int = 20
    is_behind_proxy: bool = False

    @property
    def zone(self) -> tzinfo:
        """By whose clock times are shown."""
        return self.house.zone


class HelpDesk(Waiting[Any]):
    """What the routes share."""

    def __init__(self, work: HelpWork) -> None:
        super().__init__(work.store, "help")
        self.work = work
        self.pages = HelpPages(work.packs, work.house, is_served=True)
        self.tries = Tries(WRONG_WORDS)
        self._pace = Pace(time.monotonic)

    def pack(self, request: Request) -> LanguagePack:
        """The language in the address; one that there is not is no page."""
        found = self.work.packs.languages.get(str(request.path_params.get("language")))
        if found is None:
            raise Refused("missing", 404)
        return found

    def accepted(self, request: Request) -> LanguagePack:
        """The language that the reader's browser asks for first and that we have."""
        for part in request.headers.get("accept-language", "")[:400].split(",")[:20]:
            found = self.work.packs.speaks(part.partition(";")[0])
            if found is not None:
                return found
        return self.work.packs.of(None)

    def asks(self, request: Request) -> None:
        """Count a try of this household; one too many is refused."""
        if self._pace.wait(household(self.client(request)[0]), self.work.per_minute) is not None:
            raise Refused("often", 429)

    def client(self, request: Request) -> tuple[str, int]:
        """Whose address and port it is."""
        port = request.client.port if request.client and not self.work.is_behind_proxy else 0
        return address_of(request, is_behind_proxy=self.work.is_behind_proxy), port

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form, which may be asked for twice."""
        known: dict[str, str] | None = getattr(request.state, "form", None)
        if known is not None:
            return known
        try:
            kept = await body_of(request, most=FORM_BYTES, seconds=FORM_SECONDS)
        except BodyError as error:
            raise Refused("missing", error.status) from None
        try:
            request.state.form = found = dict(parse_qsl(kept.decode("utf-8"), max_num_fields=20))
        except ValueError:
            raise Refused("missing", 400) from None
        return found

    def answer(self, text: str, *, status: int = 200, script: bool = False, may_keep: bool = False) -> HTMLResponse:
        """A page, with all that its answer carries."""
        kept = "public, max-age=300" if may_keep else "no-store"
        headers = {
            "content-security-policy": self.pages.policy(script=script),
            "cache-control": kept,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
        }
        return HTMLResponse(text, status, headers)
