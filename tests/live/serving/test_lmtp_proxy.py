"""Between a real Postfix and a real Dovecot, as ``docs/how-to/lmtp.md`` says: judged on the way, answered by the store alone."""

import grp
import os
import re
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.formats.delivery_memory import recall
from comity.formats.mime import Part, scan
from comity.outlets.key_ring import read_keys
from comity.outlets.model_file import write_model
from comity.services.judge.filtering import Filter

from ... import dovecot as settings
from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk, Postfix

pytestmark = pytest.mark.live
PAGE = Path(__file__).parents[3] / "docs/how-to/lmtp.md"
DOVECOT = settings.PROGRAM
LMTPD = Path("/usr/lib/dovecot/lmtp")
BASIS = """
ssl = no
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
"""
MAIL = (
    "From: <{who}@east.example>\r\nTo: <ann@west.example>\r\nSubject: {subject} {n}\r\nMessage-ID: <{who}{n}@east.example>\r\n"
    "Date: Fri, 01 May 2026 10:00:00 +0000\r\n\r\n{text} {n}\r\n.hidden dot\r\n"
)
SPAM = MAIL.replace("{who}", "win").replace("{subject}", "prize").replace("{text}", "claim your prize 代开发票 now")
HAM = (
    MAIL.replace("{who}", "bob").replace("{subject}", "minutes").replace("{text}", "Dear Ann, the minutes are attached")
)


