"""Debian's ``spamc`` asks, teaches and complains."""

import re
import shutil
import socket
import subprocess
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.outlets.model_file import read_model, write_model
from comity.services.judge.filtering import Filter

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
SPAMC = shutil.which("spamc")
SCORED = re.compile(rb"(?m)^X-Spam-(?:Score|Level|Status):.*\r\n(?:\t.*\r\n)*")
PAGE = Path(__file__).parents[3] / "docs/how-to/spamd.md"
SPAM = (
    "From: <win@east.example>\r\nSubject: 发票 prize {n}\r\nMessage-ID: <s{n}@east.example>\r\n\r\n"
    "claim your prize 代开发票 {n}\r\n"
)
HAM = (
    "From: <bob@east.example>\r\nSubject: minutes {n}\r\nMessage-ID: <h{n}@east.example>\r\n\r\n"
    "Dear Ann, the minutes are here, {n}.\r\n"
)


class Asked:
    """A running desk and its port for spamc."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk
        taught = Filter.new()
        for number in range(60):
            taught.learn(SPAM.format(n=number).encode(), True)
            taught.learn(HAM.format(n=number).encode(), False)
        write_model(desk.folder / "judge.model", taught.model())
        running = desk.start()
        self.port = next(each.rpartition(":")[2] for each in running.places if each.startswith("spamd="))

    def __call__(self, *options: str, mail: str = SPAM, size: int = 1) -> tuple[int, bytes]:
        """Exit status and output of spamc."""
        data = mail.format(n=77).encode() + b"and more\r\n" * (size - 1)
        done = subprocess.run(
            [str(SPAMC), "-d", "127.0.0.1", "-p", self.port, "-x", "-s", "10000000", *options],
            input=data,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout

    def compressed(self) -> bytes:
        """The answer to CHECK as ``spamc -z`` asks it; Debian's is built without."""
        data = zlib.compress(SPAM.format(n=77).encode())
        with socket.create_connection(("127.0.0.1", int(self.port)), timeout=120) as client:
            client.sendall(b"CHECK SPAMC/1.5\r\nCompress: zlib\r\nContent-length: %d\r\n\r\n" % len(data) + data)
            return client.makefile("rb").read()

    def learnt(self) -> tuple[int, int]:
        """How many of each kind the published filter has learnt."""
        learner = Filter.of(read_model(self.desk.folder / "judge.model")).learner
        return learner.spam, learner.legitimate


@pytest.fixture
def spamc(make_provider: "Callable[[str], Desk]") -> Asked:
    """With the settings of the page."""
    if SPAMC is None:
        pytest.skip("spamc is not installed")
    blocks = [each.partition("```")[0] for each in PAGE.read_text(encoding="utf-8").split("```toml\n")[1:]]
    text = blocks[0]
    gates = text.replace(":7830", ":0") + 'lmtp = ["127.0.0.1:0"]\nmailboxes = ["fbl@west.example"]\n'
    desk = make_provider(gates)
    settings = desk.folder / "comity.toml"
    settings.write_text(settings.read_text().replace("[learning]\n", blocks[1]))
    return Asked(desk)


def test_spamc_is_answered(spamc: Asked) -> None:
    """CHECK, SYMBOLS, REPORT, PROCESS, HEADERS, PING: spam and other mail, plain, compressed and large."""
    assert spamc("-K")[0] == 0
    status, said = spamc("-c")
    assert status == 1
    score, _, required = said.strip().partition(b"/")
    assert float(score) > float(required) == 5.0
    assert spamc("-c", mail=HAM)[0] == 0
    assert spamc.compressed().startswith(b"SPAMD/1.5 0 EX_OK\r\nSpam: True ; ")
    assert spamc("-y")[1].startswith(b"COMITY_SPAM")
    assert b"COMITY_LEGITIMATE" in spamc("-y", mail=HAM)[1]
    assert b"Comity" in spamc("-R")[1]
    assert spamc("-r", mail=HAM)[1].strip() in (b"", b"-2.0/5.0") or b"COMITY" not in spamc("-r", mail=HAM)[1]
    processed = spamc()[1]
    assert processed.startswith(b"X-Spam-Flag: YES")
    assert processed.endswith(SPAM.format(n=77).encode().partition(b"\r\n\r\n")[2])
    headers = spamc("--headers")[1]
    # The score that is shown falls with each mail that goes by without a label.
    assert b"claim your prize" not in headers or SCORED.sub(b"", processed) == SCORED.sub(b"", headers)
    large = spamc(size=60_000)[1]
    assert large.count(b"and more") == 59_999
    assert large.startswith(b"X-Spam-Flag:")


