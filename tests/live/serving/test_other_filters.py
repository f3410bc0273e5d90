"""Debian's rspamd and SpamAssassin ask Comity with the files of ``contrib/``, and add its score."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.outlets.model_file import write_model
from comity.services.judge.filtering import Filter

from ...mail_host import free_port

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
CONTRIB = Path(__file__).parents[3] / "contrib"
RSPAMD, RSPAMC, SPAMASSASSIN = (shutil.which(name) for name in ("rspamd", "rspamc", "spamassassin"))
HEAD = b"To: ann@west.example\nDate: Fri, 01 May 2026 10:00:00 +0000\n"
SPAM = b"From: <win@east.example>\nSubject: prize\n" + HEAD + b"\nclaim your prize now\n"
HAM = b"From: <bob@east.example>\nSubject: minutes\n" + HEAD + b"\nDear Ann, the minutes\n"
# A list of two top-level domains: compiling that of all takes rspamd a minute when it starts for the first time.
RSPAMD_CONF = """
options {{
  filters = "";
  pidfile = "{folder}/pid";
  control_socket = "{folder}/control";
  hs_cache_dir = "{folder}";
  url_tld = "{folder}/tld";
  dns {{ nameserver = "127.0.0.1:9"; timeout = 0.2s; }}
}}
logging {{ type = "file"; filename = "{folder}/log"; level = "info"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
actions {{ reject = 15; add_header = 6; }}
comity {{ port = {comity}; timeout = 3.0; }}
lua = "{contrib}/rspamd/comity.lua";
"""


@pytest.fixture
def comity(make_desk: "Callable[..., Desk]") -> int:
    """A Comity that answers as spamd; its port."""
    desk = make_desk(gates='reserve_mib = 1\nspamd = ["127.0.0.1:0"]')
    taught = Filter.new()
    for number in range(60):
        taught.learn(SPAM + b"%d\n" % number, True)
        taught.learn(HAM + b"%d\n" % number, False)
    write_model(desk.folder / "judge.model", taught.model())
    places = desk.start("gates").places
    return next(int(each.rpartition(":")[2]) for each in places if each.startswith("spamd="))


@pytest.fixture
def nobody() -> int:
    """A port at which nobody answers."""
    return free_port()


@pytest.fixture
def rspamd(tmp_path: Path) -> Iterator[Callable[[int, bytes], dict[str, float]]]:
    """Start rspamd with our rule; what it finds in a mail, as symbols with their scores."""
    if RSPAMD is None or RSPAMC is None:
        pytest.skip("rspamd is not installed")
    folder = tmp_path / "rspamd"
    folder.mkdir()
    running: list[subprocess.Popen[bytes]] = []

    def ask(comity: int, mail: bytes) -> dict[str, float]:
        port = free_port()
        text = RSPAMD_CONF.format(folder=folder, port=port, comity=comity, contrib=CONTRIB)
        (folder / "rspamd.conf").write_text(text)
        (folder / "tld").write_text("com\nexample\n")
        with (folder / "out").open("ab") as out:
            command = [str(RSPAMD), "-f", "-i", "-c", str(folder / "rspamd.conf")]
            running.append(subprocess.Popen(command, stdout=out, stderr=out))
        said = _asked(port, mail, running[-1], folder)
        return {name: float(score) for name, score in re.findall(r"Symbol: (\w+) \((-?[\d.]+)\)", said)}

    yield ask
    for each in running:
        each.terminate()
        each.wait(120)


def _asked(port: int, mail: bytes, child: "subprocess.Popen[bytes]", folder: Path) -> str:
    """The answer, once rspamd listens."""
    command = [str(RSPAMC), "-h", f"127.0.0.1:{port}", "symbols"]
    deadline = time.monotonic() + 60
    while True:
        done = subprocess.run(command, input=mail, capture_output=True, timeout=120, check=False)
        if b"Action:" in done.stdout:
            return done.stdout.decode()
        assert child.poll() is None and time.monotonic() < deadline, (folder / "out").read_text()


def test_rspamd_adds_the_verdict(comity: int, rspamd: Callable[[int, bytes], dict[str, float]]) -> None:
    """Spam gets at least the score of the rule."""
    found = rspamd(comity, SPAM)
    assert found.get("COMITY_SPAM", 0) >= 6.0, found


def test_rspamd_adds_that_a_mail_is_legitimate(comity: int, rspamd: Callable[[int, bytes], dict[str, float]]) -> None:
    """A little below zero."""
    found = rspamd(comity, HAM)
    assert found.get("COMITY_LEGITIMATE") == -1.0, found


def test_rspamd_goes_on_without_us(nobody: int, rspamd: Callable[[int, bytes], dict[str, float]]) -> None:
    """Nobody answers: the mail has a result all the same, and one symbol says so."""
    assert rspamd(nobody, SPAM).get("COMITY_FAIL") == 0.0


@pytest.fixture
def spamassassin(tmp_path: Path) -> Callable[[int, bytes], str]:
    """What SpamAssassin says of a mail with our plug-in."""
    if SPAMASSASSIN is None:
        pytest.skip("spamassassin is not installed")
    site = tmp_path / "site"
    shutil.copytree(CONTRIB / "spamassassin", site)
    text = (site / "comity.cf").read_text()
    (site / "v320.pre").write_text("loadplugin Mail::SpamAssassin::Plugin::Check\n")  # as every installation has it

    def ask(comity: int, mail: bytes) -> str:
        (site / "comity.cf").write_text(text.replace(":7830", f":{comity}"))
        (site / "prefs").touch()
        command = [str(SPAMASSASSIN), "-L", "-x", f"--siteconfigpath={site}", f"--prefspath={site}/prefs"]
        done = subprocess.run(command, input=mail, capture_output=True, timeout=120, check=True)
        return " ".join(done.stdout.partition(b"\n\n")[0].decode("utf-8", "replace").split()) + done.stderr.decode()

    return ask


def test_spamassassin_adds_the_score(comity: int, nobody: int, spamassassin: Callable[[int, bytes], str]) -> None:
    """Spam and other mail; when nobody answers, the mail goes on without."""
    assert "COMITY_SPAM" in spamassassin(comity, SPAM)
    assert "COMITY_LEGITIMATE" in spamassassin(comity, HAM)
    alone = spamassassin(nobody, SPAM)
    assert "X-Spam-Status" in alone
    assert "COMITY_" not in alone
