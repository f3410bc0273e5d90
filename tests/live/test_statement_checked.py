"""A stranger with a browser and a file: Chromium chooses the file, sends it, and shows a verdict on a telephone and on a desk."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..web.portal.conftest import PortalScene, a_portal
from ..web.portal.test_checking import GIVEN, signed
from .test_statement_page import FAINT

pytestmark = pytest.mark.live


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[PortalScene]:
    with a_portal(tmp_path) as made:
        yield made


def verdict(browser: Any, scene: PortalScene, path: Path, *, language: str, width: int, dark: bool) -> str:
    """Open the page, choose the file, paste the keys, press the button; the words of the verdict."""
    browser.complaints.clear()
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.call("Emulation.setEmulatedMedia", media="screen", features=[scheme])
    browser.call("Page.navigate", url=f"http://127.0.0.1:{scene.port}/{language}/statements/check")
    _until(browser, "document.readyState === 'complete' && document.getElementById('file') !== null")
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    node = browser.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])
    browser.value(
        f"document.getElementById('keys').value = {GIVEN!r}; document.querySelector('form .row button').click()"
    )
    _until(browser, "document.readyState === 'complete' && document.getElementById('verdict') !== null")
    assert browser.value(f"document.documentElement.scrollWidth <= {width}"), (language, width)
    assert browser.value("document.getElementById('verdict').getBoundingClientRect().top < 900"), (
        "seen without scrolling"
    )
    assert browser.complaints == []
    assert browser.value(FAINT) == [], (language, width, dark)
    return str(browser.value("document.getElementById('verdict').innerText"))


def _until(browser: Any, condition: str) -> None:
    deadline = time.monotonic() + 120
    while not browser.value(condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


@pytest.mark.parametrize(("width", "dark"), [(375, True), (1280, False)], ids=["telephone", "desk"])
def test_a_stranger_comes_to_a_verdict(
    chromium: Any, scene: PortalScene, tmp_path: Path, width: int, *, dark: bool
) -> None:
    """The very file holds; with one flipped byte the page says first that nothing in it is to be believed; in both languages."""
    data, good, bad = signed(), tmp_path / "good.json", tmp_path / "bad.json"
    place = data.index(b'"values"') + 30
    good.write_bytes(data)
    bad.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    for language, holds, fails in (
        ("en", "Both networks signed this statement", "Believe no number in it"),
        ("zh_Hans", "双方网络均签署了此声明", "请勿相信其中任何数字"),
    ):
        assert holds in verdict(chromium, scene, good, language=language, width=width, dark=dark)
        chromium.picture(tmp_path / f"{language}-{width}-holds.png")
        assert fails in verdict(chromium, scene, bad, language=language, width=width, dark=dark)
        chromium.picture(tmp_path / f"{language}-{width}-fails.png")
