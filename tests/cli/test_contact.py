"""``comity contact`` on the command line."""

import json
from pathlib import Path

import pytest

from comity.cli import main

DUMP = """\
inetnum: 198.51.100.0 - 198.51.100.255
abuse-c: AR1-AP
source: APNIC

role: Abuse
nic-hdl: AR1-AP
abuse-mailbox: abuse@east.example
source: APNIC
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A place made by ``comity init``."""
    assert main(["init", str(tmp_path / "west")]) == 0
    return str(tmp_path / "west" / "comity.toml")


def test_from_the_dump_to_a_confirmed_contact(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was imported is found with source and day; a person confirms it, and ends it."""
    dump = tmp_path / "apnic.db"
    dump.write_text(DUMP, encoding="utf-8")
    capsys.readouterr()
    assert main(["contact", "import", str(dump), "--date", "2026-03-01", "--json", "--config", config]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done == {
        "source": "APNIC", "date": "2026-03-01", "ranges": 1, "told": 1, "fresh": 1, "mistakes": 0, "taken": True,
    }  # fmt: skip
    assert main(["contact", "show", "198.51.100.7", "--json", "--config", config]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["told"] == {
        "network": "198.51.100.0/24", "address": "abuse@east.example", "way": "abuse-c", "source": "APNIC",
        "date": "2026-03-01", "state": "known",
    }  # fmt: skip
    assert (
        main(["contact", "confirm", "abuse@east.example", "--by", "wang", "--config", config, "--language", "zh"]) == 0
    )
    assert "已确认" in capsys.readouterr().out
    assert main(["contact", "stop", "abuse@east.example", "--config", config]) == 0
    capsys.readouterr()
    assert main(["contact", "confirm", "abuse@east.example", "--config", config]) == 64
    assert main(["contact", "confirm", "abuse@east.example", "--again", "--config", config]) == 0
    capsys.readouterr()
    assert main(["contact", "show", "abuse@east.example", "--json", "--config", config]) == 0
    acts = [each["act"] for each in json.loads(capsys.readouterr().out)["history"]]
    assert acts == ["confirm", "stop", "confirm"]


def test_a_damaged_file_is_named_by_file_and_line(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 65, the place, and nothing taken."""
    dump = tmp_path / "apnic.db"
    dump.write_text(DUMP.replace("198.51.100.255", "198.51.100.256"), encoding="utf-8")
    capsys.readouterr()
    assert main(["contact", "import", str(dump), "--config", config, "--language", "en"]) == 65
    said = capsys.readouterr().out
    assert f"{dump}:1: " in said
    assert main(["contact", "show", "198.51.100.7", "--config", config]) != 0
