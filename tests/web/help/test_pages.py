"""Every page for subscribers: whole in itself, heard as well as seen, the same from a host and from a disk."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from posixpath import join, normpath

import pytest

from comity.services.remedy.self_service import Confined
from comity.web.help.export import site_files

from ..accessible import faults
from .conftest import HOUSE, PACKS, HelpScene

VOID = {"meta", "link", "input", "br"}
SERVED = (
    "index.html",
    "check",
    "questions",
    "search.html",
    "notices.html",
    "device-pc.html",
    "my",
    "captive",
    "my/gone",
    "nowhere",
)


class Elements(HTMLParser):
    """All elements with their attributes; complains about wrong nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
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

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of these names."""
        return [attributes for name, attributes in self.found if name in tags]


@pytest.fixture
def every(scene: HelpScene) -> Iterator[dict[str, str]]:
    """Each page, served and exported, by a name for it."""
    made = {f"export/{name}": text for name, text in site_files(PACKS, HOUSE).items() if name.endswith(".html")}
    scene.garden.append(Confined(notice=scene.notice))
    for language in PACKS.languages:
        for name in SERVED:
            path = f"/{language}/my/{scene.token()}" if name == "my" else f"/{language}/{name}"
            made[f"{language}/{name}"] = scene.client.get(path).text
        made[f"{language}/checked"] = scene.post(f"/{language}/check", reference=scene.notice.reference).text
        made[f"{language}/wrong"] = scene.post(f"/{language}/open", reference=scene.notice.reference, first="x").text
        made[f"{language}/answered"] = scene.post(f"/{language}/questions", phase="after", check="ask").text
    yield made


def test_the_structure_can_be_heard(every: dict[str, str]) -> None:
    """One language and one title a page, landmarks, headings in steps, a label for every field, no id twice."""
    assert len(every) > 50
    for name, text in every.items():
        page = Elements(text)
        (html,) = page.all("html")
        assert html["lang"] in ("en", "zh-Hans"), name
        assert page.all("main"), name
        levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch(r"h[1-6]", tag)]
        assert levels.count(1) == 1, name
        assert levels[0] == 1, name
        assert all(after - before <= 1 for before, after in pairwise(levels)), (name, levels)
        ids = [each["id"] for _, each in page.found if each.get("id")]
        assert len(ids) == len(set(ids)), name
        labels = {each.get("for") for each in page.all("label")}
        for field in page.all("input"):
            assert field.get("type") in ("hidden", "radio") or field["id"] in labels, (name, field)
        for _, each in page.found:
            for reference in ("aria-labelledby", "aria-describedby"):
                assert each.get(reference) is None or each[reference] in ids, (name, each)
        for nav in page.all("nav"):
            assert nav.get("aria-label"), name
        assert faults(re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)) == [], name
        assert page.all("footer") or "index.html" in name


def test_nothing_is_loaded_and_nothing_else_runs(every: dict[str, str]) -> None:
    """One style by its hash, on the search one script by its hash; no cookie, no picture, no address of anybody else."""
    for name, text in every.items():
        page = Elements(text)
        assert not page.all("img", "iframe", "object", "embed", "base", "audio", "video"), name
        (policy,) = (each["content"] or "" for each in page.all("meta") if each.get("http-equiv"))
        style = text.split("<style>")[1].split("</style>")[0]
        assert f"default-src 'none'; style-src 'sha256-{_digest(style)}'" in policy, name
        scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert len(scripts) == ("search.html" in name), name
        assert all(f"script-src 'sha256-{_digest(each)}'" in policy for each in scripts), name
        assert "unsafe" not in policy
        for _, attributes in page.found:
            assert not any(key.startswith("on") or key == "style" for key in attributes), name
            for key in ("src", "href", "action"):
                assert "://" not in (attributes.get(key) or ""), name


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def test_every_link_of_the_export_leads_to_a_file(every: dict[str, str]) -> None:
    """Relative, also between the languages: it works from a disk, below any folder of any host."""
    names = {name for name in every if name.startswith("export/")}
    for name in names:
        for link in Elements(every[name]).all("a"):
            target, _, anchor = (link["href"] or "").partition("#")
            assert not target.startswith("/"), name
            where = normpath(join(name.rpartition("/")[0], target)) if target else name
            assert where in names, (name, link)
            assert not anchor or f'id="{anchor}"' in every[where]
        assert "<form" not in every[name] or "search.html" in name


def test_the_export_is_the_same_bytes_again() -> None:
    """And it says of itself which version it is, with the hash of each file."""
    one, two = site_files(PACKS, HOUSE), site_files(PACKS, HOUSE)
    assert one == two
    assert PACKS.version in one["version.json"]
    assert all(
        sha256(text.encode()).hexdigest() in one["version.json"] for name, text in one.items() if name != "version.json"
    )
    assert len(one) == 2 + 2 * 12


def test_what_a_page_carries_when_it_is_served(scene: HelpScene) -> None:
    """A policy in the header too, no sniffing, no framing, no cookie; what is public may be kept for some minutes."""
    for path in ("/en/index.html", "/en/check", f"/en/my/{scene.token()}", "/en/my/x", "/nowhere/x"):
        answer = scene.client.get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert ("max-age" in answer.headers["cache-control"]) == (path == "/en/index.html")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh_Hans"), ("fr, en;q=0.5", "en"), ("", "en"), ("xx" * 9000, "en")],
)
def test_the_start_is_in_the_readers_language(scene: HelpScene, accepted: str, language: str) -> None:
    """As the browser asks; English where nothing fits."""
    answer = scene.client.get("/", headers={"accept-language": accepted})
    assert (answer.status_code, answer.headers["location"]) == (302, f"{language}/index.html")


@pytest.mark.parametrize("path", ["/en", "/en/"])
def test_the_folder_of_a_language_leads_to_its_start(scene: HelpScene, path: str) -> None:
    """With the stroke at the end, as people type it, or without."""
    answer = scene.client.get(path, follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/en/index.html")


def _luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sheet", ["help.css", "notice.css"])
def test_contrasts_are_enough(sheet: str) -> None:
    """WCAG AA, light, dark and on paper: text 4.5 to 1, the edge of a field 3 to 1."""
    style = files("comity.web").joinpath("static", sheet).read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    schemes = [each for each in schemes if each]
    assert len(schemes) == 3
    texts = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("ground", "sheet")]
    texts += [("accent", "accent-sunk"), ("accent-ink", "accent"), ("good", "good-sunk"), ("good", "ground"), ("good", "sheet"),
              ("ink", "good-sunk"), ("ink", "warn-sunk"), ("soft", "sunk"), ("accent", "sunk"), ("mark-ink", "mark")]  # fmt: skip
    for scheme in schemes:
        pairs = [pair for pair in texts if set(pair) <= set(scheme)]
        assert {pair: round(_contrast(scheme[pair[0]], scheme[pair[1]]), 2) for pair in pairs
                if _contrast(scheme[pair[0]], scheme[pair[1]]) < 4.5} == {}  # fmt: skip
        if "edge" in scheme:
            assert _contrast(scheme["edge"], scheme["sheet"]) >= 3
            assert _contrast(scheme["edge"], scheme["ground"]) >= 3
