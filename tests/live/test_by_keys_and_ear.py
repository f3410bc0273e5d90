"""Pages worked by keys alone and heard as a screen reader hears them, in Chromium: the queue, a case, a notice, an enrolment."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from comity.bootstrap.pages import desk_work
from comity.gates.web import WebPlace
from comity.model.account import PERMITS, Account, Role, Signed
from comity.model.listener import Listener
from comity.services.operate.desk_bench.furnishing import DeskOrder, case_name, furnish
from comity.settings import read_settings
from comity.web.desk.app import desk_app
from comity.web.desk.work import DeskWork

from ..web.help.conftest import a_help_scene
from ..web.on_loopback import on_loopback

pytestmark = pytest.mark.live
NOW: Final = datetime.now(UTC)
ORDER: Final = DeskOrder(reports=200, cases=80, seed=1, now=NOW)
CASE: Final = f"/cases/{case_name(ORDER, 3)}"
PAGES: Final = ("/", "/cases", CASE, "/consumers", "/remedy/notices", "/account", "/accounts", "/outbox", "/settings")
SAID: Final = frozenset(
    {"link", "button", "textbox", "searchbox", "combobox", "checkbox", "radio", "Date", "DisclosureTriangle", "heading"}
)
REACHABLE: Final = (
    "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]')]"
    ".filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.closest('dialog:not([open])'))"
    ".filter((e, at, all) => e.type !== 'radio' || e === all.find(other => other.name === e.name)).length"  # arrows lead on
)
# What has the focus: a number of its own, whether it is seen, and how large it is to a finger.
HERE: Final = """JSON.stringify((e => {
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  window.walked = window.walked || [];
  if (!window.walked.includes(e)) window.walked.push(e);
  const inText = style.display === 'inline' || !!e.closest('label');
  return {place: window.walked.indexOf(e), html: e.outerHTML.slice(0, 120),
    outline: style.outlineStyle, width: parseFloat(style.outlineWidth),
    isThere: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    small: !inText && (box.width < 24 || box.height < 24)};
})(document.activeElement))"""


def somebody(token: str) -> Signed | None:
    """Whoever has the token."""
    role = Role.ADMINISTRATOR
    values = {"csrf": "x", "language": "en", "session": b"s" * 32, "since": NOW, "seen": NOW}
    return Signed(account="ann", role=role, permits=PERMITS[role], **values) if token == "right" else None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """The desk as it is joined, with cases."""
    file = tmp_path / "comity.toml"
    file.write_text('[playbook]\nuse = "ladder"\n')
    work = desk_work(read_settings(file), lambda event, **facts: None, DeskWork, put=lambda _: Future())
    work.store.create()
    furnish(ORDER, work.store.write)
    with work.store.write() as records:
        for name in ("ann", "bob"):
            records.accounts.add(Account(name=name, role=Role.ADMINISTRATOR, created=NOW), "-")
    work = replace(work, find=lambda records, token, now: somebody(token))
    with ExitStack() as stack:
        port = stack.enter_context(on_loopback(WebPlace(name="desk", app=desk_app(work), listener=Listener(port=0))))
        yield f"http://127.0.0.1:{port}"
    work.store.close()


def opened(chromium: Any, url: str, *, width: int = 1280) -> None:
    """Open a page, and wait until it is there."""
    chromium.complaints.clear()
    chromium.call("Network.setCookie", name="comity", value="right", url=url)
    chromium.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
    )
    chromium.call("Page.navigate", url=url)
    while not chromium.value(f"location.href === {json.dumps(url)} && document.readyState === 'complete'"):
        pass


def press(chromium: Any, key: str) -> None:
    """One key."""
    code = {"Tab": 9, "Enter": 13}[key]
    text = {"Enter": "\r"}.get(key, "")
    chromium.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, text=text)
    chromium.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)


def walk(chromium: Any) -> list[dict[str, Any]]:
    """Everything that Tab leads to, until it begins again or leaves the page."""
    seen: list[dict[str, Any]] = []
    for _ in range(500):
        press(chromium, "Tab")
        here = json.loads(chromium.value(HERE) or "null")
        if seen and here and here["place"] == seen[-1]["place"]:
            continue  # a date has a place for the year, the month, the day
        if here is None or here["place"] < len(seen):
            return seen
        seen.append(here)
    raise AssertionError("Tab leads nowhere")


def heard(chromium: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Role and name of everything, in the order in which it is read."""
    nodes = chromium.call("Accessibility.getFullAXTree")["nodes"]
    return [
        (
            each.get("role", {}).get("value", ""),
            each.get("name", {}).get("value", "").strip(),
            {fact["name"]: fact["value"].get("value") for fact in each.get("properties", ())},
        )
        for each in nodes
        if not each.get("ignored")
    ]


def check(chromium: Any, url: str, *, width: int = 1280) -> None:
    """Keys reach everything, and the focus is seen; everything says what it is."""
    opened(chromium, url, width=width)
    wanted = chromium.value(REACHABLE)
    walked = walk(chromium)
    assert len(walked) == wanted, (url, [each["html"] for each in walked])
    assert [each["html"] for each in walked if not each["isThere"]] == [], url
    assert [each["html"] for each in walked if each["outline"] == "none" or each["width"] < 2] == [], url
    assert [each["html"] for each in walked if each["small"]] == [], url
    said = heard(chromium)
    assert [role for role, _, _ in said].count("main") == 1
    assert [each for each in said if each[0] in SAID and not each[1]] == [], url
    levels = [facts["level"] for role, _, facts in said if role == "heading" and "level" in facts]
    assert 1 in levels
    assert chromium.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_keys_reach_everything_and_everything_has_a_name(chromium: Any, desk: str, path: str, width: int) -> None:
    """Nothing is reached by a mouse alone, nothing holds the focus, and nothing is smaller than a finger."""
    check(chromium, f"{desk}{path}", width=width)


def test_the_first_key_leads_past_the_menu(chromium: Any, desk: str) -> None:
    """Tab and Enter, and what is read next is the page itself."""
    opened(chromium, f"{desk}/cases")
    press(chromium, "Tab")
    assert chromium.value("document.activeElement.className") == "skip"
    press(chromium, "Enter")
    assert chromium.value("document.activeElement.id") == "main"
    press(chromium, "Tab")
    assert chromium.value("document.activeElement.id") != "main"
    assert chromium.value("document.activeElement.closest('main') !== null")


def test_the_queue_is_heard_as_a_table(chromium: Any, desk: str) -> None:
    """Heads of columns and rows; each box says whose case it chooses, and one that it chooses all."""
    opened(chromium, f"{desk}/cases")
    said = heard(chromium)
    roles = [role for role, _, _ in said]
    assert roles.count("columnheader") == 8
    heads = [name for role, name, _ in said if role == "rowheader"]
    *boxes, all_of_them = [name for role, name, _ in said if role == "checkbox"]
    assert all_of_them == "Choose all on this page"
    assert len(heads) == len(boxes) > 10
    assert all(any(word in box for word in head.split()) for head, box in zip(heads, boxes, strict=True))


def test_a_notice_is_checked_and_read_by_keys(chromium: Any, tmp_path: Path) -> None:
    """The public check, and the subscriber's own page, in both languages."""
    with a_help_scene(tmp_path) as scene:
        base = f"http://127.0.0.1:{scene.port}"
        for language in ("en", "zh_Hans"):
            for path in ("check", "questions", f"my/{scene.token()}"):
                check(chromium, f"{base}/{language}/{path}", width=390)
