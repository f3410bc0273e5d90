"""Enrolment and recourse in Chromium, without script, beside the running program: two stories of another network."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comity.cli import main

from .test_day_at_the_desk import Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Browser, Desk

pytestmark = pytest.mark.live
PICTURES = os.environ.get("COMITY_PICTURES")  # where to put pictures of the pages, for people to look at
WIDTHS = ((1280, False), (390, True))


class Reader(Keys):
    """Somebody with a browser that runs no script."""

    def __init__(self, browser: "Browser", base: str) -> None:
        super().__init__(browser)
        self.browser, self.base = browser, base

    def open(self, path: str) -> None:
        """A page of the site, at both widths, in both lights: nobody scrolls sideways."""
        for width, dark in WIDTHS:
            self.browser.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=dark
            )
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            self.browser.call("Emulation.setEmulatedMedia", features=[scheme])
            self.go(self.base + path)
            assert self.browser.value(f"document.documentElement.scrollWidth <= {width}"), (path, width)
            if PICTURES:
                name = f"portal-{path.strip('/').replace('/', '-')[:24]}-{'phone' if dark else 'desktop'}.png"
                self.browser.picture(Path(PICTURES) / name)

    def fill(self, name: str, text: str) -> None:
        """One field."""
        self.browser.value(f"document.querySelector('[name={name}]').focus()")
        self.write(text)

    def send(self, selector: str) -> None:
        """Press the button of a form, and wait for what comes."""
        self.browser.value("document.body.dataset.old = '1'")
        self.browser.value(f"document.querySelector({selector!r}).focus()")
        self.press("Enter")
        self.until("document.readyState === 'complete' && document.body && !document.body.dataset.old")

    def says(self, text: str) -> bool:
        """Whether it stands on the page."""
        return bool(self.browser.value(f"document.body.innerText.includes({text!r})"))


@pytest.fixture
def unscripted(chromium: "Browser") -> "Iterator[Browser]":
    """A browser whose pages run nothing."""
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        yield chromium
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)


def running(make_desk: "Callable[..., Desk]", browser: "Browser") -> tuple["Desk", Reader, Any]:
    """A desk with these pages."""
    desk = make_desk(
        gates='reserve_mib = 1\n[identity]\ndomain = "west.example"\naddress = "feedback@west.example"\n'
        'organisation = "West Mail"\n[portal]\nlisten = ["127.0.0.1:0"]\naddress = "http://127.0.0.1"'
    )
    program = desk.start()
    base = "http://" + next(each.partition("=")[2] for each in program.places if each.startswith("portal="))
    return desk, Reader(browser, base), program


def command(folder: Path, *words: str) -> None:
    """Our operator at a terminal."""
    line = [sys.executable, "-m", "comity", *words, "--config", str(folder / "comity.toml")]
    subprocess.run(line, check=False, timeout=120, env=os.environ, stdout=subprocess.DEVNULL)


def test_a_network_enrols(make_desk: "Callable[..., Desk]", unscripted: "Browser") -> None:
    """Form, check, two codes out of our mail: then a person decides."""
    desk, reader, program = running(make_desk, unscripted)
    reader.open("/en/network")
    reader.open("/zh_Hans/enrol")
    reader.open("/en/enrol")
    reader.fill("mailbox", "fbl@east.example")
    reader.fill("domains", "east.example")
    unscripted.value("document.querySelector('[name=agreed]').checked = true")
    reader.send("form button")
    path = unscripted.value("location.pathname")
    assert path.startswith("/en/enrol/")
    assert reader.says("_comity-feedback.east.example")
    reader.send("form:has([value=check]) button")
    assert reader.says("We looked")
    ((name,),) = desk.ask("comity.db", "SELECT name FROM consumer")
    command(desk.folder, "consumer", "prove", str(name), "--mail")  # our operator has both asked by mail
    for (code,) in desk.ask("comity.db", "SELECT code FROM consumer_claim WHERE asked IS NOT NULL"):
        reader.open(path)
        reader.fill("code", str(code))
        reader.send("form:has([name=code]) button")
        assert reader.says("The code is right")
    assert desk.ask("comity.db", "SELECT state FROM consumer") == [("proved",)]
    assert reader.says("a person of ours decides")
    command(desk.folder, "consumer", "accept", str(name))
    reader.open(path)
    assert reader.says("On trial")
    assert not unscripted.complaints
    assert all(each.startswith((reader.base, "data:")) for each in unscripted.requests)
    assert program.end() == 0


def test_a_network_objects(
    make_desk: "Callable[..., Desk]", unscripted: "Browser", capsys: pytest.CaptureFixture[str]
) -> None:
    """The reference, the reason, an objection, a no, a second person's yes."""
    desk, reader, program = running(make_desk, unscripted)
    until = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"
    words = [
        "198.51.100.0/24",
        "--measure",
        "limited",
        "--reason",
        "a wave of phishing",
        "--until",
        until,
        "--by",
        "ann",
    ]
    config = ["--config", str(desk.folder / "comity.toml")]
    assert main(["recourse", "impose", *words, "--also", "trap", "--severe", *config]) == 0
    capsys.readouterr()
    ((reference,),) = desk.ask("comity.db", "SELECT reference FROM consequence")
    reader.open("/zh_Hans/recourse")
    reader.open("/en/recourse")
    reader.fill("reference", str(reference))
    reader.send("form button")
    path = f"/en/recourse/{reference}"
    reader.path(path)
    assert reader.says("a wave of phishing")
    reader.fill("text", "We closed the customer")
    reader.send("form:has(textarea) button")
    assert reader.says("We have your objection")
    assert main(["recourse", "answer", str(reference), "--text", "it goes on", "--by", "ann", "--refuse", *config]) == 0
    reader.open(path)
    assert reader.says("it goes on")
    reader.fill("text", "not any more")
    reader.send("form:has(textarea) button")
    assert main(["recourse", "answer", str(reference), "--text", "it stopped", "--by", "bob", "--grant", *config]) == 0
    reader.open(path)
    assert reader.says("it stopped")
    assert reader.says("lifted")
    assert not unscripted.complaints
    assert program.end() == 0
