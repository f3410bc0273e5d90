"""``comity init`` speaks, and writes, in the language of whoever runs it, and says what makes the loop close."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from comity.cli import main
from comity.settings import read_settings

GIVEN = ("--domain", "west.example", "--address", "feedback@west.example", "--dkim", "ed25519")


@pytest.mark.parametrize(
    ("language", "ours", "head"), [("zh", "zh", "# Comity 的设置。"), ("en", "en", "# Settings of Comity.")]
)
def test_settings_are_written_in_the_language_of_the_run(
    language: str, ours: str, head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Remarks, and what people read in our reports; run again in another language, nothing is written over or refused."""
    assert main(["init", str(tmp_path), *GIVEN, "--language", language]) == 0
    path = tmp_path / "comity.toml"
    assert path.read_text(encoding="utf-8").startswith(head)
    assert read_settings(path).identity.language == ours
    before = path.read_bytes()
    assert main(["init", str(tmp_path), *GIVEN, "--language", "en" if language == "zh" else "zh"]) == 0
    assert path.read_bytes() == before
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_next_steps_name_where_answers_arrive(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until mail to our own address comes in, no answer of a peer does; the step goes when it does. No line is too wide."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", "desk", *GIVEN, "--language", language]) == 0
    said = capsys.readouterr().out
    assert "feedback@west.example" in said
    assert "comity peer card" in said
    assert all(cell_len(line) <= 80 for line in said.splitlines())
    path = Path("desk/comity.toml")
    mailboxes = '[gates]\nmailboxes = ["feedback@west.example"]\n'
    path.write_text(path.read_text(encoding="utf-8").replace("[gates]\n", mailboxes), encoding="utf-8")
    assert main(["init", "desk", *GIVEN, "--language", language]) == 0
    assert "feedback@west.example" not in capsys.readouterr().out
