"""A real Postfix hands feedback to the LMTP gate, in an instance of its own on loopback."""

import os
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.formats.delivery_memory import recall
from comity.formats.mime import scan
from comity.outlets.key_ring import read_keys

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
POSTFIX = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
POSTMAP = shutil.which("postmap") or shutil.which("postmap", path="/usr/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.west.example
mydestination =
relay_domains = west.example
transport_maps = inline:{{ {{ west.example = lmtp:inet:127.0.0.1:{gate} }} }}
default_transport = error:nothing leaves here
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
lmtp_host_lookup = native
smtputf8_enable = yes
smtpd_tls_security_level = none
lmtp_tls_security_level = none
biff = no
{more}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance."""

    def __init__(self, folder: Path, gate: int, more: str = "") -> None:
        self.folder, self.config = folder, folder / "config"
        for each in (self.config, folder / "queue", folder / "data"):
            each.mkdir()
        shutil.chown(folder / "data", "postfix")
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            self.port = probe.getsockname()[1]
        (self.config / "main.cf").write_text(MAIN.format(folder=folder, gate=gate, more=more))
        (self.config / "master.cf").write_text(MASTER.format(port=self.port))
        self.control("start")

    def control(self, word: str) -> None:
        done = subprocess.run(
            [str(POSTFIX), "-c", str(self.config), word], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr + self.log()

    def send(self, recipients: list[str], data: bytes, envelope_from: str = "fbl@east.example") -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            assert client.sendmail(envelope_from, recipients, data) == {}

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def make_postfix() -> Iterator[Callable[..., Postfix]]:
    """Start an instance that hands over to this port; it is stopped by its own command."""
    if POSTFIX is None:
        pytest.skip("Postfix is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start Postfix")
    folder = Path(tempfile.mkdtemp(prefix="comity-postfix-"))
    folder.chmod(0o755)
    made: list[Postfix] = []

    def make(gate: int, more: str = "") -> Postfix:
        made.append(Postfix(folder, gate, more))
        return made[-1]

    yield make
    for each in made:
        each.control("stop")
    shutil.rmtree(folder)


def test_postfix_delivers_feedback(make_desk: "Callable[..., Desk]", make_postfix: Callable[[int], Postfix]) -> None:
    """What Postfix takes for the feedback mailbox is on the desk, byte for byte but for the lines it adds, and in a case."""
    desk = make_desk()
    running = desk.start()
    postfix = make_postfix(running.port)
    for number in range(10):
        postfix.send([desk.mailbox], desk.feedback(f"p{number}"))
    strange = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n" + b"long " * 1000 + b"\r\n\xe6\x8a\x95\xe8\xaf\x89\r\nend\r\n"
    postfix.send([desk.mailbox], strange, envelope_from="")
    items = "SELECT count(*) FROM item WHERE gate = 'lmtp'"
    desk.wait_until(lambda: desk.count("comity.db", items) == 11, "eleven mails on the desk: " + postfix.log())
    assert desk.count("comity.db", "SELECT count(*) FROM report WHERE case_id IS NOT NULL") == 10
    assert postfix.log().count("status=sent (250 2.0.0 ok)") == 11


def test_postfix_keeps_what_the_gate_cannot_take(
    make_desk: "Callable[..., Desk]", make_postfix: Callable[[int], Postfix]
) -> None:
    """While the gate has no room, and while there is no gate, Postfix keeps the mail; an unknown mailbox is refused for good."""
    desk = make_desk(gates=f"reserve_mib = {1 << 20}")
    running = desk.start("gates")
    postfix = make_postfix(running.port)
    postfix.send([desk.mailbox], desk.feedback("q1"))
    desk.wait_until(lambda: "status=deferred" in postfix.log() and "452 4.3.1" in postfix.log(), "a deferred mail")
    assert running.end() == 0
    postfix.send([desk.mailbox], desk.feedback("q2"))
    desk.wait_until(lambda: "refused" in postfix.log(), "a mail that found no gate")
    again = make_desk()
    settings = again.folder / "comity.toml"
    settings.write_text(settings.read_text().replace("127.0.0.1:0", f"127.0.0.1:{running.port}"))
    again.start()
    postfix.control("flush")
    desk.wait_until(lambda: again.count("comity.db", "SELECT count(*) FROM item") == 2, "both on the desk")
    postfix.send(["nobody@west.example"], desk.feedback("q3"))
    desk.wait_until(
        lambda: "status=bounced" in postfix.log() and "550 5.1.1" in postfix.log(), "a mail refused for good"
    )


def test_postfix_has_each_mail_marked(make_desk: "Callable[..., Desk]", make_postfix: Callable[..., Postfix]) -> None:
    """The milter puts in one keyed header and takes away what came under its name; XCLIENT plays a host from outside."""
    desk = make_desk(gates='reserve_mib = 1\nmilter = ["127.0.0.1:0"]\n[identity]\ndomain = "west.example"')
    running = desk.start()
    place = next(each.partition("=")[2] for each in running.places if each.startswith("milter="))
    more = f"smtpd_milters = inet:{place}\nmilter_default_action = tempfail\nsmtpd_authorized_xclient_hosts = 127.0.0.1"
    postfix = make_postfix(running.port, more)
    for number in range(2):
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=30) as client:
            client.ehlo("mx7.east.example")
            assert client.docmd("XCLIENT", "ADDR=198.51.100.7 NAME=mx7.east.example")[0] == 220
            client.ehlo("mx7.east.example")
            data = b"Received: from invented\r\n by nowhere; 1 May 2026 10:00 +0000\r\nComity-Delivery: forged\r\n"
            data += desk.feedback(f"m{number}")
            client.mail("fbl@east.example")
            client.rcpt(desk.mailbox)
            assert client.data(data)[0] == 250, postfix.log()
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM item") == 2, "two mails: " + postfix.log())
    keys = read_keys(desk.folder / "delivery.keys")
    assert keys is not None
    for (packed,) in desk.ask("comity.db", "SELECT data FROM raw"):
        assert isinstance(packed, bytes)
        message = scan(zlib.decompress(packed))
        assert len(message.headers.all("comity-delivery")) == 1
        assert b"forged" not in message.headers.raw
        found = recall(message, keys)
        assert found is not None, message.headers.raw
        assert (found.client_ip, found.line, found.went_to(desk.mailbox)) == ("198.51.100.7", 1, True)


def test_postfix_delivers_without_the_milter(
    make_desk: "Callable[..., Desk]", make_postfix: Callable[..., Postfix]
) -> None:
    """Nobody answers at the milter's port: with the default action that our settings page names, mail goes on."""
    desk = make_desk()
    running = desk.start()
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        nobody = probe.getsockname()[1]
    postfix = make_postfix(running.port, f"smtpd_milters = inet:127.0.0.1:{nobody}\nmilter_default_action = accept")
    postfix.send([desk.mailbox], desk.feedback("n1"))
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM item") == 1, "one mail: " + postfix.log())


FORWARD = (
    b"From: Ann <ann@west.example>\r\nTo: spam@west.example\r\nSubject: Fwd: Great news\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n'
    b"Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\r\n"
    b"\tfor <ann@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\r\n"
    b"From: Shop <news@shop.example>\r\nSubject: Great news\r\nMessage-ID: <1@shop.example>\r\n\r\nbuy\r\n--b--\r\n"
)


def test_the_page_on_postfix(
    make_provider: "Callable[[str], Desk]", make_postfix: Callable[..., Postfix], tmp_path: Path
) -> None:
    """Set up as ``docs/how-to/postfix.md`` says: feedback from everybody, complaints from our own people alone."""
    page = (Path(__file__).parents[3] / "docs/how-to/postfix.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?ms)^```(\S+)\n(.*?)^```", page))
    desk = make_provider(shown["toml"])
    gate = desk.start().port
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    for name, kind in (("comity-transport", "transport"), ("comity-access", "access")):
        (tmp_path / name).write_text(shown[kind].replace(":2424", f":{gate}"))
        subprocess.run([str(POSTMAP), f"hash:{tmp_path / name}"], check=True, timeout=30)
    more = shown["main.cf"].replace("/etc/postfix", str(tmp_path))
    postfix = make_postfix(gate, f"{more}mynetworks = 127.0.0.1/32\n")
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=30, source_address=("127.0.0.2", 0)) as stranger:
        assert stranger.sendmail("fbl@east.example", ["fbl@west.example"], desk.feedback("p1")) == {}
        assert stranger.sendmail("", ["bounces+token@west.example"], b"Subject: failed\r\n\r\n") == {}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            stranger.sendmail("ann@west.example", ["spam@west.example"], FORWARD)
    postfix.send(["spam@west.example"], FORWARD, envelope_from="ann@west.example")
    desk.wait_until(
        lambda: desk.count("comity.db", "SELECT count(*) FROM complaint") == 1, "a complaint " + postfix.log()
    )
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM item") == 2, "two items " + postfix.log())
    assert desk.ask("comity.db", "SELECT state, mailbox FROM complaint") == [("waiting", "ann@west.example")]
