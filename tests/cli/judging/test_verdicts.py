"""``comity judge`` as programs start it: for each mail anew, so what it need not load, it does not load."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.cli import main
from comity.cli.judging.verdicts import meant

MAIL = b"Subject: minutes\n\nDear Ann, the minutes\n"


@pytest.fixture
def mail(tmp_path: Path) -> str:
    (tmp_path / "comity.toml").write_text("")
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL)
    return str(path)


def test_judging_one_mail_loads_nothing_that_it_does_not_use(mail: str) -> None:
    """Neither the library for command lines with what that brings, nor TLS, nor the store."""
    code = (
        "import sys; from comity.cli import main; status = main(['judge', sys.argv[1]]); "
        "print(status, sorted({'typer', 'pydantic', 'ssl', 'sqlalchemy', 'comity.model.case'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, mail], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("order", [["judge", "MAIL"], ["judge", "MAIL", "--json"], ["judge", "--json", "MAIL", "MAIL"]])
def test_the_quick_way_says_what_the_other_says(
    mail: str, order: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took the command line apart, the lines are the same."""
    words = [mail if word == "MAIL" else word for word in order]
    assert meant(words[1:]) is not None
    quick = main(words), capsys.readouterr().out
    monkeypatch.setattr("comity.cli.QUICK", {})
    assert (main(words), capsys.readouterr().out) == quick


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["--filter", "x"], ["--filter", "--json"], ["--", "-x"], ["--jsn", "x"], ["--json"]]
)
def test_what_is_not_ordinary_is_left_to_the_library(words: list[str]) -> None:
    """Help, mistakes and rare forms are understood in one place."""
    assert meant(words) is None
