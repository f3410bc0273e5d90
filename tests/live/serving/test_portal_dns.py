"""A network enrols by itself in Chromium: BIND says its records, Postfix carries the mail, the page says what was found."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.store.types import microseconds

from ...mail_host import free_port
from .test_enrolment import Walk, maildirs, walk, zones  # noqa: F401 - fixtures
from .test_portal import Reader, unscripted  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from conftest import Browser

pytestmark = pytest.mark.live
CHECK, CODE = "form:has([value=check]) button", "form:has([name=code]) button"


class Site:
    """The pages, whoever reads them, and the clock of the proofs."""

    def __init__(self, scene: Walk, browser: "Browser") -> None:
        self.scene, self.desk, port = scene, scene.desk, free_port()
        settings = self.desk.folder / "comity.toml"
        more = f'listen = ["127.0.0.1:{port}"]\naddress = "http://127.0.0.1:{port}"\n'
        settings.write_text(settings.read_text().replace("[portal]\n", f"[portal]\n{more}"))
        self.again()
        self.reader = Reader(browser, f"http://127.0.0.1:{port}")

    def again(self) -> None:
        """Our program begins anew: what is done now and then is done."""
        for each in self.desk.running:
            if each.process.poll() is None:
                assert each.end() == 0
        self.desk.start(before=self.scene.zones.inside())

    def change(self, command: str, *moments: datetime) -> None:
        """As if time had passed for the claims."""
        with closing(sqlite3.connect(self.desk.data / "comity.db", timeout=120)) as connection:
            connection.execute(command, [microseconds(each) for each in moments])
            connection.commit()

    def check(self, path: str, until: str) -> None:
        """Press "check now", as if twenty seconds lay between two of them, until the page says so: an answer holds for a second."""

        def says() -> bool:
            self.change("UPDATE consumer_claim SET checked = ?", datetime.now(UTC) - timedelta(hours=2))
            self.reader.open(path)
            self.reader.send(CHECK)
            return self.reader.says(until)

        self.desk.wait_until(says, until, 120)

    def code(self) -> str:
        """What a person finds in the newest mail to the mailbox."""
        found: list[str] = []

        def is_there() -> bool:
            texts = [readable(scan(each)) for each in self.scene.inbox("fbl@east.example")]
            found[:] = re.findall(r"\n +(P-[A-Z2-7]{16})\n", "".join(texts))
            return bool(found)

        self.desk.wait_until(is_there, "a code: " + self.scene.postfix.log()[-2000:], 120)
        return found[-1]


@pytest.fixture
def site(walk: Walk, unscripted: "Browser") -> Site:  # noqa: F811
    return Site(walk, unscripted)


def test_a_network_enrols_with_its_own_records(site: Site) -> None:
    """No record, a wrong one, the right one beside another operator's, in both languages; a code; on trial; renewed in time."""
    reader, scene, zone = site.reader, site.scene, site.scene.zones
    state: Callable[[], object] = lambda: site.desk.ask("comity.db", "SELECT state FROM consumer")[0][0]  # noqa: E731
    reader.open("/zh_Hans/enrol")
    reader.fill("mailbox", "fbl@east.example")
    reader.fill("domains", "east.example")
    reader.browser.value("document.querySelector('[name=agreed]').checked = true")
    reader.send("form button")
    path = reader.browser.value("location.pathname")
    assert path.startswith("/zh_Hans/enrol/")
    ((name,),) = site.desk.ask("comity.db", "SELECT name FROM consumer")
    (record,) = [each for each in scene.show(str(name))["claims"] if each["dns_name"]]
    assert reader.says(record["dns_value"])

    reader.send(CHECK)
    assert reader.says("还没有这条记录")
    zone.say(f'{record["dns_name"]}. TXT "{record["dns_value"][:-1]}x"')
    site.check(path, "但内容不同")
    english = path.replace("/zh_Hans/", "/en/")
    site.check(english, "it says something else")
    zone.say(f'{record["dns_name"]}. TXT "of-another-operator"', f'{record["dns_name"]}. TXT "{record["dns_value"]}"')
    site.check(english, "proved by")
    assert state() == "applied"

    scene.run("consumer", "prove", str(name), "--mail", status=75)  # the mailbox is still open
    reader.open(english)
    reader.fill("code", site.code())
    reader.send(CODE)
    assert reader.says("The code is right")
    assert state() == "proved"
    scene.run("consumer", "accept", str(name))
    reader.open(path)
    assert reader.says("试用")

    soon = datetime.now(UTC) + timedelta(days=10)
    site.change("UPDATE consumer_claim SET checked = 0, expires = ?", soon)
    site.again()
    renewed = "SELECT max(expires) FROM consumer_claim WHERE way = 'dns'"
    site.desk.wait_until(lambda: site.desk.count("comity.db", renewed) > microseconds(soon), "a renewed proof", 120)

    assert not reader.browser.complaints
