"""The page of a triage in a real browser: nothing overflows, nothing is refused, nothing is fetched, nothing runs."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.cases.grouping import group
from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind
from comity.web.pages.triage import render

pytestmark = pytest.mark.live

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
TEXTS = [
    "Your invoice 4711",
    "您的账户需要验证,请立即登录处理,否则将被冻结",
    "x" * 150,
    "https://" + "very-long-host-name." * 8 + "example/",
    "\u202egnp.exe<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "بريد مزعج من شبكتكم",
    "Z" + "\u0301" * 60,
]


def _page(tmp_path: Path, language: str) -> Path:
    """A page with all sections, long and wide texts, and a stranger's attempts."""
    chance = random.Random(5)  # noqa: S311  # the same page on every run
    own = OwnSide(
        read_own(
            "192.0.2.0/26,A customer with a rather long name of several words GmbH & Co. KG,noc@west.example\n"
            "192.0.2.64/26,东方网络科技有限公司华北分公司\n192.0.2.128/25\nmail.example\n".encode(),
            "own.csv",
        ).holdings
    )
    items = []
    for number in range(400):
        text = chance.choice(TEXTS)
        evidence = Evidence(
            evidence_class=chance.choice(list(EvidenceClass)),
            source_ip=f"192.0.2.{chance.choice([1, 2, 70, 71, 200, 201])}" if chance.random() < 0.8 else "203.0.113.9",
            seen=NOW - timedelta(hours=chance.randrange(500)),
            subject=text,
            reporter=f"{text[:40]}@west.example",
            dkim_domain=("mail.example", text[:90]),
            complainer=str(number),
        )
        kind = chance.choice([Kind.ARF] * 6 + [Kind.PROSE, Kind.BOUNCE, Kind.UNREADABLE, Kind.VERIFICATION])
        why = "triage.why.fault" if kind is Kind.UNREADABLE else "triage.why.no-rows"
        items.append(
            ItemFacts(
                name=f"folder/{text[:60]}/{number}.eml",
                position=str(number),
                size=9,
                digest=str(number % 390),
                kind=kind,
                why=why,
                subject=text,
                sent=NOW,
                carried_from=evidence.reporter,
                evidence=(evidence,) if kind is Kind.ARF else (),
                mentioned=("192.0.2.1", text[:80]),
            )
        )
    path = tmp_path / "page.html"
    path.write_text(render(group(items, own, NOW), f"{TEXTS[4]} {TEXTS[2]}", language), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [320, 360, 375, 600, 768, 960, 961, 1024, 1280, 1920])
def test_it_fits_every_width(chromium: Any, tmp_path: Path, width: int) -> None:
    """Open or closed, light or dark, in both languages: nobody scrolls sideways, and the console is silent."""
    path = _page(tmp_path, "en")
    for dark in (False, True):
        chromium.open(path, width=width, dark=dark)
        for language in ("lang-en", "lang-zh"):
            chromium.value(f"document.getElementById('{language}').click()")
            for opened in ("false", "true"):
                chromium.value(f"document.querySelectorAll('details').forEach(each => each.open = {opened})")
                assert chromium.value(f"document.documentElement.scrollWidth <= {width}"), (
                    width,
                    dark,
                    language,
                    opened,
                )
        assert chromium.complaints == []
        assert [url for url in chromium.requests if not url.startswith(("file:", "data:"))] == []


def test_a_stranger_runs_nothing(chromium: Any, tmp_path: Path) -> None:
    """The title is ours, and no element of a stranger's came to be."""
    chromium.open(_page(tmp_path, "en"), width=1280)
    assert chromium.value("document.title").startswith("Triage of ")
    assert chromium.value("document.querySelectorAll('script, img, iframe, object').length") == 0


@pytest.mark.parametrize(("language", "shown", "hidden"), [("en", "t-en", "t-zh"), ("zh_Hans", "t-zh", "t-en")])
def test_the_language_changes_without_script(
    chromium: Any, tmp_path: Path, language: str, shown: str, hidden: str
) -> None:
    """Exactly one language is seen; a press changes which."""
    chromium.open(_page(tmp_path, language), width=1280)
    seen = "[...document.querySelectorAll('.{0}')].some(each => each.offsetParent !== null)"
    assert chromium.value(seen.format(shown))
    assert not chromium.value(seen.format(hidden))
    chromium.value("document.querySelector('.switch:not(:checked)').click()")
    assert chromium.value(seen.format(hidden))
    assert not chromium.value(seen.format(shown))


def test_the_keyboard_reaches_everything(chromium: Any, tmp_path: Path) -> None:
    """Tab goes to the language, the skip link, the places and every case; space opens a case; the focus is seen."""
    chromium.open(_page(tmp_path, "en"), width=1280)
    reached = []
    for _ in range(30):
        for kind in ("keyDown", "keyUp"):
            chromium.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(
            chromium.value(
                "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
            )
        )
        if reached[-1] == "SUMMARY" and chromium.value("!!document.activeElement.closest('.case')"):
            break
    assert "lang-en" in reached
    assert "skip" in reached
    assert chromium.value("!!document.activeElement.closest('.case')")
    assert chromium.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
    for kind in ("keyDown", "keyUp"):
        chromium.call("Input.dispatchKeyEvent", type=kind, key=" ", code="Space", text=" ", windowsVirtualKeyCode=32)
    assert chromium.value("document.activeElement.parentElement.open")


def test_on_paper(chromium: Any, tmp_path: Path) -> None:
    """What cannot be pressed on paper is not printed, and nothing is cut at the side."""
    chromium.open(_page(tmp_path, "zh_Hans"), width=794, media="print")
    assert chromium.value("getComputedStyle(document.querySelector('.tongue')).display") == "none"
    assert chromium.value("document.documentElement.scrollWidth <= innerWidth")
