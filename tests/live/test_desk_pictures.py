"""Pictures of the desk in a real browser: read out by keys, days chosen with the mouse, a mail taken from a file."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from comity.bootstrap.pages import desk_work
from comity.gates.web import WebPlace
from comity.model.account import PERMITS, Role, Signed
from comity.model.listener import Listener
from comity.services.complain.cards.claimed import Counts
from comity.settings import read_settings
from comity.store.engine import open_store
from comity.web.desk.app import desk_app
from comity.web.desk.work import DeskWork

from ..web.on_loopback import on_loopback

pytestmark = pytest.mark.live

NOW = datetime.now(UTC)
MAIL = b"From: a@west.example\r\nSubject: \xff\xfe lucky\r\n\r\nYou are the winner of a prize.\r\n"


def somebody(token: str) -> Signed | None:
    """Whoever has the token."""
    if token != "right":
        return None
    role = Role.ADMINISTRATOR
    return Signed(
        account="ann", role=role, permits=PERMITS[role], csrf="x", language="en", session=b"s" * 32, since=NOW, seen=NOW
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """The desk as it is joined, with ten days of mail that was judged."""
    yield from _served(tmp_path, "")


@pytest.fixture
def playing_desk(tmp_path: Path) -> Iterator[str]:
    """The same with a playbook in use."""
    yield from _served(tmp_path, '[playbook]\nuse = "ladder"\n')


def _served(tmp_path: Path, settings: str) -> Iterator[str]:
    file = tmp_path / "comity.toml"
    file.write_text(settings)
    store = open_store(tmp_path / "comity.db")
    store.create()
    with store.write() as records:
        days = {NOW.date() - timedelta(days=n): Counts(mails=20 + n, aligned=9, spam=n) for n in range(10)}
        for net in range(20):
            records.intake.count_up(
                {(0, str(NOW.date() - timedelta(days=net)), "complaint", f"198.51.{net}.0/24"): 9000}
            )
        records.claimed.add({(day, "west.example"): each for day, each in days.items()})
    store.close()
    work = desk_work(read_settings(file), lambda event, **facts: None, DeskWork, put=lambda _: Future())
    work = replace(work, find=lambda records, token, now: somebody(token))
    with ExitStack() as stack:
        port = stack.enter_context(on_loopback(WebPlace(name="desk", app=desk_app(work), listener=Listener(port=0))))
        yield f"http://127.0.0.1:{port}"
    work.store.close()


def opened(chromium: Any, url: str, width: int = 1280) -> None:
    """Open a page, and wait until it is there."""
    chromium.call("Network.setCookie", name="comity", value="right", url=url)
    chromium.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
    )
    chromium.call("Page.navigate", url=url)
    wait_for(chromium, f"location.href == {json.dumps(url)} && document.readyState == 'complete'")


def wait_for(chromium: Any, expression: str, seconds: float = 30) -> None:
    """Until it holds on the page."""
    until = monotonic() + seconds
    while not chromium.value(expression):
        assert monotonic() < until, expression
        sleep(0.05)


def test_a_picture_is_read_by_keys_and_cut_by_hand(chromium: Any, desk: str) -> None:
    """Arrow keys say a day in words; a stretch that is drawn with the mouse becomes the days of the page."""
    opened(chromium, f"{desk}/filter")
    chromium.value("document.querySelector('#judged svg').scrollIntoView()")
    chromium.value("document.querySelector('#judged svg').focus()")
    chromium.call("Input.dispatchKeyEvent", type="keyDown", key="End")
    said = chromium.value("document.querySelector('#judged .spoken').textContent")
    assert said == f"{NOW.date()} · called spam: 0 · let through: 20"
    box = "JSON.stringify((r => [r.left, r.top, r.width, r.height])(document.querySelector('#judged svg').getBoundingClientRect()))"
    left, top, wide, high = json.loads(chromium.value(box))
    for kind, share in (("mousePressed", 0.3), ("mouseMoved", 0.4), ("mouseMoved", 0.6), ("mouseReleased", 0.6)):
        place = {"x": left + wide * share, "y": top + high / 2}
        chromium.call("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **place)
    wait_for(chromium, "location.search.includes('until')")
    chosen = parse_qs(urlsplit(chromium.value("location.href")).query)
    assert chosen["from"] < chosen["until"]
    assert chromium.complaints == []


def test_a_mail_from_a_file_goes_in_byte_by_byte(chromium: Any, desk: str, tmp_path: Path) -> None:
    """Bytes that are no text too; the verdict stands on the page with its reasons."""
    (tmp_path / "mail.eml").write_bytes(MAIL)
    opened(chromium, f"{desk}/filter/why")
    root = chromium.call("DOM.getDocument")["root"]["nodeId"]
    field = chromium.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    chromium.call("DOM.setFileInputFiles", nodeId=field, files=[str(tmp_path / "mail.eml")])
    wait_for(chromium, "document.querySelector('form.fields').elements.file.value.length > 0")
    chromium.value("document.querySelector('form.fields').requestSubmit()")
    wait_for(chromium, "document.querySelector('.why li') !== null")
    assert chromium.complaints == []


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize(
    "path",
    [
        "/filter",
        "/filter/why",
        "/filter/models",
        "/remedy",
        "/remedy/effect",
        "/flows",
        "/playbook",
        "/cases?whose=me",
        "/search",
        "/search?words=gift",
        "/filter/models",
        "/accounts",
        "/access-log",
        "/statements",
        "/first-steps",
    ],
)
def test_nobody_scrolls_sideways(chromium: Any, desk: str, path: str, width: int) -> None:
    """Wide pictures and tables scroll by themselves; nothing is fetched from elsewhere."""
    chromium.requests.clear()
    opened(chromium, f"{desk}{path}", width)
    assert chromium.value(f"document.documentElement.scrollWidth <= {width}")
    assert [url for url in chromium.requests if not url.startswith((desk, "data:"))] == []
    assert chromium.complaints == []


# How small the smallest letter of the pictures is that are shown, and how many letters there are at all.
LETTERS = """JSON.stringify((() => {
  const shown = [...document.querySelectorAll('svg.pic')].filter(each => getComputedStyle(each).display !== 'none');
  const texts = shown.flatMap(each => [...each.querySelectorAll('text')].map(
    text => parseFloat(getComputedStyle(text).fontSize) * each.getScreenCTM().a));
  return [texts.length, Math.min(...texts)];
})())"""


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("path", ["/filter", "/flows", "/playbook"])
@pytest.mark.parametrize("width", [390, 1280])
def test_letters_of_pictures_can_be_read(
    chromium: Any, playing_desk: str, width: int, *, path: str, language: str
) -> None:
    """On a phone none is smaller than eleven pixels, on a wide page none smaller than before."""
    chromium.call("Network.setCookie", name="comity-language", value=language, url=playing_desk)
    opened(chromium, f"{playing_desk}{path}", width=width)
    chromium.call("Network.deleteCookies", name="comity-language", url=playing_desk)
    n, least = json.loads(chromium.value(LETTERS))
    assert n > 10
    assert least >= (11 if width == 390 else 13)
    assert chromium.value("document.documentElement.scrollWidth <= innerWidth")


SEEN = """(() => {
  const [svg] = [...document.querySelectorAll('#judged svg')].filter(each => getComputedStyle(each).display !== 'none');
  const frame = document.querySelector('#judged .scroll').getBoundingClientRect(), all = [...svg.querySelectorAll('.hit, text')];
  return [svg.getAttribute('class'), svg.querySelectorAll('.hit').length > 9, all.map(e => e.getBoundingClientRect())
    .every(box => box.left >= frame.left - 5 && box.right <= frame.right + 5)];
})()"""


def test_a_phone_shows_every_day(chromium: Any, desk: str) -> None:
    """A picture by days is drawn as wide as the phone, with names and scale; each day can still be read out."""
    opened(chromium, f"{desk}/filter", width=390)
    assert chromium.value("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#judged .scroll'))")
    assert chromium.value(SEEN) == ["pic narrow", True, True]
    chromium.value("document.querySelector('#judged svg.narrow').focus()")
    chromium.call("Input.dispatchKeyEvent", type="keyDown", key="End")
    said = chromium.value("document.querySelector('#judged .spoken').textContent")
    assert said == f"{NOW.date()} · called spam: 0 · let through: 20"


def test_a_phone_shows_the_states_whole(chromium: Any, playing_desk: str) -> None:
    """No box and no arrow of a playbook lies outside of what is seen."""
    opened(chromium, f"{playing_desk}/playbook", width=390)
    assert chromium.value("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#states .scroll'))")
    inside = "(e => { const b = e.getBBox(); return b.x >= 0 && b.x + b.width <= e.viewBox.baseVal.width; })"
    assert chromium.value(inside + "(document.querySelector('#states svg'))")


# Of the drawing that is shown: which, whether all its names are seen, and whether its letters are large enough.
FLOW = """(id => {
  const frame = document.querySelector(id + ' .scroll');
  const [svg] = [...frame.querySelectorAll('svg')].filter(each => getComputedStyle(each).display !== 'none');
  const edge = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')];
  const isIn = box => box.left >= edge.left - 1 && box.right <= edge.right + 1;
  const isWhole = frame.scrollWidth <= frame.clientWidth && texts.every(each => isIn(each.getBoundingClientRect()));
  return [svg.getAttribute('class'), isWhole, texts.length > 12, 13 * edge.width / svg.viewBox.baseVal.width >= 12];
})"""


@pytest.mark.parametrize("name", ["#flows", "#spread"])
@pytest.mark.parametrize(("width", "drawing"), [(390, "pic narrow"), (1280, "pic broad")])
def test_flows_are_seen_whole(chromium: Any, desk: str, name: str, width: int, drawing: str) -> None:
    """No name of a flow lies outside of what a phone shows, and none is smaller than what stands around it."""
    opened(chromium, f"{desk}/flows", width=width)
    assert chromium.value(f"{FLOW}({json.dumps(name)})") == [drawing, True, True, True]
    assert chromium.value("document.documentElement.scrollWidth <= innerWidth")
