"""``comity model``: what was learnt is moved, compared and taken back."""

import json
import subprocess
import sys
from importlib.resources import as_file, files
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


def test_the_first_change_is_undone_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What served before it was the starter: it comes back, and the lesson is gone."""
    (place / "comity.toml").write_text('[judging]\nstarter = "english"\n', encoding="ascii")
    (place / "mail.eml").write_bytes(SPAM.replace(b"prize", b"lottery"))
    said = []
    for words in ((), ("learn", "spam", "spam.eml"), ("model", "rollback")):
        if words:
            assert main(list(words)) == 0
        capsys.readouterr()
        assert main(["judge", "mail.eml", "--json"]) == 0
        said.append(shown(capsys)["score"])
    assert said[0] == said[2] != said[1]


def test_a_model_that_is_worse_on_locked_examples_does_not_serve(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What comes from elsewhere is held to the operator's own examples, too; he may take it all the same."""
    with as_file(files("comity").joinpath("starter", "english.model")) as good:
        assert main(["model", "import", str(good)]) == 0
    kinds = {"spam": range(40), "ham": range(40)}
    (place / "bad").mkdir()
    for kind, numbers in kinds.items():
        for number in numbers:
            text = (
                SPAM
                if kind == "spam"
                else b"From: ann@west.example\nSubject: minutes\n\nThe minutes of our meeting, %d\n"
            )
            (place / "bad" / f"{kind}-{number}.eml").write_bytes(
                text % number if kind == "ham" else text + b"%d\n" % number
            )
    (place / "index").write_text("".join(f"ham bad/ham-{number}.eml\n" for number in kinds["ham"]))
    before = (place / "judge.model").read_bytes()
    (place / "other.toml").write_text('[judging]\nstarter = "none"\nmodel = "other.model"\n', encoding="ascii")
    for kind, said in (("spam", "legitimate"), ("ham", "spam")):  # the wrong way round
        mails = [str(place / "bad" / f"{kind}-{number}.eml") for number in kinds[kind]]
        assert main(["learn", said, *mails, "--config", "other.toml"]) == 0
    (place / "comity.toml").write_text('[judging]\nstarter = "none"\n[learning]\nlocked = "index"\n', encoding="ascii")
    capsys.readouterr()
    assert main(["model", "import", "other.model"]) == 65
    assert "40" in capsys.readouterr().err
    assert (place / "judge.model").read_bytes() == before
    assert main(["model", "import", "other.model", "--anyway"]) == 0
    assert (place / "judge.model").read_bytes() != before


def _said(folder: Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "comity", "model", *words]
    return subprocess.run(command, cwd=folder, input=given, capture_output=True, timeout=300, check=False)


def test_machines_that_only_judge_get_the_model_through_a_pipe(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole or not at all; the same again changes nothing, so that one command there still goes back to the one before."""
    filters = place / "filter"
    filters.mkdir()
    (filters / "comity.toml").write_text('[judging]\nstarter = "none"\n', encoding="ascii")
    given = list[bytes]()
    for _ in range(2):
        assert main(["learn", "spam", "spam.eml"]) == 0
        given.append(_said(place, "export", "--whole", "-").stdout)
    capsys.readouterr()
    changed = list[bool]()
    for model in (given[0], given[1], given[1]):
        done = _said(filters, "import", "--json", "-", given=model)
        assert done.returncode == 0, done.stderr
        changed.append(json.loads(done.stdout)["changed"])
    assert changed == [True, True, False]
    assert (filters / "judge.model").read_bytes() == (place / "judge.model").read_bytes()
    torn = _said(filters, "import", "-", given=given[0][:-100])
    assert torn.returncode == 78
    assert torn.stderr.startswith(b"comity: -: ")
    assert json.loads(_said(filters, "rollback", "--json").stdout)["spam"] == 1
    assert (filters / "judge.model").read_bytes() == given[0]
