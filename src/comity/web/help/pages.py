"""The pages for subscribers, in any language that there is a pack for; no page needs a script, a font or a picture from elsewhere.

Trust:      texts are ours and the operator's; what a reader typed is escaped. Each page says in itself that it loads and runs
            nothing.
Standards:  WCAG 2.2 AA; CSP level 3; BCP 47.
Answers:    ``HelpPages(packs, house, is_served=...)``: ``public(pack)`` all pages that are the same for everybody, by name;
            ``page(name, pack, ...)`` any other.
Limits:     links are relative, so that the same bytes serve from a host and from a disk.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from comity.remediation.guides.pack import DeviceGuide, LanguagePack, Packs, PublicPage
from comity.services.remedy.notices import House
from comity.web import templating

SEARCH: Final = "search.html"
CHECK: Final = "check"
QUESTIONS: Final = "questions"


class HelpPages:
    """Writes pages."""

    def __init__(self, packs: Packs, house: House, *, is_served: bool) -> None:
        """``is_served``: somebody answers forms, so that pages may have some."""
        self._packs, self._house, self._is_served = packs, house, is_served
        self._style, self._script = _static("help.css"), _static("help-search.js")

    def public(self, pack: LanguagePack) -> dict[str, str]:
        """Every page that is the same for everybody."""
        made = {"index.html": self.page("home", pack, here="index.html", title=pack.words["site.title"])}
        for page in pack.pages.values():
            made[f"{page.name}.html"] = self.page("page", pack, here=f"{page.name}.html", title=page.title, page=page)
        for guide in pack.guides.values():
            here = f"device-{guide.name}.html"
            made[here] = self.page("guide", pack, here=here, title=guide.title, guide=guide)
        found = list(_found(pack))
        # "<" would end the element; as an escape it is the same in JSON
        index = json.dumps([{"title": each["title"], "text": each["text"]} for each in found], ensure_ascii=False)
        made[SEARCH] = self.page(
            "search",
            pack,
            here=SEARCH,
            title=pack.words["site.search"],
            found=found,
            index=Markup(index.replace("<", "\\u003c")),  # noqa: S704
            script=Markup(self._script),  # noqa: S704 - our own
        )
        return made

    def choose(self) -> str:
        """The page that offers the languages."""
        return self._environment.get_template("help/choose.html").render(
            packs=self._languages(), style=self._styled(), policy=self._policy(form=False)
        )

    def page(self, template: str, pack: LanguagePack, *, here: str, title: str, **more: Any) -> str:
        """One page; ``here`` is its own address below the folder of its language."""
        return self._environment.get_template(f"help/{template}.html").render(
            {
                "pack": pack,
                "packs": self._languages(),
                "house": self._house,
                "provider": self._house.called(pack.tag),
                "is_served": self._is_served,
                "is_private": False,
                "t": pack.text,
                "title": title,
                "here": here,
                "up": "../" * here.count("/"),
                "menu": list(self._menu(pack)),
                "version": self._packs.version,
                "style": self._styled(),
                "policy": self._policy(form=self._is_served, script=template == "search"),
                **more,
            }
        )

    def policy(self, *, script: bool = False) -> str:
        """What a page may load and run, as a header says it."""
        return f"{self._policy(form=True, script=script)}; frame-ancestors 'none'"

    def _menu(self, pack: LanguagePack) -> Iterator[tuple[str, str]]:
        yield "index.html", pack.words["site.home"]
        if self._is_served:
            yield CHECK, pack.words["site.check"]
        for page in pack.pages.values():
            yield f"{page.name}.html", page.nav
        yield SEARCH, pack.words["site.search"]

    def _languages(self) -> list[LanguagePack]:
        return list(self._packs.languages.values())

    def _styled(self) -> Markup:
        return Markup(self._style)  # noqa: S704 - our own

    def _policy(self, *, form: bool, script: bool = False) -> str:
        run = f"; script-src 'sha256-{_digest(self._script)}'" if script else ""
        action = "'self'" if form else "'none'"
        return (
            f"default-src 'none'; style-src 'sha256-{_digest(self._style)}'{run}; img-src data:; base-uri 'none'; "
            f"form-action {action}"
        )

    @property
    def _environment(self) -> Environment:
        return _environment()


def _found(pack: LanguagePack) -> Iterator[dict[str, str]]:
    """What the search looks through."""
    for page in pack.pages.values():
        yield {"name": f"{page.name}.html", "title": page.title, "lead": page.lead, "text": _text_of(page)}
    for guide in pack.guides.values():
        yield {"name": f"device-{guide.name}.html", "title": guide.title, "lead": guide.lead, "text": _steps_of(guide)}


def _text_of(page: PublicPage) -> str:
    parts = [page.lead]
    for section in page.sections:
        parts += [section.heading, section.text, *section.items]
    return " ".join(filter(None, parts))


def _steps_of(guide: DeviceGuide) -> str:
    return " ".join([guide.lead, *(part for step in guide.steps for part in (step.title, step.text))])


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _static(name: str) -> str:
    return files("comity.web").joinpath("static", name).read_text(encoding="utf-8").rstrip("\n")


@cache
def _environment() -> Environment:
    return templating.environment()
