"""A real Postfix asks the milter about each mail: it is checked, judged and tagged, and never lost, whatever becomes of us."""

import json
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dns.message
import dns.rcode
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.formats import authres
from comity.formats.delivery_memory import recall
from comity.formats.dkim import public_record, sign
from comity.formats.mime import Part, scan
from comity.outlets.key_ring import read_keys
from comity.outlets.model_file import write_model
from comity.services.judge.filtering import Filter

if TYPE_CHECKING:
    from conftest import Desk, Postfix

pytestmark = pytest.mark.live
PAGE = Path(__file__).parents[3] / "docs/how-to/postfix.md"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ZONE = {
    "east.example.": "v=spf1 ip4:198.51.100.7 -all",
    "_dmarc.east.example.": "v=DMARC1; p=reject",
    "s._domainkey.east.example.": public_record(KEY),
}
SPAM = (
    "From: <win@east.example>\r\nTo: <ann@west.example>\r\nSubject: 发票 invoice prize {n}\r\nMessage-ID: <s{n}@east.example>\r\n"
    "Date: Fri, 01 May 2026 10:00:00 +0000\r\n"
    "\r\nclaim your prize 代开发票 now {n}\r\n"
)
HAM = (
    "From: <bob@east.example>\r\nTo: <ann@west.example>\r\nSubject: minutes of meeting {n}\r\nMessage-ID: <h{n}@east.example>\r\n"
    "Date: Fri, 01 May 2026 10:00:00 +0000\r\n"
    "\r\nDear Ann, the minutes are attached, see you on {n}.\r\n"
)


