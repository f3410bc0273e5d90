"""``comity complain`` with a store, ``peer``, ``outbox`` and ``send``: what an operator types on the first day."""

import json
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from sqlalchemy import update

from comity.cli import main
from comity.formats import dkim
from comity.formats.mime import scan
from comity.locale import catalogue
from comity.model.sending import PASSING
from comity.outlets.key_file import KeyFile
from comity.store.engine import open_store
from comity.store.tables.sending import outbox

from ..mail_host import mail_host

AGREEMENTS = """\
[[agreement]]
peer = "east"
address = "fbl@east.example"
networks = ["198.51.100.0/24"]
tier = "T2"
"""
MAIL = """\
Delivered-To: ann.meyer@west.example
Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC
\tfor <ann.meyer@west.example>; Sun, 01 Mar 2026 08:05:09 +0000
From: Shop <news@shop.example>
To: ann.meyer@west.example
Subject: Great news about shop {word}
Message-ID: <{number}@shop.example>

buy
"""


class Host:
    """A mail host that takes everything."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to a mail."""
        self.taken.append(envelope.content)
        return "250 ok"


@pytest.fixture
def host() -> Iterator[tuple[Host, int]]:
    """The mail host, and its port."""
    handler = Host()
    with mail_host(handler) as port:
        yield handler, port


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: tuple[Host, int]) -> Path:
    """A folder as ``comity init`` leaves it, with one agreement, complaints that wait no time, and two mails."""
    from comity.bootstrap.first_run import first_run
    from comity.outlets.private_key import KeySort

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    (tmp_path / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    given = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "complain.agreements": "agreements.toml",
        "reading.trusted_hosts": ["mx.west.example"],
        "sending.host": "127.0.0.1",
        "sending.port": host[1],
        "sending.wait_seconds": 0,
    }
    first_run(tmp_path, given, KeySort.ED25519)
    for number in range(2):
        (tmp_path / f"{number}.eml").write_text(MAIL.format(number=number, word="abc"[number] * 5), encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> int:
    return main([*arguments, "--language", "en"])


def objects(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_first_day(place: Path, host: tuple[Host, int], capsys: pytest.CaptureFixture[str]) -> None:
    """Observe, look at what would leave, let one peer go live with what was held: it arrives, signed with the key of init."""
    assert run("complain", "0.eml", "1.eml") == 0
    assert run("send", "--once") == 0
    assert host[0].taken == []
    capsys.readouterr()
    assert run("outbox", "preview") == 0
    shown = capsys.readouterr().out
    assert shown.count("report to east <fbl@east.example>: held (the peer is not live)") == 2
    assert "network:198.51.100.0/24 T2 ARF" in shown
    assert [each["format"] for each in objects(capsys, "outbox", "preview")] == ["arf", "arf"]
    (peer,) = objects(capsys, "peer", "list")
    assert (peer["state"], peer["held"], peer["sent"]) == ("observe", 2, 0)
    assert run("peer", "live", "east", "--with-held") == 0
    (sent,) = objects(capsys, "send", "--once")
    assert (sent["sent"], sent["failed"]) == (2, {})
    (peer,) = objects(capsys, "peer", "list")
    assert (peer["state"], peer["held"], peer["sent"]) == ("live", 0, 2)
    keys = KeyFile.read(place / "dkim.zone")
    for data in host[0].taken:
        message = scan(data)
        found = keys.find([each.dns_name for each in dkim.keys_wanted(message)])
        (check,) = dkim.verify(message, found, now=datetime.now(UTC))
        assert (check.result.value, check.domain, b"eyer" in data) == ("pass", "west.example", False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_leaves_by_itself_asks_nobody_to_let_it_out(
    place: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report that waits for receipts of its peer, or for tomorrow's quota, needs no command: none is named."""
    assert run("complain", "0.eml") == 0
    assert run("send", "--once") == 0
    store = open_store(place / "comity.db")
    for reason in sorted(PASSING):
        with store.write() as rows:
            rows.connection.execute(update(outbox).values(reason=reason))
        capsys.readouterr()
        assert main(["outbox", "not-sent", "--language", language]) == 0
        said = capsys.readouterr().out.replace("\n    ", "" if language == "zh" else " ")
        assert catalogue(language).say("outbox.held-for-now", n=1) in said
        assert "peer live" not in said
    store.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_has_no_end_yet_is_not_called_told(place: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A complaint that waits, and a report that is held, are said to be so; only when both are gone is everybody told."""
    words = catalogue(language)

    def said(*command: str) -> str:
        capsys.readouterr()
        assert main([*command, "--language", language]) == 0
        text = capsys.readouterr().out
        assert all(cell_len(line) <= 80 for line in text.splitlines())
        return text.replace("\n    ", "" if language == "zh" else " ")

    assert run("complain", "0.eml") == 0
    waits = words.say("outbox.still-waiting", n=1)
    assert waits in said("outbox", "preview")
    assert waits in said("outbox", "not-sent")
    assert words.say("outbox.no-steps") not in said("outbox", "why", "1")
    assert run("send", "--once") == 0
    assert words.say("outbox.all-told") not in said("outbox", "not-sent")
    assert "comity peer live" in said("outbox", "not-sent")
    why = said("outbox", "why", "1")
    assert words.say("step.network") in why
    assert words.say("step-why.no-cfbl-address") in why
    assert words.say("step-why.received", line=1) in why
    assert "received:1" not in why
    assert run("peer", "live", "east", "--with-held") == 0
    assert run("send", "--once") == 0
    assert said("outbox", "not-sent").strip() == words.say("outbox.all-told")


def test_the_bytes_before_they_leave(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--show prints exactly what the peer will get, but for the signature."""
    assert run("complain", "0.eml") == 0
    assert run("send", "--once") == 0
    (found,) = objects(capsys, "outbox", "preview", "east", "--show")
    assert found["reason"] == "observe"
    assert "Feedback-Type: abuse" in found["data"]
    assert "ann.meyer" not in found["data"]
    assert objects(capsys, "outbox", "preview", "nobody") == []


def test_a_mail_is_shown_in_words(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in base64 or in encoded words is decoded and says so, at 80 columns; --raw gives the bytes as they are."""
    mail = (
        (place / "0.eml").read_bytes().partition(b"\n\n")[0].replace(b"\nSubject:", b"\nX-Old:")
        + b"\nSubject: =?utf-8?B?5oqV6K+J?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        + b"Content-Transfer-Encoding: base64\n\n" + b64encode("亲爱的用户".encode()) + b"\n"
    )  # fmt: skip
    (place / "cn.eml").write_bytes(mail)
    assert run("complain", "cn.eml") == 0
    assert run("send", "--once") == 0
    capsys.readouterr()
    assert run("outbox", "preview", "--show") == 0
    shown = capsys.readouterr().out
    assert "Subject: 投诉  [decoded]" in shown
    assert "[text/plain, decoded from base64]" in shown
    told = [line for line in shown.splitlines() if line.startswith("    | ")]
    assert "    | west.example 的一位用户收到下面的邮件，并举报为垃圾邮件。" in told
    assert all(len(line) + sum(sign > "\u2e80" for sign in line) <= 80 for line in told)
    assert shown.count("decoded from") == 1  # of the reported mail the header alone is let out
    assert run("outbox", "preview", "--raw") == 0
    raw = capsys.readouterr().out
    assert "decoded" not in raw
    assert "=?utf-8?B?5oqV6K+J?=" in raw
    assert "一位用户" not in raw


def test_said_and_taken_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what became of each complaint."""
    assert [each["fate"] for each in objects(capsys, "complain", "0.eml")] == ["waits"]
    assert [each["fate"] for each in objects(capsys, "complain", "0.eml")] == ["repeated"]
    assert [each["fate"] for each in objects(capsys, "complain", "0.eml", "--not-spam")] == ["taken-back"]
    assert run("outbox", "list") == 0
    assert re.search(r"1  complaint was taken back in time", capsys.readouterr().out)


def test_what_left_and_what_did_not(place: Path, host: tuple[Host, int], capsys: pytest.CaptureFixture[str]) -> None:
    """Afterwards anybody can see what left, for whom and why, and why nobody was told of the others."""
    elsewhere = (place / "1.eml").read_text(encoding="utf-8").replace("[198.51.100.7]", "[203.0.113.7]")
    (place / "elsewhere.eml").write_text(elsewhere.replace("<1@", "<2@"), encoding="utf-8")
    assert objects(capsys, "outbox", "sent") == objects(capsys, "outbox", "not-sent") == []
    assert run("peer", "live", "east") == 0
    assert run("complain", "0.eml", "1.eml", "elsewhere.eml") == 0
    assert run("complain", "1.eml", "--not-spam") == 0
    assert run("send", "--once") == 0
    (left,) = objects(capsys, "outbox", "sent")
    assert (Path(left["path"]).name, left["party"], left["rule"], left["outcome"]) == (
        "0.eml",
        "east",
        "network:198.51.100.0/24",
        None,
    )
    back, nobody = objects(capsys, "outbox", "not-sent")
    assert (Path(back["path"]).name, back["state"], back["refusals"]) == ("1.eml", "taken-back", [])
    assert nobody["refusals"][0]["reason"] == "no-agreement-and-no-cfbl-address"
    assert run("outbox", "not-sent") == 0
    assert "nobody responsible has an agreement" in capsys.readouterr().out
    (why,) = objects(capsys, "outbox", "why", str(nobody["complaint"]))
    assert [each["held"] for each in why["steps"]] == [True, *[False] * (len(why["steps"]) - 1)]
    assert {"network", "cfbl"} <= {each["rule"] for each in why["steps"]}
    assert all(each["reason"] for each in why["steps"] if not each["held"])
    (why,) = objects(capsys, "outbox", "why", left["report_id"])
    assert "network" in [each["rule"].partition(":")[0] for each in why["steps"] if each["held"]]
    assert (why["refusals"], why["reports"]) == ([], [{"party": "east", "state": "sent", "outcome": None}])
    assert run("outbox", "why", left["report_id"]) == 0
    assert "yes  network" in capsys.readouterr().out
    assert run("outbox", "why", "99") == 65
    assert "no complaint or report is called 99" in capsys.readouterr().err
    assert run("outbox", "sent") == 0
    assert "report to east <fbl@east.example>: sent" in capsys.readouterr().out


def test_a_fresh_desk_has_its_peers_and_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: tuple[Host, int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is reported to yet: peers are listed, mail to our own customers can be held and let go, and what waits leaves."""
    from comity.bootstrap.first_run import first_run
    from comity.outlets.private_key import KeySort

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    given = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "sending.host": "127.0.0.1",
        "sending.port": host[1],
    }
    first_run(tmp_path, given, KeySort.ED25519)
    assert objects(capsys, "peer", "list") == []
    assert objects(capsys, "send", "--once")[0]["sent"] == 0
    assert run("complain", "x.eml") == 78  # whoever wants to report needs somebody to report to


def test_back_to_observing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A peer is held again by its own command; one that nobody knows is an error that names those there are."""
    assert run("peer", "live", "east") == 0
    assert run("peer", "observe", "east") == 0
    assert run("peer", "live", "nobody") == 64
    assert "east" in capsys.readouterr().err


def test_serve_sends(place: Path, host: tuple[Host, int]) -> None:
    """The running program decides and sends by itself, and ends when it is told."""
    toml = place / "comity.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("# reserve_mib = 200", "reserve_mib = 1"), encoding="utf-8"
    )
    assert run("peer", "live", "east") == 0
    assert run("complain", "0.eml", "1.eml") == 0
    command = [sys.executable, "-m", "comity", "serve", "--role", "worker", "--json", "--config", str(toml)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 120
            while len(host[0].taken) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.terminate()
            assert process.wait(120) == 0
        finally:
            process.kill()
    assert len(host[0].taken) == 2


def test_with_an_output_folder_nothing_is_stored(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--out keeps the form without a store."""
    assert run("complain", "0.eml", "--out", "out") == 0
    assert len(list((place / "out").rglob("*.eml"))) == 1
    capsys.readouterr()
    assert run("outbox", "preview") == 0
    assert "Nothing is held" in capsys.readouterr().out


def test_what_is_no_mail_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file is no complaint, with a store as without one: it is named, the mail beside it waits, the end is 65."""
    (place / "empty.eml").write_bytes(b"")
    assert main(["complain", "--language", "en", "empty.eml", "1.eml"]) == 65
    said = capsys.readouterr().out
    assert "empty.eml: no report, because" in said
    assert main(["complain", "empty.eml", "--json"]) == 65
    assert json.loads(capsys.readouterr().out)["fate"] == "unreadable"
    assert main(["outbox", "not-sent", "--json"]) == 0
    assert "empty.eml" not in capsys.readouterr().out


def test_a_complaint_that_was_put_aside(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the list of what could not be worked off, with its reason; tried again by its number it is decided on."""
    from comity.services.complain.straight_line import StraightLine

    def fails(*_: object) -> None:
        raise RecursionError

    assert main(["complain", "1.eml"]) == 0
    with monkeypatch.context() as broken:
        broken.setattr(StraightLine, "complain", fails)
        assert main(["send", "--once"]) == 0
        capsys.readouterr()
        assert main(["shunt", "retry", "c1", "--json"]) == 65
        assert json.loads(capsys.readouterr().out)["fate"] == "shunted"
    for language in ("en", "zh"):
        assert main(["shunt", "list", "--language", language]) == 0
        said = capsys.readouterr().out
        assert "c1" in said and "RecursionError" in said and "[" not in said
        assert main(["outbox", "not-sent", "--language", language]) == 0
        assert "[" not in capsys.readouterr().out
    assert main(["shunt", "list", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["id"], row["item"], row["reason"], row["tries"]) == ("c1", "1.eml", "fault", 2)
    assert main(["shunt", "retry", "c7"]) == 65
    assert main(["shunt", "retry", "seven"]) == 64
    capsys.readouterr()
    assert main(["shunt", "retry", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fate"] == "decided"
    assert main(["outbox", "preview", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["reason"] == "observe"
    assert main(["shunt", "list", "--json"]) == 0
    assert capsys.readouterr().out == ""
