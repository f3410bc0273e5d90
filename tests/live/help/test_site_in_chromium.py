"""The pages for subscribers in a real browser: from a disk without network, at every width, by keyboard, without script."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from comity.bootstrap.help import packs_of, public_house
from comity.settings import parse
from comity.web.help.export import site_files

pytestmark = pytest.mark.live

TEXT = '[help]\nprovider = "East Broadband"\nportal = "help.east.example"\nhelp_line = "10000"\n'
WIDTHS = (320, 390, 768, 1280)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported site on a disk."""
    folder = tmp_path_factory.mktemp("site")
    settings = parse(TEXT, folder / "comity.toml")
    packs = packs_of(settings)
    for name, text in site_files(packs, public_house(settings, packs)).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_every_page_opens_from_a_disk(chromium: Any, site: Path) -> None:
    """Without network, at every width, light and dark: nothing is asked for, nothing complains, nobody scrolls sideways."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) == 25
    chromium.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    try:
        for path in pages:
            for width in WIDTHS:
                chromium.open(path, width=width, dark=width == WIDTHS[0])
                assert chromium.value(f"document.documentElement.scrollWidth <= {width}"), (path.name, width)
                assert chromium.complaints == [], path.name
                assert [url for url in chromium.requests if not url.startswith(("file:", "data:"))] == []
    finally:
        chromium.call(
            "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )


@pytest.mark.parametrize(("language", "word", "fits"), [("en", "DNS", 1), ("zh_Hans", "摄像头", 3), ("en", "zzzz", 0)])
def test_the_search_finds(chromium: Any, site: Path, language: str, word: str, fits: int) -> None:
    """What is typed leaves pages that have it; nothing is asked of a network; a word that is nowhere says so."""
    chromium.open(site / language / "search.html", width=390)
    chromium.value(f"document.getElementById('word').value = {json.dumps(word)}")
    chromium.value("document.getElementById('word').dispatchEvent(new Event('input'))")
    shown = chromium.value("[...document.querySelectorAll('#found li')].filter(each => !each.hidden).length")
    assert shown >= fits
    assert (shown == 0) == (fits == 0)
    assert chromium.value("document.getElementById('none').hidden") == (fits > 0)
    assert shown < 10
    assert chromium.complaints == []


def test_without_script_the_search_is_a_list(chromium: Any, site: Path) -> None:
    """All pages stand there, and no field that would do nothing."""
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(site / "en" / "search.html", width=390)
        seen = "getComputedStyle(document.getElementById('ask')).display"
        assert chromium.value(seen) == "none"
        assert chromium.value("document.querySelectorAll('#found li').length") == 10
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_keyboard_reaches_everything(chromium: Any, site: Path) -> None:
    """Tab goes to the skip link first, and to every link after it; where it is can be seen."""
    chromium.open(site / "en" / "index.html", width=1280)
    each_one = "[...document.querySelectorAll('a')].map(each => each.className + ' ' + each.getAttribute('href'))"
    links = chromium.value(each_one)
    reached = set()
    for number in range(len(links)):
        for kind in ("keyDown", "keyUp"):
            chromium.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        name = chromium.value("document.activeElement.className + ' ' + document.activeElement.getAttribute('href')")
        assert number or name.startswith("skip")
        assert chromium.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
        reached.add(name)
    assert reached == set(links)


AXE: Final = os.environ.get("COMITY_AXE")  # the file axe.min.js of axe-core, which Debian does not have
if AXE:

    def test_axe_finds_nothing(chromium: Any, site: Path) -> None:
        """No violation on any page, light and dark."""
        script = Path(AXE or "").read_text(encoding="utf-8")
        found = {}
        chromium.call("Page.setBypassCSP", enabled=True)
        try:
            for path in sorted(site.rglob("*.html")):
                for dark in (False, True):
                    chromium.open(path, width=390, dark=dark)
                    chromium.value(script + "; 1")
                    violations = chromium.value(
                        "axe.run().then(each => each.violations.map(one => one.id + ' ' + one.nodes[0].html))"
                    )
                    if violations:
                        found[f"{path.parent.name}/{path.name} {dark}"] = violations
        finally:
            chromium.call("Page.setBypassCSP", enabled=False)
        assert found == {}
