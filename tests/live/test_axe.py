"""axe-core over desk, portal and the subscribers' pages, in Chromium; ``COMITY_AXE`` names its file, which Debian does not have."""

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from ..web.help.conftest import a_help_scene
from ..web.portal.conftest import a_portal
from .test_by_keys_and_ear import PAGES, desk, opened

__all__ = ["desk"]
pytestmark = pytest.mark.live
AXE: Final = os.environ.get("COMITY_AXE")
DESK: Final = (
    *PAGES,
    "/first-steps",
    "/urgent",
    "/unmatched",
    "/shunt",
    "/sources",
    "/peers",
    "/recourse",
    "/ledger",
    "/statements",
    "/webhooks",
    "/settings?all=yes",
    "/audit",
    "/filter",
    "/filter/why",
    "/filter/models",
    "/flows",
    "/remedy",
    "/remedy/effect",
    "/playbook",
    "/access-log",
    "/search?words=bakery",
)
TRY: Final = "axe.run().then(each => each.violations.map(one => one.id + ' ' + one.nodes[0].html))"
LOOKS: Final = tuple(product((False, True), (390, 1280)))


def looks(chromium: Any) -> Iterator[tuple[bool, int]]:
    """Light and dark, on a phone and on a desk."""
    for dark, width in LOOKS:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        chromium.call("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        yield dark, width


def violations(chromium: Any) -> list[str]:
    """What axe finds on the page that is open; the page's own policy lets no script of others run, so it is set aside."""
    chromium.value(Path(AXE or "").read_text(encoding="utf-8") + "; 1")
    found: list[str] = chromium.value(TRY)
    return found


def sent(chromium: Any, form: str, **fields: str) -> None:
    """A form is filled and sent, and its answer is there."""
    filled = "".join(
        f"form.elements[{json.dumps(name)}].value = {json.dumps(value)};" for name, value in fields.items()
    )
    chromium.value(
        f"(() => {{ window.before = 1; const form = document.querySelector({json.dumps(form)}); {filled} form.submit(); }})()"
    )
    while not chromium.value("window.before === undefined && document.readyState === 'complete'"):
        pass


if AXE:

    @pytest.fixture(autouse=True)
    def no_policy(chromium: Any) -> Iterator[None]:
        """While axe looks."""
        chromium.call("Page.setBypassCSP", enabled=True)
        yield
        chromium.call("Page.setBypassCSP", enabled=False)

    @pytest.mark.parametrize("language", ["en", "zh-Hans"])
    def test_the_desk(chromium: Any, desk: str, language: str) -> None:
        """Every page of the menu, a case, everything that is set; and a form that was refused."""
        opened(chromium, f"{desk}/")
        chromium.call("Network.setCookie", name="comity-language", value=language, url=desk)
        found = {}
        for dark, width in looks(chromium):
            for path in DESK:
                opened(chromium, f"{desk}{path}", width=width)
                found[path, dark, width] = violations(chromium)
            opened(chromium, f"{desk}/account", width=width)
            sent(chromium, "main form:has([name=new])", new="short")
            assert chromium.value("document.querySelector('[aria-invalid=true]') !== null")
            found["refused", dark, width] = violations(chromium)
        assert {where: each for where, each in found.items() if each} == {}

    @pytest.mark.parametrize("language", ["en", "zh_Hans"])
    def test_the_pages_for_other_networks(chromium: Any, tmp_path: Path, language: str) -> None:
        """About us, enrolment, recourse, proofs, signing in; a refused form."""
        found = {}
        with a_portal(tmp_path, put=lambda _: None) as scene:
            base, path = f"http://127.0.0.1:{scene.port}", scene.enrol()
            scene.impose()
            own = path.replace("/en/", f"/{language}/")
            paths = [
                f"/{language}/{each}"
                for each in ("network", "enrol", "recourse", "recourse/prove", "sign-in", "complain")
            ]
            for dark, width in looks(chromium):
                for each in (*paths, own):
                    opened(chromium, base + each, width=width)
                    found[each, dark, width] = violations(chromium)
                opened(chromium, f"{base}/{language}/enrol", width=width)
                sent(chromium, "main form", mailbox="nobody")
                found["refused", dark, width] = violations(chromium)
        assert {where: each for where, each in found.items() if each} == {}

    @pytest.mark.parametrize("language", ["en", "zh_Hans"])
    def test_the_pages_of_subscribers(chromium: Any, tmp_path: Path, language: str) -> None:
        """The check, the questions, one's own page; a number that is none of ours, and a word that is wrong."""
        found = {}
        with a_help_scene(tmp_path, per_minute=100_000) as scene:
            base = f"http://127.0.0.1:{scene.port}/{language}"
            for dark, width in looks(chromium):
                for path in ("index.html", "check", "questions", f"my/{scene.token()}"):
                    opened(chromium, f"{base}/{path}", width=width)
                    found[path, dark, width] = violations(chromium)
                opened(chromium, f"{base}/check", width=width)
                sent(chromium, "form[action=check]", reference="1234")
                found["no number", dark, width] = violations(chromium)
                sent(chromium, "form[action=check]", reference=scene.notice.reference)
                sent(chromium, "form[action=open]", first="wrong")
                found["wrong word", dark, width] = violations(chromium)
        assert {where: each for where, each in found.items() if each} == {}
