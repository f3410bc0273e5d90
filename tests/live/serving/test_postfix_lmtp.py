"""A real Postfix hands feedback to the LMTP gate, in an instance of its own on loopback."""

import re
import shutil
import smtplib
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.formats.delivery_memory import recall
from comity.formats.mime import scan
from comity.outlets.key_ring import read_keys

from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk, Postfix

pytestmark = pytest.mark.live
POSTMAP = shutil.which("postmap") or shutil.which("postmap", path="/usr/sbin")
TO_THE_GATE = (
    "relay_domains = west.example\ntransport_maps = inline:{{ {{ west.example = lmtp:inet:127.0.0.1:{gate} }} }}\n"
)


def test_postfix_delivers_feedback(make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]") -> None:
    """What Postfix takes for the feedback mailbox is on the desk, byte for byte but for the lines it adds, and in a case."""
    desk = make_desk()
    running = desk.start()
    postfix = make_postfix(TO_THE_GATE.format(gate=running.port))
    for number in range(10):
        postfix.send([desk.mailbox], desk.feedback(f"p{number}"))
    strange = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n" + b"long " * 1000 + b"\r\n\xe6\x8a\x95\xe8\xaf\x89\r\nend\r\n"
    postfix.send([desk.mailbox], strange, envelope_from="")
    items = "SELECT count(*) FROM item WHERE gate = 'lmtp'"
    desk.wait_until(lambda: desk.count("comity.db", items) == 11, "eleven mails on the desk: " + postfix.log())
    assert desk.count("comity.db", "SELECT count(*) FROM report WHERE case_id IS NOT NULL") == 10
    assert postfix.log().count("status=sent (250 2.0.0 ok)") == 11


def test_postfix_keeps_what_the_gate_cannot_take(
    make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]"
) -> None:
    """While the gate has no room, and while there is no gate, Postfix keeps the mail; an unknown mailbox is refused for good."""
    desk = make_desk(gates=f"reserve_mib = {1 << 20}")
    running = desk.start("gates")
    postfix = make_postfix(TO_THE_GATE.format(gate=running.port))
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


def test_postfix_has_each_mail_marked(
    make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]"
) -> None:
    """The milter puts in one keyed header and takes away what came under its name; XCLIENT plays a host from outside."""
    desk = make_desk(gates='reserve_mib = 1\nmilter = ["127.0.0.1:0"]\n[identity]\ndomain = "west.example"')
    running = desk.start()
    place = next(each.partition("=")[2] for each in running.places if each.startswith("milter="))
    more = f"smtpd_milters = inet:{place}\nmilter_default_action = tempfail\nsmtpd_authorized_xclient_hosts = 127.0.0.1"
    postfix = make_postfix(TO_THE_GATE.format(gate=running.port) + more)
    for number in range(2):
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120) as client:
            client.ehlo("mx7.east.example")
            assert client.docmd("XCLIENT", "ADDR=198.51.100.7 PORT=40211 NAME=mx7.east.example")[0] == 220
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
        assert (found.client_ip, found.client_port, found.line) == ("198.51.100.7", 40211, 1)
        assert found.went_to(desk.mailbox)


def test_postfix_delivers_without_the_milter(
    make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]"
) -> None:
    """Nobody answers at the milter's port: with the default action that our settings page names, mail goes on."""
    desk = make_desk()
    running = desk.start()
    nobody = free_port()
    postfix = make_postfix(
        f"{TO_THE_GATE.format(gate=running.port)}smtpd_milters = inet:127.0.0.1:{nobody}\nmilter_default_action = accept"
    )
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
    make_provider: "Callable[[str], Desk]", make_postfix: "Callable[[str], Postfix]", open_path: Path
) -> None:
    """Set up as ``docs/how-to/postfix.md`` says: feedback from everybody, complaints from our own people alone."""
    page = (Path(__file__).parents[3] / "docs/how-to/postfix.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?ms)^```(\S+)\n(.*?)^```", page))
    desk = make_provider(shown["toml"])
    gate = desk.start().port
    for name, kind in (("comity-transport", "transport"), ("comity-access", "access")):
        (open_path / name).write_text(shown[kind].replace(":2424", f":{gate}"))
        subprocess.run([str(POSTMAP), f"hash:{open_path / name}"], check=True, timeout=120)
    more = shown["main.cf"].replace("/etc/postfix", str(open_path))
    postfix = make_postfix(f"{TO_THE_GATE.format(gate=gate)}{more}mynetworks = 127.0.0.1/32\n")
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120, source_address=("127.0.0.2", 0)) as stranger:
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
