"""A real Dovecot, set up as ``docs/how-to/dovecot.md`` says: a mail moved to Junk is a complaint, moved back it is none."""

import grp
import imaplib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.outlets.model_file import read_model
from comity.services.judge.filtering import Filter

from ... import dovecot as settings
from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
PAGE = Path(__file__).parents[3] / "docs/how-to/dovecot.md"
CONTRIB = Path(__file__).parents[3] / "contrib/dovecot"
DOVECOT = settings.PROGRAM
SIEVEC = shutil.which("sievec")
OURS = f"95-comity-{'2.4' if settings.IS_NEW else '2.3'}.conf"
BASIS = """
ssl = no
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = create
  }}
  mailbox Trash {{
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
"""
MAIL = (
    "Delivered-To: ann@west.example\r\n"
    "Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\r\n"
    "\tfor <ann@west.example>; {date}\r\n"
    "From: Shop <news@shop.example>\r\nTo: ann@west.example\r\nSubject: =?utf-8?B?5L+D6ZSA?=\r\n"
    "Message-ID: <{number}@shop.example>\r\n\r\nbuy\r\n.\r\n..\r\n"
)


def mail(number: int, *, days: int = 1) -> bytes:
    """A mail that came so many days ago."""
    return MAIL.format(number=number, date=format_datetime(datetime.now(UTC) - timedelta(days=days))).encode()


