"""A playbook on the command line: from a dry run to a suppressed recipient, and back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.cells import cell_len

from comity.cli import main
from comity.formats import dkim

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OWN = "192.0.2.0/25,West Hosting,noc@west.example\n"


def _arf(number: int) -> str:
    return (
        f"From: fbl@north.example\nTo: abuse@east.example\nSubject: report\nMessage-ID: <r{number}@north.example>\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nA complaint.\n\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: N/1\nVersion: 1\n"
        f"Original-Rcpt-To: <reader{number}@north.example>\nSource-IP: 192.0.2.7\n\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: news@shop.example\nTo: reader{number}@north.example\nSubject: Sale\n"
        f"Message-ID: <{number}@shop.example>\n\nbuy\n\n--b--\n"
    )


LOOPS = '[[sources.loops]]\nname = "north"\ndomains = ["north.example"]\n'


class Desk:
    """A desk in a folder of its own, which trusts the loop that it joined."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        Path("own.csv").write_text(OWN)
        for number in range(4):
            mail = _arf(number).encode()
            signed = dkim.sign(mail, domain="north.example", selector="k1", key=KEY) + mail
            Path(f"{number}.eml").write_bytes(signed)
        Path("north.zone").write_text(f'k1._domainkey.north.example. IN TXT "{dkim.public_record(KEY)}"\n')
        self.run("init", "--domain", "east.example", "--address", "feedback@east.example", "--own", "own.csv")
        self.use('dkim_keys = "north.zone"', room="worker")
        path = Path("comity.toml")
        path.write_text(path.read_text() + LOOPS)
        self.run("source", "trust", "loop:north", "trusted", "--why", "a test")

    def run(self, *words: str, status: int = 0, language: str = "en") -> str:
        """One command; what it prints."""
        found = main(["--language", language, *words])
        printed = self._capsys.readouterr()
        assert found == status, printed
        return printed.out if status == 0 else printed.err

    def use(self, text: str, room: str = "playbook") -> None:
        """Say something in a room of the settings."""
        path = Path("comity.toml")
        path.write_text(path.read_text().replace(f"\n[{room}]\n", f"\n[{room}]\n{text}\n", 1))

    def lines(self, *words: str) -> list[dict[str, Any]]:
        """JSON lines of a command."""
        return [json.loads(line) for line in self.run(*words, "--json").splitlines()]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    return Desk(capsys)


def test_a_dry_run_in_which_nothing_happens_ends_its_sentence(desk: Desk) -> None:
    """Where there are no actions, none are announced."""
    for language, words in (("en", "and nothing else."), ("zh", "此外不会执行任何操作。")):
        text = desk.run("playbook", "try", "esp", language=language)
        assert words in text
        assert "and:" not in text
        assert "以及：" not in text


def test_a_dry_run_says_what_a_source_on_trial_keeps_from_being_done(desk: Desk) -> None:
    """What was not done and why, the way to see it done, and nothing is trusted by that."""
    desk.run("ingest", "0.eml", "1.eml")
    desk.run("source", "trust", "loop:north", "trial", "--why", "not yet")
    for language, words in (("en", "not done: suppress the recipient"), ("zh", "未执行：停止向该收件人发信")):
        text = desk.run("playbook", "try", "esp", language=language)
        assert text.count(words) == 3, text  # a line each, and their sum
        assert "--trusting" in text
    tried = desk.lines("playbook", "try", "esp", "--trusting", "loop:north")
    assert [each.get("not_done") for each in tried] == [None, None]
    assert "not done" in desk.run("playbook", "try", "esp")
    assert main(["playbook", "try", "esp", "--trusting", "loop:south"]) == 64