@pytest.fixture
def name_server() -> Iterator[str]:
    """A name server for our zone, on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, peer = udp.recvfrom(4096)
                if not data:
                    return
                query = dns.message.from_wire(data)
                answer: Any = dns.message.make_response(query)
                (question,) = query.question
                said = ZONE.get(question.name.to_text().lower())
                if said is None:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                else:
                    answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", f'"{said}"'))
                udp.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        place = f"127.0.0.1:{udp.getsockname()[1]}"
        yield place
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"", ("127.0.0.1", int(place.rpartition(":")[2])))
        thread.join(10)


def _teach(folder: Path) -> None:
    """A small model that knows these two kinds of mail."""
    taught = Filter.new()
    for number in range(60):
        taught.learn(SPAM.format(n=number).encode(), True)
        taught.learn(HAM.format(n=number).encode(), False)
    write_model(folder / "judge.model", taught.model())


def _blocks() -> dict[str, str]:
    return dict(re.findall(r"(?ms)^```(\S+)\n(.*?)^```", PAGE.read_text(encoding="utf-8")))


@pytest.fixture
def judging(
    make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]", name_server: str
) -> Callable[[], Any]:
    """A desk whose milter judges, and a Postfix that asks it, both with the text of the page."""

    def make() -> "tuple[Desk, Postfix]":
        shown = _blocks()
        gates = shown["milter.toml"].replace("unix:run/milter", "127.0.0.1:0")
        gates = gates.replace("[gates]\n", "reserve_mib = 1\n").replace(
            "[delivery]\n", f'[delivery]\nresolvers = ["{name_server}"]\n'
        )
        desk = make_desk(gates=f'mailboxes = ["@west.example"]\n{gates}[identity]\ndomain = "west.example"')
        text = (desk.folder / "comity.toml").read_text()
        (desk.folder / "comity.toml").write_text(text.replace(f'mailboxes = ["{desk.mailbox}"]\n', ""))
        _teach(desk.folder)
        running = desk.start()
        place = next(each.partition("=")[2] for each in running.places if each.startswith("milter="))
        more = shown["milter.cf"].replace("unix:/var/lib/comity/run/milter", f"inet:{place}")
        more += f"transport_maps = inline:{{ {{ west.example = lmtp:inet:127.0.0.1:{running.port} }} }}\n"
        more += "relay_domains = west.example\nsmtpd_authorized_xclient_hosts = 127.0.0.1\n"
        return desk, make_postfix(more)

    return make


def _send(postfix: "Postfix", data: bytes, address: str = "198.51.100.7") -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120) as client:
        client.ehlo("mx.east.example")
        assert client.docmd("XCLIENT", f"ADDR={address} NAME=mx.east.example")[0] == 220
        client.ehlo("mx.east.example")
        assert client.sendmail("bounce@east.example", ["ann@west.example"], data) == {}


def _delivered(desk: "Desk", count: int, postfix: "Postfix", seconds: float = 240) -> list[Part]:
    desk.wait_until(
        lambda: desk.count("comity.db", "SELECT count(*) FROM raw") >= count, f"{count} mails: {postfix.log()}", seconds
    )
    return [scan(zlib.decompress(packed)) for (packed,) in desk.ask("comity.db", "SELECT data FROM raw ORDER BY rowid")]


def test_each_mail_is_checked_judged_and_tagged(judging: "Callable[[], tuple[Desk, Postfix]]") -> None:
    """Spam is called spam, other mail is not; both are delivered; what a stranger wrote under our names is gone."""
    desk, postfix = judging()
    forged = b"X-Spam-Flag: NO\r\nX-Spam-Status: No, score=-99\r\nAuthentication-Results: mx.west.example; spf=pass dkim=pass\r\n"
    signed = HAM.format(n=77).encode()
    _send(postfix, forged + SPAM.format(n=77).encode(), "203.0.113.9")
    _send(postfix, sign(signed, domain="east.example", selector="s", key=KEY) + signed)
    spam, ham = sorted(
        _delivered(desk, 2, postfix), key=lambda each: each.headers.first("message-id") or "", reverse=True
    )
    assert spam.headers.all("x-spam-flag") == ("YES",)
    assert ham.headers.all("x-spam-flag") == ("NO",)
    assert b"score=-99" not in spam.headers.raw
    assert (spam.headers.first("x-spam-status") or "").startswith("Yes, score=")
    assert (ham.headers.first("x-comity-verdict") or "").startswith("legitimate;")
    for each, wanted in ((spam, ("fail", "none", "fail", "spam")), (ham, ("pass", "pass", "pass", "legitimate"))):
        (value,) = each.headers.all("authentication-results")
        found = authres.parse(value)
        assert found is not None
        said = {one.method: one.result for one in found.results}
        assert tuple(said[name] for name in ("spf", "dkim", "dmarc", "x-comity")) == wanted
        keys = read_keys(desk.folder / "delivery.keys")
        assert keys is not None
        memory = recall(each, keys)
        assert memory is not None
        assert memory.verdict == wanted[3]
        assert [one.result for one in memory.results.of("spf")] == [wanted[0]]
    assert desk.running[0].end() == 0  # what was counted is in the store
    shown = subprocess.run(
        [sys.executable, "-m", "comity", "--config", f"{desk.folder}/comity.toml", "counters", "aligned", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(row["kind"], row["name"], row["mails"], row["aligned"], row["spam"]) for row in rows] == [
        ("all", "*", 2, 1, 1),
        ("domain", "east.example", 2, 1, 1),
    ]


def test_a_large_mail_is_judged_by_a_process_of_its_own(judging: "Callable[[], tuple[Desk, Postfix]]") -> None:
    """Beyond 256 KiB; it is delivered with a verdict, or says that it has none."""
    desk, postfix = judging()
    _send(postfix, SPAM.format(n=5).encode() + b"more and more of it\r\n" * 30_000)
    (mail,) = _delivered(desk, 1, postfix)
    assert (mail.headers.first("x-comity-verdict") or "").split(";")[0] in ("spam", "unsure")


@pytest.mark.parametrize("role", ["gates", "worker"])
def test_a_filter_that_stands_still_delays_no_mail_beyond_its_timeout(
    judging: "Callable[[], tuple[Desk, Postfix]]", role: str
) -> None:
    """SIGSTOP: Postfix waits as long as the page says, then goes on without us; nothing is lost."""
    desk, postfix = judging()
    stopped = desk.running[0].child(role)
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    try:
        _send(postfix, HAM.format(n=8).encode())  # Postfix has taken it
        expected = "milter" if role == "gates" else "status=sent"
        desk.wait_until(lambda: expected in postfix.log(), postfix.log())
    finally:
        os.kill(stopped, signal.SIGCONT)
    postfix.control("flush")
    (mail,) = _delivered(desk, 1, postfix)
    assert ("x-spam-flag" in mail.headers) == (role == "worker")
