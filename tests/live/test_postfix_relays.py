"""A real Postfix takes our reports and relays them; opendkim believes their signature; what it cannot deliver comes back."""

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comity.bootstrap.first_run import first_run
from comity.cli import main
from comity.formats.dkim import public_record
from comity.outlets import private_key
from comity.outlets.private_key import KeySort

from ..mail_host import mail_host

if TYPE_CHECKING:
    from conftest import Dovecot, Postfix

pytestmark = pytest.mark.live
OPENDKIM = shutil.which("opendkim") or shutil.which("opendkim", path="/usr/sbin:/usr/local/sbin")
TO_THE_SINK = """
relay_domains = east.example, west.example
transport_maps = inline:{{ {{ east.example = smtp:[127.0.0.1]:{sink} }}, {{ west.example = smtp:[127.0.0.1]:{sink} }} }}
"""
AGREEMENTS = """\
[[agreement]]
peer = "east"
address = "fbl@east.example"
networks = ["198.51.100.0/24"]
tier = "T2"
languages = ["zh", "en"]
"""
MAIL = """\
Delivered-To: ann.meyer@west.example
Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC
\tfor <ann.meyer@west.example>; Sun, 01 Mar 2026 08:05:09 +0000
From: Shop <news@shop.example>
To: ann.meyer@west.example
Subject: =?utf-8?B?5aW95raI5oGv?=
Message-ID: <1@shop.example>

buy
"""


@dataclass
class Sink:
    """Where mail for both networks ends."""

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refused: str | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Answer to RCPT TO."""
        if self.refused is not None and address.endswith(self.refused):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to a mail."""
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 ok"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    handler = Sink()
    with mail_host(handler) as port:
        yield handler, port


@pytest.fixture
def postfix(sink: tuple[Sink, int], make_postfix: "Callable[[str], Postfix]") -> int:
    """The port at which Postfix takes our mail."""
    return make_postfix(TO_THE_SINK.format(sink=sink[1])).port


