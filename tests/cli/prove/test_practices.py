"""``comity practices``: what is claimed stands beside what is measured."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands of one desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert (
        main(["init", ".", "--domain", "west.example", "--address", "feedback@west.example", "--dkim", "ed25519"]) == 0
    )

    def command(*words: str) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        status = main([*words, "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return command


def test_a_claim_stands_beside_its_figure(run: Run) -> None:
    """The newest claim of a network counts, with its evidence and who looked at it; the figure comes from the store."""
    words = ("practices", "claim", "warn-before-blocking", "--evidence", "our policy page")
    run(*words, "--standing", "planned")
    status, (made,) = run(*words, "--standing", "kept", "--reviewer", "Li Na")
    assert (status, made["network"], made["standing"]) == (0, "west.example", "kept")
    until = "2999-01-01"
    assert run("recourse", "impose", "198.51.100.7", "--measure", "blocked", "--reason", "x", "--until", until,
               "--also", "trap", "--by", "Ann")[0] == 65  # fmt: skip
    (shown,) = run("practices", "show", "warn-before-blocking")[1]
    assert [(each["standing"], each["reviewer"]) for each in shown["claimed"]] == [("kept", "Li Na")]
    assert shown["measured"] == {"part": 0, "whole": 0}
    assert shown["provenance"] == "attested"


def test_every_figure_can_be_asked_for(run: Run) -> None:
    """All queries answer on an empty desk."""
    status, lines = run("practices", "measure")
    assert status == 0
    assert len(lines) == 20
    assert all(0 <= each["part"] <= each["whole"] for each in lines)


def test_the_list_is_for_an_addressee(run: Run) -> None:
    """Fifty themes, or those for one kind of network."""
    everybody, operators = run("practices", "list")[1], run("practices", "list", "--addressee", "operator")[1]
    assert len(everybody) > len(operators) > 10
    assert run("practices", "list", "--addressee", "king")[0] == 64
    assert run("practices", "show", "warn-before-blockin")[0] == 64


def test_an_official_list_is_imported(run: Run, tmp_path: Path) -> None:
    """Entries stand beside the themes that they are about; a list with a mistake is not taken at all."""
    (tmp_path / "list.csv").write_text("number,text,text_zh,practice\n7,Read your mail,阅读,abuse-mailbox\n8,Other,,\n")
    status, (told,) = run("practices", "import", "list.csv", "--source", "A list")
    assert (status, told["entries"], told["about_themes"]) == (0, 2, 1)
    (shown,) = run("practices", "show", "abuse-mailbox")[1]
    assert [(each["source"], each["number"]) for each in shown["listed"]] == [("A list", "7")]
    (tmp_path / "list.csv").write_text("number,text,practice\n9,Good,\n10,Bad,nothing\n")
    assert run("practices", "import", "list.csv", "--source", "A list")[0] == 65
    assert run("practices", "show", "abuse-mailbox")[1][0]["listed"][0]["number"] == "7"


def test_both_languages_tell_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The themes are told in the reader's language."""
    capsys.readouterr()
    assert main(["practices", "show", "feedback-loop"]) == 0
    assert "Run a feedback loop" in capsys.readouterr().out
    assert main(["--language", "zh", "practices", "show", "feedback-loop"]) == 0
    assert "运行反馈环路" in capsys.readouterr().out