class Store:
    """A Dovecot that keeps mail for ann and, as long as it is small, for bo."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        for each in (folder, folder / "mail"):
            each.mkdir()
            each.chmod(0o755)
        shutil.chown(folder / "mail", "nobody")
        group = grp.getgrgid(65534).gr_name
        mail = f"{folder}/mail/{settings.USER}"
        basis = settings.common(folder, protocol="lmtp", user="nobody", group=group, mail=mail)
        people = settings.passwords_in(folder / "people")
        (folder / "dovecot.conf").write_text(basis + people + settings.quota() + BASIS.format(port=self.port))
        homes = "".join(
            f"{name}@west.example:{{plain}}x:65534:65534::{folder}/mail/{name}::{more}\n"
            for name, more in (("ann", ""), ("bo", settings.full()))
        )
        (folder / "people").write_text(homes)
        self.start()

    def start(self) -> None:
        self.child = subprocess.Popen([str(DOVECOT), "-F", "-c", str(self.folder / "dovecot.conf")])
        deadline = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=120).close()
            except OSError:
                assert self.child.poll() is None and time.monotonic() < deadline, self.log()
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        self.child.terminate()
        self.child.wait(120)

    def kept(self) -> list[Part]:
        """What ann has."""
        return [scan(each.read_bytes()) for each in sorted((self.folder / "mail").glob("ann@west.example/new/*"))]

    def log(self) -> str:
        path = self.folder / "dovecot.log"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def store(open_path: Path) -> Iterator[Store]:
    if DOVECOT is None or not LMTPD.exists():
        pytest.skip("dovecot-lmtpd is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start Dovecot with users of its own")
    made = Store(open_path / "store")
    yield made
    made.stop()


@pytest.fixture
def proxy(make_desk: "Callable[..., Desk]", store: Store) -> "tuple[Desk, int]":
    """A desk with the settings of the page; where it listens."""
    (text,) = re.findall(r"(?ms)^```proxy.toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    desk = make_desk()
    taught = Filter.new()
    for number in range(60):
        taught.learn(SPAM.format(n=number).encode(), True)
        taught.learn(HAM.format(n=number).encode(), False)
    write_model(desk.folder / "judge.model", taught.model())
    settings = desk.folder / "comity.toml"
    settings.write_text(settings.read_text() + text.replace(":2425", ":0").replace(":24", f":{store.port}"))
    running = desk.start()
    place = next(each for each in running.places if each.startswith("proxy="))
    return desk, int(place.rpartition(":")[2])


def _said(port: int, data: bytes) -> list[bytes]:
    """All answers to one mail for three people, without what differs between two sessions."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        heard = connection.makefile("rb")

        def answers(count: int) -> Iterator[bytes]:
            for _ in range(count):
                lines = [heard.readline()]
                while lines[-1][3:4] == b"-":
                    lines.append(heard.readline())
                yield re.sub(rb" [A-Za-z0-9+/]{20,}| \([0-9.]+ \+ [^)]*\)", b" ID", b"".join(lines))

        next(answers(1))
        connection.sendall(b"LHLO mx.west.example\r\n")
        next(answers(1))
        people = b"".join(b"RCPT TO:<%b@west.example>\r\n" % each for each in (b"ann", b"cy", b"bo"))
        connection.sendall(b"MAIL FROM:<b@east.example> BODY=8BITMIME\r\n" + people + b"DATA\r\n")
        found = list(answers(5))
        connection.sendall(data.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        found += answers(2)
        connection.sendall(b"RSET\r\nVRFY ann\r\nBDAT 0 LAST\r\n")
        return [*found, *answers(2)]


def test_every_answer_is_the_stores_own(proxy: "tuple[Desk, int]", store: Store) -> None:
    """One is taken, one is unknown, one is over quota: each hears what Dovecot says, word for word."""
    mail = HAM.format(n=1).encode()
    through, direct = _said(proxy[1], mail), _said(store.port, mail)
    assert through == direct, store.log()
    assert [each[:3] for each in through[:7]] == [b"250", b"250", b"550", b"250", b"354", b"250", b"552"], through
    judged, plain = sorted(store.kept(), key=lambda each: "x-spam-flag" not in each.headers)
    assert judged.headers.all("x-spam-flag") == ("NO",)
    assert "x-spam-flag" not in plain.headers
    assert judged.body == plain.body
    assert judged.body.endswith(b"\n.hidden dot\n") or judged.body.endswith(b"\r\n.hidden dot\r\n")


def test_from_postfix_to_dovecot_and_nothing_is_lost(
    proxy: "tuple[Desk, int]", store: Store, make_postfix: "Callable[[str], Postfix]"
) -> None:
    """Judged, and remembered for a later complaint; a store that is away gets the mail when it is back."""
    desk, port = proxy
    more = (
        f"transport_maps = inline:{{ {{ west.example = lmtp:inet:127.0.0.1:{port} }} }}\nrelay_domains = west.example\n"
    )
    postfix = make_postfix(more + "smtpd_authorized_xclient_hosts = 127.0.0.1\n")

    def send(data: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120) as client:
            client.ehlo("mx.east.example")
            assert client.docmd("XCLIENT", "ADDR=203.0.113.9 NAME=mx.east.example")[0] == 220
            client.ehlo("mx.east.example")
            assert client.sendmail("b@east.example", ["ann@west.example"], data, ["SMTPUTF8", "BODY=8BITMIME"]) == {}

    send(b"X-Spam-Flag: NO\r\n" + SPAM.format(n=7).encode())
    desk.wait_until(lambda: len(store.kept()) == 1, f"a mail: {postfix.log()}{store.log()}")
    (mail,) = store.kept()
    assert mail.headers.all("x-spam-flag") == ("YES",)
    keys = read_keys(desk.folder / "delivery.keys")
    assert keys is not None
    memory = recall(mail, keys)
    assert memory is not None
    assert (memory.client_ip, memory.verdict) == ("203.0.113.9", "spam")
    assert memory.went_to("ann@west.example")

    store.stop()
    send(HAM.format(n=8).encode())
    desk.wait_until(lambda: "status=deferred" in postfix.log(), postfix.log())
    assert len(store.kept()) == 1
    store.start()
    postfix.control("flush")
    desk.wait_until(lambda: len(store.kept()) == 2, f"a second mail: {postfix.log()}{store.log()}")


def test_without_us_mail_goes_to_the_store_unjudged(
    proxy: "tuple[Desk, int]", store: Store, make_postfix: "Callable[[str], Postfix]"
) -> None:
    """With the second line of the page, and Comity ended."""
    desk, port = proxy
    (lines,) = re.findall(r"(?ms)^```proxy.cf\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    lines = lines.replace("mailbox_transport", "local_transport").replace(":2425", f":{port}")
    lines = lines.replace(":24\n", f":{store.port}\n")
    postfix = make_postfix(f"{lines}mydestination = west.example\nlocal_recipient_maps =\n")
    assert desk.running[0].end() == 0
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120) as client:
        assert client.sendmail("b@east.example", ["ann@west.example"], HAM.format(n=9).encode()) == {}
    desk.wait_until(lambda: len(store.kept()) == 1, f"a mail: {postfix.log()}{store.log()}")
    assert "x-spam-flag" not in store.kept()[0].headers