def test_what_a_source_said_while_on_trial_is_offered_and_made_up_for(desk: Desk) -> None:
    """Trust says where to look; the list says who; --suppress does it, and says how it is undone."""
    desk.use('use = "esp"\nlive = ["suppress"]')
    desk.run("source", "trust", "loop:north", "trial", "--why", "not yet")
    desk.run("ingest", "0.eml", "1.eml")
    assert "comity source trust loop:north trusted" in desk.run("source", "past", "loop:north", status=64)
    assert "comity source past loop:north" in desk.run("source", "trust", "loop:north", "trusted", "--why", "right")
    assert desk.lines("suppress", "list") == []
    for language, words in (("en", "2 recipients would get no more mail"), ("zh", "会有 2 个收件人不再收到邮件")):
        text = desk.run("source", "past", "loop:north", language=language)
        assert words in text.replace("\n", " ").replace("  ", " ")
        assert "reader0@north.example" in text
    assert [each["suppressed"] for each in desk.lines("source", "past", "loop:north")] == [False, False]
    assert "2 recipients get no more mail" in desk.run("source", "past", "loop:north", "--suppress")
    assert {each["target"] for each in desk.lines("suppress", "list")} == {f"reader{n}@north.example" for n in range(2)}
    assert "Nobody else" in desk.run("source", "past", "loop:north")


def test_a_recipient_is_suppressed_by_whatever_it_is_known_by(desk: Desk) -> None:
    """An address, the id that the sender put there, or the mail; what is none of them is refused in both languages."""
    for kind, said, kept in (
        ("address", "ann@north.example", "ann@north.example"),
        ("feedback-id", "111:222:333:4444", "111:222:333:4444"),
        ("message-id", "<7@shop.example>", "7@shop.example"),
    ):
        (added,) = desk.lines("suppress", "add", said, "--kind", kind)
        assert (added["target_kind"], added["target"]) == (kind, kept)
    assert {each["target_kind"] for each in desk.lines("suppress", "list")} == {"address", "feedback-id", "message-id"}
    for language in ("en", "zh"):
        assert "nobody" in desk.run("suppress", "add", "nobody", status=64, language=language)
        assert "cookie" in desk.run("suppress", "add", "x", "--kind", "cookie", status=64, language=language)
    assert "7@shop.example" in desk.run("suppress", "lift", "7@shop.example")


def test_from_a_dry_run_to_a_suppressed_recipient_and_back(desk: Desk) -> None:
    """Tried on history, taken into use, done by a turn, shown on the case, lifted."""
    desk.run("ingest", "0.eml", "1.eml")
    tried = desk.lines("playbook", "try", "esp")
    assert [each["action"] for each in tried] == ["suppress", "suppress"]
    assert "Nothing was written" in desk.run("playbook", "try", "esp")
    assert desk.run("suppress", "list") == "Nobody is suppressed, throttled or held.\n"
    desk.use('use = "esp"\nlive = ["suppress", "tell"]')
    desk.run("ingest", "2.eml", "3.eml")
    assert desk.lines("playbook", "turn")[0]["written"] == 2
    table = Path("consequences/suppressed.postfix")
    assert table.read_text().startswith("reader2@north.example REJECT 5.7.1")
    (case,) = desk.lines("case", "list")
    shown = desk.lines("case", "show", case["case"])[0]["playbook"]
    assert (shown["name"], shown["state"], len(shown["decided"])) == ("esp", "open", 2)
    page = desk.run("case", "show", case["case"])
    assert "playbook esp: open since" in page
    assert all(cell_len(line) <= 80 for line in page.splitlines())
    desk.run("suppress", "lift", "reader2@north.example", "--why", "asked to", "--by", "ann")
    desk.run("playbook", "turn")
    assert "reader2" not in table.read_text()
    assert [each["target"] for each in desk.lines("suppress", "list")] == ["reader3@north.example"]
    desk.run("suppress", "add", "Bob@North.example", "--days", "3", "--why", "by telephone")
    assert {each["target"] for each in desk.lines("suppress", "list")} == {"Bob@north.example", "reader3@north.example"}


