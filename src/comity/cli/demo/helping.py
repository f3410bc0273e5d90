"""The steps of the demonstration in which an infected subscriber is helped: from a row of a sinkhole to silence, and a relapse.

Answers:    ``help_subscriber(east, host, story)`` goes through it; the subscriber speaks with the site over HTTP as a browser does.
Limits:     a month of silence is not waited for: a copy of east's desk is looked at as it is then. The garden is a program that
            writes down what it was told.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from typing import Any, Final

import httpx

from comity.cli.demo import looking
from comity.cli.demo.mail_host import MailHost
from comity.cli.demo.network import Network, wait_until
from comity.cli.demo.telling import Telling

GARDEN: Final = "garden"  # the program that confines
GARDEN_LOG: Final = "garden.log"
_LINE: Final = "line-2041"
_ELSEWHERE, _SILENT = "198.51.100.9", 30  # nobody's of ours; so many days are needed where little is known of a feed
# Where a server keeps the networks, instead of files: west, east, and east a while later.
SCHEMAS: Final = ("comity_demo_west", "comity_demo_east", "comity_demo_later")
_MAIL: Final = "wang@lines.example"
_BEFORE, _AFTER = "203.0.113.82", "203.0.113.88"  # the same line, as its address changes
_SECONDS: Final = 180.0
_QUOTED: Final = 12
_DAY: Final = timedelta(days=1)
_HEAD: Final = "timestamp,src_ip,src_port,src_asn,src_geo,family\n"


def help_subscriber(east: Network, host: MailHost, story: Telling) -> None:
    """All of it."""
    with story.step("helping"):
        helped = _Helped(east, story)
        helped.is_seen()
        helped.is_told(host)
        helped.is_confined()
        helped.helps_itself()
    with story.step("silence"):
        helped.is_clean()


class _Helped:
    """One subscriber."""

    def __init__(self, east: Network, story: Telling) -> None:
        self._east, self._story, self._now = east, story, datetime.now(UTC).replace(microsecond=0)
        self._case = self._reference = ""

    def is_seen(self) -> None:
        """A feed names an address; the books say whose it was."""
        began, moved, ended = (self._now + days * _DAY for days in (-2, 20, 60))
        rows = ((_BEFORE, began, moved), (_AFTER, moved, ended))
        lines = [f"{address},,{_LINE},{begin.isoformat()},{end.isoformat()}\n" for address, begin, end in rows]
        book = self._file("leases.csv", "address,ports,subscriber,began,ended\n" + "".join(lines))
        contact = self._file("subscribers.csv", f"subscriber,language,mail\n{_LINE},zh-CN,{_MAIL}\n")
        self._east.comity("lease", "import", book)
        self._east.comity("subscriber", "import", contact)
        feed = self._feed((_BEFORE, self._now - timedelta(hours=2)))
        (taken,) = self._east.comity("sighting", "import", feed, "--trusted", "shadowserver").lines
        self._case = next(iter(taken["opened"]), "")
        shown = self._shown(self._east)
        known = shown.get("infestation") or {}
        holds = shown.get("label") == _LINE and known.get("family") == "mirai"
        self._story.check("sighted", holds, case=self._case, subject=_LINE)

    def is_told(self, host: MailHost) -> None:
        """A mail in Chinese, whose number and words can be checked."""
        domain = _MAIL.partition("@")[2]
        came = self._wait(lambda: bool(host.for_domain(domain)))
        if came:
            text = looking.text_for_people(host.for_domain(domain)[0].data, paragraphs=3)
            self._story.quote("\n".join(text.splitlines()[:_QUOTED]))
        given = self._given()
        self._story.check("told", came and given.get("language") == "zh_Hans", language=str(given.get("language")))
        self._reference = str(given.get("reference"))

    def is_confined(self) -> None:
        """A person decides for the garden; the program is told, with an end."""
        self._story.tell("confining")
        self._east.comity("case", "act", self._case, "confine", "--by", "mei")
        steps = self._wait(lambda: self._garden()[:1] == ["garden-confine"])
        self._story.check("confined", steps and bool(self._until()), day=self._until()[:10])

    def helps_itself(self) -> None:
        """The notice is checked, the steps are followed, and the line is let out."""
        site, ours = self._site(), self._east.comity("notice", "check", self._reference).lines[0]
        first, _, second = str(ours["words"]).partition(" ")
        with httpx.Client(base_url=site, trust_env=False, timeout=30) as browser:
            checked = browser.post("/zh_Hans/check", data={"reference": self._reference})
            self._story.check("checked", second in checked.text, second=second)
            fields = {"reference": self._reference, "first": first}
            opened = browser.post("/zh_Hans/open", data=fields, follow_redirects=True)
            page = opened.url.path
            forms = re.findall(
                r'name="device" value="([a-z]+)".*?name="step" value="([a-z-]+)"', opened.text, re.DOTALL
            )
            for device, step in forms[:3]:
                browser.post(page, data={"device": device, "step": step, "done": "1"})
            browser.post(page, data={"act": "self-done"})
        followed = len([each for each in self._told() if each.get("act") == "self-done"]) == 1
        self._story.check("followed", bool(forms) and followed, n=len(forms[:3]))
        released = self._wait(lambda: self._garden()[-1:] == ["garden-release"])
        state = (self._shown(self._east).get("playbook") or {}).get("state")
        self._story.check("let-out", released and state == "cleaning")

    def is_clean(self) -> None:
        """A month in which the feed names others alone closes the case; later the line is seen again, at another address."""
        from comity.bootstrap import settings_for
        from comity.bootstrap.desk import desk_write
        from comity.bootstrap.remedy.effect import close_silent_cases

        later, month = self._copied(), self._now + (_SILENT + 1) * _DAY
        settings = settings_for(str(later.config), {}, later.folder)
        self._imported(later, month, *((_ELSEWHERE, month - day * _DAY) for day in range(1, _SILENT + 1)))
        with desk_write(settings) as records:
            close_silent_cases(settings, records, now=month)
        self._story.check("silent-closed", self._shown(later).get("state") == "closed", n=_SILENT)
        after = self._now + 45 * _DAY
        again = self._imported(later, after, (_AFTER, after - timedelta(hours=2)))
        relapse = later.comity("case", "show", next(iter(again), "none")).lines
        links = bool(relapse) and relapse[0]["reopened_from"] == self._case
        self._story.check("relapse", links, address=_AFTER, case=self._case)

    def _imported(self, later: Network, now: datetime, *seen: tuple[str, datetime]) -> tuple[str, ...]:
        from comity.bootstrap import reader_for, settings_for
        from comity.bootstrap.remedy import importing
        from comity.outlets.mailboxes import as_given, open_source
        from comity.services.receive import read as service

        settings = settings_for(str(later.config), {}, later.folder)
        path = self._feed(*seen)
        with importing(settings, source=None, trusted=("shadowserver",), release=False, now=now) as into:
            items = service.read_items(as_given(path, open_source(path)), reader_for(settings))
            return tuple(case for item, reading in items if reading for case in into.take(item.name, reading).relapses)

    def _copied(self) -> Network:
        """East's desk, so that the other one keeps its time."""
        folder = self._east.folder.with_name("east-later.example")
        folder.mkdir()
        for path in self._east.folder.iterdir():
            if path.is_file() and ".db" not in path.name:
                copy(path, folder / path.name)
        later = Network("east-later.example", folder, self._story.ran)
        said = later.config.read_text(encoding="utf-8")
        later.config.write_text(said.replace(SCHEMAS[1], SCHEMAS[2]), encoding="utf-8")
        from comity.store.dialects.moving import carry

        with self._east.store() as source, later.store() as target:
            carry(source, target, lambda _: None)
        return later

    def _feed(self, *seen: tuple[str, datetime]) -> str:
        name = f"{seen[0][1]:%Y-%m-%d}-event4_sinkhole-east.csv"
        rows = (f"{when:%Y-%m-%d %H:%M:%S},{address},41022,64500,ZZ,mirai\n" for address, when in seen)
        return self._file(name, _HEAD + "".join(rows))

    def _file(self, name: str, text: str) -> str:
        path = self._east.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _shown(self, network: Network) -> dict[str, Any]:
        return next(iter(network.comity("case", "show", self._case or "none").lines), {})

    def _told(self) -> list[dict[str, Any]]:
        return self._east.comity("notice", "list", self._case or "none").lines

    def _given(self) -> dict[str, Any]:
        return next(iter(self._told()), {})

    def _garden(self) -> list[str]:
        return [str(each["event"]) for each in self._garden_lines()]

    def _garden_lines(self) -> list[dict[str, Any]]:
        path = self._east.folder / GARDEN_LOG
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def _until(self) -> str:
        return next((str(each["until"]) for each in self._garden_lines()), "")

    def _site(self) -> str:
        return f"http://{self._east.place('help')}"

    def _wait(self, holds: Callable[[], bool]) -> bool:
        return wait_until(holds, _SECONDS, self._east)


def help_settings(folder: Path) -> dict[str, str | list[str]]:
    """What east's settings say of it; the files that they name are made."""
    from comity.bootstrap.playbook import text_of

    program, log = folder / GARDEN, folder / GARDEN_LOG
    folder.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\n{{ cat; echo; }} >> "{log}"\n', encoding="utf-8")
    program.chmod(0o700)
    ladder, _ = text_of("ladder", folder)
    ladder = re.sub(r"(?m)^quiet_hours = .*\n", "", ladder)  # the demonstration may run at night
    (folder / "mine.toml").write_text(ladder, encoding="utf-8")
    return {
        "help.listen": ["127.0.0.1:0"],
        "help.provider": "东方接入",
        "help.portal": "help.east.example",
        "help.help_line": "10000",
        "playbook.use": "mine.toml",
        "playbook.live": ["notice", "garden", "raise", "wait", "close"],
        "playbook.garden_command": [str(program)],
    }
