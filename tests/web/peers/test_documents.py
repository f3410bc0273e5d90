"""Signals over real HTTPS on loopback, with the commands alone: proposed, given, adopted, withdrawn; and by file."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.trust.documents import documents_door
from comity.bootstrap.trust.exchange import peers_doors
from comity.bootstrap.trust.statements import statements_door
from comity.cli import main
from comity.outlets.peers.client import DOCUMENTS_PATH
from comity.web.peers import PeersWork

from .test_https import served

Said = list[dict[str, Any]]
UNTIL = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
WHY = (
    "--reason",
    "spam to traps",
    "--reason-zh",
    "向陷阱地址发信",
    "--by",
    "Ann",
    "--until",
    UNTIL,
    "--tlp",
    "TLP:GREEN",
)


@dataclass
class Two:
    """West and east, paired, in folders of their own; and what was printed last."""

    folder: Path
    read: Callable[[], str]

    def run(self, side: str, *words: str) -> tuple[int, Said]:
        status = main([*words, "--json", "--config", str(self.folder / side / "comity.toml")])
        return status, [json.loads(line) for line in self.read().splitlines() if line.startswith("{")]

    def say(self, side: str, language: str, *words: str) -> str:
        main([*words, "--language", language, "--config", str(self.folder / side / "comity.toml")])
        return self.read()

    def reach(self, port: int) -> None:
        """West knows where east listens."""
        config = self.folder / "west/comity.toml"
        site = f"east.example https://127.0.0.1:{port} {self.folder / 'peers.pem'}"
        config.write_text(config.read_text().replace("[exchange]\n", f'[exchange]\npeers = ["{site}"]\n'))


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Two:
    both = Two(tmp_path, lambda: capsys.readouterr().out)
    for side in ("west", "east"):
        assert (
            main(["init", str(tmp_path / side), "--domain", f"{side}.example", "--address", f"fbl@{side}.example"]) == 0
        )
    capsys.readouterr()
    cards = {side: both.run(side, "peer", "card")[1][0] for side in ("west", "east")}
    for ours, theirs in (("west", "east"), ("east", "west")):
        (tmp_path / "card").write_text(str(cards[theirs]["card"]))
        assert both.run(ours, "peer", "add", str(tmp_path / "card"))[0] == 0
        assert both.run(ours, "peer", "trust", f"{theirs}.example", *cards[theirs]["words"][0].split())[0] == 0
    return both


@pytest.fixture
def door(two: Two) -> Iterator[int]:
    """East listens, as ``comity serve`` does."""
    east = settings_for(str(two.folder / "east/comity.toml"), {}, two.folder)
    take, answer = peers_doors(east)
    log: Callable[..., None] = lambda event, /, **details: None  # noqa: E731
    work = PeersWork(
        take=take, answer=answer, documents=documents_door(east), statements=statements_door(east), log=log
    )
    with served(two.folder, work) as port:
        two.reach(port)
        yield port


def test_from_the_proposal_to_the_withdrawal(two: Two, door: int) -> None:
    """West proposes and gives, east adopts and publishes, west withdraws: off east's list at once."""
    status, (made,) = two.run(
        "west",
        "signal",
        "propose",
        "198.51.100.7",
        "--kind",
        "listing",
        *WHY,
        "--evidence",
        "trap=3",
        "--severe",
        "--to",
        "east.example",
    )
    assert (status, made["listed"], made["sent"]) == (0, True, [])
    assert two.run("west", "signal", "give") == (
        0, [{"peer": "east.example", "given": 1, "refused": [], "reason": None}],
    )  # fmt: skip
    assert two.run("west", "signal", "give") == (0, [])
    (seen,) = two.run("east", "signal", "list")[1]
    assert (seen["signal"], seen["listed"], seen["not_listed"]) == (made["signal"], False, "not-adopted")
    status, (adopted,) = two.run(
        "east", "signal", "adopt", made["signal"][:8], "--by", "Bob", "--why", "here too", "--severe"
    )
    assert (status, adopted["listed"], adopted["adoption"]["by"]) == (0, True, "Bob")
    assert adopted["adoption"]["reference"] != adopted["reference"]
    lists = two.folder / "lists"
    assert two.run("east", "signal", "export", str(lists), "--for", "community")[0] == 0
    assert b"198.51.100.7/32 :127.0.0.3:" in (lists / "bl.ip4set").read_bytes()
    assert adopted["adoption"]["reference"].encode() in (lists / "bl.zone").read_bytes()
    assert two.run("east", "signal", "export", str(lists), "--for", "public")[0] == 0
    assert b"198.51.100.7" not in (lists / "bl.ip4set").read_bytes()
    assert two.run("east", "recourse", "replies")[1] == []
    reasons = ("--reason", "It was a mistake", "--reason-zh", "系误报")
    assert (
        two.run("west", "signal", "withdraw", made["signal"], "--by", "Ann", *reasons)[1][0]["not_listed"]
        == "withdrawn"
    )
    assert two.run("west", "signal", "give")[1][0]["given"] == 1
    assert two.run("east", "signal", "export", str(lists), "--for", "community")[1][0]["lists"][0]["entries"] == 0
    sent = two.run("west", "signal", "show", made["signal"])[1][0]["sent"]
    assert [each["given"] is not None for each in sent] == [True, True]


