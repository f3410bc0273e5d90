"""Programs that live tests share: Debian's Chromium, driven over a pipe; a Dovecot and a Postfix of their own."""

import base64
import getpass
import grp
import imaplib
import json
import os
import pwd
import select
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from .. import dovecot as settings
from ..mail_host import free_port

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--remote-debugging-pipe",
)


PATIENCE = 240.0  # seconds for one answer of Chromium, or for one page: a busy machine is slow, and one that hangs is a failure


class Browser:
    """One running Chromium with one page."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out = os.fdopen(to_browser, "wb", buffering=0)
        self._in = from_browser
        self._read = bytearray()  # what came and was not looked at yet
        self._number = 0
        self._session: str | None = None
        self._context: str | None = None
        self.complaints: list[str] = []  # what the console said: errors, refused loads, broken policy
        self.requests: list[str] = []

    def begin(self) -> None:
        """A page that knows nothing of what was done before: no cookies, nothing emulated, no other page before it."""
        self._session = None
        if self._context is not None:
            self.call("Target.disposeBrowserContext", browserContextId=self._context)
        self._context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.bringToFront")
        self.complaints.clear()
        self.requests.clear()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command of the DevTools protocol and give its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._next(until)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def open(self, path: Path, *, width: int, dark: bool = False, media: str = "screen") -> None:
        """Open a file at this width and wait until it is laid out."""
        self.complaints.clear()
        self.requests.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.call("Page.navigate", url=path.as_uri())
        until = time.monotonic() + PATIENCE
        while self.value("document.readyState") != "complete":
            assert time.monotonic() < until, f"not laid out after {PATIENCE:.0f} s: {path.as_uri()}"
        self.value("document.fonts.ready.then(() => 1)")

    def value(self, expression: str) -> Any:
        """What an expression gives on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self, path: Path) -> None:
        """Save a picture of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 8000), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _next(self, until: float) -> dict[str, Any]:
        seen = 0
        while (end := self._read.find(b"\0", seen)) < 0:
            seen = len(self._read)
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"Chromium did not answer within {PATIENCE:.0f} s"
            more = os.read(self._in, 65_536)
            assert more, "Chromium has ended"
            self._read += more
        answer: dict[str, Any] = json.loads(self._read[:end])
        del self._read[: end + 1]
        method, said = answer.get("method"), answer.get("params", {})
        if method == "Log.entryAdded":
            self.complaints.append(said["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(said["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(str(said["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append("a dialog was opened")
        return answer


@pytest.fixture(scope="module")
def chromium(running_chromium: Browser) -> Browser:
    """A page of its own for each file of tests."""
    running_chromium.begin()
    return running_chromium


@pytest.fixture(scope="session")
def running_chromium() -> Iterator[Browser]:
    """Chromium with a new profile; it ends with all its children."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    commands_in, commands_out = os.pipe()
    answers_in, answers_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # The browser wants its pipe at the descriptors 3 and 4; a shell puts it there.
        wiring = f'exec "$0" "$@" 3<&{commands_in} 4>&{answers_out}'
        child = subprocess.Popen(
            ["/bin/bash", "-c", wiring, CHROMIUM, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(commands_in, answers_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands_in)
        os.close(answers_out)
        try:
            yield Browser(commands_out, answers_in)
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(120)


SECRET = 'pass"word\\密'

CONFIGURATION = """
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
auth_mechanisms = plain login
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {folder}/sasl {{
    mode = 0666
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot."""

    port: int
    tls_port: int
    certificate: Path
    mail: Path
    secret = SECRET

    def spec(self, folder: str = "INBOX", *, tls: bool = False) -> str:
        """The address of a folder."""
        return (
            f"imaps://desk%40east.example@localhost:{self.tls_port}/{folder}"
            if tls
            else f"imap://desk@127.0.0.1:{self.port}/{folder}"
        )

    def log_in(self) -> imaplib.IMAP4:
        """Dovecot's helper for passwords may just be starting anew after a refusal: it says so, and is asked again."""
        deadline = time.monotonic() + 120
        while True:
            connection = imaplib.IMAP4("127.0.0.1", self.port, timeout=120)
            try:
                connection.authenticate("PLAIN", lambda _: f"\0desk\0{SECRET}".encode())
            except imaplib.IMAP4.error as error:
                if "UNAVAILABLE" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return connection


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """Dovecot with two folders: INBOX with three mails, one of them seen, and a folder with a Chinese name."""
    if settings.PROGRAM is None:
        pytest.skip("dovecot is not installed")
    folder = Path(tempfile.mkdtemp(prefix="comity-dovecot-"))  # not below pytest's own, which each run closes to others
    folder.chmod(0o755)
    as_root = os.geteuid() == 0  # then Dovecot insists on other users for the mail and for what talks to strangers
    user = "nobody" if as_root else getpass.getuser()
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    port, tls_port = free_port(), free_port()
    (folder / "dovecot.conf").write_text(
        settings.common(folder, protocol="imap", user=user, group=group, mail=f"{folder}/mail")
        + settings.tls(folder / "cert.pem", folder / "key.pem")
        + settings.passwords_in(folder / "passwords", f"{folder}/home")
        + CONFIGURATION.format(
            folder=folder,
            internal="dovecot" if as_root else user,
            login="dovenull" if as_root else user,
            group="dovecot" if as_root else group,
            port=port,
            tls_port=tls_port,
        )
    )
    (folder / "passwords").write_text(
        f"desk:{{PLAIN}}{SECRET}\ndesk@east.example:{{PLAIN}}{SECRET}\n", encoding="utf-8"
    )
    for name in ("home", "mail"):
        (folder / name).mkdir()
        if as_root:
            shutil.chown(folder / name, user)
    _certificate(folder)
    child = subprocess.Popen([settings.PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL)
    try:
        running = Dovecot(port=port, tls_port=tls_port, certificate=folder / "cert.pem", mail=folder / "mail")
        connection = _wait_for(running, child)
        for number, flags in ((1, ""), (2, r"\Seen \Flagged"), (3, "")):
            stamp = imaplib.Time2Internaldate(datetime(2026, 3, number, tzinfo=UTC))
            connection.append("INBOX", flags, stamp, f"Subject: mail {number}\r\n\r\ntext {number}\r\n".encode())
        connection.create('"&V4NXPpCuTvY-"')
        connection.append('"&V4NXPpCuTvY-"', "", "", b"Subject: only\r\n\r\n" + b"x" * 200_000 + b"\r\n")
        connection.logout()
        yield running
    finally:
        child.terminate()
        child.wait(120)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: Dovecot, child: "subprocess.Popen[bytes]") -> imaplib.IMAP4:
    deadline = time.monotonic() + 120
    while True:
        try:
            return server.log_in()
        except OSError:
            assert child.poll() is None, "Dovecot has ended"
            assert time.monotonic() < deadline
            time.sleep(0.05)


POSTFIX = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.west.example
mydestination =
default_transport = error:nothing leaves here
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions =
recipient_delimiter = +
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
alias_maps =
alias_database =
lmtp_host_lookup = native
smtp_host_lookup = native
smtputf8_enable = yes
smtpd_tls_security_level = none
smtp_tls_security_level = none
lmtp_tls_security_level = none
biff = no
{more}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
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
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance on loopback; mail goes where the lines of its main.cf say."""

    def __init__(self, folder: Path, more: str) -> None:
        self.folder, self.config = folder, folder / "config"
        for each in (self.config, folder / "queue", folder / "data"):
            each.mkdir()
        shutil.chown(folder / "data", "postfix")
        self.port = free_port()
        (self.config / "main.cf").write_text(MAIN.format(folder=folder, more=more))
        (self.config / "master.cf").write_text(MASTER.format(port=self.port))
        self.control("start")

    def control(self, word: str, seconds: float = 180) -> None:
        """Run one of Postfix's own commands on it."""
        done = subprocess.run(
            [str(POSTFIX), "-c", str(self.config), word], capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == 0, done.stderr + self.log()

    def greets(self) -> bool:
        """It greets whoever connects, within half a minute."""
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=30):
                return True
        except OSError:
            return False

    def end(self) -> None:
        """Stop it by its own command; where that does not end (it waits for its own logger), by the group of its processes."""
        master = self.folder / "queue" / "pid" / "master.pid"
        group = int(master.read_text().split()[0]) if master.exists() else None
        try:
            self.control("stop", 60)
        except subprocess.TimeoutExpired:
            if group is not None:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)

    def send(self, recipients: list[str], data: bytes, envelope_from: str = "fbl@east.example") -> None:
        """Hand over one mail."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
            assert client.sendmail(envelope_from, recipients, data) == {}

    def log(self) -> str:
        """All that it has logged."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def make_postfix() -> Iterator[Callable[[str], Postfix]]:
    """Start an instance with these lines in its main.cf; it is stopped by its own command."""
    if POSTFIX is None:
        pytest.skip("Postfix is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start Postfix")
    folder = Path(tempfile.mkdtemp(prefix="comity-postfix-"))
    folder.chmod(0o755)
    made: list[Postfix] = []

    def make(more: str) -> Postfix:
        # Seen twice under load: an instance whose logger hangs from its start, so that nothing that logs goes on. Another one is
        # started then; what is tested begins after the greeting.
        for number in range(3):
            place = folder / str(number)
            place.mkdir()
            place.chmod(0o755)
            made.append(Postfix(place, more))
            if made[-1].greets():
                return made[-1]
        raise AssertionError("Postfix greets nobody: " + made[-1].log())

    yield make
    for each in made:
        each.end()
    shutil.rmtree(folder, ignore_errors=True)
