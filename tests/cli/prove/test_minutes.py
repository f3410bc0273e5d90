"""``comity coalition record|minutes|actions|report`` as operators type it, and the digest that names what is open."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from comity.cli import main

Said = list[dict[str, Any]]
Run = Callable[..., tuple[int, Said]]


def record(run: Run, tmp_path: Path) -> str:
    """West writes minutes with an action for each, one of them long overdue; east has taken them in."""
    (tmp_path / "en.txt").write_text("We spoke about bots.\nAnd about answers.\n")
    (tmp_path / "zh.txt").write_text("双方讨论了僵尸网络。\n")
    words = (
        "coalition", "record", "--with", "east.example", "--held", "2026-01-20", "--title", "Monthly call", "--title-zh",
        "月度会议", "--file", str(tmp_path / "en.txt"), "--file-zh", str(tmp_path / "zh.txt"), "--by", "Ann",
        "--action", "east.example | 2026-02-15 | clean the range | 清理该地址段",
        "--action", "west.example | 2099-02-15 | send samples | 发送样本",
    )  # fmt: skip
    status, (made,) = run("west", *words)
    assert status == 0
    path = tmp_path / "out.json"
    assert run("west", "coalition", "write", "east.example", "--out", str(path))[0] == 0
    assert run("east", "signal", "take", str(path))[0] == 0
    path.unlink()
    return str(made["minutes"])


def test_from_the_meeting_to_what_is_done(run: Run, tmp_path: Path) -> None:
    """Both see the same actions, and who owes what; east reports, and west has it open no more."""
    name = record(run, tmp_path)
    for side in ("west", "east"):
        status, found = run(side, "coalition", "actions")
        assert status == 0
        assert [(each["owner"], each["number"], each["late"]) for each in found] == [
            ("east.example", 1, True),
            ("west.example", 2, False),
        ]
    (owed,) = run("east", "coalition", "digest", "--since", "2026-01-01")[1]
    assert [each["what"] for each in owed["for_us"]] == ["action-late"]
    assert [each["what"] for each in owed["for_them"]] == ["action"]
    assert "minutes" in [each["what"] for each in owed["changed"]]
    words = ("coalition", "report", name[:8], "1", "done", "--text", "Cleaned.", "--text-zh", "已清理。", "--by", "Li")
    assert run("west", *words)[0] == 64
    assert run("east", *words)[0] == 0
    path = tmp_path / "back.json"
    assert run("east", "coalition", "write", "west.example", "--out", str(path))[0] == 0
    assert run("west", "signal", "take", str(path))[0] == 0
    (shown,) = run("west", "coalition", "minutes", name)[1]
    assert [each["state"] for each in shown["actions"]] == ["done", "open"]
    assert shown["actions"][0]["report"] == {"en": "Cleaned.", "zh": "已清理。"}
    assert [each["owner"] for each in run("west", "coalition", "actions")[1]] == ["west.example"]


@pytest.mark.parametrize(
    "words",
    [
        ("--action", "east.example | 2026-02-15 | clean"),
        ("--action", "east.example | some day | clean | 清理"),
        ("--action", "south.example | 2026-02-15 | clean | 清理"),
        ("--title-zh", "call"),
        ("--with", "south.example"),
        ("--held", "2098-01-01"),
    ],
)
def test_a_slip_has_its_status(run: Run, tmp_path: Path, words: tuple[str, str]) -> None:
    """What does not fit is told, and nothing is signed."""
    (tmp_path / "t.txt").write_text("双方 spoke")
    given = {"--with": "east.example", "--held": "2026-01-20", "--title": "Call", "--title-zh": "会议", "--by": "Ann",
             "--file": str(tmp_path / "t.txt"), "--file-zh": str(tmp_path / "t.txt")}  # fmt: skip
    given |= {words[0]: words[1]}
    said = [part for pair in given.items() for part in pair]
    assert run("west", "coalition", "record", *said)[0] == 64
    assert run("west", "coalition", "minutes")[1] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_a_terminal(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    """No line is wider than 80 columns, no id shows through, and an overdue action says so."""
    name = record(run, tmp_path)
    capsys.readouterr()
    for words in (("minutes",), ("minutes", name), ("actions",)):
        main(["coalition", *words, "--language", language, "--config", str(tmp_path / "west" / "comity.toml")])
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if cell_len(line) > 80] == []
    assert "minutes." not in out
    assert json.dumps(name).strip('"') in out
    assert ("LATE" if language == "en" else "逾期") in out
    assert "双方讨论了僵尸网络" in out and "And about answers." in out
