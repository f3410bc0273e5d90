"""The page of a triage: whole in itself, harmless, readable by everybody, in both languages."""

import re
import tomllib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.cases.grouping import group
from comity.cases.own_side import OwnSide
from comity.locale import LANGUAGES, catalogue
from comity.model.case import EvidenceClass, SubjectKind, Triage
from comity.model.feedback import Kind
from comity.web.pages.triage import page_of, render

Make = Callable[..., Triage]
VOID = {"meta", "link", "input", "br", "rect"}
EVIL = (
    "\u202e\u200b<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}\x1b[31m"
    "</style></title><svg onload=alert(1)>\ud800"
)


class Elements(HTMLParser):
    """All elements with their attributes; complains about wrong nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be the one that is open."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Remember it."""
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of this name."""
        return [attributes for name, attributes in self.found if name == tag]


def test_it_needs_nothing_else(make_triage: Make) -> None:
    """No script, no address of anything outside, and a policy that forbids both."""
    page = Elements(render(make_triage(copies=5), "abuse.mbox", "en"))
    assert {name for name, _ in page.found} & {
        "script",
        "iframe",
        "img",
        "object",
        "embed",
        "form",
        "base",
        "audio",
        "video",
    } == set()
    for _, attributes in page.found:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        for name in ("src", "href", "action", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,"))
    style = next(word for word in page.words if ":root" in word)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_exactly_its_style_sheet(make_triage: Make) -> None:
    """By its hash: a style that a stranger smuggled in would not count."""
    text = render(make_triage(), "abuse.mbox", "en")
    (policy,) = [each["content"] or "" for each in Elements(text).all("meta") if each.get("http-equiv")]
    style = text.split("<style>")[1].split("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "unsafe" not in policy
    assert text.index("Content-Security-Policy") < text.index("<title>")


def test_strangers_texts_are_harmless(make_triage: Make) -> None:
    """Markup, templates, direction overrides and half characters, in every field and in the name of the source."""
    text = render(make_triage(EVIL, copies=3), EVIL, "en")
    plain = Elements(render(make_triage(copies=3), "x", "en"))
    evil = Elements(text)
    assert {name for name, _ in evil.found} == {name for name, _ in plain.found}
    assert not any(key.startswith("on") for _, attributes in evil.found for key in attributes)
    assert "49" not in "".join(evil.words).replace("7*7", "")
    assert re.search("[\x00-\x09\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069]", text) is None
    assert "U+202E" in text
    text.encode("utf-8")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60))
def test_any_text_keeps_the_page_whole(make_triage: Make, text: str) -> None:
    """The elements are the same ones, properly nested, whatever the texts are."""
    Elements(render(make_triage(text), text, "zh_Hans")).all("table")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_in_the_language_asked_for(make_triage: Make, language: str) -> None:
    """And the other one is a press of a button away, without script."""
    page = Elements(render(make_triage(copies=3), "abuse.mbox", language))
    assert page.all("html")[0]["lang"] == catalogue(language).html_language
    switches = {each["id"]: "checked" in each for each in page.all("input")}
    assert switches == {"lang-en": language == "en", "lang-zh": language == "zh_Hans"}
    assert {each["for"] for each in page.all("label")} == set(switches)
    spoken = [each for each in page.all("span") if (each.get("class") or "").startswith("t-")]
    assert {each["lang"] for each in spoken} == {"en", "zh-Hans"}
    assert not any("[triage." in word or "[finding." in word for word in page.words)


def test_everything_has_words() -> None:
    """Each class, kind, place, reason and level that can occur has a sentence in both languages."""
    needed = [f"triage.class.{each.value}" for each in EvidenceClass]
    needed += [f"triage.item.{each.value}" for each in Kind]
    needed += [f"triage.kind.{each.value}" for each in (SubjectKind.ADDRESS, SubjectKind.DOMAIN)]
    needed += [f"triage.needs.{name}" for name in ("fraud", "virus", "bot", "mentioned")]
    needed += [f"triage.level.{name}" for name in ("high", "middle", "low")]
    needed += [f"triage.unmatched.{name}" for name in ("not-ours", "private", "no-mark")]
    needed += [f"triage.fold.{name}" for name in ("same-bytes", "same-mail", "same-report", "same-complaint")]
    needed += [f"triage.mark.{name}" for name in ("feedback-id", "subject", "link-domain", "from-domain", "class")]
    template = files("comity.web").joinpath("templates", "triage.html").read_text(encoding="utf-8")
    needed += re.findall(r't\("(triage\.[a-z.-]+[a-z])"', template)
    for language in LANGUAGES:
        assert [name for name in needed if name not in catalogue(language)] == []


def test_no_sentence_is_left_over() -> None:
    """The catalogue keeps no words that neither page nor command says."""
    root = files("comity")
    spoken_in = (
        "web/templates/triage.html",
        "web/pages/triage.py",
        "cli/triage/__init__.py",
        "cli/triage/screen.py",
        "cli/password.py",
    )
    found_by = ("cases/grouping.py", "cases/facts.py", "services/receive/triage.py")
    code = "".join(root.joinpath(path).read_text(encoding="utf-8") for path in spoken_in + found_by)
    built = ("class", "item", "needs", "level", "unmatched", "fold", "mark", "place", "person-of", "why", "kind")
    names = tomllib.loads(root.joinpath("locale", "en", "triage.toml").read_text(encoding="utf-8"))
    assert [
        name
        for name in names
        if name.startswith("triage.")
        and name.split(".")[1] not in built
        and f'"{name.removesuffix(".one").removesuffix(".none")}' not in code
    ] == []


def test_the_structure_can_be_heard(make_triage: Make) -> None:
    """Headings in steps, one of the first order; header cells with a scope; drawings hidden; every list named."""
    page = Elements(render(make_triage(copies=3), "abuse.mbox", "en"))
    levels = [int(name[1]) for name, _ in page.found if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(each.get("scope") == "col" for each in page.all("th"))
    assert all(each.get("aria-hidden") == "true" for each in page.all("svg"))
    names = [attributes["id"] for _, attributes in page.found if attributes.get("id")]
    assert len(names) == len(set(names))
    for each in page.all("a"):
        assert (each["href"] or "")[1:] in names
    assert {"header", "main", "footer", "nav"} <= {name for name, _ in page.found}


def test_a_large_triage_stays_a_page(make_triage: Make) -> None:
    """What is not shown is counted, and the file stays small enough to mail."""
    triage = make_triage(copies=1000)
    page = page_of(triage, "abuse.mbox", "en")
    assert len(page.cases) == 100
    assert len(page.cases) + len(page.short_cases) + page.more_cases == len(triage.cases)
    text = render(triage, "abuse.mbox", "en")
    assert len(text) < 3_000_000
    assert "and 151 more cases" in text


def test_a_quiet_mailbox() -> None:
    """Nothing to show is said, not left blank."""
    text = render(group([], OwnSide([]), datetime(2026, 3, 20, tzinfo=UTC)), "empty", "en")
    assert "0 mails → 0 cases" in text
    assert "nothing needs a person" in text
    assert "No report is about anything in your list." in text
    Elements(text)


def _luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrasts_are_enough() -> None:
    """WCAG AA, light and dark and on paper: text 4.5, drawings 3."""
    style = files("comity.web").joinpath("static", "triage.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    light, dark = schemes[:2]
    for scheme in (light, dark):
        texts = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("ground", "sheet", "sunk")]
        texts += [(text, ground) for text in ("high", "middle", "low") for ground in ("sheet", f"{text}-sunk")]
        texts += [
            ("middle", "ground"),
            ("ink", "middle-sunk"),
            ("accent", "accent-sunk"),
            ("sheet", "accent"),
            ("high", "sunk"),
        ]
        assert {
            pair: round(ratio, 2) for pair in texts if (ratio := _contrast(scheme[pair[0]], scheme[pair[1]])) < 4.5
        } == {}
        drawings = [(name, "sheet") for name in ("now", "s1", "s3", "s4")]
        assert {pair: ratio for pair in drawings if (ratio := _contrast(scheme[pair[0]], scheme[pair[1]])) < 3} == {}