def test_the_desk_decides_what_the_playbook_offers(desk: Desk) -> None:
    """``case act`` takes the playbook's words, ``case happened`` tells it of a telephone call; wrong words are answered."""
    desk.use('use = "hoster"\nlive = ["hold", "raise", "wait", "close"]')
    desk.run("ingest", "0.eml", "1.eml", "2.eml", "3.eml")
    (case,) = desk.lines("case", "list")
    assert case["state"] == "waiting"
    desk.run("case", "happened", case["case"], "reply", "--note", "by telephone")
    shown = desk.lines("case", "show", case["case"])[0]
    assert (shown["state"], shown["playbook"]["state"], shown["playbook"]["offers"]) == ("open", "answered", ["hold"])
    assert "hold" in desk.run("case", "act", case["case"], "burn", status=64)
    desk.run("case", "act", case["case"], "hold", "--by", "ann")
    desk.run("playbook", "turn")
    assert Path("consequences/customers.cidr").read_text() == f"192.0.2.0/25 HOLD comity {case['case']}\n"


def test_notices_go_into_the_outbox_of_a_desk_without_peers(desk: Desk) -> None:
    """Nobody needs an agreement with another network to write to his own customers."""
    desk.use('use = "hoster"\nlive = ["tell"]')
    desk.run("ingest", "0.eml", "1.eml", "2.eml")
    assert desk.lines("playbook", "turn")[0]["noticed"] == 0  # it waits for more of the same
    (case,) = desk.lines("case", "list")
    decided = desk.lines("case", "show", case["case"])[0]["playbook"]["decided"]
    assert [(each["action"], each["state"]) for each in decided] == [("wait", "observed"), ("tell", "waiting")]


def test_the_week_is_told_in_both_languages(desk: Desk) -> None:
    """Numbers, and words in English and Chinese, within 80 columns."""
    desk.run("ingest", "0.eml")
    text = desk.run("report", "weekly", "--both")
    assert "Reports that came: 1." in text
    assert "值班台周报" in text
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    (found,) = desk.lines("report", "weekly")
    assert (found["reports"], found["top"][0]["label"]) == (1, "West Hosting")
    assert desk.run("report", "weekly", "--until", "yesterday", status=64)


def test_volumes_are_taken_in_whole_or_not(desk: Desk) -> None:
    """A wrong line is named, and nothing of the file counts."""
    Path("sent.csv").write_text("day,mails,customer\n2026-03-01,1000,West Hosting\n2026-03-01,5,West Hosting\n")
    assert desk.lines("volume", "import", "sent.csv") == [{"customers": 1, "days": 1, "mails": 1005}]
    Path("bad.csv").write_text("customer,day,mails\nWest,2026-03-01,1\nWest,yesterday,2\n")
    assert "bad.csv:3" in desk.run("volume", "import", "sent.csv", "bad.csv", status=65)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_playbook_is_said_with_line_and_remedy(desk: Desk, language: str) -> None:
    """Before a single case is touched: check says it, and so does everything that would use it."""
    text = desk.run("playbook", "show", "hoster", "--text").replace('to = "told"', 'to = "tolt"', 1)
    Path("mine.toml").write_text(text)
    said = desk.run("playbook", "check", "mine.toml", status=78, language=language)
    assert said.startswith("comity: mine.toml:")
    assert "tolt" in said
    desk.use('use = "mine.toml"')
    assert "tolt" in desk.run("ingest", "0.eml", status=78, language=language)


def test_what_is_shown_fits_a_terminal(desk: Desk) -> None:
    """80 columns, in both languages."""
    for language in ("en", "zh"):
        for name in ("hoster", "esp", "access"):
            text = desk.run("playbook", "show", name, language=language)
            assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_the_running_program_does_it_by_itself(desk: Desk) -> None:
    """``comity serve``: timers and tables without anybody asking; it ends when it is told to."""
    desk.use('use = "esp"\nlive = ["suppress"]')
    desk.run("ingest", "0.eml")
    table, environment = Path("consequences/suppressed.json"), os.environ | {"PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        [sys.executable, "-m", "comity", "serve", "--role", "worker", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        assert running.stderr is not None
        for line in running.stderr:  # the log says when a turn has done something
            if "playbook-turn" in line:
                break
        assert [each["value"] for each in json.loads(table.read_text())] == ["reader0@north.example"]
    finally:
        running.terminate()
        running.communicate(timeout=120)
    assert running.returncode == 0
