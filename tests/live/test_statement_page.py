"""The page of a joint statement in a real browser: on a desk, on a telephone and on paper, in light and dark."""

from pathlib import Path
from typing import Any

import pytest

from comity.services.prove.stating.checking import Checked, Fault
from comity.web.pages.statement import render
from comity.web.pages.statement_view import view_of

from ..web.stated import statement

pytestmark = pytest.mark.live

LONG = "x" * 90
TEXTS = ["complaint", LONG, "投诉" * 40, "\u202egnp.exe<img src=x onerror=\"document.title='owned'\">"]


def _page(tmp_path: Path, text: str) -> Path:
    """A page with faults, differences and a name as long as a stranger likes."""
    checked = Checked(faults=(Fault(code="day-missing", where=text), Fault(code="day-missing", where="2026-11-05")))
    path = tmp_path / "statement.html"
    path.write_text(render(view_of(statement(text), "note " + text, checked)), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [320, 375, 600, 768, 1024, 1280, 1920])
@pytest.mark.parametrize("text", TEXTS, ids=["plain", "long", "chinese", "stranger"])
def test_it_fits_every_width(chromium: Any, tmp_path: Path, width: int, text: str) -> None:
    """Nobody scrolls sideways, nothing is fetched, the console is silent, and a stranger's text is text."""
    path = _page(tmp_path, text)
    for dark in (False, True):
        chromium.open(path, width=width, dark=dark)
        assert chromium.value(f"document.documentElement.scrollWidth <= {width}"), (width, dark)
        assert chromium.complaints == []
        assert [url for url in chromium.requests if not url.startswith(("file:", "data:"))] == []
        assert chromium.value("document.querySelectorAll('script, img, iframe, object').length") == 0
        assert chromium.value("document.title") != "owned"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_both_languages_are_seen_and_can_be_read(chromium: Any, tmp_path: Path, dark: bool) -> None:
    """English and Chinese stand on the same sheet; every text is at least 4.5 times as light or dark as what it lies on."""
    chromium.open(_page(tmp_path, "complaint"), width=1280, dark=dark)
    for language in ("en", "zh-Hans"):
        assert chromium.value(f"[...document.querySelectorAll('[lang={language}]')].some(e => e.offsetParent !== null)")
    assert chromium.value(FAINT) == []
    pale = "#333" if dark else "#ccc"
    chromium.value(f"document.querySelector('h2').style.color = '{pale}'")
    assert len(chromium.value(FAINT)) > 0, "what cannot be read would be found"


def test_on_paper_it_is_black_on_white(chromium: Any, tmp_path: Path) -> None:
    """A dark screen does not darken the paper, and nothing is cut at its edge."""
    chromium.open(_page(tmp_path, LONG), width=794, dark=True, media="print")
    assert chromium.value("document.documentElement.scrollWidth <= innerWidth")
    assert chromium.value(FAINT) == []
    split = "getComputedStyle(e).breakInside !== 'avoid' || getComputedStyle(e).breakAfter !== 'avoid'"
    assert chromium.value(f"[...document.querySelectorAll('.note')].filter(e => {split}).length") == 0, (
        "no heading ends a page with its note in one language"
    )
    ground = chromium.value("getComputedStyle(document.body).backgroundColor")
    assert ground in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}


# WCAG 2.2, 1.4.3: the ratio of relative luminances of a text and of the first ground behind it that is not clear.
FAINT = """(() => {
  const parts = c => c.match(/[0-9.]+/g).map(Number);
  const light = c => parts(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (parts(c).length < 4 || parts(c)[3] === 1) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.offsetParent === null || e.closest('svg')) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(e.outerHTML.slice(0, 80));
  }
  return faint;
})()"""
