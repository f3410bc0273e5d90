"""A day at the desk, in Chromium, by keys alone: sign in, find what waits, take it, close it, sign out."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Browser, Desk

pytestmark = pytest.mark.live
PASSWORD = "three quiet rivers"


def account(folder: Path) -> None:
    """The first one, as the page says it."""
    words = [sys.executable, "-m", "comity", "account", "add", "ann", "--role", "administrator", "--password-stdin"]
    subprocess.run(words, cwd=folder, input=PASSWORD, text=True, check=True, timeout=120, env=os.environ)


class Keys:
    """Somebody at a keyboard."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser

    def go(self, url: str) -> None:
        """Type an address."""
        self._browser.complaints.clear()
        self._browser.requests.clear()
        self._browser.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href.startsWith('http')")

    def write(self, text: str) -> None:
        """Type into what has the focus."""
        self._browser.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """One key."""
        text = {"Enter": "\r", "Tab": ""}.get(key, key)
        self._browser.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self._browser.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def until(self, expression: str, seconds: float = 240) -> None:
        """Wait for something to be so on the page; while it changes, there may be none."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self._browser.value(expression):
                    return
            except AssertionError:
                pass  # the page was left in the middle of the question
            time.sleep(0.05)
        raise AssertionError(f"{expression}: {self._browser.value('location.href + document.body.innerText')}")

    def path(self, path: str) -> None:
        """Wait for a page."""
        self.until(f"document.readyState === 'complete' && location.pathname === '{path}'")


def test_a_day_at_the_desk(make_desk: "Callable[..., Desk]", chromium: "Browser") -> None:
    """Nothing is loaded from elsewhere, nothing complains, and what was done stands in the store under the account."""
    desk = make_desk(gates='reserve_mib = 1\n[pages]\nlisten = ["127.0.0.1:0"]')
    account(desk.folder)
    running = desk.start()
    client = running.connect()
    for number in range(3):
        assert client.deliver(f"a{number}", desk.feedback(f"a{number}")).startswith(b"250")
    client.close()
    desk.wait_until_worked_off()
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM abuse_case") == 1, "a case")
    ((case,),) = desk.ask("comity.db", "SELECT id FROM abuse_case")
    base = "http://" + next(each.partition("=")[2] for each in running.places if each.startswith("desk="))
    keys = Keys(chromium)
    chromium.call("Network.enable")
    keys.go(f"{base}/cases")
    keys.path("/sign-in")
    keys.until("document.activeElement.name === 'name'")
    keys.write("ann")
    keys.press("Tab")
    keys.write(PASSWORD)
    keys.press("Enter")
    keys.path("/cases")
    keys.press("j")
    keys.until("document.querySelector('[data-row].at') !== null")
    keys.press("o")
    keys.path(f"/cases/{case}")
    keys.press("t")
    desk.wait_until(lambda: desk.ask("comity.db", "SELECT state FROM abuse_case") == [("open",)], "the case is taken")
    keys.until("document.querySelector('.said') !== null")
    assert chromium.value("getComputedStyle(document.querySelector('.said')).display") != "none"
    chromium.value("document.querySelector('.more button[data-act=close]').closest('details').open = true")
    chromium.value("document.querySelector('.more button[data-act=close]').focus()")
    keys.press("Enter")
    desk.wait_until(
        lambda: desk.ask("comity.db", "SELECT state FROM abuse_case") == [("closed",)], "the case is closed"
    )
    keys.path(f"/cases/{case}")
    keys.press("g")
    keys.press("h")
    keys.path("/")
    assert not chromium.complaints
    assert {each.split("/", 3)[2] for each in chromium.requests if not each.startswith("data:")} == {base[7:]}
    chromium.value("document.querySelector('.me button').focus()")
    keys.press("Enter")
    keys.path("/sign-in")
    keys.go(f"{base}/")
    keys.path("/sign-in")
    done = desk.ask("comity.db", "SELECT action FROM case_event WHERE actor = 'ann' ORDER BY id")
    assert done == [("take",), ("close",)]
    assert running.end() == 0
