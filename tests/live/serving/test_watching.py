"""The running program takes new mail out of a Maildir that Postfix delivers into, and out of a folder on a real Dovecot."""

import imaplib
import re
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desk, Dovecot, Postfix

pytestmark = pytest.mark.live
PAGES = Path(__file__).parents[3] / "docs/how-to"
ITEMS = "SELECT count(*) FROM item WHERE gate = '{gate}'"


def shown(page: str, kind: str) -> str:
    """A block of a page, for the mailbox of the desk here; of the settings what is watched."""
    text = (PAGES / page).read_text(encoding="utf-8").replace("abuse@west.example = abuse/", "fbl@west.example = mail/")
    block = dict(re.findall(r"(?ms)^```(\S+)\n(.*?)^```", text))[kind]
    mailbox = 'mailbox = "abuse@west.example"'
    return block[block.find("[[watch") if kind == "toml" else 0 :].replace(mailbox, 'mailbox = "fbl@west.example"')


def watched_maildir(folder: Path) -> str:
    """The settings of the page, for a Maildir in this folder."""
    return "reserve_mib = 1\n" + shown("maildir.md", "toml").replace("/var/mail/west/abuse", f"{folder}/mail")


def watched_folder(port: int, tls: str, name: str, after: str) -> str:
    """The settings of the page, for a folder on this Dovecot."""
    text = shown("imap.md", "toml").replace("imap.west.example", "localhost").replace('"INBOX"', f'"{name}"')
    text = text.replace('account = "abuse@west.example"', 'account = "desk@east.example"')
    return f'reserve_mib = 1\n{text}port = {port}\ntls = "{tls}"\nafter = "{after}"\n'


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where Postfix may write as somebody who is nobody."""
    path = Path(tempfile.mkdtemp(prefix="comity-maildir-"))
    path.chmod(0o755)
    (path / "mail").mkdir()
    shutil.chown(path / "mail", "nobody")
    yield path
    shutil.rmtree(path)


def test_a_maildir_that_postfix_fills(
    make_desk: "Callable[..., Desk]", make_postfix: "Callable[[str], Postfix]", folder: Path
) -> None:
    """What Postfix delivers is on the desk, once, over a kill of everything; it lies in cur as read, and nothing is missing."""
    lines = shown("maildir.md", "main.cf").replace("/var/mail/west", str(folder)).replace("5000", "65534")
    postfix = make_postfix(f"{lines}virtual_minimum_uid = 1\n")
    for number in range(5):
        postfix.send(["fbl@west.example"], make_desk().feedback(f"a{number}"))
    desk = make_desk(gates=watched_maildir(folder))
    desk.wait_until(lambda: len(list((folder / "mail").glob("new/*"))) == 5, "five mails in new " + postfix.log())
    desk.start().kill()
    desk.start()
    for number in range(5):
        postfix.send(["fbl@west.example"], desk.feedback(f"b{number}"))
    desk.wait_until(lambda: desk.count("comity.db", ITEMS.format(gate="maildir")) == 10, "ten items" + postfix.log())
    desk.wait_until(lambda: len(list((folder / "mail").glob("cur/*:2,S"))) == 10, "ten mails in cur")
    assert desk.count("comity.db", "SELECT count(*) FROM report WHERE case_id IS NOT NULL") == 10
    assert list((folder / "mail").glob("new/*")) == []


@pytest.mark.parametrize(("tls", "after"), [("wrapped", "seen"), ("starttls", "leave"), ("wrapped", "delete")])
def test_a_folder_on_dovecot(
    make_desk: "Callable[..., Desk]", dovecot: "Dovecot", monkeypatch: pytest.MonkeyPatch, tls: str, after: str
) -> None:
    """What lies there and what comes, told by IDLE, is on the desk once, over a kill; then the folder is as the settings say."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    name, box = f"反馈 {tls} {after}", make_folder(dovecot, tls, after)
    port = dovecot.tls_port if tls == "wrapped" else dovecot.port
    desk = make_desk(gates=watched_folder(port, tls, name, after))
    (desk.folder / "imap.password").write_text(f"{dovecot.secret}\n", encoding="utf-8")
    (desk.folder / "imap.password").chmod(0o600)
    mailbox = log_in(dovecot)
    for number in range(3):
        mailbox.append(box, "", "", desk.feedback(f"a{number}"))
    desk.start().kill()
    desk.start()
    desk.wait_until(lambda: desk.count("comity.db", ITEMS.format(gate="imap")) == 3, "three items")
    mailbox.append(box, "", "", desk.feedback("b"))
    desk.wait_until(lambda: desk.count("comity.db", ITEMS.format(gate="imap")) == 4, "what came later")
    left = {"seen": (4, 4), "leave": (4, 0), "delete": (0, 0)}[after]
    desk.wait_until(lambda: counts(mailbox, box) == left, f"{left} in the folder: {counts(mailbox, box)}")
    assert desk.events("watch-waits") == []


def test_a_dovecot_that_goes_away(
    make_desk: "Callable[..., Desk]", dovecot: "Dovecot", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that nobody knows, and a wrong password, are waited out, and logged by their names."""
    desk = make_desk(gates=watched_folder(dovecot.tls_port, "wrapped", "INBOX", "leave"))
    (desk.folder / "imap.password").write_text("wrong\n", encoding="utf-8")
    (desk.folder / "imap.password").chmod(0o600)
    running = desk.start()
    desk.wait_until(lambda: any(each["code"] == "imap-away" for each in desk.events("watch-waits")), "no TLS")
    running.kill()
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    desk.start()
    desk.wait_until(lambda: any(each["code"] == "imap-refused" for each in desk.events("watch-waits")), "no log-in")
    assert desk.count("comity.db", ITEMS.format(gate="imap")) == 0


def make_folder(dovecot: "Dovecot", tls: str, after: str) -> str:
    """The folder of one test, by the name that goes over the line."""
    name = f'"&U82ZiA- {tls} {after}"'
    log_in(dovecot).create(name)
    return name


def log_in(dovecot: "Dovecot") -> imaplib.IMAP4:
    """As the account that the settings name."""
    context = ssl.create_default_context(cafile=str(dovecot.certificate))
    connection = imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=context, timeout=120)
    connection.authenticate("PLAIN", lambda _: f"\0desk@east.example\0{dovecot.secret}".encode())
    return connection


def counts(mailbox: imaplib.IMAP4, name: str) -> tuple[int, int]:
    """How many mails there are, and how many of them are marked as read."""
    said = mailbox.status(name, "(MESSAGES UNSEEN)")[1][0]
    assert isinstance(said, bytes)
    words = said.rpartition(b"(")[2].rstrip(b")").split()
    there, unseen = int(words[1]), int(words[3])
    return there, there - unseen