def blocks(kind: str) -> list[str]:
    """The texts of one kind that the page shows."""
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```", PAGE.read_text(encoding="utf-8"))


class Dovecot:
    """One instance with the files of the page."""

    def __init__(self, folder: Path, gate: int) -> None:
        self.folder, ours = folder, folder / "comity"
        for each in (folder, ours, folder / "mail"):
            each.mkdir(exist_ok=True)
            each.chmod(0o755)
        shutil.chown(folder / "mail", "nobody")
        self.port = free_port()
        page = (CONTRIB / OURS).read_text()
        mail, group = f"{folder}/mail/{settings.USER}", grp.getgrgid(65534).gr_name
        basis = settings.common(folder, protocol="imap", user="nobody", group=group, mail=mail)
        basis += settings.one_password("secret", mail) + BASIS.format(port=self.port)
        (folder / "dovecot.conf").write_text(basis + page.replace("/etc/dovecot/comity", str(ours)))
        program = (CONTRIB / "comity-moved").read_text()
        self.waiting = folder / "moved"
        program = program.replace("2424", str(gate)).replace("/var/lib/comity-moved", str(self.waiting))
        (ours / "comity-moved").write_text(program)
        (ours / "comity-moved").chmod(0o755)
        for name in ("to-junk", "from-junk"):
            shutil.copy(CONTRIB / f"{name}.sieve", ours)
            command = [str(SIEVEC), "-c", str(folder / "dovecot.conf"), str(ours / f"{name}.sieve")]
            subprocess.run(command, check=True, timeout=120, capture_output=True)
            assert (ours / f"{name}.svbin").exists()
        self.child = subprocess.Popen([str(DOVECOT), "-F", "-c", str(folder / "dovecot.conf")])

    def log_in(self) -> imaplib.IMAP4:
        deadline = time.monotonic() + 120
        while True:
            try:
                client = imaplib.IMAP4("127.0.0.1", self.port, timeout=120)
                client.login("ann@west.example", "secret")
            except OSError:
                assert self.child.poll() is None and time.monotonic() < deadline, self.log()
                time.sleep(0.05)
            else:
                return client

    def log(self) -> str:
        return (self.folder / "dovecot.log").read_text()


@pytest.fixture
def make_dovecot(open_path: Path) -> Iterator[Callable[[int], Dovecot]]:
    """Start an instance that hands over to this port."""
    if DOVECOT is None or SIEVEC is None:
        pytest.skip("dovecot-sieve is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start Dovecot with users of its own")
    made: list[Dovecot] = []

    def make(gate: int) -> Dovecot:
        made.append(Dovecot(open_path / "d", gate))  # its sockets lie deep, and a path to one is 107 signs at most
        return made[-1]

    yield make
    for each in made:
        each.child.terminate()
        each.child.wait(120)


def test_moved_to_junk_and_back(make_provider: "Callable[[str], Desk]", make_dovecot: Callable[[int], Dovecot]) -> None:
    """To Junk: a complaint in the right mailbox. Back: taken back. From Junk to Trash: it stays."""
    (gates,) = blocks("toml")
    desk = make_provider(f'{gates}mailboxes = ["fbl@west.example"]\n')
    dovecot = make_dovecot(desk.start().port)

    def states(*wanted: str) -> None:
        query = "SELECT state FROM complaint ORDER BY id"
        is_so = lambda: [row[0] for row in desk.ask("comity.db", query)] == list(wanted)  # noqa: E731
        desk.wait_until(is_so, f"complaints {wanted}: {dovecot.log()}", 30)

    client = dovecot.log_in()
    for number in (1, 2):
        client.append("INBOX", "", "", mail(number))
    assert client.select("INBOX")[0] == "OK", dovecot.log()
    assert client._simple_command("UID", "MOVE", "1", "Junk")[0] == "OK"
    states("waiting")
    assert desk.ask("comity.db", "SELECT mailbox FROM complaint") == [("ann@west.example",)]
    assert client.select("Junk")[0] == "OK", dovecot.log()
    assert client._simple_command("UID", "MOVE", "1", "INBOX")[0] == "OK"
    states("taken-back")
    assert client.select("INBOX")[0] == "OK", dovecot.log()
    assert client.uid("COPY", "2", "Junk")[0] == "OK"
    states("taken-back", "waiting")
    assert client.select("Junk")[0] == "OK", dovecot.log()
    assert client.uid("COPY", "2", "Trash")[0] == "OK"
    client.append("INBOX", "", "", mail(3))
    assert client.select("INBOX")[0] == "OK", dovecot.log()
    assert client.uid("COPY", "4", "Junk")[0] == "OK"
    states("taken-back", "waiting", "waiting")
    client.logout()
    assert desk.count("comity.db", "SELECT count(*) FROM item") == 0


def test_moves_wait_while_comity_is_away(
    make_provider: "Callable[[str], Desk]", make_dovecot: Callable[[int], Dovecot]
) -> None:
    """Nobody waits for them, none is lost, and they come in the order in which they were made; without the folder they fail."""
    (gates,), port = blocks("toml"), free_port()
    desk = make_provider(f'{gates}mailboxes = ["fbl@west.example"]\n')
    settings = desk.folder / "comity.toml"
    settings.write_text(settings.read_text().replace('"127.0.0.1:0"', f'"127.0.0.1:{port}"'))
    dovecot = make_dovecot(port)
    dovecot.waiting.mkdir(mode=0o700)
    damaged = dovecot.waiting / "0"
    damaged.write_bytes(b"no move of ours")
    for each in (dovecot.waiting, damaged):
        shutil.chown(each, "nobody")
    client = dovecot.log_in()
    for number in (1, 2):
        client.append("INBOX", "", "", mail(number))
    assert client.select("INBOX")[0] == "OK", dovecot.log()
    assert client._simple_command("UID", "MOVE", "1:2", "Junk")[0] == "OK"
    assert client.select("Junk")[0] == "OK", dovecot.log()
    assert client._simple_command("UID", "MOVE", "1", "INBOX")[0] == "OK"
    client.logout()
    wait = lambda: [each for each in dovecot.waiting.glob("[!.]*") if each != damaged]  # noqa: E731
    desk.wait_until(lambda: len(wait()) == 3, dovecot.log())
    assert {each.stat().st_mode & 0o777 for each in wait()} == {0o600}
    desk.start()
    query = "SELECT state FROM complaint ORDER BY id"
    states = lambda: [row[0] for row in desk.ask("comity.db", query)]  # noqa: E731
    desk.wait_until(lambda: states() == ["taken-back", "waiting"], f"both complaints, in order: {dovecot.log()}", 60)
    desk.wait_until(lambda: not wait(), "no move waits any longer")
    assert not damaged.exists()  # it kept nothing behind it from being handed over


def test_not_every_move_is_a_persons(
    make_provider: "Callable[[str], Desk]", make_dovecot: Callable[[int], Dovecot]
) -> None:
    """An old mail says nothing; one with a mail program's own keyword teaches the filter; a burst waits as one batch."""
    (gates,) = blocks("toml")
    desk = make_provider(f'{gates}mailboxes = ["fbl@west.example"]\n')
    settings = desk.folder / "comity.toml"
    text = settings.read_text().replace("[moves]\n", "[moves]\nburst = 3\n")
    text = text.replace("[learning]\n", '[learning]\noperators = ["ann@west.example"]\n')
    settings.write_text(text.replace("[judging]\n", '[judging]\nstarter = "none"\n'))
    dovecot = make_dovecot(desk.start().port)
    client = dovecot.log_in()
    client.append("INBOX", "", "", mail(1, days=20))
    client.append("INBOX", "$Junk", "", mail(2))
    for number in range(3, 8):
        client.append("INBOX", "", "", mail(number))
    assert client.select("INBOX")[0] == "OK", dovecot.log()
    for number in (1, 2):
        assert client.uid("COPY", str(number), "Junk")[0] == "OK"
    desk.wait_until((desk.folder / "judge.model").exists, "what was learnt " + dovecot.log())
    desk.wait_until(lambda: Filter.of(read_model(desk.folder / "judge.model")).learner.spam == 1, "one spam learnt")
    assert desk.ask("comity.db", "SELECT state, spam FROM training_sample") == [("trained", 1)]
    desk.wait_until_worked_off()
    assert desk.count("comity.db", "SELECT count(*) FROM complaint") == 0
    assert client._simple_command("UID", "MOVE", "3:7", "Junk")[0] == "OK"
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM complaint") == 5, dovecot.log())
    dues = {row[0] for row in desk.ask("comity.db", "SELECT due FROM complaint")}
    assert len(dues) <= 2, dues
    client.logout()
    assert desk.count("comity.db", "SELECT count(*) FROM item") == 0
