"""A network whose mailbox dies while it is enrolled, in Chromium: it reads why it was suspended, goes on, pauses, and leaves."""

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from comity.formats.mime import scan
from comity.formats.plain_text import readable

from ...mail_host import free_port
from .test_day_at_the_desk import PASSWORD, account
from .test_enrolment import BOXES, Walk, maildirs, walk, zones  # noqa: F401 - fixtures
from .test_portal import Reader, unscripted  # noqa: F401 - a fixture
from .test_portal_dns import Site, site  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.live
CLAIMS = ("--domain", "east.example", "--network", "198.51.100.64/26")


@pytest.fixture
def desk_page(site: Site) -> "Callable[[str], Reader]":  # noqa: F811
    """A page of the desk, seen by an administrator in the same browser."""
    port, settings = free_port(), site.desk.folder / "comity.toml"
    settings.write_text(settings.read_text().replace("[pages]\n", f'[pages]\nlisten = ["127.0.0.1:{port}"]\n'))
    account(site.desk.folder)
    site.again()
    reader = Reader(site.reader.browser, f"http://127.0.0.1:{port}")

    def seen(path: str) -> Reader:
        reader.go(reader.base + path)
        if reader.browser.value("location.pathname") == "/sign-in":
            reader.fill("name", "ann")
            reader.fill("password", PASSWORD)
            reader.send("form button")
        reader.open(path)
        return reader

    return seen


def enrolled(scene: Walk) -> None:
    """East is on trial: its record, its own answer, and that of whoever has the network."""
    scene.run("consumer", "apply", "east", "--mailbox", "fbl@east.example", *CLAIMS)
    (record,) = [each for each in scene.show()["claims"] if each["dns_name"]]
    scene.zones.say(f'{record["dns_name"]}. TXT "{record["dns_value"]}"')
    scene.run("consumer", "prove", "east", "--mail", status=75)
    for mailbox, subject in (("fbl@east.example", "fbl@"), ("abuse@carrier.example", "198.51.100.64/26")):
        scene.wait_for(mailbox, subject)
        scene.answer(mailbox, "agree")
    scene.wait_state("proved")


def sign_in(site: Site) -> None:  # noqa: F811
    """By the link in the mail."""
    site.reader.open("/en/sign-in")
    site.reader.fill("mailbox", "fbl@east.example")
    site.reader.send("form button")
    found: list[str] = []

    def is_there() -> bool:
        texts = "".join(readable(scan(each)) for each in site.scene.inbox("fbl@east.example"))
        found[:] = re.findall(r"http://[0-9.:]+(/en/in/\S+)", texts)
        return bool(found)

    site.desk.wait_until(is_there, "a link: " + site.scene.postfix.log()[-2000:], 120)
    site.reader.open(found[-1])
    site.reader.send("main form button")
    site.reader.path("/en/own")


def test_a_dead_mailbox_a_pause_and_leaving(site: Site, desk_page: "Callable[[str], Reader]") -> None:  # noqa: F811
    """Each step as the network reads it, in both languages, and as the desk does; nothing leaves for whoever has left."""
    reader, scene = site.reader, site.scene
    enrolled(scene)
    assert desk_page("/").says("waits for a yes or no")
    scene.run("consumer", "accept", "east")
    scene.wait_for("fbl@east.example", "on trial")
    sign_in(site)
    scene.complain(1, "ann")
    scene.wait_for_report()
    scene.has_mailboxes("abuse@east.example", "postmaster@east.example", "abuse@carrier.example")
    for number, who in ((2, "bob"), (3, "cai")):
        scene.complain(number, who)
    scene.wait_state("suspended")
    for language, why, then in (
        ("en", "its mailbox refuses reports", "write to feedback@west.example"),
        ("zh_Hans", "其邮箱拒收报告", "请写信至 feedback@west.example"),
    ):
        reader.open(f"/{language}/own")
        assert reader.says(why)
        assert reader.says(then)
    page = desk_page("/consumers/east")
    assert page.says("its mailbox refuses reports")
    assert not page.says("mail-refused")
    config = str(site.desk.folder / "comity.toml")
    command = scene.zones.inside("python", "-m", "comity", "--config", config, "doctor")
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout
    assert "comity consumer resume east" in told

    scene.has_mailboxes(*BOXES)
    scene.run("consumer", "resume", "east")
    reader.open("/en/own")
    assert reader.says("On trial")
    reader.send("button[value=pause]")
    assert reader.says("Paused by you")
    assert not reader.says("write to feedback@west.example: reports")
    scene.wait_for("fbl@east.example", "The same pages let them go on")
    assert desk_page("/consumers/east").says("paused by the network itself")
    reader.open("/zh_Hans/own")
    reader.send("button[value=resume]")
    assert reader.says("试用")
    reader.send("button[value=leave]")
    assert reader.says("您已退出")
    scene.wait_for("fbl@east.example", "has left")
    scene.complain(4, "dee", status=78)  # nobody is left who could be told
    reader.go(f"{reader.base}/en/own")
    reader.path("/en/sign-in")
    page = desk_page("/consumers/east")
    assert page.says("left")
    assert not page.says("Look in the DNS now")
    assert not reader.browser.complaints
