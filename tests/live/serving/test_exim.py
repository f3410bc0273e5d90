"""A real Exim, set up as the page says, in file systems of its own: it may not be installed beside Postfix."""

import os
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
UNPACKED = os.environ.get("COMITY_EXIM")  # a folder with the unpacked packages, where Exim is not installed
CONFIGURATION = """
primary_hostname = mx.west.example
exim_user = nobody
exim_group = nogroup
spool_directory = {folder}/spool
log_file_path = {folder}/log-%slog
pid_file_path = {folder}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment =
domainlist local_domains = west.example
hostlist relay_from_hosts = 127.0.0.1
acl_smtp_rcpt = check_rcpt
never_users =
{main}
begin acl
check_rcpt:
{acl}
  accept domains = +local_domains
  deny
begin routers
{router}
begin transports
{transport}
begin retry
* * F,1h,2s
"""
FORWARD = (
    b"From: Ann <ann@west.example>\r\nTo: spam@west.example\r\nSubject: Fwd: Great news\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n'
    b"Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\r\n"
    b"\tfor <ann@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\r\n"
    b"From: Shop <news@shop.example>\r\nSubject: Great news\r\nMessage-ID: <1@shop.example>\r\n\r\nbuy\r\n--b--\r\n"
)


class Exim:
    """One instance; what it sees of /etc and /usr is laid over the real ones, for itself alone."""

    def __init__(self, folder: Path, blocks: dict[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        (folder / "spool").mkdir()
        (folder / "etc/exim4").mkdir(parents=True)
        for each in (folder, folder / "spool"):
            each.chmod(0o755)
            shutil.chown(each, "nobody")
        for name, line in (("passwd", "Debian-exim:x:65534:65534::/:/bin/false"), ("group", "Debian-exim:x:65534:")):
            (folder / "etc" / name).write_text(f"{(Path('/etc') / name).read_text()}{line}\n")
        text = CONFIGURATION.format(folder=folder, port=self.port, **{"main": "", **blocks})
        (folder / "etc/exim4/exim4.conf").write_text(text)
        over = [f"mount -t overlay o -o lowerdir={folder}/etc:/etc /etc"]
        over += [f"mount -t overlay o -o lowerdir={UNPACKED}/usr:/usr /usr"] if UNPACKED else []
        with (folder / "said").open("w") as said:
            self.process = subprocess.Popen(
                ["/usr/bin/unshare", "-m", "/bin/sh", "-c", " && ".join([*over, "exec /usr/sbin/exim4 -bdf -q2s"])],
                stderr=said,
                stdout=said,
            )

    def answers(self) -> bool:
        """Whether it listens."""
        assert self.process.poll() is None, (self.folder / "said").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self) -> str:
        """All that it has logged."""
        return "".join(each.read_text() for each in sorted(self.folder.glob("log-*")))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(120)


@pytest.fixture
def make_exim() -> Iterator[Callable[[dict[str, str]], Exim]]:
    """Start an instance with these blocks of its configuration."""
    if shutil.which("exim4", path="/usr/sbin") is None and UNPACKED is None:
        pytest.skip("Exim is not installed, and COMITY_EXIM names no folder with its packages unpacked")
    if os.geteuid() != 0:
        pytest.skip("only root can give Exim file systems of its own")
    folder = Path(tempfile.mkdtemp(prefix="comity-exim-"))
    made: list[Exim] = []

    def make(blocks: dict[str, str]) -> Exim:
        made.append(Exim(folder, blocks))
        return made[-1]

    yield make
    for each in made:
        each.stop()
    shutil.rmtree(folder)


def test_the_page_on_exim(make_provider: "Callable[[str], Desk]", make_exim: Callable[[dict[str, str]], Exim]) -> None:
    """Set up as ``docs/how-to/exim.md`` says: feedback from everybody, complaints from our own people alone; nothing is lost."""
    page = (Path(__file__).parents[3] / "docs/how-to/exim.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?ms)^```(\S+)\n(.*?)^```", page))
    desk = make_provider(shown["toml"])
    running = desk.start()
    blocks = {name: shown[name].replace("2424", str(running.port)) for name in ("acl", "router", "transport")}
    exim = make_exim(blocks)
    desk.wait_until(exim.answers, "Exim listens")
    with smtplib.SMTP("127.0.0.1", exim.port, timeout=120, source_address=("127.0.0.2", 0)) as stranger:
        assert stranger.sendmail("fbl@east.example", ["fbl@west.example"], desk.feedback("p1")) == {}
        assert stranger.sendmail("", ["bounces+token@west.example"], b"Subject: failed\r\n\r\n") == {}
        for address in ("spam@west.example", "not-spam+x@west.example", "SPAM@west.example"):
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                stranger.sendmail("ann@west.example", [address], FORWARD)
    with smtplib.SMTP("127.0.0.1", exim.port, timeout=120) as ours:
        assert ours.sendmail("ann@west.example", ["spam@west.example"], FORWARD) == {}
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM complaint") == 1, "a complaint " + exim.log())
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM item") == 2, "two items " + exim.log())
    names = [str(name) for (name,) in desk.ask("comity.db", "SELECT name FROM item")]
    assert any(name.startswith("bounces+token@west.example/") for name in names)
    assert running.end() == 0
    with smtplib.SMTP("127.0.0.1", exim.port, timeout=120) as ours:
        assert ours.sendmail("fbl@east.example", ["fbl@west.example"], desk.feedback("p2")) == {}
    desk.wait_until(lambda: "Connection refused" in exim.log(), "a mail that found no gate " + exim.log())
    path = desk.folder / "comity.toml"
    path.write_text(path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{running.port}"))
    desk.start()
    desk.wait_until(lambda: desk.count("comity.db", "SELECT count(*) FROM item") == 3, "the third item " + exim.log())
