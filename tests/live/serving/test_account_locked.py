"""A webhook locks an account in the files of a real Dovecot, by the recipe of the how-to; a person has it opened again."""

import json
import re
import runpy
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.formats import dkim

from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk, Dovecot, Postfix

pytestmark = pytest.mark.live
DOCS = Path(__file__).parents[3] / "docs/how-to"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOGIN, PASSWORD = "lin@west.example", "hunter2"
SETTINGS = """
[identity]
domain = "west.example"
address = "feedback@west.example"
[worker]
dkim_keys = "loop.zone"
[playbook]
use = "accounts.toml"
live = ["webhook", "raise"]
[[playbook.webhooks]]
name = "lock"
url = "http://127.0.0.1:{port}/lock"
secret_file = "hook.secret"
private = true
[[playbook.webhooks]]
name = "unlock"
url = "http://127.0.0.1:{port}/unlock"
secret_file = "hook.secret"
private = true
[[sources.loops]]
name = "east"
domains = ["east.example"]
"""


class Locker:
    """The program that keeps logins: it checks who calls as the page says, counts an id once, and answers as it is told to."""

    def __init__(self, secret: Path, passwords: Path, port: int) -> None:
        (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "playbooks.md").read_text(encoding="utf-8"), re.DOTALL)
        page = secret.with_name("from_the_page.py")
        page.write_text(code, encoding="utf-8")
        known = runpy.run_path(str(page))
        self.answers: list[str] = []
        self.heard: list[tuple[str, str, bool]] = []
        self.seen: set[str] = set()
        self.done = Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                is_ours = known["is_ours"](self.headers, body, secret)
                owner.heard.append((self.path, self.headers["webhook-id"], is_ours))
                answer = owner.answers.pop(0) if owner.answers else "200"
                if answer == "slow":
                    owner.done.wait(300)
                    return
                if is_ours and answer == "200" and self.headers["webhook-id"] not in owner.seen:
                    owner.seen.add(self.headers["webhook-id"])
                    owner.turn(passwords, json.loads(body)["label"], is_locked=self.path == "/lock")
                self.send_response(500 if answer == "large" else int(answer))
                if answer == "302":
                    self.send_header("location", f"http://127.0.0.1:{port}/elsewhere")
                self.end_headers()
                try:
                    while answer == "large":
                        self.wfile.write(b"x" * 65_536)
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", port), Handler)

    @staticmethod
    def turn(passwords: Path, login: str, *, is_locked: bool) -> None:
        """Lock or unlock one login."""
        plain, locked = f"{login}:{{PLAIN}}{PASSWORD}\n", f"{login}:{{PLAIN}}!{PASSWORD}\n"
        text = passwords.read_text(encoding="utf-8")
        passwords.write_text(
            text.replace(plain, locked) if is_locked else text.replace(locked, plain), encoding="utf-8"
        )


