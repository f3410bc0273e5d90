"""How the pages of the desk are written: templates, words in the reader's language, times by the house's clock.

Trust:      templates are ours; whatever they show is escaped, and a stranger's text passes ``visible``.
Standards:  WCAG 2.2 AA; CSP level 3: nothing but our own style sheet, script and pictures is loaded, none of them stands in a page.
Answers:    ``Rendering(house, zone)``: ``page``, ``bare``, ``message`` give the text of a page; ``static`` what is served beside.
Limits:     the style sheet and the script are named by what is in them, so that browsers may keep them.
"""

import gzip
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request

from comity.cases.sources.naming import HANDED
from comity.locale import LANGUAGES, Catalogue, catalogue
from comity.model.account import Signed
from comity.model.case_consequence import UNSAID
from comity.services.public.course import let_out_for, noted, rule_in_words, tried
from comity.services.public.pages import actor_words
from comity.services.public.pages.step_words import because, sentence
from comity.services.public.pages.webhooks import fault_of
from comity.web import templating
from comity.web.bilingual import say
from comity.web.desk import badges
from comity.web.desk.places import PLACES, REAL
from comity.web.pages.number_words import numbered
from comity.web.visible import bare, coded, visible, visible_domain, visible_lines

if TYPE_CHECKING:
    from comity.web.desk.work import Visit

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_STATIC: Final = {
    "desk.css": "text/css",
    "desk.js": "text/javascript",
    "passkeys.js": "text/javascript",
    "pictures.css": "text/css",
    "pictures.js": "text/javascript",
}
_SAID: Final = 5.0  # seconds: what a copy of the store had not heard of for longer is said to be so old
_LONG: Final = timedelta(days=60)  # beyond this a date says more
_AGES: Final = ((timedelta(days=1), "days"), (timedelta(hours=1), "hours"), (timedelta(minutes=1), "minutes"))


@dataclass(frozen=True, slots=True)
class Static:
    """One file that is served beside the pages."""

    name: str
    data: bytes
    packed: bytes  # with gzip; pages are never packed: what a stranger wrote stands in them beside the word of a form (BREACH)
    media: str


class Rendering:
    """Writes pages."""

    def __init__(self, house: str, zone: tzinfo, *, is_secure: bool = False, is_sample: bool = False) -> None:
        self._house, self._zone, self._is_sample = house, zone, is_sample
        self.namesakes: frozenset[str] = frozenset()  # accounts that are called as who has none
        self.static = {name: _static(name, media) for name, media in _STATIC.items()}
        self.headers: Mapping[str, str] = {
            "content-security-policy": POLICY,
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            **({"strict-transport-security": "max-age=31536000"} if is_secure else {}),
        }
        self._environment = templating.environment()
        self._environment.globals |= {
            "step_because": because,
            "step_sentence": sentence,
            "badges": badges,
            "fault_of": fault_of,
            "tried": tried,
            "let_out_for": let_out_for,
            "unsaid": UNSAID,
            "visible": visible,
            "visible_domain": visible_domain,
            "bare": bare,
            "coded": coded,
            "visible_lines": visible_lines,
            "noted": noted,
            "static": {name: f"/static/{_mark(each.data)}/{name}" for name, each in self.static.items()},
            "house": house,
            "zone": str(zone),
            "is_sample": is_sample,
        }
        self._environment.filters["count"] = "{:,}".format

    def page(self, visit: "Visit", template: str, *, title: str, more: Mapping[str, Any]) -> str:
        """A page for whoever is signed in."""
        shared = self._shared(visit.words, visit.signed, request=visit.request, now=visit.now)
        return self._environment.get_template(f"desk/{template}.html").render(
            {**shared, "title": bare(title), "visit": visit, "csrf": visit.signed.csrf, **more}
        )

    def bare(self, words: Catalogue, template: str, *, request: Request, title: str, more: Mapping[str, Any]) -> str:
        """A page for somebody who is not signed in."""
        shared = self._shared(words, None, request=request, now=None)
        return self._environment.get_template(f"desk/{template}.html").render({**shared, "title": title, **more})

    def message(self, words: Catalogue, signed: Signed | None, *, request: Request, name: str, **more: str) -> str:
        """A page that says one thing."""
        shared = self._shared(words, signed, request=request, now=None)
        return self._environment.get_template("desk/message.html").render(
            {**shared, "title": words.say(f"desk-no.{name}"), "text": words.say(f"desk-no.{name}-text"), **more}
        )

    def _shared(
        self, words: Catalogue, signed: Signed | None, *, request: Request, now: datetime | None
    ) -> dict[str, Any]:
        path = request.url.path
        return {
            "t": partial(say, words.language),
            "called": words.called,
            "language": words.html_language,
            "languages": [
                (catalogue(each).html_language, catalogue(each).say("desk-page.language")) for each in LANGUAGES
            ],
            "signed": signed,
            "menu": _menu(signed, path, REAL if self._is_sample else frozenset()),
            "here": path,
            "age": round(age) if (age := getattr(request.state, "age", 0.0)) > _SAID else 0,
            "back": _back(request),
            "said": request.query_params.get("said", "")
            if f"desk-said.{request.query_params.get('said', '')}" in words
            else "",
            "moment": partial(_moment, self._zone),
            "day": partial(_day, self._zone),
            "ago": _Ages(partial(say, words.language), self._zone, now),
            "played": partial(_played, words),
            "ruled": lambda text, most: visible(rule_in_words(words, text), most),
            "whom": partial(_whom, words, namesakes=self.namesakes),
            "numbered": partial(numbered, words),
            "sourced": partial(_sourced, words),
            "link": link,
            "reason": lambda each: say(words.language, f"reason.{each.mark}", **_seen(each.arguments)),
        }


