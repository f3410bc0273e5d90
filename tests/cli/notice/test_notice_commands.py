"""``comity notice`` and ``comity help``, as a person at the desk types them."""

import json
from pathlib import Path

import pytest

from comity.bootstrap.help import packs_of
from comity.cli import main
from comity.settings import read_settings
from comity.store.engine import open_store

SETTINGS = """
[identity]
organisation = "East Broadband"
[help]
portal = "help.east.example"
help_line = "10000"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings with an empty store beside them."""
    path = tmp_path / "comity.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    store = open_store(tmp_path / "comity.db")
    store.create()
    store.close()
    return path


def test_everything_can_be_looked_at(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five kinds, two languages, three degrees of certainty, the two pages that a subscriber sees, and one that leads to each."""
    assert main(["--config", str(config), "notice", "preview", str(tmp_path / "out"), "--json"]) == 0
    paths = [Path(json.loads(line)["path"]) for line in capsys.readouterr().out.splitlines()]
    assert len(paths) == 34
    assert all(path.is_file() for path in paths)
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert all(str(path.relative_to(tmp_path / "out")) in index for path in paths)
    garden, own = (tmp_path / "out" / "en" / name for name in ("garden.html", "subscriber.html"))
    assert "stays limited until 26 March 2026 at the latest" in garden.read_text(encoding="utf-8")
    assert "I have done the steps" in own.read_text(encoding="utf-8")
    assert "已经处理" in (tmp_path / "out" / "zh_Hans" / "subscriber.html").read_text(encoding="utf-8")
    assert "East Broadband" in (tmp_path / "out" / "en" / "mail-likely.txt").read_text(encoding="utf-8")


def test_a_bad_template_is_told_and_keeps_everything_from_starting(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The linter names the line and ends with 65; whoever would use the template is told the same, with 78."""
    assert main(["--config", str(config), "notice", "lint"]) == 0
    shipped = packs_of(read_settings(config)).of("en").templates
    own = tmp_path / "mine" / "en" / "notice" / "mail.toml"
    own.parent.mkdir(parents=True)
    text = Path(next(each.place for kind, each in shipped.items() if kind == "mail")).read_text(encoding="utf-8")
    own.write_text(text.replace("Dear customer,", "See https://east.example"), encoding="utf-8")
    config.write_text(f'{SETTINGS}templates = "mine"\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["--config", str(config), "notice", "lint", "--json"]) == 65
    (fault,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    line = own.read_text(encoding="utf-8").splitlines().index("See https://east.example") + 1
    assert (fault["rule"], fault["place"]) == ("link", f"{own}:{line}")
    assert main(["--config", str(config), "notice", "check", "1"]) == 78
    assert "mail.toml" in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "outcome"), [("12", "typo"), ("482719305562", "typo"), ("100000000006", "typo")])
def test_a_number_that_is_none(config: Path, typed: str, outcome: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help line is told what is wrong with it, by an exit status too."""
    assert main(["--config", str(config), "notice", "check", typed, "--json"]) == 65
    assert json.loads(capsys.readouterr().out)["outcome"] == outcome


def test_the_public_pages_are_written(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``comity help export DIR``; ``comity help`` alone still explains the program."""
    assert main(["--config", str(config), "help", "export", str(tmp_path / "site"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len([path for path in (tmp_path / "site").rglob("*") if path.is_file()]) == said["files"]
    assert main(["help"]) == 0
    assert "comity COMMAND" in capsys.readouterr().out


def test_a_notice_needs_our_name_and_number(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without them nobody could check it: which setting is missing is said."""
    config.write_text('[identity]\norganisation = "East"\n', encoding="utf-8")
    assert main(["--config", str(config), "notice", "send", "abcd"]) == 78
    assert "help.portal" in capsys.readouterr().err
