"""Triage of an IMAP folder on a real Dovecot: every mail is seen, and the server cannot tell that anybody looked."""

import getpass
import grp
import imaplib
import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from comity.cli import main
from comity.model.outcomes import ComityError
from comity.outlets.mailboxes import Condition, Item, Opening, open_source

pytestmark = pytest.mark.live

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
SECRET = 'pass"word\\密'

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail
first_valid_uid = 0
mail_uid = {user}
mail_gid = {mail_group}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/passwords
}}
userdb {{
  driver = static
  args = home={folder}/home
}}
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
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Server:
    """A running Dovecot."""

    port: int
    tls_port: int
    certificate: Path
    mail: Path

    def spec(self, folder: str = "INBOX", *, tls: bool = False) -> str:
        """The address of a folder."""
        return (
            f"imaps://desk%40east.example@localhost:{self.tls_port}/{folder}"
            if tls
            else f"imap://desk@127.0.0.1:{self.port}/{folder}"
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Dovecot with two folders: INBOX with three mails, one of them seen, and a folder with a Chinese name."""
    if DOVECOT is None:
        pytest.skip("dovecot is not installed")
    folder = tmp_path_factory.mktemp("dovecot")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    as_root = os.geteuid() == 0  # then Dovecot insists on other users for the mail and for what talks to strangers
    user = "nobody" if as_root else getpass.getuser()
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    port, tls_port = _free_port(), _free_port()
    (folder / "dovecot.conf").write_text(
        CONFIGURATION.format(
            folder=folder,
            user=user,
            mail_group=group,
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
    child = subprocess.Popen([DOVECOT, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL)
    try:
        running = Server(port=port, tls_port=tls_port, certificate=folder / "cert.pem", mail=folder / "mail")
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
        child.wait(30)


def _log_in(server: Server) -> imaplib.IMAP4:
    """Dovecot's helper for passwords may just be starting anew after a refusal: it says so, and is asked again."""
    deadline = time.monotonic() + 20
    while True:
        connection = imaplib.IMAP4("127.0.0.1", server.port, timeout=10)
        try:
            connection.authenticate("PLAIN", lambda _: f"\0desk\0{SECRET}".encode())
        except imaplib.IMAP4.error as error:
            if "UNAVAILABLE" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return connection


def _wait_for(server: Server, child: "subprocess.Popen[bytes]") -> imaplib.IMAP4:
    deadline = time.monotonic() + 30
    while True:
        try:
            return _log_in(server)
        except OSError:
            assert child.poll() is None, "Dovecot has ended"
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _state(server: Server) -> dict[str, object]:
    """All that one could see of a visit: flags and names of every file, and what the server says of the folder."""
    connection = _log_in(server)
    connection.select("INBOX", readonly=True)
    flags = connection.fetch("1:*", "(UID FLAGS)")[1]
    counts = connection.status("INBOX", "(MESSAGES RECENT UNSEEN UIDNEXT)")[1]
    connection.logout()
    files = {str(path.relative_to(server.mail)) for part in ("cur", "new") for path in server.mail.rglob(f"{part}/*")}
    return {"flags": flags, "counts": counts, "files": files}


def _items(spec: str, **opening: object) -> list[Item]:
    return list(open_source(spec, Opening(password=lambda _: SECRET, **opening)))  # type: ignore[arg-type]


def test_every_mail_is_seen_and_nothing_is_changed(server: Server) -> None:
    """No flag, no \\Seen, no \\Recent, no file name differs after two full readings."""
    connection = _log_in(server)
    connection.select("INBOX")  # the first visit of anybody takes \\Recent away; have it behind us
    connection.logout()
    before = _state(server)
    for _ in range(2):
        items = _items(server.spec())
        assert [item.data for item in items] == [f"Subject: mail {n}\r\n\r\ntext {n}\r\n".encode() for n in (1, 2, 3)]
        assert [item.condition for item in items] == [Condition.WHOLE] * 3
    assert _state(server) == before


def test_over_tls_with_a_certificate_that_holds(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trusted certificate is needed; an account with @ and a password with every kind of sign pass."""
    with pytest.raises(ComityError) as caught:
        _items(server.spec(tls=True))
    assert caught.value.code == "imap-lost"
    assert "certificate" in str(caught.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    assert len(_items(server.spec(tls=True))) == 3


def test_known_and_older_mails_are_not_fetched(server: Server) -> None:
    """A second run, and ``--since``, cost no transfer; every mail still comes as an item."""
    positions = [item.position for item in _items(server.spec())]
    items = _items(server.spec(), known={positions[0]}, since=datetime(2026, 3, 2, tzinfo=UTC))
    assert [item.condition for item in items] == [Condition.OLDER, Condition.WHOLE, Condition.WHOLE]
    items = _items(server.spec(), known=set(positions[:2]))
    assert [item.condition for item in items] == [Condition.KNOWN, Condition.KNOWN, Condition.WHOLE]
    assert items[0].data == b""


def test_a_folder_with_a_chinese_name_and_a_mail_over_the_cap(server: Server) -> None:
    """The name is given as people write it; of a mail that is too large only the beginning is fetched."""
    (item,) = _items(server.spec("垃圾邮件"), cap=100_000)
    assert (item.condition, item.size > 200_000, len(item.data)) == (Condition.TOO_LARGE, True, 65_536)
    (item,) = _items(server.spec("%E5%9E%83%E5%9C%BE%E9%82%AE%E4%BB%B6"))
    assert item.condition is Condition.WHOLE


@pytest.mark.parametrize(
    ("change", "code"), [("folder", "imap-folder"), ("password", "imap-refused"), ("port", "imap-lost")]
)
def test_what_goes_wrong_is_said(server: Server, change: str, code: str) -> None:
    """A wrong folder, a wrong password, no server: each by its name."""
    spec = server.spec("Nowhere") if change == "folder" else server.spec()
    if change == "port":
        spec = spec.replace(str(server.port), str(_free_port()))
    with pytest.raises(ComityError) as caught:
        list(open_source(spec, Opening(password=lambda _: "wrong" if change == "password" else SECRET)))
    assert caught.value.code == code


def test_the_command_from_end_to_end(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``comity triage imap://…`` with the password from the environment, twice, the second time from its state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMITY_IMAP_PASSWORD", SECRET)
    (tmp_path / "own.txt").write_text("192.0.2.0/24\n")
    before = _state(server)
    for _ in range(2):
        assert main(["triage", server.spec(), "--own", "own.txt", "--state", "state", "--json"]) == 0
        summary = json.loads(capsys.readouterr().out.splitlines()[0])
        assert summary["items"] == 3
        assert summary["where"]["unreadable"] == 0
    assert SECRET not in (tmp_path / "state").read_text()
    assert _state(server) == before
