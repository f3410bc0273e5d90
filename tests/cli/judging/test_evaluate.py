"""``comity evaluate``: with which filter a run begins, and that it says so."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main
from comity.outlets.typesetting import FONTS

SPAM = b"From: win@shop.example\nSubject: prize %d\n\nYou have won a prize of %d dollars, claim it now at once\n"
LEGITIMATE = b"From: desk@west.example\nSubject: minutes %d\n\nAttached are the minutes of the meeting number %d\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with 60 labelled mails, no starter, and a model that learnt the first 50 of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comity.toml").write_text('[judging]\nstarter = "none"\n', encoding="ascii")
    for number in range(60):
        kind, text = ("spam", SPAM) if number % 2 else ("ham", LEGITIMATE)
        (tmp_path / f"{kind}-{number}.eml").write_bytes(text % (number, number))
    (tmp_path / "index").write_text(
        "".join(f"{path.name[:4].rstrip('-')} {path.name}\n" for path in tmp_path.glob("*.eml"))
    )
    for kind, label in (("spam", "spam"), ("ham", "legitimate")):
        assert main(["learn", label, *(str(path) for path in tmp_path.glob(f"{kind}-[0-4]*.eml"))]) == 0
    return tmp_path


def evaluated(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a run says, with these words behind it."""
    capsys.readouterr()
    assert main(["evaluate", "index", *words, "--json"]) == 0
    row: dict[str, Any] = json.loads(capsys.readouterr().out)
    return row


def test_without_more_words_a_run_begins_with_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says so, whatever model is in use."""
    assert evaluated(capsys)["began_with"] is None
    assert main(["--language", "zh", "evaluate", "index"]) == 0
    assert "从一无所知的过滤器开始" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--model", "judge.model"], ["--in-use"]])
def test_a_run_says_with_which_model_it_began(
    place: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its file, the checksum of that, what it had learnt, and how many of the mails it remembers; the file stays as it is."""
    before = (place / "judge.model").read_bytes()
    learnt = len(list(place.glob("*-[0-4]*.eml")))
    found = evaluated(capsys, *words)["began_with"]
    assert Path(found["file"]).name == "judge.model"
    assert found["sha256"] == sha256(before).hexdigest()
    assert found["spam"] + found["legitimate"] == found["recognised"] == learnt < 60
    assert (place / "judge.model").read_bytes() == before


@pytest.mark.parametrize(
    ("language", "may", "has"),
    [
        ("en", "it may have learnt from some of these mails", "it had learnt from {} of these mails"),
        ("zh", "可能已经学过", "至少已经学过其中 {} 封"),
    ],
)
def test_it_is_said_that_figures_may_be_too_good(
    place: Path, language: str, may: str, has: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that remembers single mails is caught at it; weights alone remember none, and may know them all the same."""
    learnt = len(list(place.glob("*-[0-4]*.eml")))
    assert main(["model", "export", "weights.model"]) == 0
    capsys.readouterr()
    assert main(["--language", language, "evaluate", "index", "--model", "judge.model"]) == 0
    assert has.format(learnt) in capsys.readouterr().out
    assert main(["--language", language, "evaluate", "index", "--model", "weights.model"]) == 0
    assert may in capsys.readouterr().out


def test_a_frozen_run_says_what_the_model_would(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a batch of nothing each mail has the score that the model gives it, the last as the first."""
    assert evaluated(capsys, "--in-use", "--batch", "0", "--scores", "scores")["n"] == 60
    names = [line.split()[1] for line in (place / "index").read_text().splitlines()]
    capsys.readouterr()
    assert main(["judge", *names, "--json"]) == 0
    said = [json.loads(line)["score"] for line in capsys.readouterr().out.splitlines()]
    scores = [float(line.split()[1]) for line in (place / "scores").read_text().splitlines()]
    assert scores == pytest.approx(said, abs=2e-4)


def test_the_starter_is_named_with_what_it_learnt_from(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one that was asked for, though the settings want none; nothing is in use here but it where no model was kept."""
    found = evaluated(capsys, "--starter", "english")["began_with"]
    assert found["file"] == "english.model"
    assert found["legitimate_seen"] == found["recognised"] == 0
    assert "spamassassin" in {each["name"] for each in found["sources"]}
    (place / "judge.model").unlink()
    (place / "comity.toml").write_text('[judging]\nstarter = "english"\n', encoding="ascii")
    assert evaluated(capsys, "--in-use")["began_with"] == found


def test_a_run_begins_with_one_filter(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two of them are a mistake, and the remedy names all three options."""
    assert main(["evaluate", "index", "--in-use", "--model", "judge.model"]) == 64
    assert "--starter" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_curves_are_drawn_in_the_format_that_the_name_says(place: Path, language: str) -> None:
    """SVG with the words of the reader, PNG of twice its size; both show the same curves."""
    typst = pytest.importorskip("typst")
    if not set(typst.Fonts(include_system_fonts=True).families()) & set(FONTS):
        pytest.skip("there is no Chinese font")
    for name in ("curves.svg", "curves.png"):
        assert main(["--language", language, "evaluate", "index", "--json", "--plot", name]) == 0
    drawing, picture = (place / "curves.svg").read_text("utf-8"), (place / "curves.png").read_bytes()
    assert drawing.startswith("<svg ")
    assert picture.startswith(b"\x89PNG\r\n")
    wide, high = (int(drawing.partition(f"{side}='")[2].partition("'")[0]) for side in ("width", "height"))
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (2 * wide, 2 * high)