@pytest.fixture
def start_locker() -> Iterator[Callable[[Path, Path, int], Locker]]:
    """Start one; it ends with the test."""
    made: list[tuple[Locker, Thread]] = []

    def start(secret: Path, passwords: Path, port: int) -> Locker:
        locker = Locker(secret, passwords, port)
        thread = Thread(target=locker.http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        made.append((locker, thread))
        return locker

    yield start
    for locker, thread in made:
        locker.done.set()
        locker.http.shutdown()
        thread.join()
        locker.http.server_close()


def _comity(desk: "Desk", *words: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "comity", *words, "--json", "--config", str(desk.folder / "comity.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _report(number: int) -> bytes:
    now = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S +0000}"
    data = (
        f"From: <fbl@east.example>\r\nTo: <fbl@west.example>\r\nSubject: complaint\r\nMessage-ID: <r{number}@east.example>\r\n"
        f"Date: {now}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n--b\r\n\r\nA complaint.\r\n'
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: East/1\r\nVersion: 1\r\n"
        f"Source-IP: 192.0.2.25\r\nArrival-Date: {now}\r\nOriginal-Rcpt-To: <reader{number}@east.example>\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: <{LOGIN}>\r\nSubject: prize\r\nMessage-ID: <m{number}@west.example>\r\n"
        f"Date: {now}\r\n\r\nclaim\r\n--b--\r\n"
    ).encode()
    return dkim.sign(data, domain="east.example", selector="s1", key=KEY) + data


def _can_log_in(postfix: "Postfix", mails: int = 0) -> bool:
    """Whether the owner of the account is let in, and hands mail in."""
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=120) as client:
        try:
            client.login(LOGIN, PASSWORD)
        except smtplib.SMTPAuthenticationError:
            return False
        for number in range(mails):
            mail = f"From: <{LOGIN}>\r\nSubject: prize\r\nMessage-ID: <m{number}@west.example>\r\n\r\nclaim\r\n"
            client.sendmail(LOGIN, ["reader@east.example"], mail.encode())
    return True


def _due_now(desk: "Desk") -> None:
    """As if the time until the next try had passed."""
    with closing(sqlite3.connect(desk.data / "comity.db", timeout=120)) as connection:
        connection.execute("UPDATE case_consequence SET due = entered WHERE kind = 'webhook' AND state = 'waiting'")
        connection.commit()


def test_an_account_is_locked_and_opened(
    make_desk: "Callable[..., Desk]",
    make_postfix: "Callable[[str], Postfix]",
    dovecot: "Dovecot",
    start_locker: Callable[[Path, Path, int], Locker],
) -> None:
    """Down, 500, slow, elsewhere and endless are tried again with one id; locked; a second lock that fails never comes after the
    unlocking."""
    passwords = dovecot.certificate.parent / "passwords"
    before = passwords.read_text(encoding="utf-8")
    passwords.write_text(f"{before}{LOGIN}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    port = free_port()
    desk = make_desk()
    path = desk.folder / "comity.toml"
    path.write_text(path.read_text() + SETTINGS.format(port=port))
    (desk.folder / "loop.zone").write_text(f's1._domainkey.east.example. IN TXT "{dkim.public_record(KEY)}"\n')
    (states,) = re.findall(r"```toml\n(\[\[state\]\].*?)```", (DOCS / "compromised-accounts.md").read_text(), re.DOTALL)
    (desk.folder / "accounts.toml").write_text(f'name = "accounts"\nstart = "open"\n\n{states}')
    postfix = make_postfix(
        f"smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {passwords.parent}/sasl\n"
        "transport_maps = inline:{ { east.example = discard: } }\nrelay_domains = east.example\n"
    )
    assert _can_log_in(postfix, mails=9)
    desk.wait_until(lambda: postfix.log().count("status=sent") == 9, postfix.log(), 60)
    log = desk.folder / "mail.log"
    log.write_text(postfix.log())
    _comity(desk, "maillog", "import", str(log), "--zone", "UTC")
    running = desk.start()
    lmtp = running.connect()

    def hear(*numbers: int) -> None:
        for number in numbers:
            assert lmtp.deliver("fbl", _report(number)).startswith(b"250 ")
        desk.wait_until_worked_off()

    def last(target: str) -> tuple[object, ...]:
        """State, reason and last error of the newest of these."""
        found = desk.ask("comity.db", "SELECT target, state, reason, last_error FROM case_consequence ORDER BY id DESC")
        return next((each[1:] for each in found if each[0] == target), (None, None, None))

    def tried(target: str, error: str) -> None:
        desk.wait_until(lambda: str(last(target)[2]).startswith(error), f"{error}: {last(target)}", 120)

    def told(target: str) -> None:
        desk.wait_until(lambda: last(target)[0] == "done", f"{target}: {locker.heard}", 120)

    hear(0)
    _comity(desk, "source", "trust", "loop:east", "trusted", "--why", "joined")
    hear(1, 2, 3)
    (case,) = [each["case"] for each in _comity(desk, "case", "list") if each["label"] == LOGIN]
    tried("lock", "0 away")
    locker = start_locker(desk.folder / "hook.secret", passwords, port)
    for answer, error in (("500", "500"), ("slow", "0 late"), ("302", "302"), ("large", "500 x")):
        locker.answers = [answer]
        _due_now(desk)
        tried("lock", error)
    assert _can_log_in(postfix)
    _due_now(desk)
    told("lock")
    assert {(where, is_ours) for where, _, is_ours in locker.heard} == {("/lock", True)}
    assert len({each for _, each, _ in locker.heard}) == 1
    assert not _can_log_in(postfix)

    _comity(desk, "case", "act", case, "unlock", "--note", "the password was changed")
    told("unlock")
    assert _can_log_in(postfix)

    locker.answers = ["503"]
    hear(4, 5, 6)
    tried("lock", "503")
    _comity(desk, "case", "act", case, "unlock", "--note", "it was him")
    told("unlock")
    desk.wait_until(lambda: len(locker.heard) == 8, f"an unlocking: {locker.heard}", 120)
    _due_now(desk)
    assert last("lock")[:2] == ("failed", "undone")
    assert _can_log_in(postfix)
    assert [where for where, _, _ in locker.heard][-2:] == ["/lock", "/unlock"]
    lmtp.close()
    assert running.end() == 0
