"""How the pages for other networks are written: templates, words in the reader's language, times in UTC.

Trust:      templates are ours; whatever they show is escaped, and a stranger's text passes ``visible``.
Standards:  WCAG 2.2 AA; CSP level 3: one style sheet that stands in the page and is named by its hash, no script at all.
Answers:    ``Rendering(work)``: ``page`` gives the text of a page, ``headers`` what goes with each.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup

from comity.locale import LANGUAGES, catalogue
from comity.web import templating
from comity.web.bilingual import say
from comity.web.pages.number_words import numbered
from comity.web.portal.work import PortalWork, Visit
from comity.web.visible import bare, visible, visible_domain, visible_lines

# What stands in the menu: the place, and its message.
MENU: Final = (
    ("/network", "portal.menu.network"),
    ("/enrol", "portal.menu.enrol"),
    ("/recourse", "portal.menu.recourse"),
    ("/statements", "portal.menu.statements"),
    ("/complain", "portal.menu.complain"),
    ("/own", "portal.menu.own"),
)
_SHEETS: Final = ("help.css", "portal.css")


class Rendering:
    """Writes pages."""

    def __init__(self, work: PortalWork) -> None:
        self._work = work
        style = "\n".join(_static(each) for each in _SHEETS)
        digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
        self.headers: Mapping[str, str] = {
            "content-security-policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'self'; "
                "frame-ancestors 'none'"
            ),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            **({"strict-transport-security": "max-age=31536000"} if work.is_secure else {}),
        }
        self._environment = templating.environment()
        self._environment.globals |= {
            "visible": visible,
            "visible_domain": visible_domain,
            "visible_lines": visible_lines,
            "bare": bare,
            "house": work.house,
            "style": Markup(style),  # noqa: S704 - our own
            "moment": _moment,
            "day": _day,
        }
        self._environment.filters["count"] = "{:,}".format

    def page(self, visit: Visit, template: str, *, title: str, more: Mapping[str, Any]) -> str:
        """One page."""
        words, path = visit.words, visit.request.url.path
        rest = path.removeprefix(f"/{words.language}")
        said = visit.request.query_params.get("said", "")[:40]
        return self._environment.get_template(f"portal/{template}.html").render(
            {
                "t": partial(say, words.language),
                "tell": words.tell,
                "has": words.__contains__,
                "numbered": partial(numbered, words),
                "language": words.language,
                "tag": words.html_language,
                "languages": [
                    (each, catalogue(each).html_language, catalogue(each).say("desk-page.language"))
                    for each in LANGUAGES
                ],
                "rest": rest if rest != path else "/network",
                "is_form": visit.request.method == "POST",
                "title": bare(title),
                "menu": [(place, message, _is_in(place, rest)) for place, message in MENU if self._offers(place)],
                "places": [place for place, _ in MENU if self._offers(place)],
                "said": said if f"portal.said.{said}" in words else "",
                "own": visit.own,
                "csrf": self._work.csrf(visit.own.key.digest) if visit.own is not None else "",
                "now": visit.now,
                **more,
            }
        )

    def _offers(self, place: str) -> bool:
        work = self._work
        offered = {
            "/enrol": work.applying is not None,
            "/statements": work.checked is not None,
            "/own": work.signing_in is not None,
            "/complain": work.put is not None,
        }
        return offered.get(place, True)


def _is_in(place: str, rest: str) -> bool:
    return rest == place or rest.startswith(f"{place}/") or (place == "/own" and rest.startswith(("/sign-in", "/in/")))


def _moment(when: datetime | None) -> Markup:
    if when is None:
        return Markup('<span class="soft">–</span>')
    return Markup('<time datetime="{}">{}</time>').format(
        when.isoformat(), f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    )


def _day(when: datetime | None) -> Markup:
    if when is None:
        return Markup('<span class="soft">–</span>')
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(), f"{when.astimezone(UTC):%Y-%m-%d}")


def _static(name: str) -> str:
    return files("comity.web").joinpath("static", name).read_text(encoding="utf-8").rstrip("\n")