def test_by_file(two: Two) -> None:
    """For a peer that is not reached: written once, taken once; a file that was touched is refused as a whole."""
    for subject in ("198.51.100.7", "south.example"):
        words = ("signal", "propose", subject, "--kind", "listing", *WHY, "--evidence", "bot=2", "--to", "east.example")
        assert two.run("west", *words)[0] == 0
    path = two.folder / "signals.json"
    assert two.run("west", "signal", "write", "east.example", "--out", str(path))[1][0]["documents"] == 2
    assert two.run("west", "signal", "write", "east.example", "--out", str(path))[0] == 64
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("south.example", "north.example"), encoding="utf-8")
    assert two.run("east", "signal", "take", str(path))[0] == 65
    assert two.run("east", "signal", "list")[1] == []
    path.write_text(whole, encoding="utf-8")
    assert two.run("east", "signal", "take", str(path))[1] == [{"taken": 2, "known": 0}]
    assert two.run("east", "signal", "take", str(path))[1] == [{"taken": 0, "known": 2}]


def test_a_rule_from_the_command_line(two: Two) -> None:
    """Declared with who, why and until when; what it adopted says which rule it was; ended, it adopts nothing more."""
    rule = (
        "signal",
        "rule",
        "west.example",
        "--kind",
        "listing",
        "--evidence",
        "trap",
        "--by",
        "Bob",
        "--why",
        "agreed",
    )
    status, (made,) = two.run("east", *rule, "--until", UNTIL, "--widest", "32", "--per-day", "5")
    assert (status, made["rule"], made["widest"], made["over"]) == (0, 1, 32, False)
    path = two.folder / "signals.json"

    def adopted(subject: str) -> object:
        words = (
            "signal",
            "propose",
            subject,
            "--kind",
            "listing",
            *WHY,
            "--evidence",
            "trap=2",
            "--to",
            "east.example",
        )
        name = two.run("west", *words)[1][0]["signal"]
        assert two.run("west", "signal", "write", "east.example", "--out", str(path))[0] == 0
        assert two.run("east", "signal", "take", str(path))[0] == 0
        return two.run("east", "signal", "show", name)[1][0]["adoption"]

    first = adopted("198.51.100.7")
    assert isinstance(first, dict) and (first["rule"], first["why"]) == (1, "agreed")
    assert two.run("east", "signal", "end-rule", "1")[0] == 0
    assert two.run("east", "signal", "end-rule", "1")[0] == 64
    assert adopted("198.51.100.8") is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_a_terminal_in_both_languages(two: Two, language: str) -> None:
    """No line is wider than 80 columns, and no id shows through."""
    from rich.cells import cell_len

    wide = ("--reason", "spam to trap addresses " * 8, "--reason-zh", "向陷阱地址发送垃圾邮件，" * 12)
    words = (
        "signal",
        "propose",
        "2001:db8:1234:5678:9abc:def0:1234:5678",
        "--kind",
        "listing",
        *WHY,
        *wide,
        "--evidence",
        "trap=3",
    )
    said = [two.say("west", language, *words, "--evidence", "auth-failure=123456", "--to", "east.example")]
    name = two.run("west", "signal", "list")[1][0]["signal"]
    rule = (
        "signal",
        "rule",
        "west.example",
        "--kind",
        "listing",
        "--kind",
        "bulk-sender",
        "--by",
        "Bob",
        "--why",
        "x" * 60,
    )
    said += [
        two.say("west", language, *each)
        for each in (
            ("signal", "list"), ("signal", "show", name), ("signal", "export", str(two.folder / "lists")),
            (*rule, "--until", UNTIL), ("signal", "rules"), ("signal", "send", name, "south.example"), ("signal", "list", "--all"),
            ("signal", "write", "east.example", "--out", str(two.folder / "x.json")), ("signal", "end-rule", "1"),
        )
    ]  # fmt: skip
    lines = [line for text in said for line in text.splitlines()]
    assert len(lines) > 30
    assert [line for line in lines if cell_len(line) > 80 and str(two.folder) not in line] == []
    assert [line for line in lines if "[signal" in line or "{" in line] == []
    if language == "zh":
        assert "未采纳" not in said[0] and "尚未开始" in said[0]


def test_what_a_stranger_posts_changes_nothing(two: Two, door: int) -> None:
    """Junk, an empty message, a signal of nobody's: refused with a name; other methods too."""
    with httpx.Client(verify=False, trust_env=False, timeout=120) as client:  # noqa: S501 - a stranger
        url = f"https://127.0.0.1:{door}{DOCUMENTS_PATH}"
        for body, status, error in (
            (b"", 400, "message-malformed"), (b"{}", 400, "message-malformed"), (b'{"documents":[]}', 400, "message-malformed"),
            (b'{"documents":["x"]}', 400, "document-malformed"), (b'{"documents":[7]}', 400, "message-malformed"),
            (b'{"documents":["' + b"x" * (5 << 20) + b'"]}', 413, "message-too-large"),
        ):  # fmt: skip
            answer = client.post(url, content=body)
            assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert client.get(url).status_code == 405
    assert two.run("east", "signal", "list", "--all")[1] == []