@pytest.fixture
def place(tmp_path: Path, postfix: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """West after its first day: east is live, one complaint is due, and was sent."""
    west(tmp_path, postfix, monkeypatch, {})
    assert main(["send", "--once"]) == 0
    return tmp_path


def west(folder: Path, port: int, monkeypatch: pytest.MonkeyPatch, more: dict[str, str | int | list[str]]) -> None:
    """East is live, one complaint is due."""
    monkeypatch.chdir(folder)
    (folder / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    (folder / "1.eml").write_text(MAIL, encoding="utf-8")
    given: dict[str, str | int | list[str]] = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "complain.agreements": "agreements.toml",
        "reading.trusted_hosts": ["mx.west.example"],
        "sending.host": "127.0.0.1",
        "sending.port": port,
        "sending.wait_seconds": 0,
    }
    first_run(folder, given | more, KeySort.RSA)
    for words in (["peer", "live", "east"], ["complain", "1.eml"]):
        assert main(words) == 0


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_postfix_relays_what_opendkim_believes(place: Path, sink: tuple[Sink, int]) -> None:
    """Through a real mail host the signature still holds, with the key that init made."""
    wait_until(lambda: bool(sink[0].taken), "the report at east")
    (envelope_from, to, data) = sink[0].taken[0]
    assert envelope_from.startswith("bounces+") and to == ["fbl@east.example"]
    if OPENDKIM is None:
        pytest.skip("opendkim is not installed")
    record = public_record(private_key.read(place / "dkim.key"))
    selector = data.split(b"s=", 1)[1].split(b";", 1)[0].decode()
    (place / "keys").write_text(f"{selector}._domainkey.west.example {record}\n", encoding="ascii")
    (place / "opendkim.conf").write_text(f"Mode v\nTestPublicKeys {place / 'keys'}\n", encoding="ascii")
    (place / "arrived.eml").write_bytes(data)
    command = [OPENDKIM, "-x", str(place / "opendkim.conf"), "-t", str(place / "arrived.eml"), "-v", "-v"]
    said = subprocess.run(command, capture_output=True, timeout=120, check=False).stdout.decode()
    assert "succeeded" in said


def test_a_bounce_of_postfix_finds_its_mail(place: Path, sink: tuple[Sink, int]) -> None:
    """East refuses its mailbox; Postfix says so at the bounce address, and the mail in the outbox knows."""
    from comity.bootstrap.desk import desk_store, persistence_of
    from comity.services.complain.bounces import Bounces
    from comity.settings import read_settings

    sink[0].refused = "@east.example"
    (place / "2.eml").write_text(MAIL.replace("<1@", "<2@"), encoding="utf-8")
    assert main(["complain", "2.eml"]) == 0
    assert main(["send", "--once"]) == 0
    wait_until(lambda: any(to[0].startswith("bounces+") for _, to, _ in sink[0].taken), "a bounce")
    envelope_from, to, data = next(each for each in sink[0].taken if each[1][0].startswith("bounces+"))
    settings = read_settings(place / "comity.toml")
    persistence = persistence_of(settings)
    assert persistence is not None
    with desk_store(settings).write() as rows:
        matched = Bounces(persistence).match(rows, to[0], data, now=datetime.now(UTC))
    assert envelope_from == "<>"  # a notice of delivery, as RFC 5321 demands
    assert matched is not None
    assert (matched.party, matched.bounced) == ("east", True)


LOGIN = """
mynetworks = 192.0.2.1
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""


def test_a_mail_host_that_wants_a_login(
    tmp_path: Path,
    sink: tuple[Sink, int],
    make_postfix: "Callable[[str], Postfix]",
    dovecot: "Dovecot",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Postfix relays for whoever logs in, and Dovecot knows the password: a wrong one keeps the report, the right one sends it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    folder = dovecot.certificate.parent
    postfix = make_postfix(TO_THE_SINK.format(sink=sink[1]) + LOGIN.format(folder=folder))
    more = {
        "sending.host": "localhost",
        "sending.account": "desk@east.example",
        "sending.password_file": "mail-host.password",
    }
    west(tmp_path, postfix.port, monkeypatch, more)
    password = tmp_path / "mail-host.password"
    password.touch(0o600)
    password.write_text("wrong\n")
    assert main(["send", "--once"]) == 75
    assert sink[0].taken == []
    password.write_text(f"{dovecot.secret}\n", encoding="utf-8")
    with sqlite3.connect(tmp_path / "comity.db") as connection:
        connection.execute("UPDATE outbox SET due = 0")
    assert main(["send", "--once"]) == 0
    wait_until(lambda: bool(sink[0].taken), "the report at east: " + postfix.log())
    assert "sasl_username=desk@east.example" in postfix.log()


REGISTRY = """\
inetnum: 192.0.2.0 - 192.0.2.255
abuse-c: AR1-AP
source: APNIC

role: Abuse
nic-hdl: AR1-AP
abuse-mailbox: abuse@north.example
source: APNIC
"""


def test_a_network_that_did_not_ask(
    tmp_path: Path,
    sink: tuple[Sink, int],
    make_postfix: "Callable[[str], Postfix]",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From a registry's dump to a report at its contact over Postfix: held, let out by a person, marked, and asked."""
    port = make_postfix(TO_THE_SINK.format(sink=sink[1]).replace("east.example", "north.example")).port
    more: dict[str, str | int | list[str]] = {"unsolicited.enabled": True, "unsolicited.probe": True}
    west(tmp_path, port, monkeypatch, more)
    (tmp_path / "apnic.db").write_text(REGISTRY, encoding="utf-8")
    (tmp_path / "2.eml").write_text(MAIL.replace("198.51.100.7", "192.0.2.7").replace("<1@", "<2@"), encoding="utf-8")
    assert main(["contact", "import", "apnic.db"]) == 0
    assert main(["contact", "confirm", "abuse@north.example", "--by", "wang"]) == 0
    assert main(["peer", "observe", "east"]) == 0
    assert main(["complain", "2.eml"]) == 0
    assert main(["send", "--once"]) == 0
    assert sink[0].taken == []
    capsys.readouterr()
    assert main(["outbox", "preview", "abuse@north.example", "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert (held["reason"], held["tier"], held["rule"]) == ("unconfirmed", "T1", "contact:abuse-c:192.0.2.0/24")
    assert main(["outbox", "confirm", held["report_id"], "--by", "wang"]) == 0
    assert main(["contact", "probe"]) == 0
    assert main(["send", "--once"]) == 0
    wait_until(lambda: len(sink[0].taken) == 2, "the report and the question at north")
    mails = {b"comity-solicited: no" in data.lower(): data for _, _, data in sink[0].taken}
    assert all(to == ["abuse@north.example"] for _, to, _ in sink[0].taken)
    assert b"ann.meyer" not in mails[True] and b"DKIM-Signature" in mails[True]
    assert b"Auto-Submitted: auto-generated" in mails[False]
