"""Mail that a real Postfix takes with a login bears our sealed trace; a redacted report names the login, whose account is held."""

import json
import smtplib
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.formats.mime import scan
from comity.formats.trace import HEADER

if TYPE_CHECKING:
    from conftest import Desk, Postfix

pytestmark = pytest.mark.live
PAGE = Path(__file__).parents[3] / "docs/how-to/compromised-accounts.md"
PLAYBOOK = """
name = "accounts"
start = "open"
about_en = "An account whose mail is complained about waits until somebody looked."
about_zh = "邮件被投诉的账户等待人工查看。"
time_zone = "UTC"
[[state]]
name = "open"
[[state.on]]
event = "person"
word = "hold"
do = [{ action = "hold", days = 7 }]
to = "held"
[[state.on]]
event = "time"
quiet = "30 days"
to = "closed"
[[state]]
name = "held"
[[state.on]]
event = "time"
quiet = "14 days"
to = "closed"
"""
MAIL = (
    "From: <news@west.example>\r\nTo: <reader@east.example>\r\nSubject: prize\r\nMessage-ID: <{name}@west.example>\r\n"
    "X-Comity-Trace: 1.a.somebodyelsesomebodyelsesomebody\r\nDate: Fri, 01 May 2026 10:00:00 +0000\r\n\r\nclaim your prize\r\n"
)


def _comity(desk: "Desk", *words: str, folder: Path | None = None, bare: bool = False) -> str:
    where = [] if bare else ["--config", f"{folder or desk.folder}/comity.toml"]
    command = [sys.executable, "-m", "comity", *where, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def submission(
    make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]", open_path: Path
) -> "tuple[Desk, Postfix]":
    """A desk that traces, and a Postfix that asks it; what goes to the other network lands at the desk, to be looked at."""
    gates = (
        'reserve_mib = 1\nmilter = ["127.0.0.1:0"]\n[identity]\ndomain = "west.example"\n[sources]\ntrace = true\n'
        '[playbook]\nuse = "accounts.toml"\nexport = "consequences"\nlive = ["hold"]\n'
    )
    desk = make_desk(gates=f'mailboxes = ["@east.example"]\n{gates}')
    path = desk.folder / "comity.toml"
    path.write_text(path.read_text().replace(f'mailboxes = ["{desk.mailbox}"]\n', ""))
    (desk.folder / "accounts.toml").write_text(PLAYBOOK, encoding="utf-8")
    running = desk.start()
    place = next(each.partition("=")[2] for each in running.places if each.startswith("milter="))
    more = f"smtpd_milters = inet:{place}\nmilter_default_action = tempfail\n"
    more += f"transport_maps = inline:{{ {{ east.example = lmtp:inet:127.0.0.1:{running.port} }} }}\n"
    more += "relay_domains = east.example\nsmtpd_authorized_xclient_hosts = 127.0.0.1\n"
    # XCLIENT says who logged in; nobody is asked for a password.
    more += "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_exceptions_networks = 127.0.0.0/8, 192.0.2.0/24\n"
    (line,) = [each for each in PAGE.read_text(encoding="utf-8").splitlines() if "check_sasl_access" in each]
    tables = desk.folder / "consequences"
    more += line.replace("/var/lib/comity/consequences", str(tables)) + "\n"
    tables.mkdir(exist_ok=True)
    (tables / "customers.logins").touch()
    return desk, make_postfix(more)


def _hand_in(postfix: "Postfix", login: str, name: str) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120) as client:
        client.ehlo("pc.west.example")
        assert client.docmd("XCLIENT", f"ADDR=192.0.2.7 LOGIN={login}")[0] == 220
        client.ehlo("pc.west.example")
        assert client.sendmail("news@west.example", ["reader@east.example"], MAIL.format(name=name).encode()) == {}


def _reported(desk: "Desk", mail: bytes, tier: str) -> bytes:
    """What the other network, which runs Comity too, reports about it."""
    east = desk.folder / "east"
    east.mkdir()
    _comity(desk, "init", str(east), "--domain", "east.example", "--address", "fbl@east.example", bare=True)
    (east / "terms.toml").write_text(
        f'[[agreement]]\npeer = "west"\naddress = "fbl@west.example"\nnetworks = ["192.0.2.0/24"]\ntier = "{tier}"\n'
    )
    settings = (east / "comity.toml").read_text(encoding="utf-8")
    trusted = settings.replace("[reading]\n", '[reading]\ntrusted_hosts = ["mx.east.example"]\n')
    (east / "comity.toml").write_text(trusted, encoding="utf-8")
    hop = b"Received: from mx.west.example (mx.west.example [192.0.2.25])\r\n\tby mx.east.example with ESMTPS id 7;\r\n"
    (east / "mail.eml").write_bytes(hop + b"\tFri, 01 May 2026 10:00:05 +0000\r\n" + mail)
    words = ["--agreements", f"{east}/terms.toml", "--recipient", "reader@east.example", "--out", f"{east}/out"]
    _comity(desk, "complain", f"{east}/mail.eml", *words, folder=east)
    (found,) = (east / "out").rglob("*.eml")
    return found.read_bytes()


def test_redacted_report_names_the_login(submission: "tuple[Desk, Postfix]") -> None:
    """Out with a login; back without anything that names the customer, but the trace; then Postfix holds what the account sends."""
    desk, postfix = submission
    _hand_in(postfix, "lin@west.example", "out")
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM raw") == 1, f"a mail: {postfix.log()}", 60)
    ((packed,),) = desk.ask("comity.db", "SELECT data FROM raw")
    assert isinstance(packed, bytes)
    sent = zlib.decompress(packed)
    (value,) = scan(sent).headers.all(HEADER.lower())
    assert json.loads(_comity(desk, "trace", "read", value, "--json"))["subject"] == "lin@west.example"

    report = _reported(desk, sent, "T2")
    assert b"lin@" not in report and b"reader@" not in report
    with smtplib.LMTP("127.0.0.1", desk.running[0].port, timeout=120) as client:
        assert client.sendmail("fbl@east.example", ["fbl@east.example"], report) == {}
    desk.wait_until(lambda: _comity(desk, "case", "list", "--json") != "", "a case", 60)
    (case,) = map(json.loads, _comity(desk, "case", "list", "--json").splitlines())
    assert case["label"] == "lin@west.example"

    _comity(desk, "case", "act", str(case["case"]), "hold", "--note", "password stolen")
    table = desk.folder / "consequences" / "customers.logins"
    desk.wait_until(lambda: "lin@west.example" in table.read_text(), "a table", 120)
    postfix.control("reload")
    assert postfix.greets()  # a process that waits for its next client serves one more with the table that it has read
    _hand_in(postfix, "lin@west.example", "held")
    desk.wait_until(lambda: ": hold:" in postfix.log(), f"held: {postfix.log()}", 30)
    _hand_in(postfix, "ann@west.example", "free")
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM raw") == 3, f"a mail: {postfix.log()}", 60)
    assert postfix.log().count(": hold:") == 1