def _menu(signed: Signed | None, path: str, hidden: frozenset[str]) -> list[tuple[str, list[Any]]]:
    """The places that the account may see."""
    if signed is None:
        return []
    groups = [
        (
            group,
            [
                (each, _is_in(each.path, path))
                for each in places
                if (each.permit is None or each.permit in signed.permits) and each.name not in hidden
            ],
        )
        for group, places in PLACES
    ]
    return [(group, places) for group, places in groups if places]


def _is_in(place: str, path: str) -> bool:
    return path == place or (place != "/" and path.startswith(f"{place}/"))


def _moment(zone: tzinfo, when: datetime | None) -> Markup:
    if when is None:
        return Markup('<span class="soft">–</span>')
    return Markup(f'<time datetime="{when.isoformat()}">{when.astimezone(zone):%Y-%m-%d %H:%M}</time>')  # noqa: S704 - ours


def _day(zone: tzinfo, when: datetime | None) -> Markup:
    if when is None:
        return Markup('<span class="soft">–</span>')
    return Markup(f'<time datetime="{when.isoformat()}">{when.astimezone(zone):%Y-%m-%d}</time>')  # noqa: S704 - ours


class _Ages:
    """How long it is since then, or until then, in the largest unit that fits."""

    def __init__(self, say_so: Callable[..., Markup], zone: tzinfo, now: datetime | None) -> None:
        self._say, self._zone, self._now = say_so, zone, now

    def __call__(self, when: datetime | None, *, beside_date: bool = False) -> Markup:
        if when is None or self._now is None:
            return Markup() if beside_date else Markup('<span class="soft">–</span>')
        is_past = when <= self._now
        span, way = (self._now - when, "ago") if is_past else (when - self._now, "ahead")
        unit = next(((size, name) for size, name in _AGES if span >= size), None)
        text = self._say("desk-ago.now") if unit is None else self._say(f"desk-{way}.{unit[1]}", n=span // unit[0])
        whole = f"{when.astimezone(self._zone):%Y-%m-%d %H:%M}"
        if span > _LONG:
            if beside_date:
                return Markup()
            text = Markup(whole[:10])  # noqa: S704 - a date
        # Nothing in it is a stranger's, and to format markup costs ten times as much: fifty cases have a hundred of these.
        return Markup(f'<time datetime="{when.isoformat()}" title="{whole}">{text}</time>')  # noqa: S704


def _played(words: Catalogue, kind: str, name: str) -> Markup:
    """A state, or a word of a person, of a playbook: in words where it is one of those that we know, else as its file has it."""
    said = f"playbook.{kind}.{name}"
    return say(words.language, said) if said in words else visible(name, 40)


def _whom(words: Catalogue, actor: str, most: int = 60, *, namesakes: Collection[str] = ()) -> Markup:
    """Who acted: a playbook and a program are said to be one, and who acts where nobody with an account does is said in words."""
    said = actor_words.whom(actor, namesakes)
    if isinstance(said, str):
        return visible(said, most)
    given = {name: visible(each, most) if isinstance(each, str) else each for name, each in said.arguments.items()}
    return say(words.language, said.message_id, **given)


def _sourced(words: Catalogue, name: str, most: int = 80) -> Markup:
    """A source of feedback by its name; what has no name of its own is said in words."""
    if name != HANDED:
        return visible(name, most)
    return Markup("{} <code>{}</code>").format(say(words.language, "desk-sources.handed"), name)


def _back(request: Request) -> str:
    """The address of this page, without what was said on it."""
    kept = [(name, each) for name, each in request.query_params.multi_items() if name != "said"]
    return f"{request.url.path}?{urlencode(kept)}" if kept and request.method == "GET" else request.url.path


def link(path: str, **query: object) -> str:
    """An address with a query; what is empty is left out."""
    kept = {name: value for name, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(kept)}" if kept else path


def _seen(arguments: Mapping[str, str]) -> Mapping[str, Markup]:
    """A stranger's words inside of a sentence of ours."""
    return {name: visible(value, 120) for name, value in arguments.items()}


def _static(name: str, media: str) -> Static:
    data = files("comity.web").joinpath("static", name).read_bytes()
    return Static(name, data, gzip.compress(data, mtime=0), media)


def _mark(data: bytes) -> str:
    return sha256(data).hexdigest()[:12]