def test_spamc_teaches(spamc: Asked) -> None:
    """What is told is on the disk when spamc ends, and soon the filter knows it; the gate judges with what it knows then."""
    desk, before = spamc.desk, spamc.learnt()
    staff = ("-u", "postmaster")
    assert spamc(*staff, "-L", "ham", mail=HAM)[1].startswith(b"Message successfully")
    desk.wait_until(lambda: spamc.learnt() == (before[0], before[1] + 1), "one more legitimate mail")
    assert spamc(*staff, "-L", "spam")[1].startswith(b"Message successfully")
    desk.wait_until(lambda: spamc.learnt() == (before[0] + 1, before[1] + 1), "one more spam")
    desk.wait_until(
        lambda: spamc("-c")[0] == 1 and bool(desk.events("model-taken")), "the gate judges with the new model"
    )


def test_spamc_forgets(spamc: Asked) -> None:
    """``-L forget`` takes out what the same login taught: the model is the one that never had it."""
    desk, staff = spamc.desk, ("-u", "postmaster")
    assert spamc(*staff, "-L", "ham", mail=HAM)[1].startswith(b"Message successfully")
    desk.wait_until(lambda: spamc.learnt() == (60, 61), "one more legitimate mail")
    assert spamc(*staff, "-L", "forget", mail=HAM)[1].startswith(b"Message successfully")
    desk.wait_until(lambda: "retracted" in str(desk.ask("comity.db", "SELECT state FROM training_sample")), "forgotten")
    assert spamc(*staff, "-L", "spam")[1].startswith(b"Message successfully")
    desk.wait_until(lambda: spamc.learnt() == (61, 60), "one more spam, and no legitimate mail more")


def test_what_anybody_teaches_waits(spamc: Asked) -> None:
    """Whoever is not of our staff must have been delivered that mail: then it waits, else it does not teach."""
    desk = spamc.desk
    assert spamc("-u", "eve", "-L", "ham", mail=HAM)[1].startswith(b"Message successfully")
    desk.wait_until(
        lambda: desk.ask("comity.db", "SELECT state, reason FROM training_sample") == [("refused", "not-delivered")],
        "a named no",
    )
    assert spamc.learnt() == (60, 60)


def test_spamc_complains_and_takes_back(spamc: Asked) -> None:
    """``-C report`` is a complaint of that login, ``-C revoke`` takes it back."""
    desk = spamc.desk
    mail = (
        "Delivered-To: ann@west.example\r\nReceived: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix)"
        f" with ESMTP id 4ABC\r\n\tfor <ann@west.example>; {format_datetime(datetime.now(UTC))}\r\n" + SPAM
    )
    assert spamc("-u", "ann", "-C", "report", mail=mail)[1].startswith(b"Message successfully")
    desk.wait_until(
        lambda: desk.ask("comity.db", "SELECT state, mailbox FROM complaint") == [("waiting", "ann@west.example")],
        "a complaint of ann",
    )
    assert spamc("-u", "ann", "-C", "revoke", mail=mail)[1].startswith(b"Message successfully")
    desk.wait_until(
        lambda: "waiting" not in str(desk.ask("comity.db", "SELECT state FROM complaint")),
        "a complaint that is taken back",
    )
