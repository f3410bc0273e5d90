"""``comity practices guidance`` as two operators type it, with files between them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from comity.cli import main

Said = list[dict[str, Any]]
Run = Callable[..., tuple[int, Said]]


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """West and east, and what they are to write together."""
    (tmp_path / "en.txt").write_text("Whoever is asked answers within three days.\n\n" + "word " * 60)
    (tmp_path / "zh.txt").write_text("被询问者应当在三日之内答复。\n\n" + "应当答复。" * 40)
    return run


def test_the_story_on_the_command_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Propose, comment, revise, agree; the note of the agreed version has both signatures; lines fit a terminal."""
    texts = (
        "--file",
        str(tmp_path / "en.txt"),
        "--file-zh",
        str(tmp_path / "zh.txt"),
        "--title",
        "Answers",
        "--title-zh",
        "答复",
    )
    guidance, path = ("practices", "guidance"), str(tmp_path / "x.json")

    def hand(ours: str, theirs: str) -> None:
        assert run(ours, *guidance, "write", f"{theirs}.example", "--out", path)[0] == 0
        assert run(theirs, *guidance, "take", path)[0] == 0

    status, (made,) = run(
        "west", *guidance, "propose", "east.example", *texts, "--by", "Ann", "--practice", "feedback-loop"
    )
    assert (status, made["version"], made["agreed"]) == (0, 1, None)
    assert run("west", *guidance, "propose", "east.example", *texts, "--by", "Ann", "--practice", "no-such")[0] == 64
    hand("west", "east")
    name = made["guidance"]
    assert run("east", *guidance, "comment", name, "--text", "Two days.", "--text-zh", "两日。", "--by", "Bob")[0] == 0
    (second,) = run("east", *guidance, "revise", name[:7], *texts[:4], "--by", "Bob")[1]
    assert (second["version"], second["title"]["zh"], second["practices"]) == (2, "答复", ["feedback-loop"])
    hand("east", "west")
    assert run("west", *guidance, "show", name, "--version", "1")[1][0]["comments"][0]["text"]["zh"] == "两日。"
    assert run("west", *guidance, "agree", name, "--by", "Ann")[1][0]["agreed_by"] == "Ann"
    hand("west", "east")
    assert run("east", *guidance, "list")[1][0]["agreed_version"] == 2
    notes = []
    for side in ("west", "east"):
        main([*guidance, "show", name, "--note", "--config", str(tmp_path / side / "comity.toml")])
        notes.append(capsys.readouterr().out)
    assert notes[0] == notes[1] and notes[0].count("\n\u2014 ") == 2
    for language in ("en", "zh"):
        for words in (("show", name, "--version", "1"), ("list",), ("show", name)):
            main([*guidance, *words, "--language", language, "--config", str(tmp_path / "west/comity.toml")])
            lines = capsys.readouterr().out.splitlines()
            assert lines and [line for line in lines if cell_len(line) > 80 or "[guidance" in line] == []
