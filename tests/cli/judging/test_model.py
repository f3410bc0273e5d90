"""``comity model``: what was learnt is moved, compared and taken back."""

import json
from pathlib import Path

import pytest

from comity.cli import main

SPAM = b"From: win@shop.example\nSubject: prize\n\nYou have won a prize, claim it now at once\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a mail in it, and no starter."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comity.toml").write_text('[judging]\nstarter = "none"\n', encoding="ascii")
    (tmp_path / "spam.eml").write_bytes(SPAM)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """What the last command said."""
    row: dict[str, object] = json.loads(capsys.readouterr().out)
    return row


def test_the_model_before_the_last_change_comes_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command undoes a lesson; once more, and the lesson is back."""
    for _ in range(2):
        assert main(["learn", "spam", "spam.eml"]) == 0
    capsys.readouterr()
    assert main(["model", "rollback", "--json"]) == 0
    assert shown(capsys)["spam"] == 1
    assert main(["model", "rollback", "--json"]) == 0
    assert shown(capsys)["spam"] == 2


def test_a_damaged_model_is_refused_and_the_old_one_stays(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Importing rubbish names the file, and changes nothing."""
    assert main(["learn", "spam", "spam.eml"]) == 0
    before = (place / "judge.model").read_bytes()
    (place / "bad.model").write_bytes(before[:-100])
    assert main(["model", "import", "bad.model"]) == 78
    assert "bad.model" in capsys.readouterr().err
    assert (place / "judge.model").read_bytes() == before


def test_a_difference_says_what_was_learnt_since(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Export, learn, compare: one spam more."""
    assert main(["learn", "spam", "spam.eml"]) == 0
    assert main(["model", "export", "before.model", "--whole"]) == 0
    (place / "more.eml").write_bytes(SPAM.replace(b"prize", b"lottery"))
    assert main(["learn", "spam", "more.eml"]) == 0
    capsys.readouterr()
    assert main(["model", "diff", "before.model", "--json"]) == 0
    row = shown(capsys)
    assert (row["spam"], row["legitimate"]) == (1, 0)


def test_going_back_without_an_earlier_model_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No model is lost by asking."""
    assert main(["model", "rollback"]) == 65
    assert "judge.model.previous" in capsys.readouterr().err
