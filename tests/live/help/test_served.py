"""The site as ``comity serve`` serves it: a subscriber is told, checks it, follows the guide, and is let out of the garden."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from comity.cli import main

pytestmark = pytest.mark.live

AXE = os.environ.get("COMITY_AXE")  # the file axe.min.js of axe-core, which Debian does not have
PICTURES = os.environ.get("COMITY_PICTURES")  # where to put pictures of the pages, for people to look at
HEAD = "timestamp,src_ip,src_port,src_asn,src_geo,family\n"


@dataclass(kw_only=True)
class Site:
    """One desk with its program running."""

    folder: Path
    case: str
    site: str

    def says(self, *command: str) -> list[dict[str, Any]]:
        """What a command says."""
        words = [sys.executable, "-m", "comity", *command, "--json", "--config", str(self.folder / "comity.toml")]
        ran = subprocess.run(words, capture_output=True, text=True, check=False, encoding="utf-8")
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def state(self) -> str:
        """Where the case stands in its playbook."""
        return str(self.says("case", "show", self.case)[0]["playbook"]["state"])

    def garden(self) -> list[str]:
        """What the program that confines was told."""
        log = self.folder / "garden.log"
        return log.read_text(encoding="utf-8").split() if log.exists() else []


def wait_for(holds: Any, seconds: float = 240) -> None:
    until = monotonic() + seconds
    while not holds():
        assert monotonic() < until
        sleep(0.1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A line at 127.0.0.1, seen by a sinkhole that is trusted; the ladder in use, quiet at no hour."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", ".", "--language", "en"]) == 0
    program = tmp_path / "garden"
    program.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/garden.log\n', encoding="utf-8")
    program.chmod(0o700)
    rooms = {
        "[own]": 'files = ["own.csv"]',
        "[help]": 'listen = ["127.0.0.1:0"]\nprovider = "East Broadband"\nportal = "help.east.example"\nhelp_line = "10000"',
        "[playbook]": f'use = "mine.toml"\nlive = ["notice", "garden", "raise", "wait", "close"]\n'
        f'garden_command = ["{program}"]',
    }
    text = (tmp_path / "comity.toml").read_text(encoding="utf-8")
    for room, entries in rooms.items():
        text = text.replace(f"\n{room}\n", f"\n{room}\n{entries}\n", 1)
    (tmp_path / "comity.toml").write_text(text, encoding="utf-8")
    (tmp_path / "own.csv").write_text("prefix\n127.0.0.0/8\n192.0.2.0/24\n")
    shown = subprocess.run(
        [sys.executable, "-m", "comity", "playbook", "show", "ladder", "--text"],
        capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    ladder = shown.stdout.replace('quiet_hours = "21:00-08:00"\n', "")
    (tmp_path / "mine.toml").write_text(ladder, encoding="utf-8")
    now = datetime.now(UTC).replace(microsecond=0)
    began, ended = (now - timedelta(days=2)).isoformat(), (now + timedelta(days=2)).isoformat()
    rows = [f"{address},,line-7,{began},{ended}\n" for address in ("127.0.0.1", "192.0.2.7")]
    (tmp_path / "leases.csv").write_text("address,ports,subscriber,began,ended\n" + "".join(rows))
    (tmp_path / "list.csv").write_text("subscriber,language\nline-7,zh-CN\n")
    seen = now - timedelta(hours=3)
    feed = tmp_path / "2026-11-28-event4_sinkhole-x.csv"
    feed.write_text(f"{HEAD}{seen:%Y-%m-%d %H:%M:%S},192.0.2.7,4455,64500,ZZ,mirai\n")
    made = Site(folder=tmp_path, case="", site="")
    made.says("lease", "import", "leases.csv")
    made.says("subscriber", "import", "list.csv")
    made.case = made.says("sighting", "import", feed.name, "--trusted", "shadowserver")[0]["opened"][0]
    command = [sys.executable, "-m", "comity", "serve", "--json", "--config", str(tmp_path / "comity.toml")]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as ran,
    ):
        assert ran.stdout is not None
        try:
            places = dict(each.partition("=")[::2] for each in json.loads(ran.stdout.readline())["listening"])
            made.site = f"http://{places['help']}"
            yield made
            ran.terminate()
            assert ran.wait(120) == 0
        finally:
            ran.kill()


def test_from_a_notice_to_the_open_web(site: Site, chromium: Any) -> None:
    """Told by letter, checked, confined by a person, shown the captive page, the steps followed, let out; each page looked at."""
    wait_for(lambda: site.says("notice", "list", site.case))
    (given,) = site.says("notice", "list", site.case)
    assert (given["kind"], given["language"]) == ("letter", "zh_Hans")
    words = str(site.says("notice", "check", given["reference"])[0]["words"])
    first, _, second = words.partition(" ")
    with httpx.Client(base_url=site.site, trust_env=False, timeout=120) as browser:
        assert browser.get("/captive/api").json() == {"captive": False}
        site.says("case", "act", site.case, "confine", "--by", "ann")
        wait_for(lambda: site.garden() == ["confine"])
        # The program that confines is told before it stands in the store that it was.
        wait_for(lambda: browser.get("/captive/api").json()["captive"])
        captive = browser.get("/zh_Hans/captive").text
        assert "name=" not in captive or "password" not in captive
        assert second in browser.post("/zh_Hans/check", data={"reference": given["reference"]}).text
        opened = browser.post("/zh_Hans/open", data={"reference": given["reference"], "first": first})
        page = f"/zh_Hans/{opened.headers['location']}"
        _look(site, chromium, page)
        assert browser.post(page, data={"device": "camera", "step": "nothing"}).status_code == 400
        assert browser.post(page, data={"act": "self-done"}).status_code == 303
        wait_for(lambda: site.garden() == ["confine", "release"])
        wait_for(lambda: browser.get("/captive/api").json() == {"captive": False})
    assert site.state() == "cleaning"
    assert [each.get("act") for each in site.says("notice", "list", site.case)][-1] == "self-done"


def _look(site: Site, chromium: Any, page: str) -> None:
    """Every page, on a telephone and a desk, light and dark: nothing complains, nobody scrolls sideways, axe finds nothing."""
    letters = sorted((site.folder / "notices").rglob("*.html"))
    assert letters
    paths = [f"{site.site}{page.replace('zh_Hans', language)}" for language in ("en", "zh_Hans")]
    paths += [
        f"{site.site}/{language}/{name}"
        for language in ("en", "zh_Hans")
        for name in ("captive", "check", "index.html")
    ]
    found = {}
    for url in [*paths, *(each.as_uri() for each in letters)]:
        for width, dark in ((390, False), (390, True), (1280, False), (1280, True)):
            _open(chromium, url, width=width, dark=dark)
            assert chromium.value(f"document.documentElement.scrollWidth <= {width}"), (url, width)
            assert chromium.complaints == [], url
            name = f"{url.rpartition('/')[2][:12]}-{'zh' if 'zh_Hans' in url else 'en'}-{width}-{'dark' if dark else 'light'}"
            if "/my/" in url:
                name = f"my-{name}"
            if PICTURES:
                chromium.picture(Path(PICTURES) / f"{name}.png")
            if AXE and (violations := _violations(chromium, url, width, dark)):
                found[name] = violations
    assert found == {}


def _open(chromium: Any, url: str, *, width: int, dark: bool) -> None:
    class Address:
        def as_uri(self) -> str:
            return url

    chromium.open(Address(), width=width, dark=dark)


def _violations(chromium: Any, url: str, width: int, dark: bool) -> Any:
    chromium.call("Page.setBypassCSP", enabled=True)
    try:
        _open(chromium, url, width=width, dark=dark)
        chromium.value(Path(AXE or "").read_text(encoding="utf-8") + "; 1")
        return chromium.value("axe.run().then(each => each.violations.map(one => one.id + ' ' + one.nodes[0].html))")
    finally:
        chromium.call("Page.setBypassCSP", enabled=False)
